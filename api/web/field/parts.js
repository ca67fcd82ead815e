/* Parts that several views share: cards of reports, chips of states, notices. */
import { button, h, icon } from "./dom.js";
import { nearestRoad, kPost } from "./chainage.js";
import { byId, features } from "./layers.js";
import { named, t, term, time } from "./words.js";

/* One line on what a report is about. */
export function subject({ said, where }) {
  const place = ["checkpoint", "site", "segment", "task"].map((name) => [name, said[name + "_id"]]).find(([, id]) => id);
  if (place) return named(byId(place[0] + "s", place[1])) || String(place[1]);
  return where.chainage ? named(byId("roads", where.chainage.road)) + " " + where.chainage.at : where.text.trim() || said.note?.trim() || "";
}

/* ≈ and the chainage of a place, its side where the position is sure enough for it; null far from our roads. */
export function chainageWords(place) {
  const found = place && nearestRoad(features("roads"), place);
  if (!found) return null;
  const side = found.offset > (place.accuracy_m ?? 0) ? t("side_" + found.side) : t("side_unsure");
  return { text: "≈ " + named(found.road) + " " + kPost(found.measure), more: t("chainage_more", { side, m: Math.round(found.offset) }) };
}

export const chip = (state, words) => h("span", { class: "field-chip field-chip--" + state }, words);

export function card(report, { state, words, lines = [], actions = [] }) {
  return h("li", { class: "field-card", "data-report": report.id, "data-state": report.state },
    h("div", { class: "field-card__head" }, icon(report.kind), h("b", {}, term("report_kind", report.kind)), chip(state, words)),
    h("p", { class: "field-card__subject" }, subject(report) || t("no_words")),
    h("p", { class: "field-card__time" }, time(report.observed_at)),
    lines.map((line) => h("p", { class: "field-card__line" }, line)),
    actions.length ? h("div", { class: "field-actions" }, actions) : null);
}

/* Ask before something is gone for good; answers a button that has to be pressed twice. */
export function removeButton(remove, key) {
  const made = button(t("remove"), () => {
    if (made.dataset.sure) return remove();
    made.dataset.sure = "yes";
    made.textContent = t("remove_sure");
    return null;
  }, { class: "field-button--quiet", "data-key": key });
  return made;
}

/* A group of big buttons of which one is chosen. */
export function segmented(name, legend, options, chosen, choose) {
  return h("fieldset", { class: "field-choice" }, h("legend", {}, legend),
    h("div", { class: "field-choice__options" }, options.map(({ code, label, colour }) =>
      h("label", {},
        h("input", { type: "radio", name, value: code, checked: code === chosen, onchange: () => choose(code) }),
        h("span", {}, colour ? h("i", { class: "swatch swatch-" + colour }) : null, label)))));
}
