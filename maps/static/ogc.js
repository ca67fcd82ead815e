/* The small map of a page of features: fetches what the page shows, and the district's outline and roads below it.
   Text from data becomes part of the page through textContent only. */
(function () {
  "use strict";

  const frame = document.getElementById("ogc-map");
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const map = L.map(frame, { preferCanvas: true, zoomControl: true, attributionControl: frame.dataset.attribution !== "", zoomSnap: 0.5 });
  map.setView([34.72, 113.64], 12);
  map.attributionControl?.setPrefix(false);
  if (frame.dataset.basemap) {
    const credit = document.createElement("span");
    credit.textContent = frame.dataset.attribution;
    L.tileLayer(frame.dataset.basemap, { attribution: credit.innerHTML, maxZoom: 20 }).addTo(map);
  }

  const read = (url) =>
    fetch(url, { headers: { Accept: "application/geo+json" } }).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    });
  const features = (body) => (body.type === "Feature" ? [body] : body.features).filter((each) => each.geometry);
  const lines = { color: colour("accent"), weight: 4, opacity: 0.85, fillOpacity: 0.12 };
  const dot = { radius: 6, color: colour("surface"), weight: 1.5, fillColor: colour("accent"), fillOpacity: 0.9 };

  function nameOf(feature) {
    const [first, second] = frame.dataset.lang === "en" ? ["_en", "_zh"] : ["_zh", "_en"];
    const p = feature.properties;
    const names = ["name", "title", "kind"].flatMap((stem) => [p[stem + first], p[stem + second]]);
    return String(names.find((each) => each) || feature.id);
  }

  function card(feature) {
    const link = document.createElement("a");
    const here = new URL(frame.dataset.source, location.href);
    link.href = feature.links || !here.pathname.endsWith("/items") ? location.href : itemAddress(here, feature.id);
    link.textContent = nameOf(feature);
    return link;
  }

  function itemAddress(here, id) {
    return here.pathname + "/" + encodeURIComponent(id) + "?lang=" + frame.dataset.lang;
  }

  function quiet(name, options) {
    return read(frame.dataset.base + name + "/items?f=json")
      .then((body) => L.geoJSON(features(body), { interactive: false, style: options }).addTo(map).bringToBack())
      .catch(() => null); // the page is about other features
  }

  function say(text) {
    const note = document.createElement("p");
    note.className = "ogc-map__note";
    note.textContent = text;
    frame.append(note);
  }

  quiet("districts", { color: colour("district"), weight: 1.5, dashArray: "9 4 2 4", fillColor: colour("land"), fillOpacity: 0.6 });
  quiet("roads", { color: colour("road"), weight: 6, opacity: 0.6 });
  read(frame.dataset.source)
    .then((body) => {
      const drawn = L.geoJSON(features(body), {
        style: (feature) => (feature.geometry.type.endsWith("Point") ? dot : lines),
        pointToLayer: (_, place) => L.circleMarker(place, dot),
        onEachFeature: (feature, layer) => layer.bindPopup(() => card(feature)),
      }).addTo(map);
      frame.dataset.drawn = drawn.getLayers().length;
      if (drawn.getLayers().length) map.fitBounds(drawn.getBounds().pad(0.1), { maxZoom: 16, animate: false });
      else say(frame.dataset.none);
    })
    .catch(() => say(frame.dataset.failed))
    .finally(() => { frame.dataset.ready = ""; });
})();
