/* A map as one side of a comparison: what the page around it may do with it. */
(function (erqi) {
  "use strict";

  /* Called once the map is drawn; the page around takes it from there. */
  erqi.startFrame = function (map) {
    if (!erqi.framed || !window.parent.erqiCompare) return;
    map.createPane("erqi-changed").style.zIndex = 350; // below roads and symbols, above the ground
    map.getPane("erqi-changed").style.pointerEvents = "none";
    const halos = L.layerGroup().addTo(map);
    let [marked, marking] = [[], 0];
    const mark = async () => {
      marking += 1;
      const mine = marking;
      const lines = await linesOf(marked.filter(({ collection }) => erqi.isMany(collection)));
      if (mine !== marking) return;
      halos.clearLayers();
      lines.forEach((line) => glowBelow(line, halos));
      marked.forEach((entry) => emphasise(entry, halos));
    };
    erqi.onLoad(mark);
    window.parent.erqiCompare({
      map,
      onChange: (listener) => erqi.onLoad(listener),
      emphasise: (entries) => {
        marked = entries;
        mark();
      },
      /* Open a feature's card; false when it is not on this map. */
      open: (collection, id) => {
        if (erqi.isMany(collection)) {
          erqi.openMany(map, collection, id);
          return true;
        }
        const feature = erqi.feature(collection, id);
        map.closePopup();
        if (!feature || !feature.geometry || !erqi.places.has(collection + "/" + id)) return false;
        erqi.open(map, collection, feature, null);
        return true;
      },
    });
  };

  /* Lines that are drawn from tiles have to be read before they can glow; without them the list and the cards say it. */
  const linesOf = (entries) => (entries.length ? erqi.manyLinesOf(entries.map(({ id }) => id)).catch(() => []) : []);

  const look = { pane: "erqi-changed", interactive: false, keyboard: false };
  const glowBelow = (feature, halos) => erqi.lines(feature.geometry).forEach((line) => halos.addLayer(L.polyline(line, { ...look, ...LINE_GLOW })));

  /* A glow below a line or a symbol, and so below every other symbol too. */
  function emphasise({ collection, id }, halos) {
    const feature = erqi.feature(collection, id);
    const place = erqi.places.get(collection + "/" + id);
    if (!feature || !place || !feature.geometry) return;
    if (erqi.point(feature)) halos.addLayer(L.marker(erqi.point(feature), { ...look, icon: glow(place.options.icon.options) }));
    else glowBelow(feature, halos);
  }

  const LINE_GLOW = { color: erqi.theme.palette.changed, opacity: 0.9, weight: 24, lineCap: "butt", className: "erqi-emphasised-line" };
  const GLOW = 9; // pixels beyond the symbol, which may stand beside its point

  function glow({ iconSize: [size], iconAnchor: [x, y] }) {
    return L.divIcon({ className: "erqi-emphasised", iconSize: [size + 2 * GLOW, size + 2 * GLOW], iconAnchor: [x + GLOW, y + GLOW] });
  }
})(window.erqi);
