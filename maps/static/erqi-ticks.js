/* K-posts: ticks at segment ends, and chainage ticks along the line at high zoom. */
(function (erqi) {
  "use strict";

  const END_ZOOM = 13;
  const HALF_KILOMETRE_ZOOM = 14;
  const HUNDRED_METRE_ZOOM = 16;

  erqi.drawers.ticks = function (features, map) {
    const group = L.layerGroup();
    const located = features.filter((feature) => feature.geometry && measures(feature));
    const draw = () => {
      group.clearLayers();
      const view = map.getBounds().pad(0.3);
      const near = map.getZoom() < END_ZOOM ? [] : located.filter((feature) => touches(feature, view));
      erqi.cover(group, near.flatMap((feature) => drawTicks(group, map, feature, view)));
    };
    group.on("add", () => { draw(); map.on("zoomend moveend", draw); });
    group.on("remove", () => { map.off("zoomend moveend", draw); erqi.cover(group, []); });
    return [group];
  };

  function measures(feature) {
    const from = erqi.number(feature.properties.from_m);
    const to = erqi.number(feature.properties.to_m);
    return from !== null && to !== null && to > from ? { from, to } : null;
  }

  function touches(feature, view) {
    return erqi.lines(feature.geometry).some((line) => view.intersects(L.latLngBounds(line)));
  }

  /* Add one segment's ticks; returns the boxes that their labels cover. */
  function drawTicks(group, map, feature, view) {
    const { from, to } = measures(feature);
    const line = erqi.lines(feature.geometry).flat();
    const zoom = map.getZoom();
    addTick(group, map, line, 0, "end", null);
    addTick(group, map, line, 1, "end", null);
    const shown = erqi.tickMeasures(from, to, zoom).map((metres) => ({ metres, share: (metres - from) / (to - from) }))
      .filter(({ share }) => view.contains(measured(line, share)));
    return shown.map(({ metres, share }) => (metres % 500 === 0 ? addTick(group, map, line, share, "long", erqi.kpost(metres))
      : addTick(group, map, line, share, "short", "+" + (metres % 1000))));
  }

  /* The chainages in metres that get a tick in [from, to) at a zoom. */
  erqi.tickMeasures = function (from, to, zoom) {
    if (zoom < HALF_KILOMETRE_ZOOM) return [];
    const step = zoom >= HUNDRED_METRE_ZOOM ? 100 : 500;
    const ticks = [];
    for (let metres = Math.ceil(from / step) * step; metres < to; metres += step) ticks.push(metres);
    return ticks;
  };

  /* The position at a share (0 to 1) of a line's length on the ground. */
  function measured(line, share) {
    const steps = line.slice(1).map((point, i) => point.distanceTo(line[i]));
    let rest = share * steps.reduce((sum, step) => sum + step, 0);
    for (let i = 0; i < steps.length; i += 1) {
      if (rest <= steps[i] || i === steps.length - 1) {
        const part = steps[i] ? Math.min(1, rest / steps[i]) : 0;
        const [a, b] = [line[i], line[i + 1]];
        return L.latLng(a.lat + (b.lat - a.lat) * part, a.lng + (b.lng - a.lng) * part);
      }
      rest -= steps[i];
    }
    return line[0];
  }
  erqi.measured = measured;

  const HALF_LENGTH = { end: 9, long: 8, short: 5 };

  function addTick(group, map, line, share, kind, label) {
    const zoom = map.getZoom();
    const here = map.project(measured(line, share), zoom);
    const before = map.project(measured(line, Math.max(0, share - 0.01)), zoom);
    const after = map.project(measured(line, Math.min(1, share + 0.01)), zoom);
    const along = after.subtract(before);
    const length = Math.hypot(along.x, along.y) || 1;
    const across = L.point(-along.y / length, along.x / length).multiplyBy(HALF_LENGTH[kind]);
    const ends = [here.add(across), here.subtract(across)].map((point) => map.unproject(point, zoom));
    group.addLayer(L.polyline(ends, {
      pane: "erqi-ticks", interactive: false, color: erqi.theme.palette.ink, weight: kind === "end" ? 2.4 : 1.4, lineCap: "butt",
    }));
    if (!label) return null;
    // always to the west of steep roads and below level ones
    const down = across.x > 1 || (Math.abs(across.x) <= 1 && across.y < 0) ? across.multiplyBy(-1) : across;
    const unit = down.divideBy(HALF_LENGTH[kind]);
    const anchor = here.add(unit.multiplyBy(12));
    const width = erqi.textWidth(label, 11);
    const left = Math.abs(unit.x) > 0.7 ? -width - 2 : -width / 2;
    const top = Math.abs(unit.x) > 0.7 ? -9 : -2;
    group.addLayer(tickLabel(map.unproject(anchor, zoom), label, left, top));
    return { x: anchor.x + left, y: anchor.y + top, w: width, h: 16 };
  }

  function tickLabel(at, label, left, top) {
    const text = erqi.h("span", { class: "erqi-tick" }, label);
    text.style.transform = "translate(" + left + "px, " + top + "px)";
    const icon = L.divIcon({ className: "erqi-tick-holder", html: text, iconSize: [0, 0] });
    return L.marker(at, { icon, interactive: false, keyboard: false, pane: "erqi-names" });
  }
})(window.erqi);
