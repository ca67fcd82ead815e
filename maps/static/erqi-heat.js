/* Heat of reports: the counted points laid over each other on a canvas, coloured by how dense they lie in view. */
(function (erqi) {
  "use strict";

  const RADIUS = 34; // pixels that a report is felt around its place
  const COARSE = 2; // pixels of the screen for one of the canvas: heat has no edges to keep sharp

  const Heat = L.Layer.extend({
    onAdd(map) {
      this._canvas = erqi.h("canvas", { class: "erqi-heat", "aria-hidden": "true" });
      map.getPane("erqi-heat").append(this._canvas);
      this._shown = true;
      map.on("moveend", this._place, this);
      erqi.followReports(map);
      erqi.readReports(false);
    },

    onRemove(map) {
      this._shown = false;
      map.off("moveend", this._place, this);
      this._canvas.remove();
    },

    active() {
      return this._shown === true;
    },

    /* The old picture goes along with the map until the new points are there. */
    _place() {
      if (erqi.reportPoints().length) this.draw();
    },

    draw() {
      if (!this._shown) return;
      const size = this._map.getSize();
      const [width, height] = [Math.ceil(size.x / COARSE), Math.ceil(size.y / COARSE)];
      L.DomUtil.setPosition(this._canvas, this._map.containerPointToLayerPoint([0, 0]));
      Object.assign(this._canvas, { width, height });
      this._canvas.style.width = size.x + "px";
      this._canvas.style.height = size.y + "px";
      const density = densityOf(erqi.reportPoints().map((point) => ({
        at: this._map.latLngToContainerPoint(point.latlng).divideBy(COARSE), count: point.count })), width, height);
      paint(this._canvas, density, width, height);
    },
  });

  /* Sum of the reports around each pixel, each with a weight that falls to nothing at the radius. */
  function densityOf(points, width, height) {
    const radius = RADIUS / COARSE;
    const field = new Float32Array(width * height);
    for (const { at, count } of points) {
      const [left, right] = [Math.max(0, Math.ceil(at.x - radius)), Math.min(width - 1, Math.floor(at.x + radius))];
      const [top, bottom] = [Math.max(0, Math.ceil(at.y - radius)), Math.min(height - 1, Math.floor(at.y + radius))];
      for (let y = top; y <= bottom; y += 1) {
        for (let x = left; x <= right; x += 1) {
          const near = 1 - ((x - at.x) ** 2 + (y - at.y) ** 2) / radius ** 2;
          if (near > 0) field[y * width + x] += count * near * near; // quartic kernel (Silverman 1986, 4.5)
        }
      }
    }
    return field;
  }

  function paint(canvas, field, width, height) {
    const most = field.reduce((a, b) => Math.max(a, b), 0);
    const image = new ImageData(width, height);
    const ramp = rampOf(erqi.theme.heat);
    if (most > 0) field.forEach((value, index) => image.data.set(ramp[Math.round((255 * value) / most)], 4 * index));
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /* 256 steps of colour and opacity between the theme's. */
  function rampOf(steps) {
    return Array.from({ length: 256 }, (_, index) => {
      const share = index / 255;
      const next = Math.max(1, steps.findIndex(([from]) => from >= share));
      const [[a, from, clear], [b, to, solid]] = [steps[next - 1], steps[next]];
      const mix = (share - a) / (b - a);
      const channel = (place) => {
        const [one, two] = [from, to].map((colour) => Number.parseInt(colour.slice(1 + 2 * place, 3 + 2 * place), 16));
        return Math.round(one + (two - one) * mix);
      };
      return [channel(0), channel(1), channel(2), Math.round(255 * (clear + (solid - clear) * mix))];
    });
  }

  erqi.ownLayers.heat = function () {
    const heat = new Heat();
    erqi.onReports(heat);
    return heat;
  };

  /* The legend's piece of the ramp. */
  erqi.heatSwatch = function () {
    const stops = erqi.theme.heat.map(([share, colour, opacity]) => erqi.svg("stop", { offset: share, "stop-color": colour, "stop-opacity": opacity }));
    return erqi.svg("svg", { viewBox: "0 0 40 16", width: 40, height: 16, class: "erqi-swatch", "aria-hidden": "true" },
      erqi.svg("defs", {}, erqi.svg("linearGradient", { id: "erqi-heat-ramp" }, stops)),
      erqi.svg("rect", { width: 40, height: 16, fill: "url(#erqi-heat-ramp)" }));
  };
})(window.erqi);
