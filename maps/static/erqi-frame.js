/* A map as one side of a comparison: what the page around it may do with it. */
(function (erqi) {
  "use strict";

  /* Called once the map is drawn; the page around takes it from there. */
  erqi.startFrame = function (map) {
    if (!erqi.framed || !window.parent.erqiCompare) return;
    map.createPane("erqi-changed").style.zIndex = 350; // below roads and symbols, above the ground
    map.getPane("erqi-changed").style.pointerEvents = "none";
    const halos = L.layerGroup().addTo(map);
    let marked = [];
    const mark = () => {
      halos.clearLayers();
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
        const feature = erqi.feature(collection, id);
        map.closePopup();
        if (!feature || !feature.geometry || !erqi.places.has(collection + "/" + id)) return false;
        erqi.open(map, collection, feature, null);
        return true;
      },
    });
  };

  /* A glow below a line; behind a symbol, which may stand beside its point, by its own element. */
  function emphasise({ collection, id }, halos) {
    const feature = erqi.feature(collection, id);
    const place = erqi.places.get(collection + "/" + id);
    if (!feature || !place || !feature.geometry) return;
    if (erqi.point(feature)) {
      if (place.getElement()) place.getElement().classList.add("erqi-emphasised");
      return;
    }
    const look = { pane: "erqi-changed", interactive: false, color: erqi.theme.palette.changed, opacity: 0.9, weight: 24, lineCap: "butt" };
    erqi.lines(feature.geometry).forEach((line) => halos.addLayer(L.polyline(line, { ...look, className: "erqi-emphasised-line" })));
  }
})(window.erqi);
