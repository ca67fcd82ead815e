/* The decision: which step, why (the sender reads it), and what an acceptance or a duplicate has to say beside. */
import { h, redraw } from "../field/dom.js";
import { KEY_OF, hints } from "./keys.js";
import { t } from "../shared/words.js";

export const ORDER = ["accepted", "triaged", "needs_information", "rejected", "duplicate"];

/* Sentences to begin with; each may be changed before it is sent. */
export const READY = {
  accepted: ["ready_accepted_clear", "ready_accepted_checked", "ready_accepted_passed_on"],
  triaged: ["ready_triaged_works", "ready_triaged_flood", "ready_triaged_city", "ready_triaged_visit"],
  needs_information: ["ready_needs_photo", "ready_needs_whole", "ready_needs_place", "ready_needs_extent"],
  rejected: ["ready_rejected_unclear", "ready_rejected_elsewhere", "ready_rejected_done", "ready_rejected_private"],
  duplicate: ["ready_duplicate_same", "ready_duplicate_handled"],
};

export function showDecision(section, desk, draft, act) {
  const { may_become: may, is_own: own } = desk;
  if (own) return redraw(section, h("h3", {}, t("decide")), h("p", { class: "reviews-told" }, t("own")));
  if (!may.length) return redraw(section, h("h3", {}, t("decide")), h("p", { class: "reviews-told" }, t("decided_for_good")));
  return redraw(section,
    h("h3", {}, t("decide")),
    h("form", { class: "reviews-decision", id: "reviews-decision", novalidate: true, onsubmit: (event) => { event.preventDefault(); act.submit(); } },
      h("div", { class: "reviews-steps reviews-steps--" + may.length, role: "group", "aria-label": t("step") }, ORDER.filter((step) => may.includes(step)).map((step) => button(step, draft, act))),
      draft.to ? h("p", { class: "reviews-step__about" }, t("about_" + draft.to)) : null,
      draft.to === "duplicate" ? original(draft, act) : null,
      draft.to ? ready(draft, act) : null,
      h("label", { class: "reviews-field" }, h("span", {}, t("reason")),
        h("textarea", { id: "reviews-reason", rows: 3, maxlength: 2000, required: true, value: draft.reason, "data-key": "reason", "aria-describedby": "reviews-wrong", oninput: (event) => act.say({ reason: event.target.value }) })),
      h("p", { class: "reviews-wrong", id: "reviews-wrong", role: "alert" }, act.wrong()),
      h("button", { type: "submit", class: "reviews-main", "data-key": "go", disabled: act.busy() }, draft.to ? t("go", { step: t("step_" + draft.to) }) : t("go_choose"), hints() ? h("kbd", {}, "Ctrl Enter") : null)));
}

function button(step, draft, act) {
  return h("button", { type: "button", class: "reviews-step", "data-key": "step " + step, "aria-pressed": String(draft.to === step), onclick: () => act.choose(step) },
    t("step_" + step), hints() ? h("kbd", { "aria-hidden": "true" }, KEY_OF[step].toUpperCase()) : null);
}

function ready(draft, act) {
  return h("div", { class: "reviews-ready", role: "group", "aria-label": t("ready") }, READY[draft.to].map((key, n) =>
    h("button", { type: "button", class: "reviews-sentence", "data-key": "ready " + n, onclick: () => act.sentence(n) }, hints() ? h("kbd", { "aria-hidden": "true" }, String(n + 1)) : null, t(key))));
}

function original(draft, act) {
  return h("label", { class: "reviews-field" }, h("span", {}, t("duplicate_of")),
    h("input", { value: draft.duplicate_of, "data-key": "duplicate of", spellcheck: "false", autocomplete: "off", placeholder: t("duplicate_of_hint"), oninput: (event) => act.say({ duplicate_of: event.target.value.trim() }) }));
}

/* What is still to be said before the decision can be sent; empty when nothing is. */
export function missing(desk, draft) {
  if (!draft.to) return t("wants_step");
  if (!draft.reason.trim()) return t("wants_reason");
  if (draft.to === "duplicate" && !draft.duplicate_of) return t("wants_duplicate");
  if (draft.to !== "accepted") return "";
  if (desk.report.flags.includes("datum_suspect") && !draft.position) return t("wants_position");
  const open = desk.acceptance.conflicts.filter((each) => !draft.fields[each.field]);
  if (open.length) return t("wants_fields");
  if (opensCase(desk, draft) && !(draft.case.programme_id && draft.case.category)) return t("wants_case");
  return "";
}

export const opensCase = ({ report }, draft) => report.case_id === null && (report.kind === "problem" || (report.kind === "hazard" && draft.opens));

/* The decision as the service reads it. */
export function body(desk, draft) {
  const seen = { to: draft.to, reason: draft.reason.trim(), reviews_seen: desk.reviews.length };
  if (draft.to === "duplicate") return { ...seen, duplicate_of: draft.duplicate_of };
  if (draft.to !== "accepted") return seen;
  const names = desk.acceptance.conflicts.map((each) => each.field);
  const fields = Object.fromEntries(Object.entries(draft.fields).filter(([name]) => names.includes(name)));
  const said = Object.fromEntries(Object.entries(draft.case).filter(([, value]) => value));
  return {
    ...seen,
    ...(desk.report.flags.includes("datum_suspect") ? { position: draft.position } : {}),
    ...(names.length ? { fields } : {}),
    ...(opensCase(desk, draft) ? { case: said } : {}),
  };
}
