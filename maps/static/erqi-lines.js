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
      erqi.cover(group, features.flatMap((feature) => erqi.lines(feature.geometry).flatMap(
        (line) => placeNames(group, map, line, erqi.name(feature), className))));
    };
    group.on("add", () => { draw(); map.on("zoomend", draw); });
    group.on("remove", () => { map.off("zoomend", draw); erqi.cover(group, []); });
    return group;
  }

  /* Add the names of one line; returns the boxes that they cover. */
  function placeNames(group, map, line, name, className) {
    const zoom = map.getZoom();
    const points = line.map((latlng) => map.project(latlng, zoom));
    const length = points.slice(1).reduce((sum, point, i) => sum + point.distanceTo(points[i]), 0);
    const room = erqi.textWidth(name, 14);
    if (zoom < 11.5 || length < 90) return [];
    const count = Math.max(1, Math.min(12, Math.round(length / Math.max(420, 3 * room))));
    return Array.from({ length: count }, (_, i) => {
      const { point, angle } = along(points, (length * (i + 0.5)) / count);
      // above level lines, to the east of steep ones
      const side = steep(angle) ? L.point(18, 0) : L.point(Math.sin(angle), -Math.cos(angle)).multiplyBy(18);
      const at = map.unproject(point.add(side), zoom);
      group.addLayer(L.marker(at, { icon: nameIcon(name, angle, className), interactive: false, keyboard: false, pane: "erqi-line-names" }));
      const box = [Math.abs(Math.cos(angle)) * room + 14, Math.abs(Math.sin(angle)) * room + 14];
      const middle = point.add(side);
      return { x: middle.x - box[0] / 2, y: middle.y - box[1] / 2, w: box[0], h: box[1] };
    });
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
