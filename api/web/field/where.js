/* The part of a form that says where: the phone's fix as it is, the chainage, a pin, words of a place. */
import { button, h, icon, link, redraw } from "./dom.js";
import { ask } from "./api.js";
import { distance, kPost } from "./chainage.js";
import { follow, gps, quality } from "./gps.js";
import { byId, locate } from "./layers.js";
import { chainageWords, chip } from "./parts.js";
import { setting } from "./store.js";
import { ago, lang, metres, named, t } from "./words.js";

const SETTLING_MS = 90_000; // a phone's fix gets better for a while; later it is another place
const SURE = 0.6;

export function whereSection({ report, save }) {
  const fix = h("div", { class: "field-fix" });
  const found = h("div", { class: "field-found", "aria-live": "polite" });
  const { where } = report;
  const opened = Date.now();
  const mayFollow = !where.device && Date.now() - Date.parse(report.created_at) < SETTLING_MS * 4;

  const take = (live) => { where.device = { ...live }; save(); };
  const draw = () => {
    const live = gps.fix;
    const settling = mayFollow && Date.now() - opened < SETTLING_MS;
    if (live && quality(live) !== "old" && settling && (!where.device || (live.at > where.device.at && live.accuracy_m <= where.device.accuracy_m))) take(live);
    redraw(fix, ...fixWords(where, live, (fresh) => { where.pin = null; take(fresh); draw(); }));
  };
  const stop = follow(draw);
  const words = h("input", { id: "field-place", type: "text", value: where.text, maxlength: 200, autocomplete: "off", placeholder: t("place_example") });
  let asked = 0;
  words.addEventListener("input", () => {
    where.text = words.value;
    where.chainage = null;
    save();
    clearTimeout(asked);
    asked = setTimeout(() => look(words.value, where, found, save), 400);
  });
  if (where.text) look(where.text, where, found, save);
  const section = h("section", { class: "field-section", "aria-labelledby": "field-where" }, h("h2", { id: "field-where" }, t("where")), fix,
    link("#/pin/" + report.id, [icon("position_fix"), t(where.pin ? "pin_again" : "pin")], { class: "field-button", "data-key": "pin" }),
    h("div", { class: "field-row" }, h("label", { for: "field-place" }, t("place")), words, found));
  return { section, stop: () => { stop(); clearTimeout(asked); } };
}

function fixWords(where, live, takeNow) {
  const shown = where.pin ?? where.device;
  if (!shown) return [h("p", { class: "field-fix__none", role: "status" }, t("gps_" + (gps.failure ?? "seeking")))];
  const near = chainageWords(shown);
  const kind = where.pin ? "pin" : quality(shown, Date.now());
  const words = where.pin ? t("pin_set") : t("gps_" + kind);
  const moved = live && where.device && (where.pin || distance(live, where.device) > live.accuracy_m + where.device.accuracy_m || quality(where.device) === "old");
  return [
    h("div", { class: "field-fix__head" }, chip(kind, words), h("b", {}, t("accuracy", { m: shown.accuracy_m < 10 ? shown.accuracy_m.toFixed(1) : Math.round(shown.accuracy_m) })), where.pin ? null : h("span", {}, ago(Date.now() - shown.at))),
    h("p", { class: "field-fix__chainage" }, near ? h("b", {}, near.text) : t("no_road_near"), near ? h("span", {}, near.more) : null),
    h("p", { class: "field-fix__numbers" }, shown.lat.toFixed(6) + ", " + shown.lon.toFixed(6) + " · WGS 84"),
    moved && quality(live) !== "old" ? button(t("gps_take", { m: Math.round(live.accuracy_m) }), () => takeNow(live), { "data-key": "gps-take" }) : null,
  ];
}

/* Say where the words are: by the phone's own list at once, by the service when it answers. */
async function look(text, where, found, save) {
  const show = (list, origin) => { if (where.text === text) showFound(list, origin, where, found, save); };
  if (!text.trim()) return found.replaceChildren();
  show(locate(text), "offline");
  if (!navigator.onLine) return null;
  try {
    const answer = await ask("GET", "api/v1/locate?q=" + encodeURIComponent(text), { token: await setting("token") });
    const list = (answer.json?.results ?? []).filter((each) => each.lon !== null && each.confidence >= SURE)
      .map((each) => ({ zh: each.name_zh, en: each.name_en, point: { lon: each.lon, lat: each.lat }, chainage: each.kind === "chainage" ? { road: each.road_id, metres: each.measure_m } : null }));
    if (answer.status === 200 && list.length) show(list, "online");
  } catch {
    // the phone's own answer stands
  }
  return null;
}

function showFound([first], origin, where, found, save) {
  where.chainage = first?.chainage ? { road: first.chainage.road, at: kPost(first.chainage.metres) } : null;
  where.found = first?.point ?? null;
  save();
  const here = where.pin ?? where.device;
  const name = first && (first.chainage ? named(byId("roads", first.chainage.road)) + " " + kPost(first.chainage.metres) : lang === "en" ? first.en || first.zh : first.zh);
  const near = first?.point && chainageWords({ ...first.point, accuracy_m: 1000 });
  found.replaceChildren(h("p", { class: "field-hint" }, first
    ? t("found_" + origin, { name }) + (near && !first.chainage ? " " + near.text : "") + (here && first.point ? " " + t("found_far", { far: metres(distance(here, first.point)) }) : "")
    : t("found_none")));
}
