/* Set the place by hand: the map moves under a fixed cross, so that one thumb is enough. */
import { button, h, icon, link } from "./dom.js";
import { features } from "./layers.js";
import { chainageWords } from "./parts.js";
import { keep, report as read } from "./store.js";
import { config, named, t } from "./words.js";

const CLOSE = 17;
const THUMB_PX = 12; // how exactly somebody puts a cross on a spot

export async function showPin(main, bar, id) {
  const report = await read(id);
  if (!report) { location.replace("#/"); return () => null; }
  const { where } = report;
  const frame = h("div", { class: "field-map", id: "field-map" });
  const words = h("p", { class: "field-pin__words", role: "status" });
  main.replaceChildren(
    h("div", { class: "field-top" }, link("#/report/" + id, [icon("back")], { class: "field-back", "aria-label": t("back") }), h("h2", {}, t("pin_title"))),
    h("div", { class: "field-map__frame" }, frame, h("div", { class: "field-cross", "aria-hidden": "true" })));
  const start = where.pin ?? where.found ?? where.device;
  let map = null;
  const here = () => {
    const { lat, lng } = map.getCenter();
    const [a, b] = [map.containerPointToLatLng([0, 0]), map.containerPointToLatLng([THUMB_PX, 0])];
    return { lon: Math.round(lng * 1e7) / 1e7, lat: Math.round(lat * 1e7) / 1e7, accuracy_m: Math.max(2, Math.round(map.distance(a, b))) };
  };
  const show = () => {
    const pin = here();
    const near = chainageWords(pin);
    words.replaceChildren(h("b", {}, near ? near.text : t("no_road_near")), h("span", {}, near ? near.more + " · " + t("accuracy", { m: pin.accuracy_m }) : t("accuracy", { m: pin.accuracy_m })));
  };
  const done = async (pin) => { where.pin = pin; await keep(report); location.hash = "#/report/" + id; };
  bar.replaceChildren(words,
    h("div", { class: "field-actions" }, where.pin ? button(t("pin_remove"), () => done(null)) : null,
      button(t("pin_use"), () => done(here()), { class: "field-button--main", "data-key": "pin-use" })));
  words.textContent = t("no_road_near"); // so that the map gets the height that it will keep
  map = draw(frame, start, where.device);
  map.on("moveend", show);
  show();
  return () => map.remove();
}

function draw(frame, start, device) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const map = L.map(frame, { preferCanvas: true, attributionControl: false, zoomSnap: 0.5, fadeAnimation: false, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches, maxZoom: 20 });
  if (start) map.setView([start.lat, start.lon], CLOSE);
  else map.fitBounds(config.bounds, { animate: false });
  const lines = (name, options) => L.geoJSON(features(name).filter((each) => each.geometry), { interactive: false, style: options }).addTo(map);
  lines("districts", { color: colour("district"), weight: 1.5, dashArray: "9 4 2 4", fillColor: colour("land"), fillOpacity: 1 });
  lines("roads", { color: colour("road"), weight: 14 });
  lines("segments", { color: colour("accent"), weight: 3 });
  lines("canals", { color: colour("canal"), weight: 5 });
  for (const [name, token] of [["landmarks", "landmark"], ["checkpoints", "state-active"], ["sites", "site"]]) {
    for (const each of features(name).filter((feature) => feature.geometry)) spot(map, each, colour(token), name !== "landmarks");
  }
  if (device) {
    L.circle([device.lat, device.lon], { radius: device.accuracy_m, color: colour("found"), weight: 1.5, fillOpacity: 0.12, interactive: false }).addTo(map);
    L.circleMarker([device.lat, device.lon], { radius: 6, color: colour("surface"), weight: 2, fillColor: colour("found"), fillOpacity: 1, interactive: false }).addTo(map);
  }
  return map;
}

function spot(map, feature, fillColor, large) {
  const [lon, lat] = feature.geometry.coordinates;
  const label = document.createElement("span");
  label.textContent = named(feature);
  L.circleMarker([lat, lon], { radius: large ? 7 : 4, color: "#fff", weight: 1.5, fillColor, fillOpacity: 1, interactive: false })
    .bindTooltip(label, { permanent: true, direction: "right", className: "field-map__name", offset: [6, 0] }).addTo(map);
}
