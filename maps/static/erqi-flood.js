/* Flood control on the map: signal and level, works in the way, supplies and their routes, cases by their deadline. */
(function (erqi) {
  "use strict";

  const { h, svg, t } = erqi;

  /* Signal and level are two things: the one has an official colour, the other a numeral in a neutral frame. */
  erqi.drawStatus = function () {
    const feature = (erqi.features.get("flood_status") || [])[0];
    const p = feature ? feature.properties : {};
    const brief = document.getElementById("erqi-alert-brief");
    const full = document.getElementById("erqi-alert");
    if (!brief || !full) return;
    const open = full.querySelector("details[open]") !== null;
    brief.replaceChildren(h("span", { class: "erqi-alert__pair" }, t("alert.signal"), signalIcon(p), signalName(p)),
      h("span", { class: "erqi-alert__pair" }, t("alert.level"), levelFrame(p), p.level ? null : t("alert.none")));
    full.replaceChildren(...[
      part("alert.signal", signalIcon(p), signalName(p), p.signal ? t("alert.since", { at: erqi.time(p.signal_at), by: erqi.text(p.signal_issuer) }) : ""),
      part("alert.level", levelFrame(p), p.level ? erqi.pick(p, "level") : t("alert.none"), p.level ? t("alert.since", { at: erqi.time(p.level_at), by: erqi.text(p.level_issuer) }) : ""),
      others(p), p.agreement ? h("details", { class: "erqi-alert__why", open }, h("summary", {}, proposed(p)), h("p", {}, erqi.pick(p, "why")),
        h("p", { class: "erqi-quiet" }, t("alert.two_things"))) : null,
    ].filter(Boolean));
  };

  function part(key, icon, name, since) {
    return h("div", { class: "erqi-alert__part" }, h("h2", {}, t(key)),
      h("p", { class: "erqi-alert__name" }, icon, h("strong", {}, name)), since ? h("p", { class: "erqi-quiet" }, since) : null);
  }

  const signalName = (p) => (p.signal ? erqi.pick(p, "signal") : t("alert.none"));

  function others(p) {
    const more = (Array.isArray(p.signals) ? p.signals : []).slice(1).filter(Boolean);
    return more.length ? h("p", { class: "erqi-quiet erqi-alert__more" }, t("alert.more"), more.map((each) => erqi.pick(each, "signal")).join("、")) : null;
  }

  function proposed(p) {
    if (p.agreement === "calm") return t("alert.calm");
    return p.proposed_level ? t("alert.proposed", { level: erqi.pick(p, "proposed_level"), agreement: erqi.pick(p, "agreement") }) : erqi.pick(p, "agreement");
  }

  function signalIcon(p) {
    if (!p.signal) return svg("svg", { class: "erqi-swatch", viewBox: "-12 -12 24 24", width: 22, height: 22, "aria-hidden": "true" },
      svg("circle", { r: 8, fill: "none", stroke: erqi.theme.palette.muted, "stroke-width": 1.6, "stroke-dasharray": "3 3" }));
    return erqi.signalSymbol(erqi.text(p.colour), 22);
  }

  /* A drop under a bar in the signal's colour; its own edge and glyph keep it legible on white. */
  erqi.signalSymbol = function (token, size) {
    const { shape, glyph } = erqi.theme.symbols.signal;
    return svg("svg", { class: "erqi-swatch", viewBox: "-12 -12 24 24", width: size, height: size, "aria-hidden": "true" },
      svg("path", { d: shape, fill: erqi.colour(token), stroke: erqi.theme.palette.ink, "stroke-width": 1.2 }),
      svg("path", { d: glyph, fill: "none", stroke: erqi.theme.palette.ink, "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" }));
  };

  const NUMERALS = { I: "Ⅰ", II: "Ⅱ", III: "Ⅲ", IV: "Ⅳ" };
  const levelFrame = (p) => h("span", { class: "erqi-alert__frame" + (p.level ? "" : " erqi-alert__frame--none"), "aria-hidden": "true" }, NUMERALS[p.level] || "—");

  /* Works in the way: a fence along the stretch, thinner where only the errors of the positions make it possible. */
  erqi.drawers.conflicts = function (features, map) {
    return features.filter((f) => f.geometry).map((feature) => {
      const latlngs = erqi.lines(feature.geometry);
      const strokes = erqi.strokes("conflict-" + erqi.text(feature.properties.certainty)).map((stroke) => L.polyline(latlngs, {
        pane: "erqi-lines", interactive: false, color: stroke.colour, weight: stroke.width, dashArray: stroke.dash, lineCap: "butt", opacity: 1,
      }));
      const touch = erqi.bindCard(L.polyline(latlngs, { pane: "erqi-lines", weight: 22, opacity: 0, color: erqi.theme.palette.focus, className: "erqi-touch" }), "conflicts", feature);
      touch.on("add", () => reachable(touch, feature, map));
      return L.featureGroup([...strokes, touch]);
    });
  };

  function reachable(layer, feature, map) {
    const element = layer.getElement();
    if (!element) return;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", [erqi.name(feature), erqi.text(feature.properties.chainage), erqi.pick(feature.properties, "kind")].join(" "));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      erqi.open(map, feature.collection, feature, element);
    });
  }

  erqi.drawers.supplies = function (features, map) {
    const routes = features.filter((f) => f.geometry && f.geometry.type !== "Point").flatMap((feature) => [
      L.polyline(erqi.lines(feature.geometry), { pane: "erqi-lines", interactive: false, color: erqi.theme.palette.surface, weight: 6, opacity: 0.9 }),
      erqi.bindCard(L.polyline(erqi.lines(feature.geometry), { pane: "erqi-lines", color: erqi.theme.palette.supply, weight: 3, dashArray: "9 5" }), feature.collection, feature),
    ]);
    return [...routes, ...features.filter(erqi.point).map((feature) => erqi.symbolMarker(feature.collection, feature, map, 28))];
  };

  Object.assign(erqi.cards, {
    conflicts: (p) => [
      erqi.facts([[t("card.kind"), erqi.pick(p, "kind")], [t("card.road"), erqi.pick(p, "road")], [t("card.chainage"), erqi.text(p.chainage)],
        [t("conflict.since"), erqi.day(p.since)], [t("conflict.stages"), erqi.pick(p, "under_way")],
        [t("conflict.distance"), erqi.metres(p.distance_m)], [t("conflict.certainty"), erqi.pick(p, "certainty")]]),
      erqi.why(p, "conflict.why")],
    supply_points: (p) => erqi.facts([[t("supply.contents"), erqi.text(p.contents)]]),
    supply_routes: (p) => erqi.facts([[t("supply.from"), erqi.pick(p, "supply_point")], [t("supply.to"), erqi.pick(p, "checkpoint")],
      [t("supply.length"), erqi.metres(p.length_m)]]),
  });

  Object.assign(erqi.sublines, {
    conflicts: (p) => [erqi.pick(p, "kind"), erqi.text(p.chainage), t("conflict.short", { date: erqi.day(p.since) }), erqi.pick(p, "certainty")],
    cases: (p) => [erqi.pick(p, "status"), erqi.pick(p, "category"), deadline(p)],
    supply_points: (p) => [erqi.text(p.contents)],
    supply_routes: (p) => [erqi.metres(p.length_m)],
  });

  erqi.deadline = deadline;
  function deadline(p) {
    const days = erqi.number(p.days_left);
    if (!p.due_on) return "";
    if (days === null) return t("list.due", { date: erqi.day(p.due_on) });
    const season = p.due_before_season === true ? t("due.season") : "";
    if (days < 0) return t("due.overdue", { n: -days, date: erqi.day(p.due_on) }) + season;
    return (days === 0 ? t("due.today") : t("due.left", { n: days, date: erqi.day(p.due_on) })) + season;
  }

  /* The longest overdue first, then what is due next; entries without a deadline, then those that are closed. */
  erqi.byDeadline = function (features) {
    const rank = (p) => (p.status === "struck_off" ? 1e7 : erqi.number(p.days_left) ?? 1e6);
    return features.slice().sort((a, b) => rank(a.properties) - rank(b.properties));
  };
})(window.erqi);
