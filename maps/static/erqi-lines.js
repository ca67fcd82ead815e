/* Lines and areas: district outline, roads as a quiet base, canal, segments by progress. */
(function (erqi) {
  "use strict";

  const MANY = 1500; // above this a canvas draws sooner than the same number of SVG elements
  erqi.drawers = {};

  /* GeoJSON positions (longitude, latitude) of a line or multi-line as Leaflet lines. */
  erqi.lines = function (geometry) {
    if (!geometry) return [];
    const parts = geometry.type === "MultiLineString" ? geometry.coordinates : [geometry.coordinates];
    return parts.map((part) => part.map(([lon, lat]) => L.latLng(lat, lon)));
  };

  const still = (pane) => ({ pane, interactive: false });

  erqi.drawers.district = function (features) {
    return features.filter((f) => f.geometry).map((feature) => L.geoJSON(feature.geometry, {
      ...still("erqi-ground"), className: "erqi-district",
      style: { color: erqi.theme.palette.district, weight: 1.6, dashArray: "9 4 2 4", fillColor: erqi.theme.palette.land, fillOpacity: 1 },
    }));
  };

  erqi.drawers.roads = function (features, map) {
    const named = features.filter((f) => f.geometry);
    const lines = named.map((feature) => L.polyline(erqi.lines(feature.geometry), {
      ...still("erqi-base"), color: erqi.theme.palette.road, weight: 12, opacity: 0.65, lineCap: "round",
    }));
    return [...lines, nameLabels(named, map, "erqi-line-name")];
  };

  erqi.drawers.canals = function (features, map) {
    const located = features.filter((f) => f.geometry);
    const strokes = [[erqi.theme.palette["canal-case"], 11], [erqi.theme.palette.canal, 4]];
    const lines = located.flatMap((feature) => strokes.map(([color, weight], index) => {
      const line = L.polyline(erqi.lines(feature.geometry), { pane: "erqi-lines", color, weight, interactive: index === 1 });
      return index === 1 ? erqi.bindCard(line, "canals", feature) : line;
    }));
    return [...lines, nameLabels(located, map, "erqi-line-name erqi-line-name--canal")];
  };

  erqi.drawers.segments = function (features, map) {
    // stretches come along with the segment that they are of
    const located = features.filter((f) => f.geometry && f.collection === "segment_progress");
    const renderer = located.length > MANY ? L.canvas({ pane: "erqi-lines", tolerance: 8 }) : null;
    return located.map((feature) => segment(feature, renderer, map));
  };

  function segment(feature, renderer, map) {
    const latlngs = erqi.lines(feature.geometry);
    const extra = renderer ? { renderer } : {};
    const parts = erqi.partsOf(feature.id);
    const strokes = parts.length ? erqi.partLines(parts, map, { ...still("erqi-lines"), ...extra }) : erqi.strokes(erqi.token(feature.properties.colour)).map((stroke) => L.polyline(latlngs, {
      ...still("erqi-lines"), ...extra, color: stroke.colour, weight: stroke.width, dashArray: stroke.dash, lineCap: "butt", opacity: 1,
    }));
    // wide enough for a finger, and what the keyboard reaches
    const touch = L.polyline(latlngs, {
      pane: "erqi-lines", ...extra, weight: 22, color: erqi.theme.palette.focus, opacity: 0, lineCap: "round", className: "erqi-touch",
    });
    erqi.bindCard(touch, "segment_progress", feature);
    touch.on("add", () => reachable(touch, feature, map));
    return L.featureGroup([...strokes, touch]);
  }

  function reachable(layer, feature, map) {
    const element = layer.getElement();
    if (!element) return;
    const p = feature.properties;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", [erqi.name(feature), erqi.text(p.chainage), erqi.pick(p, "state"), erqi.partsWords(feature.id)].join(" ").trim());
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      erqi.open(map, "segment_progress", feature, element);
    });
  }

  /* Names along lines, at least 420 pixels apart, set again after each zoom. */
  function nameLabels(features, map, className) {
    const group = L.layerGroup();
    const draw = () => {
      group.clearLayers();
      erqi.cover(group, []);
      const [others, own] = [[...erqi.covered(map), ...erqi.roadBoxes(map)], []];
      for (const feature of features) {
        for (const line of erqi.lines(feature.geometry)) own.push(...placeNames(group, map, line, [erqi.name(feature), className], [...others, ...own]));
      }
      erqi.cover(group, own);
    };
    // symbols, which names make room for, come after the lines
    group.on("add", () => { draw(); map.on("zoomend erqi-drawn", draw); });
    group.on("remove", () => { map.off("zoomend erqi-drawn", draw); erqi.cover(group, []); });
    return group;
  }

  const SHIFTS = [0.5, 0.3, 0.7, 0.15, 0.85]; // where along its part of the line a name may stand, the middle first
  const MOST_COVERED = 0.25; // of a name
  const SIDES = [1, -1];
  const PIECE = 16; // pixels: a slanting name covers a row of small boxes, not the large one around it

  /* Add the names of one line where they meet nothing that is covered; returns the boxes that they cover. */
  function placeNames(group, map, line, [name, className], covered) {
    const zoom = map.getZoom();
    const points = line.map((latlng) => map.project(latlng, zoom));
    const length = points.slice(1).reduce((sum, point, i) => sum + point.distanceTo(points[i]), 0);
    const room = erqi.textWidth(name, 14);
    if (zoom < 11.5 || length < 90) return [];
    const count = Math.max(1, Math.min(12, Math.round(length / Math.max(420, 3 * room))));
    const boxes = [];
    for (let i = 0; i < count; i += 1) {
      const spots = SIDES.flatMap((side) => SHIFTS.map((shift) => spot(points, (length * (i + shift)) / count, [room, side])));
      const others = [...covered, ...boxes];
      const free = spots.find((each) => !erqi.meetsAny(each.boxes, others)) || (i === 0 ? leastCovered(spots, others) : null);
      if (!free) continue;
      group.addLayer(L.marker(map.unproject(free.middle, zoom), { icon: nameIcon(name, free.angle, className), interactive: false, keyboard: false, pane: "erqi-line-names" }));
      boxes.push(...free.boxes);
    }
    return boxes;
  }

  /* Where the first name of a line meets least, for a line without any would say nothing; null where that is too much. */
  function leastCovered(spots, others) {
    const met = spots.map((each) => each.boxes.filter((box) => erqi.meetsAny([box], others)).length / each.boxes.length);
    const least = Math.min(...met);
    return least <= MOST_COVERED ? spots[met.indexOf(least)] : null;
  }

  /* A name's middle, direction and boxes beside a place of the line: above level lines, to the east of steep ones, or
     (``side`` -1) on the other side. */
  function spot(points, distance, [room, side]) {
    const { point, angle } = along(points, distance);
    const away = steep(angle) ? L.point(18, 0) : L.point(Math.sin(angle), -Math.cos(angle)).multiplyBy(18);
    const middle = point.add(away.multiplyBy(side));
    const pieces = Math.max(1, Math.ceil(room / PIECE));
    const boxes = Array.from({ length: pieces }, (_, i) => {
      const off = (i - (pieces - 1) / 2) * PIECE;
      return { x: middle.x + off * Math.cos(angle) - PIECE / 2, y: middle.y + off * Math.sin(angle) - PIECE / 2, w: PIECE, h: PIECE };
    });
    return { middle, angle, boxes };
  }

  /* Point and direction (in -90..90 degrees, as radians) at a distance along projected points. */
  function along(points, distance) {
    let rest = distance;
    for (let i = 1; i < points.length; i += 1) {
      const step = points[i].distanceTo(points[i - 1]);
      if (rest <= step || i === points.length - 1) {
        const delta = points[i].subtract(points[i - 1]);
        let angle = Math.atan2(delta.y, delta.x);
        if (angle > Math.PI / 2 || angle <= -Math.PI / 2) angle += angle > 0 ? -Math.PI : Math.PI;
        return { point: points[i - 1].add(delta.multiplyBy(step ? Math.min(1, rest / step) : 0)), angle };
      }
      rest -= step;
    }
    return { point: points[0], angle: 0 };
  }
  erqi.along = along;

  const steep = (angle) => Math.abs(angle) > Math.PI / 4;

  function nameIcon(name, angle, className) {
    const text = erqi.h("span", { class: "erqi-line-name__text" }, name);
    // Chinese names of steep streets stand upright, one character below the other
    if (steep(angle) && erqi.lang === "zh") text.classList.add("erqi-line-name__text--upright");
    else text.style.transform = "translate(-50%, -50%) rotate(" + angle.toFixed(3) + "rad)";
    return L.divIcon({ className, html: text, iconSize: [0, 0] });
  }
})(window.erqi);
