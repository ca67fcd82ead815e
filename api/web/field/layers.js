/* Our own layers, kept on the phone and read anew when there is a network: names for forms, lines for the map. */
import { ask, InTheWay, Unreachable } from "./api.js";
import { changed, keepLayer, layer, setting } from "./store.js";
import { distance, placeAt, readKPost } from "./chainage.js";

const NAMES = ["districts", "roads", "segments", "sites", "checkpoints", "canals", "landmarks", "tasks", "units"];
const FRESH_MS = 600_000;
const FOUND = 5;

const kept = new Map();
export const features = (name) => kept.get(name)?.features ?? [];
export const readAt = () => Math.min(...NAMES.map((name) => kept.get(name)?.at ?? 0));

export async function load() {
  for (const name of NAMES) {
    const found = await layer(name);
    if (found) kept.set(name, found);
  }
}

/* Read what is older than ten minutes anew; without a network what there is stays. */
export async function refresh() {
  const token = await setting("token");
  let read = 0;
  for (const name of NAMES) {
    if (Date.now() - (kept.get(name)?.at ?? 0) < FRESH_MS) continue;
    try {
      const found = await everything(name, token);
      kept.set(name, { name, features: found, at: Date.now() });
      await keepLayer(name, found);
      read += 1;
    } catch (error) {
      if (error instanceof Unreachable || error instanceof InTheWay) break;
      throw error;
    }
  }
  if (read) changed();
}

async function everything(name, token) {
  const found = [];
  let path = "ogc/collections/" + name + "/items?limit=10000";
  while (path) {
    const answer = await ask("GET", path, { token, headers: { Accept: "application/geo+json" } });
    if (answer.status !== 200 || !Array.isArray(answer.json?.features)) throw new InTheWay(path);
    found.push(...answer.json.features);
    const next = (answer.json.links ?? []).find((link) => link.rel === "next");
    path = next ? "ogc/collections/" + name + "/items" + new URL(next.href, self.location.href).search : null;
  }
  return found;
}

export const byId = (name, id) => features(name).find((feature) => feature.id === id) ?? null;

/* Where a feature lies: its point, or the middle of its line; null for an unlocated one. */
export function pointOf(feature) {
  const geometry = feature?.geometry;
  if (!geometry) return null;
  const [lon, lat] = geometry.type === "Point" ? geometry.coordinates : geometry.coordinates[Math.floor(geometry.coordinates.length / 2)];
  return { lon, lat };
}

/* Features by distance from a place; those without a position come last. */
export function nearest(list, place) {
  if (!place) return list;
  const far = (feature) => { const point = pointOf(feature); return point ? distance(point, place) : Infinity; };
  return list.map((feature) => [far(feature), feature]).sort((a, b) => a[0] - b[0]).map(([, feature]) => feature);
}

/* What a text may mean, from what the phone knows: a K-post on a road, or a place whose name has the words in it. */
export function locate(text) {
  const post = readKPost(text);
  if (post) return onRoad(post);
  const words = fold(text);
  if (!words) return [];
  const graded = ["landmarks", "checkpoints", "sites", "roads"].flatMap((name) => features(name).map((feature) => [grade(feature, words), feature]));
  return graded.filter(([mark]) => mark > 0).sort((a, b) => b[0] - a[0]).slice(0, FOUND)
    .map(([, feature]) => ({ zh: feature.properties.name_zh, en: feature.properties.name_en, point: pointOf(feature), chainage: null }));
}

function onRoad({ road: name, metres }) {
  return features("roads").filter((road) => namesOf(road).some((each) => each === fold(name)))
    .map((road) => ({ zh: road.properties.name_zh, en: road.properties.name_en, point: placeAt(road, metres), chainage: { road: road.id, metres } }))
    .filter((each) => each.point);
}

const fold = (text) => String(text ?? "").normalize("NFKC").replace(/[\s×xX·,，、与和]/g, "").toLowerCase();
const namesOf = ({ properties: p }) => [p.name_zh, p.name_en, ...(p.aliases ?? [])].map(fold).filter(Boolean);

/* The share that name and words have in common; crossings are found by both roads' names in any order. */
function grade(feature, words) {
  const shares = namesOf(feature).map((name) => (name.includes(words) ? words.length / name.length : words.includes(name) ? 0.7 * (name.length / words.length) : 0));
  const crossed = (feature.properties.crosses ?? []).map(fold);
  if (crossed.length > 1 && crossed.every((road) => words.includes(road))) shares.push(1);
  return Math.max(0, ...shares);
}
