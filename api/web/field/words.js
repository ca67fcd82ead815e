/* The page's words in its language, and how numbers and times are written. */

export const config = JSON.parse(document.getElementById("field-config").textContent);
const LANGUAGES = ["zh", "en"];
const ASKED = new URLSearchParams(location.search).get("lang");
const remembered = localStorage.getItem("erqi-lang");
export const lang = [ASKED, remembered, config.lang].find((each) => LANGUAGES.includes(each));
if (LANGUAGES.includes(ASKED)) localStorage.setItem("erqi-lang", ASKED);
export const otherLang = lang === "zh" ? "en" : "zh";

/* A sentence of the catalogue, its {places} filled in. */
export function t(key, values = {}) {
  const text = config.words[key]?.[lang] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/* The label of a code of a vocabulary. */
export function term(scheme, code) {
  const found = config.terms[scheme]?.find((each) => each.code === code);
  return found ? found[lang] : String(code ?? "");
}

export const named = (feature) => {
  const p = feature?.properties ?? {};
  return String((lang === "en" ? p.name_en || p.name_zh : p.name_zh || p.name_en) ?? feature?.id ?? "");
};

const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
export function time(value) {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? "" : clock.format(date);
}

/* A span of time in one unit: seconds, minutes, hours or days. */
export function lasting(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [unit, size] = seconds < 60 ? ["seconds", 1] : seconds < 3600 ? ["minutes", 60] : seconds < 172800 ? ["hours", 3600] : ["days", 86400];
  return t("in_" + unit, { n: Math.floor(seconds / size) });
}
export const ago = (milliseconds) => t("ago", { time: lasting(milliseconds) });

export const metres = (value) => (value >= 1000 ? (value / 1000).toFixed(1) + " km" : Math.round(value) + " m");
export const shortId = (id) => String(id).slice(0, 8);
