/* Where names may stand on the map: boxes in pixels of the present zoom, so that none runs into another. */
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
  const BELOW = [[0, 20, -0.5], [18, -9, 0], [-18, -9, -1], [0, -38, -0.5]];
  const SYMBOL = 30;

  const inside = (box, view) => box.x >= view.min.x && box.x + box.w <= view.max.x && box.y >= view.min.y && box.y + box.h <= view.max.y;

  const around = (at) => ({ x: at.x - SYMBOL / 2, y: at.y - SYMBOL / 2, w: SYMBOL, h: SYMBOL });

  /* Free places for the names of points: [{feature, dx, dy}]; those that find none are left out. */
  erqi.placeNames = function (layer, features, map, dotted) {
    const zoom = map.getZoom();
    // the names of symbols come first; only small names give way to roads and K-posts
    const covered = dotted ? [...taken].filter(([other]) => other !== layer).flatMap(([, boxes]) => boxes) : [];
    const view = map.getPixelBounds();
    const placed = [];
    // no name on another point's symbol, or it would seem to be that point's
    const own = dotted ? [] : features.map((feature) => around(map.project(erqi.point(feature), zoom)));
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
