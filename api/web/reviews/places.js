/* The map of a report on our own layers: where it says it is and how surely, where else it may be, where photos say. */
import { h } from "../field/dom.js";
import { read } from "../shared/api.js";
import { config, metres, named, reading, t } from "../shared/words.js";

const LAYERS = ["districts", "canals", "roads", "landmarks", "checkpoints", "sites"];
const CLOSE = 16; // one mark with the streets around it
const CLOSEST = 18; // several that have to be told apart
const NEAR_PX = 40; // about what is shown, so that no mark sits on the edge
let base = null; // the layers, asked for once
let map = null;

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue("--" + name).trim();

async function layers() {
  base ??= Promise.all(LAYERS.map(async (name) => [name, (await read(`/ogc/collections/${name}/items`, { limit: 10000, f: "json" })).features.filter((each) => each.geometry)]))
    .catch((error) => { base = null; throw error; });
  return base;
}

/* Every place that speaks of the report: its mark, its words, and how far it may be off. */
export function marksOf(desk, likely) {
  const { report, sent, candidates, photos, things } = desk;
  const off = (place) => (report.lon === null || place.lon === null ? "" : metres(place.distance_m ?? away(report, place)));
  const found = [];
  const add = (kind, mark, place, words, radius = null) => { if (place.lon !== null && place.lon !== undefined) found.push({ kind, mark, lon: place.lon, lat: place.lat, words, radius }); };
  const source = sent?.position?.source ? t("source_" + sent.position.source) : t("mark_declared");
  add("declared", "A", report, source + (report.position_accuracy_m === null ? "" : " ±" + metres(report.position_accuracy_m)), report.position_accuracy_m);
  const suspected = { lon: report.suspected_lon, lat: report.suspected_lat };
  add("suspected", "B", suspected, t("mark_suspected", { datum: reading(report.suspected_datum), m: off(suspected) }), report.position_accuracy_m);
  candidates.forEach((each, n) => add("candidate", String(n + 1), each, named(each, "name") + " · " + metres(each.offset_m)));
  photos.forEach((each, n) => add("photo", "P" + (n + 1), each, t("mark_photo", { n: n + 1, m: off(each) })));
  const fixes = report.kind === "position_fix";
  if (fixes || report.lon === null || report.flags.includes("far_from_declared")) {
    things.filter((each) => each.collection !== "roads").forEach((each) => add("thing", "0", each, t(fixes ? "mark_thing" : "mark_named", { name: named(each, "name"), m: off(each) }), each.accuracy_m));
  }
  (likely ?? []).forEach((each, n) => add("likely", "D" + (n + 1), each, t("mark_likely", { n: n + 1, m: off(each) })));
  return found;
}

const away = (a, b) => L.latLng(a.lat, a.lon).distanceTo([b.lat, b.lon]);

export function showPlaces(section, marks) {
  map?.remove();
  map = null;
  if (!marks.length) return section.replaceChildren(h("h3", { id: "part-map" }, t("map")), h("p", { class: "erqi-quiet" }, t("map_nowhere")));
  const frame = h("div", { class: "reviews-map", id: "reviews-map" });
  section.replaceChildren(h("h3", { id: "part-map" }, t("map")), frame,
    h("ul", { class: "reviews-legend" }, marks.map((each) => h("li", {}, h("button", { type: "button", onclick: () => map.setView([each.lat, each.lon], Math.max(CLOSE, map.getZoom())) },
      h("i", { class: "reviews-pin reviews-pin--" + each.kind, "aria-hidden": "true" }, each.mark), each.words)))));
  map = L.map(frame, { preferCanvas: true, attributionControl: Boolean(config.basemap), zoomSnap: 0.5, fadeAnimation: false, zoomAnimation: false, maxZoom: 20, keyboard: true });
  frame.setAttribute("aria-label", t("map_about"));
  map.createPane("names").style.zIndex = 550; // under the marks
  const all = L.latLngBounds(marks.map((each) => [each.lat, each.lon]));
  for (const each of marks.filter(({ radius }) => radius)) all.extend(L.latLng(each.lat, each.lon).toBounds(each.radius * 2));
  map.fitBounds(all, { maxZoom: marks.length > 1 ? CLOSEST : CLOSE, padding: [NEAR_PX, NEAR_PX], animate: false });
  draw(map, frame, marks);
  return undefined;
}

async function draw(target, frame, marks) {
  if (config.basemap) {
    const credit = h("span", {}, config.basemap[1] ?? "");
    target.attributionControl.setPrefix(false);
    L.tileLayer(config.basemap[0], { attribution: credit.innerHTML, maxZoom: 20 }).addTo(target);
  }
  for (const each of marks) pin(target, each);
  const [first, second] = ["declared", "suspected"].map((kind) => marks.find((each) => each.kind === kind));
  if (first && second) L.polyline([[first.lat, first.lon], [second.lat, second.lon]], { color: colour("ink"), weight: 1.5, dashArray: "3 5", interactive: false }).addTo(target);
  try {
    const found = new Map(await layers());
    if (target === map) ground(target, found);
  } catch {
    frame.append(h("p", { class: "reviews-map__note" }, t("map_failed")));
  }
  frame.dataset.drawn = String(marks.length);
}

function pin(target, { kind, mark, lat, lon, radius, words }) {
  const token = { declared: "accent", suspected: "state-review", photo: "badge", candidate: "ink", thing: "state-closed", likely: "state-open" }[kind];
  if (radius) L.circle([lat, lon], { radius, color: colour(token), weight: 1.5, dashArray: "5 4", fillOpacity: 0.08, interactive: false }).addTo(target);
  const icon = L.divIcon({ className: "reviews-pin reviews-pin--" + kind, html: h("span", {}, mark), iconSize: [26, 26] });
  L.marker([lat, lon], { icon, keyboard: false, alt: words, zIndexOffset: kind === "declared" ? 1000 : 0 }).bindTooltip(h("span", {}, words)).addTo(target);
}

function ground(target, found) {
  const lines = (name, options, tell = false) => L.geoJSON(found.get(name), { interactive: tell, style: options, onEachFeature: (feature, layer) => { if (tell) layer.bindTooltip(label(feature), { sticky: true }); } }).addTo(target).bringToBack();
  lines("roads", { color: colour("road"), weight: 9 }, true);
  lines("canals", { color: colour("canal"), weight: 5 }, true);
  if (!config.basemap) lines("districts", { color: colour("district"), weight: 1.5, dashArray: "9 4 2 4", fillColor: colour("land"), fillOpacity: 1 });
  for (const [name, token, size] of [["landmarks", "landmark", 4], ["checkpoints", "state-active", 6], ["sites", "site", 6]]) {
    for (const feature of found.get(name)) {
      const [lon, lat] = feature.geometry.coordinates;
      L.circleMarker([lat, lon], { radius: size, color: colour("surface"), weight: 1.5, fillColor: colour(token), fillOpacity: 1 }).bindTooltip(label(feature), { permanent: true, direction: "right", className: "reviews-map__name", pane: "names", offset: [5, 0] }).addTo(target);
    }
  }
}

const label = (feature) => h("span", {}, named(feature.properties, "name"));
