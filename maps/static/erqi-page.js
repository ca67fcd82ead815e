/* The page as a whole: panes, layers that follow data and filters, opening a feature, the phone's sheet. */
(function (erqi) {
  "use strict";

  // from the ground up; names let the pointer through
  const PANES = [["ground", 200], ["uncertainty", 340], ["heat", 350], ["base", 360], ["lines", 400], ["ticks", 420], ["line-names", 430], ["names", 640], ["reports", 590], ["points", 600], ["found", 620]];
  const layers = [];

  erqi.prepare = function (map) {
    for (const [name, order] of PANES) {
      const pane = map.createPane("erqi-" + name);
      pane.style.zIndex = order;
      if (!["lines", "points", "reports", "found"].includes(name)) pane.style.pointerEvents = "none";
    }
    if (map.attributionControl) map.attributionControl.setPrefix(false);
  };

  /* A Folium layer of ours: empty until its collections are loaded. */
  erqi.layer = function (options) {
    const own = erqi.closed ? null : erqi.ownLayers[options.drawer];
    const layer = own ? own(options) : null;
    if (layer) return layer;
    const group = L.layerGroup();
    layers.push({ group, ...options });
    return group;
  };

  /* Draw again the layers whose features are others than before; an open card and the focus stay where they are. */
  function draw(map) {
    const restore = erqi.holdOpen(map);
    for (const layer of layers) {
      const drawer = erqi.drawers[layer.drawer];
      const features = layer.collections.flatMap(erqi.shown);
      // what a drawer looks at besides its own features
      const looked = [...features, ...(drawer.beside || []).flatMap(erqi.shown)];
      if (layer.looked && sameItems(layer.looked, looked)) continue;
      layer.looked = looked;
      (layer.keys || []).forEach((key) => erqi.places.delete(key));
      const others = new Set(erqi.places.keys());
      layer.group.clearLayers();
      drawer(features, map).forEach((drawn) => layer.group.addLayer(drawn));
      layer.keys = [...erqi.places.keys()].filter((key) => !others.has(key));
    }
    restore();
    map.fire("erqi-drawn");
  }

  const sameItems = (a, b) => a.length === b.length && a.every((item, index) => item === b[index]);

  erqi.start = async function (map) {
    const names = erqi.config.filters.flatMap((filter) => filter.names || []);
    const needed = [...new Set([...layers.flatMap((layer) => layer.collections), ...(erqi.config.beside || []), ...names])];
    const redraw = () => { draw(map); erqi.drawStatus(); erqi.drawFilters(); erqi.drawPanel(map); };
    erqi.keepParameters();
    erqi.drawSearch(map);
    erqi.drawFilters();
    erqi.drawNotes();
    sheet(map);
    erqi.keepFocus(map);
    document.querySelector(".leaflet-control-layers-toggle").title = erqi.t("layers");
    erqi.startMany(map);
    await erqi.loadAll(needed);
    fit(map);
    redraw();
    erqi.onFilter(redraw);
    erqi.onLoad(redraw);
    samePrinted(map);
    erqi.startMoment();
    await erqi.startTime();
    document.documentElement.dataset.erqiReady = "yes";
    erqi.startFrame(map);
  };

  /* Paper has another shape than the screen: what was in view stays in view. */
  function samePrinted(map) {
    const paper = window.matchMedia("print");
    let view = map.getBounds();
    map.on("moveend", () => { if (!paper.matches) view = map.getBounds(); });
    paper.addEventListener("change", () => {
      const before = view;
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before, { animate: false });
      view = before;
    });
  }

  /* Open on what the map is about; the district's far west would make the roads a thumbnail. */
  function fit(map) {
    const bounds = L.latLngBounds([]);
    for (const feature of erqi.config.fit.filter((id) => !erqi.isMany(id)).flatMap((id) => erqi.features.get(id) || [])) {
      if (erqi.point(feature)) bounds.extend(erqi.point(feature));
      else if (feature.geometry) erqi.lines(feature.geometry).forEach((line) => bounds.extend(L.latLngBounds(line)));
    }
    if (bounds.isValid()) map.fitBounds(bounds, { animate: false, padding: [28, 28], maxZoom: 16 });
  }

  /* Show a feature that has no point: bring its entry into view and open it. */
  erqi.revealInList = function (feature) {
    const name = erqi.name(feature);
    const entry = [...document.querySelectorAll(".erqi-section--unlocated .erqi-entry")]
      .find((button) => button.querySelector(".erqi-entry__name").textContent === name);
    if (!entry) return;
    setSheet(true);
    entry.scrollIntoView({ block: "center" });
    entry.focus();
    if (entry.getAttribute("aria-expanded") !== "true") erqi.openInList(feature, entry);
  };

  function setSheet(open) {
    document.getElementById("erqi-panel").classList.toggle("erqi-panel--open", open);
    document.getElementById("erqi-handle").setAttribute("aria-expanded", String(open));
  }
  erqi.closeSheet = () => setSheet(false);

  function sheet(map) {
    const handle = document.getElementById("erqi-handle");
    handle.addEventListener("click", () => setSheet(handle.getAttribute("aria-expanded") !== "true"));
    document.getElementById("erqi-search").addEventListener("focusin", () => { if (erqi.narrow()) setSheet(true); });
    map.on("click", () => setSheet(false));
  }

  /* The pointer's position, for reading coordinates off the map. */
  erqi.pointer = function (options) {
    const control = new L.Control(options);
    control.onAdd = (map) => {
      const box = erqi.h("output", { class: "erqi-pointer", "aria-hidden": "true" });
      map.on("mousemove", (event) => {
        const { lat, lng } = event.latlng.wrap();
        box.textContent = lng.toFixed(5) + "° E  " + lat.toFixed(5) + "° N";
      });
      map.on("mouseout", () => { box.textContent = ""; });
      return box;
    };
    return control;
  };
})(window.erqi);
