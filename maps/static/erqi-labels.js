/* Where names and numbers may stand on the map: boxes in pixels of the present zoom, so that none runs into another. */
(function (erqi) {
  "use strict";

  const LINE_HEIGHT = 17;
  const taken = new Map(); // layer -> boxes that its names cover

  erqi.textWidth = function (text, size) {
    return [...text].reduce((width, letter) => width + (letter > "\u2e7f" ? 1.08 : 0.58) * size, 0);
  };

  /* Remember the boxes of a layer's names; the names of points give way to them. */
  erqi.cover = function (layer, boxes) {
    taken.set(layer, boxes);
  };

  const meets = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

  /* Where a name may stand beside its point: right or left above, right or left below, or centred below a symbol. */
  const BESIDE = [[8, -25, 0], [-8, -25, -1], [8, 8, 0], [-8, 8, -1]];
  const BELOW = [[0, 20, -0.5], [20, -9, 0], [-20, -9, -1], [0, -38, -0.5], [14, 12, 0], [-14, 12, -1], [14, -28, 0], [-14, -28, -1]];
  const EDGE = 4; // pixels of a symbol's box that hold nothing of it

  const inside = (box, view) => box.x >= view.min.x && box.x + box.w <= view.max.x && box.y >= view.min.y && box.y + box.h <= view.max.y;

  /* What the symbols of the map cover, each of which opens a card. */
  function symbolBoxes(map) {
    const drawn = [...erqi.places.values()].filter((place) => place.getLatLng && map.hasLayer(place));
    return drawn.map((place) => {
      const at = map.project(place.getLatLng(), map.getZoom());
      const { iconSize: [w, h], iconAnchor: [x, y] } = place.options.icon.options;
      return { x: at.x - x + EDGE, y: at.y - y + EDGE, w: w - 2 * EDGE, h: h - 2 * EDGE };
    });
  }

  const LANE = 12; // pixels: how wide a road is drawn

  /* What the roads cover in view. */
  erqi.roadBoxes = function (map) {
    const view = map.getPixelBounds();
    const lines = (erqi.features.get("roads") || []).flatMap((road) => erqi.lines(road.geometry));
    return lines.flatMap((line) => {
      const points = line.map((latlng) => map.project(latlng, map.getZoom()));
      return points.slice(1).flatMap((point, i) => {
        const steps = Math.ceil(point.distanceTo(points[i]) / LANE);
        return Array.from({ length: steps }, (_, step) => points[i].add(point.subtract(points[i]).multiplyBy(step / steps)));
      });
    }).filter((at) => view.contains(at)).map((at) => ({ x: at.x - LANE / 2, y: at.y - LANE / 2, w: LANE, h: LANE }));
  };

  /* What symbols and names cover, and whether any of some boxes meets one of others. */
  erqi.covered = (map) => [...symbolBoxes(map), ...[...taken.values()].flat()];
  erqi.meetsAny = (boxes, others) => boxes.some((box) => others.some((other) => meets(box, other)));

  /* Put numbers beside their places, clear of symbols, names, each other and roads (unless ``onRoad``) where there is
     room. ``wished`` are boxes relative to each place, the best first; the one taken comes back, the first where none is free. */
  erqi.placeNumbers = function (places, map) {
    const covered = erqi.covered(map);
    const roads = erqi.roadBoxes(map);
    return places.map(({ latlng, wished, onRoad }) => {
      const at = map.project(latlng, map.getZoom());
      const boxes = wished.map((box) => ({ ...box, x: at.x + box.x, y: at.y + box.y }));
      const free = (box, others) => !others.some((other) => meets(box, other));
      const clear = boxes.findIndex((box) => free(box, covered) && (onRoad || free(box, roads)));
      const found = clear >= 0 ? clear : Math.max(0, boxes.findIndex((box) => free(box, covered)));
      covered.push(boxes[found]);
      return wished[found];
    });
  };

  /* Free places for the names of points: [{feature, dx, dy}]; those that find none are left out. */
  erqi.placeNames = function (layer, features, map, dotted) {
    const zoom = map.getZoom();
    // the names of symbols come first; only small names give way to roads and K-posts
    const covered = dotted ? [...taken].filter(([other]) => other !== layer).flatMap(([, boxes]) => boxes) : [];
    const view = map.getPixelBounds();
    const placed = [];
    // no name on another point's symbol, or it would seem to be that point's
    const own = dotted ? [] : symbolBoxes(map);
    for (const feature of features) {
      const at = map.project(erqi.point(feature), zoom);
      const width = Math.min(260, erqi.textWidth(erqi.name(feature), 12)) + 4;
      const boxes = (dotted ? BESIDE : BELOW).map(([dx, dy, shift]) => ({ x: at.x + dx + shift * width, y: at.y + dy, w: width, h: LINE_HEIGHT }));
      const free = boxes.find((box) => inside(box, view) && ![...covered, ...own].some((other) => meets(box, other)));
      if (!free) continue;
      own.push(free);
      placed.push({ feature, dx: free.x - at.x, dy: free.y - at.y });
    }
    taken.set(layer, own);
    return placed;
  };
})(window.erqi);
