/* Line styles and point symbols, drawn the same way on the map, in the legend, in lists and in popups. */
(function (erqi) {
  "use strict";

  erqi.strokes = function (token) {
    return erqi.theme.lines[token] || erqi.theme.lines[erqi.theme.fallback];
  };

  /* A short piece of line in the style of a token. */
  erqi.lineSwatch = function (token) {
    const paths = erqi.strokes(token).map((stroke) => erqi.svg("path", {
      d: "M1 8 H39", stroke: stroke.colour, "stroke-width": stroke.width, "stroke-dasharray": stroke.dash, fill: "none",
    }));
    return swatch("0 0 40 16", 40, 16, paths);
  };

  erqi.dotSwatch = function (token) {
    return swatch("-8 -8 16 16", 16, 16, [stateDot(token)]);
  };

  function stateDot(token) {
    const unknown = erqi.token(token) === erqi.theme.fallback;
    return erqi.svg("circle", {
      r: 6, fill: unknown ? erqi.theme.palette.surface : erqi.colour(token), stroke: erqi.colour(token),
      "stroke-width": 2, "stroke-dasharray": unknown ? "2 2" : null,
    });
  }

  erqi.reportSwatch = function () {
    return swatch("-12 -12 24 24", 24, 24, [
      erqi.svg("circle", { r: 10, fill: erqi.theme.palette["report-ground"], stroke: erqi.theme.palette.report, "stroke-width": 1.5 }),
      erqi.svg("text", { class: "erqi-symbol-mark", "text-anchor": "middle", y: 4, fill: erqi.theme.palette.report }, "9"),
    ]);
  };

  erqi.circleSwatch = function () {
    return swatch("-12 -12 24 24", 24, 24, [erqi.svg("circle", { r: 10, class: "erqi-uncertainty-swatch" })]);
  };

  erqi.ringSwatch = function (freshness) {
    return swatch("-14 -14 28 28", 28, 28, [
      erqi.svg("circle", { r: 6, fill: erqi.theme.palette.muted }), ring(freshness, 11, erqi.theme.palette.muted),
    ]);
  };

  function ring(freshness, radius, colour) {
    const style = erqi.theme.rings[freshness] || erqi.theme.rings.never;
    return erqi.svg("circle", {
      r: radius, fill: "none", stroke: colour, "stroke-width": style.width, "stroke-dasharray": style.dash,
      "stroke-linecap": "round",
    });
  }

  function swatch(viewBox, width, height, children) {
    return erqi.svg("svg", { viewBox, width, height, class: "erqi-swatch", "aria-hidden": "true" }, children);
  }

  /* A point symbol: shape by kind, fill by state, ring by freshness, a mark where attention is needed. */
  erqi.symbol = function (kind, options) {
    const known = Object.hasOwn(erqi.theme.symbols, kind) ? kind : options.otherwise || "checkpoint";
    const { shape, glyph } = erqi.theme.symbols[known];
    const colour = options.token === undefined ? options.colour : erqi.colour(options.token);
    // outlined: nothing recent is known
    const hollow = options.hollow === true || options.freshness === "stale";
    const white = erqi.theme.palette.surface;
    const parts = [
      options.freshness ? erqi.svg("circle", { r: 17.5, fill: white, "fill-opacity": 0.82 }) : null,
      options.freshness ? ring(options.freshness, 17.5, colour) : null,
      erqi.svg("path", {
        d: shape, fill: hollow ? white : colour, stroke: hollow ? colour : white, "stroke-width": 1.6,
        "stroke-dasharray": options.hollow ? "2.5 1.8" : null,
      }),
      erqi.svg("path", {
        d: glyph, fill: "none", stroke: hollow ? colour : white, "stroke-width": 1.9, "stroke-linecap": "round",
        "stroke-linejoin": "round",
      }),
      options.mark ? mark(options.mark, colour) : null,
      options.late ? clock() : null,
    ];
    const half = options.freshness ? 20 : 14;
    const size = options.size || 2 * half;
    return swatch([-half, -half, 2 * half, 2 * half].join(" "), size, size, parts);
  };

  /* A small clock at the shoulder: the deadline is past. */
  function clock() {
    const { surface, alert } = erqi.theme.palette;
    return erqi.svg("g", { transform: "translate(8.5 -10)" },
      erqi.svg("circle", { r: 6.4, fill: surface, stroke: alert, "stroke-width": 1.6 }),
      erqi.svg("path", { d: "M0 -3.6 V0.4 L2.8 2", fill: "none", stroke: alert, "stroke-width": 1.6, "stroke-linecap": "round" }));
  }

  function mark(sign, colour) {
    return erqi.svg("g", { transform: "translate(12.5 -12.5)" },
      erqi.svg("circle", { r: 7, fill: erqi.theme.palette.surface, stroke: colour, "stroke-width": 1.6 }),
      erqi.svg("text", { class: "erqi-symbol-mark", "text-anchor": "middle", y: 3.8, fill: erqi.theme.palette.ink }, sign));
  }

  /* What stands for a feature in a list: the same symbol as on the map, smaller. */
  erqi.featureSwatch = function (collection, feature, size) {
    const p = feature.properties;
    if (collection === "segment_progress") return erqi.lineSwatch(erqi.token(p.colour));
    if (collection === "conflicts") return erqi.lineSwatch("conflict-" + erqi.text(p.certainty));
    return erqi.featureSymbol(collection, feature, size);
  };

  const MARKS = { "state-attention": "!", "state-danger": "!!" };

  erqi.featureSymbol = function (collection, feature, size) {
    const p = feature.properties;
    const token = erqi.token(p.colour);
    const hollow = token === erqi.theme.fallback;
    if (collection === "site_progress") return erqi.symbol("site", { token, hollow, size });
    if (collection === "cases") return erqi.symbol("case", { token, hollow, size, late: p.overdue === true });
    if (collection === "supply_points") return erqi.symbol("store", { colour: erqi.theme.palette.supply, size });
    if (collection === "landmarks") return erqi.symbol("stop", { colour: erqi.theme.palette.stop, size });
    return erqi.symbol(erqi.text(p.kind), {
      token, hollow, size, otherwise: "checkpoint", freshness: erqi.text(p.freshness) || "never", mark: MARKS[token],
    });
  };
})(window.erqi);
