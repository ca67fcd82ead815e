/* Stretches of segments: drawn on their part of the line, carriageways side by side, and as a strip in the card. */
(function (erqi) {
  "use strict";

  const { h, svg, t } = erqi;
  const { apart: APART, narrow: NARROW } = erqi.theme.carriageway;
  const SHARPEST = 0.3; // corners sharper than this are not drawn out to their point
  const bySegment = new WeakMap(); // the loaded features -> segment -> its stretches

  /* The stretches of a segment along the chainage, the left carriageway first; none where it says the same all over. */
  erqi.partsOf = function (segmentId) {
    const features = erqi.features.get("progress_parts");
    if (!features) return [];
    if (!bySegment.has(features)) bySegment.set(features, grouped(features));
    return bySegment.get(features).get(String(segmentId)) || [];
  };

  function grouped(features) {
    const found = new Map();
    for (const feature of features) {
      const key = erqi.text(feature.properties.segment_id);
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(feature);
    }
    const start = ({ properties: p }) => erqi.number(p.from_m) || 0;
    const side = ({ properties: p }) => ["left", "both", "right"].indexOf(p.carriageway);
    found.forEach((parts) => parts.sort((a, b) => start(a) - start(b) || side(a) - side(b)));
    return found;
  }

  /* To the left of the direction of the chainage, in pixels. */
  const aside = (part) => ({ left: APART, right: -APART }[part.properties.carriageway] || 0);

  const strokesOf = (part) => {
    const strokes = erqi.strokes(erqi.token(part.properties.colour));
    return aside(part) ? strokes.map(narrowed) : strokes;
  };
  const narrowed = (stroke) => ({
    colour: stroke.colour, width: stroke.width * NARROW,
    dash: stroke.dash ? stroke.dash.split(" ").map((length) => length * NARROW).join(" ") : null,
  });

  /* Leaflet lines of the stretches; a carriageway keeps its distance in pixels at every zoom. */
  erqi.partLines = function (parts, map, options) {
    return parts.filter((part) => part.geometry).flatMap((part) => strokesOf(part).map((stroke) => {
      const lines = erqi.lines(part.geometry);
      const drawn = L.polyline(lines, {
        ...options, color: stroke.colour, weight: stroke.width, dashArray: stroke.dash, lineCap: "butt", opacity: 1,
        className: "erqi-part erqi-part--" + (aside(part) ? part.properties.carriageway : "both"),
      });
      return aside(part) ? kept(drawn, lines, aside(part), map) : drawn;
    }));
  };

  function kept(drawn, lines, distance, map) {
    const place = () => drawn.setLatLngs(lines.map((line) => {
      const zoom = map.getZoom();
      return beside(line.map((at) => map.project(at, zoom)), distance).map((point) => map.unproject(point, zoom));
    }));
    drawn.on("add", () => { place(); map.on("zoomend", place); });
    drawn.on("remove", () => map.off("zoomend", place));
    return drawn;
  }

  /* A line beside another, to the left of its direction where ``distance`` is above 0; y grows downwards. */
  function beside(points, distance) {
    const line = points.filter((point, i) => i === 0 || point.distanceTo(points[i - 1]) > 0);
    const normals = line.slice(1).map((point, i) => {
      const step = point.subtract(line[i]);
      return L.point(step.y, -step.x).divideBy(Math.hypot(step.x, step.y));
    });
    return normals.length ? line.map((point, i) => point.add(corner(normals[i - 1], normals[i]).multiplyBy(distance))) : line;
  }

  /* Where the sides of two steps meet, one pixel away from the line's corner. */
  function corner(before, after) {
    if (!before || !after) return before || after;
    return before.add(after).divideBy(Math.max(SHARPEST, 1 + before.x * after.x + before.y * after.y));
  }

  /* Two carriageways that differ, for the legend. */
  erqi.partsSwatch = function () {
    const lane = (y, token) => erqi.strokes(token).map(narrowed).map((stroke) => strokePath("M1 " + y + " H39", stroke));
    return svg("svg", { viewBox: "0 0 40 18", width: 40, height: 18, class: "erqi-swatch", "aria-hidden": "true" },
      lane(9 - APART, "progress-on-plan"), lane(9 + APART, "progress-behind"));
  };

  const strokePath = (d, stroke) => svg("path", {
    d, stroke: stroke.colour, "stroke-width": stroke.width, "stroke-dasharray": stroke.dash, fill: "none",
  });

  /* What a screen reader hears of a segment that is cut; nothing of another. */
  erqi.partsWords = function (segmentId) {
    const n = erqi.partsOf(segmentId).length;
    return n ? t("parts.count", { n }) : "";
  };

  /* The section of a segment's card: a strip along the chainage, and the same as a table. */
  erqi.partsSection = function (segment) {
    const parts = erqi.partsOf(segment.id);
    return parts.length ? h("section", { class: "erqi-parts" }, h("h3", {}, t("parts.title")), strip(segment, parts), table(parts)) : null;
  };

  const WIDTH = 320, MARGIN = 34, TOP = 12, BOTTOM = 30, AXIS = 43, LABEL = 46;

  function strip(segment, parts) {
    const [from, to] = ["from_m", "to_m"].map((name) => erqi.number(segment.properties[name]));
    const x = (metres) => MARGIN + ((metres - from) / (to - from)) * (WIDTH - MARGIN - 4);
    const y = { left: TOP, right: BOTTOM };
    const lanes = (p) => Object.keys(y).filter((name) => p.carriageway === name || p.carriageway === "both");
    const lines = parts.flatMap(({ properties: p }) => lanes(p).flatMap((name) => erqi.strokes(erqi.token(p.colour)).map((stroke) =>
      strokePath("M" + x(p.from_m).toFixed(1) + " " + y[name] + " H" + x(p.to_m).toFixed(1), stroke))));
    const label = (name, words) => svg("text", { x: 0, y: y[name] + 4 }, words);
    return svg("svg", { class: "erqi-strip", viewBox: "0 0 " + WIDTH + " 58", role: "img", "aria-label": parts.map(words).join(t("parts.comma")) },
      label("left", t("parts.left")), label("right", t("parts.right")), lines, axis(parts, x, from, to));
  }

  function axis(parts, x, from, to) {
    const cuts = [...new Set(parts.flatMap(({ properties: p }) => [Number(p.from_m), Number(p.to_m)]))].sort((a, b) => a - b);
    const labelled = [from, to];
    // the ends first; a cut only where its K-post has room
    for (const cut of cuts) if (labelled.every((other) => Math.abs(x(cut) - x(other)) >= LABEL)) labelled.push(cut);
    return [
      svg("path", { class: "erqi-strip__axis", d: "M" + x(from) + " " + AXIS + " H" + x(to) + cuts.map((cut) => " M" + x(cut).toFixed(1) + " " + (AXIS - 3) + " v6").join("") }),
      labelled.map((metres) => svg("text", { x: x(metres).toFixed(1), y: 56, "text-anchor": metres === from ? "start" : metres === to ? "end" : "middle" }, erqi.kpost(metres))),
    ];
  }

  const words = ({ properties: p }) => [erqi.text(p.chainage), erqi.pick(p, "carriageway"), erqi.pick(p, "state"), erqi.percent(p.actual_percent)].join(" ");

  function table(parts) {
    const head = ["parts.where", "parts.carriageway", "parts.state", "card.actual"].map((key) => h("th", { scope: "col" }, t(key)));
    const rows = parts.map(({ properties: p }) => [
      h("tr", {},
        h("th", { scope: "row" }, erqi.text(p.chainage)),
        h("td", {}, erqi.pick(p, "carriageway")),
        h("td", {}, h("span", { class: "erqi-parts__state" }, erqi.lineSwatch(erqi.token(p.colour)), erqi.pick(p, "state"))),
        h("td", { class: "erqi-number" }, erqi.percent(p.actual_percent))),
      h("tr", { class: "erqi-parts__why" }, h("td", { colspan: 4 },
        [erqi.pick(p, "stages"), erqi.pick(p, "why"), p.last_report_at ? t("list.seen", { date: erqi.day(p.last_report_at) }) : ""]
          .filter(Boolean).join(" · "))),
    ]);
    return h("table", { class: "erqi-tasks" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows));
  }
})(window.erqi);
