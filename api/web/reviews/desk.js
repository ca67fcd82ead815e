/* One report: what is known of it on the left, where it is and what becomes of it on the right. */
import { h } from "../field/dom.js";
import { showAcceptance } from "./acceptance.js";
import { showCase } from "./case.js";
import { showDecision } from "./decide.js";
import * as keys from "./keys.js";
import { showLikely } from "./likely.js";
import { showPhotos } from "./photos.js";
import { marksOf, showPlaces } from "./places.js";
import { showDecisions, showFlags, showHead, showSaid } from "./said.js";
import { t } from "../shared/words.js";

export function showNothing(section, words) {
  section.replaceChildren(h("p", { class: "reviews-nothing" }, words), keys.hints() ? help() : "");
}

/* Draw a report; ``fresh``: the last decision that was known before, so that a newer one stands out. */
export function showDesk(section, { desk, likely, known, fresh }, state, act) {
  const map = h("section", { class: "reviews-part reviews-where", "aria-labelledby": "part-map" });
  const choices = h("div", { class: "reviews-choice-area", id: "reviews-choices" });
  const decision = h("section", { class: "reviews-part reviews-decide", "aria-label": t("decide") });
  section.replaceChildren(
    showHead(desk, state, act),
    h("div", { class: "reviews-columns" },
      h("div", { class: "reviews-left" }, showSaid(desk), showFlags(desk) ?? "", showPhotos(desk) ?? "", choices, showLikely(likely, desk, act) ?? "", showDecisions(desk, fresh) ?? ""),
      h("div", { class: "reviews-right" }, map, decision, h("div", { class: "reviews-keys" }, toggle(act), keys.hints() ? help() : ""))));
  showPlaces(map, marksOf(desk, likely));
  const redraw = () => {
    choices.replaceChildren(showAcceptance(desk, act.draft(), act) ?? "", showCase(desk, act.draft(), act, known) ?? "");
    showDecision(decision, desk, act.draft(), act);
  };
  redraw();
  return redraw;
}

const toggle = (act) => h("button", { type: "button", class: "erqi-link reviews-keys__turn", "data-key": "keys", "aria-pressed": String(keys.on()), onclick: act.turnKeys }, t(keys.on() ? "keys_off" : "keys_on"));

function help() {
  const all = [["J K", "key_move"], ["X", "key_mark"], ["A T N R D", "key_step"], ["1–9", "key_sentence"], ["Ctrl Enter", "key_submit"], ["/", "key_search"]];
  return h("dl", { class: "reviews-help" }, all.map(([name, what]) => h("div", {}, h("dt", {}, name.split(" ").map((each) => h("kbd", {}, each))), h("dd", {}, t(what)))));
}
