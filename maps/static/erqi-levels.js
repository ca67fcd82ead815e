/* The water level of a checkpoint: a small chart of the last days against its thresholds, and the same as words and table. */
(function (erqi) {
  "use strict";

  const { h, svg, t } = erqi;
  const WIDTH = 340, HEIGHT = 132, LEFT = 38, RIGHT = 94, TOP = 10, BOTTOM = 24, DAY = 86400000;
  const DAYS = 7; // as long as what the service sends (geo/flood/levels.py)
  const APART = 13; // pixels between two labels, that they can be read

  /* Everything about the level, or null for a checkpoint of which nothing is known. */
  erqi.levelSection = function (p) {
    const sentence = erqi.pick(p, "level");
    if (!sentence) return null;
    const stale = p.level_freshness === "stale";
    return h("section", { class: "erqi-level", "data-level": erqi.text(p.level_state) },
      h("h3", {}, t("level.title")),
      h("p", { class: "erqi-level__said" + (stale ? " erqi-level__said--stale" : "") }, newest(p), sentence),
      chart(p), table(p));
  };

  function newest(p) {
    const value = erqi.number(p.water_level_m);
    return value === null ? null : h("span", { class: "erqi-level__now" }, h("strong", { class: "erqi-number" }, value.toFixed(2) + " m"), " ",
      h("span", { class: "erqi-quiet" }, erqi.time(p.water_level_at)));
  }

  const readings = (p) => (Array.isArray(p.levels) ? p.levels : []).filter(Boolean)
    .map((each) => ({ at: Date.parse(each.at), value: erqi.number(each.value_m), datum: erqi.text(each.vertical_datum) }))
    .filter((each) => Number.isFinite(each.at) && each.value !== null);

  /* Only thresholds in the datum of the newest reading may stand on one scale with it. */
  const limits = (p) => (Array.isArray(p.thresholds) ? p.thresholds : []).filter(Boolean)
    .map((each) => ({ kind: erqi.text(each.kind), label: erqi.pick(each, "kind"), value: erqi.number(each.value_m), datum: erqi.text(each.vertical_datum) }))
    .filter((each) => each.value !== null);

  function chart(p) {
    const own = erqi.text(p.vertical_datum);
    const points = readings(p).filter((each) => each.datum === own);
    const lines = limits(p).filter((each) => each.datum === own);
    const end = Date.parse(p.as_of);
    if (!points.length || !Number.isFinite(end)) return null;
    const scale = scales(points, lines, end);
    return svg("svg", { class: "erqi-level__chart", viewBox: [0, 0, WIDTH, HEIGHT].join(" "), role: "img", "aria-label": said(p, points) },
      axis(scale, end), lines.map((line) => limit(line, scale)), labels(lines, scale), course(points, scale, p.level_freshness === "stale"));
  }

  function scales(points, lines, end) {
    const values = [...points, ...lines].map((each) => each.value);
    const low = Math.min(...values), high = Math.max(...values);
    const room = Math.max(0.1, (high - low) * 0.12);
    const y = (value) => TOP + ((high + room - value) / (high - low + 2 * room)) * (HEIGHT - TOP - BOTTOM);
    const x = (at) => LEFT + (1 - (end - at) / (DAYS * DAY)) * (WIDTH - LEFT - RIGHT);
    return { x, y, low, high };
  }

  function axis({ x, y, low, high }, end) {
    const days = Array.from({ length: DAYS + 1 }, (_, i) => end - i * DAY);
    return [
      svg("line", { class: "erqi-level__axis", x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }),
      days.map((at) => svg("line", { class: "erqi-level__axis", x1: x(at), x2: x(at), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 3 })),
      days.filter((_, i) => i % 3 === 0).map((at) => svg("text", { class: "erqi-level__text", x: x(at), y: HEIGHT - 8, "text-anchor": "middle" }, erqi.shortDay(new Date(at).toISOString()))),
      (high - low < 0.005 ? [low] : [low, high]).map((value) => svg("text", { class: "erqi-level__text", x: LEFT - 6, y: y(value) + 3.5, "text-anchor": "end" }, value.toFixed(2))),
    ];
  }

  function limit(line, { y }) {
    const style = erqi.theme.thresholds[line.kind] || {};
    return svg("line", { class: "erqi-level__limit", x1: LEFT, x2: WIDTH - RIGHT, y1: y(line.value), y2: y(line.value), "stroke-dasharray": style.dash, "stroke-width": style.width });
  }

  /* Labels stand beside their lines, pushed apart where lines are close. */
  function labels(lines, { y }) {
    let last = Infinity;
    return lines.slice().sort((a, b) => a.value - b.value).map((line) => {
      last = Math.min(y(line.value) + 3.5, last - APART);
      return svg("text", { class: "erqi-level__text", x: WIDTH - RIGHT + 5, y: last }, short(line.label), " ", line.value.toFixed(2));
    });
  }

  const short = (label) => label.replace(/水位$/, "").replace(/ level$/, "").replace(/^Flood-season /, "");

  function course(points, { x, y }, stale) {
    const last = points[points.length - 1];
    const path = points.map((each, i) => (i ? "L" : "M") + x(each.at).toFixed(1) + " " + y(each.value).toFixed(1)).join(" ");
    return [
      svg("path", { class: "erqi-level__course", d: path }),
      points.slice(0, -1).map((each) => svg("circle", { class: "erqi-level__dot", cx: x(each.at), cy: y(each.value), r: 1.8 })),
      // an old level goes on as a question, not as a line
      stale ? svg("line", { class: "erqi-level__unknown", x1: x(last.at) + 5, x2: WIDTH - RIGHT, y1: y(last.value), y2: y(last.value) }) : null,
      svg("circle", { class: "erqi-level__last" + (stale ? " erqi-level__last--stale" : ""), cx: x(last.at), cy: y(last.value), r: 3.6 }),
    ];
  }

  function said(p, points) {
    const values = points.map((each) => each.value);
    return t("level.chart", { n: points.length, low: Math.min(...values).toFixed(2), high: Math.max(...values).toFixed(2), sentence: erqi.pick(p, "level") });
  }

  /* The numbers of the chart, for those who cannot see it and those who want to copy them. */
  function table(p) {
    const rows = [
      ...readings(p).map((each) => [erqi.stamp(new Date(each.at).toISOString()), each]).reverse(),
      ...limits(p).map((each) => [each.label, each]),
    ];
    if (!rows.length) return null;
    const head = ["level.when", "level.metres", "level.datum"].map((key) => h("th", { scope: "col" }, t(key)));
    return h("details", { class: "erqi-level__table" }, h("summary", {}, t("level.table")),
      h("table", { class: "erqi-tasks" }, h("thead", {}, h("tr", {}, head)),
        h("tbody", {}, rows.map(([name, each]) => h("tr", {}, h("th", { scope: "row" }, name),
          h("td", { class: "erqi-number" }, each.value.toFixed(2)), h("td", {}, each.datum || "—"))))));
  }
})(window.erqi);
