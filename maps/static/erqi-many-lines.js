/* Many lines: vector tiles drawn on canvas, in the same strokes as few lines have; a click finds the line below it. */
(function (erqi) {
  "use strict";

  const FULL_ZOOM = 15; // from here on strokes are as wide as those of few lines
  const PLAIN = 0.6; // below this share of their width strokes are drawn as one
  const REACH = 11; // pixels to both sides of a line that a click still means it

  const numbers = (dash, scale) => (dash ? dash.split(" ").map((part) => Number(part) * scale) : []);

  /* Strokes thin out with the zoom, for a district of thousands of lines would else be one spot of colour. */
  const widthScale = (zoom) => Math.min(1, Math.max(0.34, 2 ** ((zoom - FULL_ZOOM) / 2)));

  const roadStrokes = () => [{ colour: erqi.theme.palette.road, width: 8, dash: null }];
  const STROKES = {
    roads: { property: "id", order: () => [""], token: () => "", of: roadStrokes },
    segment_progress: { property: "colour", order: () => Object.keys(erqi.theme.lines), token: (p) => erqi.token(p.colour), of: erqi.strokes },
  };

  const Lines = L.GridLayer.extend({
    initialize(collection, options) {
      L.setOptions(this, { tileSize: erqi.TILE_SIDE, updateWhenZooming: false, keepBuffer: 1, from: 0, className: "erqi-tiles", ...options });
      this.collection = collection;
    },

    getEvents() {
      return { ...L.GridLayer.prototype.getEvents.call(this), ...(this.options.interactive ? { click: this._onClick, mousemove: this._onMove } : {}) };
    },

    createTile(coords, done) {
      const canvas = document.createElement("canvas");
      const ratio = window.devicePixelRatio || 1;
      canvas.width = canvas.height = erqi.TILE_SIDE * ratio;
      canvas.setAttribute("aria-hidden", "true");
      canvas.erqi = { place: { z: coords.z - 2, x: coords.x, y: coords.y }, ratio, tile: null };
      this._fill(canvas).then(() => done(null, canvas), (error) => { done(error, canvas); this._failed(); });
      return canvas;
    },

    async _fill(canvas) {
      if (canvas.erqi.place.z + 2 < this.options.from) return;
      const at = erqi.moment();
      const query = erqi.tileQuery(at, STROKES[this.collection].property === "id" ? "name_zh" : "colour", erqi.conditions(this.collection));
      const tile = await erqi.tile(this.collection, canvas.erqi.place, query, false);
      if (canvas.erqi.tile === tile) return;
      canvas.erqi.tile = tile;
      paint(canvas, tile.features, STROKES[this.collection]);
    },

    /* Draw what another moment, another filter or a later reading shows; a tile changes when its own is there. */
    update() {
      const canvases = Object.values(this._tiles || {}).map((tile) => tile.el);
      return Promise.all(canvases.map((canvas) => this._fill(canvas))).catch(() => this._failed());
    },

    _failed() {
      erqi.tilesFailed("many.failed", () => this.redraw());
    },

    /* The feature nearest to a position, at most ``REACH`` pixels away: ``{id, crowd}``, or null. */
    find(latlng) {
      const size = erqi.TILE_SIDE * this._map.getZoomScale(this._map.getZoom(), this._tileZoom);
      const point = this._map.project(latlng, this._tileZoom).divideBy(erqi.TILE_SIDE);
      const [x, y] = [Math.floor(point.x), Math.floor(point.y)];
      const found = this._tiles[this._tileCoordsToKey({ x, y, z: this._tileZoom })];
      if (!found || !found.el.erqi.tile) return null;
      const [px, py] = [(point.x - x) * erqi.UNITS, (point.y - y) * erqi.UNITS];
      return nearest(found.el.erqi.tile.features, px, py, (REACH * erqi.UNITS) / size);
    },

    _onClick(event) {
      const found = this.find(event.latlng);
      if (found) this.options.chosen(found, event.latlng);
    },

    /* The pointer says that there is something to open; once a frame is enough. */
    _onMove(event) {
      if (this._moved || !event.latlng) return;
      this._moved = true;
      window.requestAnimationFrame(() => {
        this._moved = false;
        if (this._map) this._map.getContainer().classList.toggle("erqi-over-line", this.find(event.latlng) !== null);
      });
    },
  });

  /* Lay the strokes of each style over each other, the more serious styles on top. */
  function paint(canvas, features, { order, token, of }) {
    const { place, ratio } = canvas.erqi;
    const context = canvas.getContext("2d");
    const scale = widthScale(place.z + 2);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.lineJoin = "round";
    const paths = pathsBy(features, token);
    for (const style of order().filter((name) => paths.has(name))) {
      for (const stroke of scale < PLAIN ? plain(of(style)) : of(style)) {
        context.strokeStyle = stroke.colour;
        context.lineWidth = Math.max(1, stroke.width * scale);
        context.setLineDash(numbers(stroke.dash, scale));
        context.stroke(paths.get(style));
      }
    }
  }

  /* From far away a style is one stroke: what lies above and below it would be less than a pixel wide, and cost as much. */
  function plain(strokes) {
    const seen = strokes.filter((stroke) => stroke.colour !== erqi.theme.palette.surface);
    return [seen.find((stroke) => stroke.dash) || seen[seen.length - 1]];
  }

  function pathsBy(features, token) {
    const paths = new Map();
    const unit = erqi.TILE_SIDE / erqi.UNITS;
    for (const feature of features) {
      const style = token(feature.properties);
      if (!paths.has(style)) paths.set(style, new Path2D());
      const path = paths.get(style);
      for (const part of feature.parts) {
        part.forEach((point, index) => (index ? path.lineTo(point.x * unit, point.y * unit) : path.moveTo(point.x * unit, point.y * unit)));
      }
    }
    return paths;
  }

  function nearest(features, x, y, reach) {
    const point = L.point(x, y);
    let [best, distance] = [null, reach];
    for (const feature of features) {
      feature.boxes = feature.boxes || feature.parts.map(boxOf);
      feature.parts.forEach((part, index) => {
        const [west, north, east, south] = feature.boxes[index];
        if (x < west - reach || x > east + reach || y < north - reach || y > south + reach) return;
        for (let i = 1; i < part.length; i += 1) {
          const d = L.LineUtil.pointToSegmentDistance(point, part[i - 1], part[i]);
          if (d <= distance) [best, distance] = [feature, d];
        }
      });
    }
    return best && { id: best.properties.id === undefined ? null : erqi.text(best.properties.id) };
  }

  function boxOf(part) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { x, y } of part) {
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
    return box;
  }

  let patches = null; // {group, features}

  /* Draw some lines over the tiles, in place of what the tiles say of them. */
  erqi.patchLines = function (map, features) {
    if (patches) patches.group.remove();
    else map.on("zoomend", () => erqi.patchLines(map, patches.features));
    const scale = widthScale(map.getZoom());
    const group = L.layerGroup();
    for (const feature of features.filter((each) => each.geometry)) {
      const strokes = erqi.strokes(erqi.token(feature.properties.colour));
      const cover = { colour: erqi.theme.palette.land, width: 14, dash: null };
      for (const stroke of [cover, ...strokes]) {
        L.polyline(erqi.lines(feature.geometry), {
          pane: "erqi-lines", interactive: false, color: stroke.colour, weight: Math.max(1, stroke.width * scale), lineCap: "butt", opacity: 1,
          dashArray: numbers(stroke.dash, scale).join(" ") || null, className: "erqi-patch",
        }).addTo(group);
      }
    }
    patches = { group: group.addTo(map), features };
  };

  erqi.manyLines = (collection, options) => new Lines(collection, options);
})(window.erqi);
