/* The page's words, and how times, distances and numbers are written. */

export const config = JSON.parse(document.getElementById("page-config").textContent);

/* A sentence of the catalogue, its {places} filled in. */
export function t(key, values = {}) {
  return (config.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/* The label of a code of a vocabulary, and its colour. */
const found = (scheme, code) => config.terms[scheme]?.find((each) => each.code === code);
export const term = (scheme, code) => found(scheme, code)?.label ?? String(code ?? "");
export const colourOf = (scheme, code) => found(scheme, code)?.colour ?? null;
export const codes = (scheme) => (config.terms[scheme] ?? []).map((each) => each.code);

/* The name of something in the page's language: row.place_zh or row.place_en. */
export function named(row, what) {
  const [first, second] = config.lang === "en" ? ["en", "zh"] : ["zh", "en"];
  return row[what + "_" + first] || row[what + "_" + second] || "";
}

const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
export function time(value) {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? "" : clock.format(date);
}

/* A span of time in one unit. */
export function lasting(seconds) {
  const whole = Math.abs(seconds);
  const [unit, size] = whole < 3600 ? ["minutes", 60] : whole < 172_800 ? ["hours", 3600] : ["days", 86_400];
  return t("in_" + unit, { n: Math.floor(whole / size) });
}
export const since = (value) => lasting((Date.now() - Date.parse(value)) / 1000);

export const metres = (value) => (value >= 1000 ? (value / 1000).toFixed(1) + " km" : Math.round(value) + " m");
export const shortId = (id) => String(id).slice(0, 8);
export const datum = (code) => ({ wgs84: "WGS 84", gcj02: "GCJ-02", bd09: "BD-09", cgcs2000: "CGCS2000" })[code] ?? String(code ?? "");

/* The datum of a reading, such as bd09_swapped or epsg4547. */
export function reading(code) {
  const [plain, swapped] = String(code ?? "").split("_");
  const name = plain.startsWith("epsg") ? plain.toUpperCase().replace("EPSG", "EPSG:") : datum(plain);
  return swapped ? t("swapped", { datum: name }) : name;
}
