/* Chainage on the phone, from the cached lines of our roads: good to a metre or two, so it is shown with ≈. */

const NEAR_M = 300;
const MEASURE = /^(.*?)\s*(?:桩号)?\s*K?(\d{1,4})\s*\+\s*(\d{1,3}(?:\.\d+)?)\s*(?:m|米)?$/i;

/* Metres per degree of longitude and latitude at a latitude, on the WGS 84 ellipsoid. */
export function scale(lat) {
  const phi = (lat * Math.PI) / 180;
  const w = 1 - 0.00669437999014 * Math.sin(phi) ** 2;
  const degree = (6378137 * Math.PI) / 180;
  return [(degree * Math.cos(phi)) / Math.sqrt(w), (degree * (1 - 0.00669437999014)) / w ** 1.5];
}

export function distance(a, b) {
  const [kx, ky] = scale((a.lat + b.lat) / 2);
  return Math.hypot((a.lon - b.lon) * kx, (a.lat - b.lat) * ky);
}

export function kPost(metres) {
  const whole = Math.max(0, Math.round(metres));
  return "K" + Math.floor(whole / 1000) + "+" + String(whole % 1000).padStart(3, "0");
}

/* Road name and metres of a text like 嵩山路K3+250, or null. */
export function readKPost(text) {
  const found = MEASURE.exec(text.normalize("NFKC").trim());
  return found && { road: found[1].trim(), metres: Number(found[2]) * 1000 + Number(found[3]) };
}

/* The nearest road within 300 m of a place: its feature, measure, offset in metres, and side (looking up the chainage). */
export function nearestRoad(roads, place) {
  const feet = roads.filter((road) => road.geometry).map((road) => foot(road, place)).filter(Boolean);
  feet.sort((a, b) => a.offset - b.offset);
  return feet.length && feet[0].offset <= NEAR_M ? feet[0] : null;
}

function foot(road, { lon, lat }) {
  const [kx, ky] = scale(lat);
  const line = road.geometry.coordinates.map(([x, y]) => [(x - lon) * kx, (y - lat) * ky]);
  let best = null;
  let length = 0;
  for (let i = 1; i < line.length; i += 1) {
    const [x, y] = line[i - 1];
    const [dx, dy] = [line[i][0] - x, line[i][1] - y];
    const step = Math.hypot(dx, dy);
    const t = step ? Math.min(1, Math.max(0, -(x * dx + y * dy) / step ** 2)) : 0;
    const [fx, fy] = [x + t * dx, y + t * dy];
    const offset = Math.hypot(fx, fy);
    if (!best || offset < best.offset) best = { road, offset, at: length + t * step, left: dx * -fy - dy * -fx > 0 };
    length += step;
  }
  if (!best) return null;
  const measure = (best.at / length) * (Number(road.properties.length_m) || length);
  return { road, measure, offset: best.offset, side: best.left ? "left" : "right" };
}

/* Longitude and latitude of a measure on a road, or null beyond its end. */
export function placeAt(road, metres) {
  const line = road.geometry?.coordinates ?? [];
  const steps = line.slice(1).map((end, i) => distance({ lon: line[i][0], lat: line[i][1] }, { lon: end[0], lat: end[1] }));
  const total = steps.reduce((sum, step) => sum + step, 0);
  let rest = (metres / (Number(road.properties.length_m) || total)) * total;
  for (const [i, step] of steps.entries()) {
    if (rest <= step) {
      const t = step ? rest / step : 0;
      return { lon: line[i][0] + t * (line[i + 1][0] - line[i][0]), lat: line[i][1] + t * (line[i + 1][1] - line[i][1]) };
    }
    rest -= step;
  }
  return null;
}
