/* Points: sites, inspection stops, landmarks, checkpoints, cases, and how sure their positions are. */
(function (erqi) {
  "use strict";

  const LANDMARK_ZOOM = 15;
  const UNSURE_METRES = 100; // a smaller error than this is smaller than the symbol at street zoom

  erqi.point = function (feature) {
    const g = feature.geometry;
    return g && g.type === "Point" ? L.latLng(g.coordinates[1], g.coordinates[0]) : null;
  };

  erqi.symbolMarker = symbolMarker;
  function symbolMarker(collection, feature, map, size, aside) {
    const name = erqi.name(feature);
    const icon = L.divIcon({
      className: "erqi-symbol", html: erqi.featureSymbol(collection, feature, size), iconSize: [size, size],
      iconAnchor: [size / 2 - (aside || 0), size / 2 + (aside ? 8 : 0)], popupAnchor: [aside || 0, -size / 3],
    });
    const marker = L.marker(erqi.point(feature), { icon, pane: "erqi-points", riseOnHover: true });
    erqi.bindCard(marker, collection, feature);
    marker.bindTooltip(() => erqi.h("span", {}, name), { direction: "top", offset: [0, -size / 3], className: "erqi-tooltip" });
    marker.on("add", () => {
      const label = [name, erqi.pick(feature.properties, "state") || erqi.pick(feature.properties, "status")];
      marker.getElement().setAttribute("aria-label", label.filter(Boolean).join(" "));
    });
    return marker;
  }

  /* Symbols, and their names below them from a zoom on. */
  function withNames(collection, size, zoom) {
    return (features, map) => {
      const located = features.filter(erqi.point);
      return [...located.map((feature) => symbolMarker(collection, feature, map, size)), pointNames(located, map, zoom)];
    };
  }

  const symbols = (collection, size, keep) => (features, map) =>
    features.filter((f) => erqi.point(f) && (!keep || keep(f))).map((feature) => symbolMarker(collection, feature, map, size));

  erqi.drawers.sites = withNames("site_progress", 30, 12.5);
  erqi.drawers.stops = symbols("landmarks", 24, (feature) => Boolean(feature.properties.inspected_on));
  erqi.drawers.checkpoints = withNames("checkpoint_status", 44, 12.5);

  /* Entries that share a point with a checkpoint, a site or each other stand side by side. */
  erqi.drawers.cases = function (features, map) {
    const busy = new Map();
    const take = (feature) => {
      const key = String(feature.geometry.coordinates);
      busy.set(key, (busy.get(key) || 0) + 1);
      return busy.get(key) - 1;
    };
    erqi.shown("checkpoint_status").filter(erqi.point).forEach(take);
    return features.filter(erqi.point).map((feature) => {
      const closed = erqi.token(feature.properties.colour) === "state-closed";
      const place = take(feature);
      return symbolMarker("cases", feature, map, closed ? 22 : 30, place ? 10 + 22 * place : 0);
    });
  };

  erqi.drawers.cases.beside = ["checkpoint_status"];

  /* Landmarks that nobody inspected are only names, and only where there is room. */
  erqi.drawers.landmarks = function (features, map) {
    return [pointNames(features.filter((f) => erqi.point(f) && !f.properties.inspected_on), map, LANDMARK_ZOOM, true)];
  };

  function pointNames(features, map, zoom, dotted) {
    const group = L.layerGroup();
    const draw = () => {
      group.clearLayers();
      const view = map.getBounds().pad(0.2);
      const seen = map.getZoom() < zoom ? [] : features.filter((f) => view.contains(erqi.point(f)));
      erqi.placeNames(group, seen, map, dotted).forEach((place) => group.addLayer(nameMarker(place, dotted)));
    };
    group.on("add", () => { draw(); map.on("zoomend moveend", draw); });
    group.on("remove", () => { map.off("zoomend moveend", draw); erqi.cover(group, []); });
    return group;
  }

  function nameMarker({ feature, dx, dy }, dotted) {
    const text = erqi.h("span", { class: dotted ? "erqi-point-name erqi-point-name--quiet" : "erqi-point-name" }, erqi.name(feature));
    text.style.transform = "translate(" + Math.round(dx) + "px, " + Math.round(dy) + "px)";
    const dot = dotted ? erqi.h("span", { class: "erqi-point-dot" }) : null;
    const icon = L.divIcon({ className: "erqi-name-holder", html: erqi.h("span", {}, dot, text), iconSize: [0, 0] });
    return L.marker(erqi.point(feature), { icon, interactive: false, keyboard: false, pane: "erqi-names" });
  }

  /* A circle as wide as the position's error, for estimated places. */
  erqi.drawers.uncertainty = function (features) {
    const circles = new Map(); // one for each place: several entries may lean on the same estimate
    for (const feature of features.filter((f) => erqi.point(f) && unsure(f))) {
      const metres = erqi.number(feature.properties.position_accuracy_m);
      circles.set(feature.geometry.coordinates + "/" + metres, erqi.accuracyCircle(erqi.point(feature), metres));
    }
    return [...circles.values()];
  };

  function unsure(feature) {
    const p = feature.properties;
    const plain = feature.collection === "landmarks" && !p.inspected_on;
    return !plain && p.position_status !== "surveyed" && erqi.number(p.position_accuracy_m) >= UNSURE_METRES;
  }

  erqi.accuracyCircle = function (latlng, metres, colour) {
    return L.circle(latlng, {
      pane: "erqi-uncertainty", interactive: false, radius: metres, color: colour || erqi.theme.palette.muted, weight: 1.3,
      dashArray: "4 5", fillColor: colour || erqi.theme.palette.muted, fillOpacity: 0.06,
    });
  };
})(window.erqi);
