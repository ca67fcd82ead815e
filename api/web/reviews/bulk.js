/* Several reports at once: one step and one reason for all that are marked, a verdict for each. */
import { h } from "../field/dom.js";
import { write } from "../shared/api.js";
import { READY } from "./decide.js";
import { keepMarked } from "./drafts.js";
import { config, t } from "../shared/words.js";

const AT_ONCE = 50; // so that somebody sees it go on and can stop it
const STEPS = ["triaged", "accepted", "needs_information", "rejected"];

export function bulkBar(state, act) {
  const { marked, bulk } = state;
  const shown = state.reports ?? [];
  if (!shown.length && !marked.size) return null;
  const all = shown.length > 0 && shown.every((report) => marked.has(report.id));
  return h("div", { class: "reviews-bulk" + (marked.size ? " reviews-bulk--on" : "") },
    h("div", { class: "reviews-bulk__head" },
      h("label", { class: "reviews-bulk__all" },
        h("input", { type: "checkbox", checked: all, "data-key": "mark shown", onchange: () => act.markShown(!all) }), marked.size ? t("marked", { n: marked.size }) : t("mark_shown", { n: shown.length })),
      marked.size && marked.size < state.matched && state.next && all && !bulk.running ? h("button", { type: "button", class: "erqi-link", "data-key": "mark all", onclick: act.markAll }, t("mark_all", { n: state.matched })) : null,
      marked.size && !bulk.running ? h("button", { type: "button", class: "erqi-link", "data-key": "unmark", onclick: act.unmark }, t("unmark")) : null),
    marked.size ? form(state, act) : null,
    bulk.told ? h("p", { class: "reviews-bulk__told", role: "status" }, bulk.told) : null);
}

function form(state, act) {
  const { bulk, marked } = state;
  if (bulk.marking) return h("p", { role: "status" }, t("marking", { n: state.matched }));
  if (bulk.running) {
    return h("div", { class: "reviews-bulk__form" },
      h("progress", { max: bulk.all, value: bulk.done, "aria-label": t("bulk_going") }),
      h("p", { class: "erqi-number", role: "status" }, t("bulk_done", { done: bulk.done, n: bulk.all })),
      h("button", { type: "button", class: "erqi-button reviews-stop", "data-key": "stop", onclick: () => { bulk.stopped = true; } }, t("bulk_stop")));
  }
  const take = (step) => { bulk.to = step; act.redraw(); };
  return h("form", { class: "reviews-bulk__form", onsubmit: (event) => { event.preventDefault(); run(state, act); } },
    h("div", { class: "reviews-steps", role: "group", "aria-label": t("step") }, STEPS.map((step) =>
      h("button", { type: "button", class: "reviews-step", "data-key": "bulk " + step, "aria-pressed": String(bulk.to === step), onclick: () => take(step) }, t("step_" + step)))),
    bulk.to ? h("div", { class: "reviews-ready" }, READY[bulk.to].map((key) =>
      h("button", { type: "button", class: "reviews-sentence", onclick: () => { bulk.reason = t(key); act.redraw(); } }, t(key)))) : null,
    h("label", { class: "reviews-field" }, h("span", {}, t("reason_all")),
      h("textarea", { rows: 2, maxlength: 2000, required: true, value: bulk.reason, "data-key": "bulk reason", oninput: (event) => { bulk.reason = event.target.value; keepMarked(state); } })),
    h("button", { type: "submit", class: "reviews-main", disabled: !bulk.to, "data-key": "bulk go" }, bulk.to ? t("bulk_go", { step: t("step_" + bulk.to), n: marked.size }) : t("bulk_choose")));
}

/* Decide in pieces; what was refused stays in the list, marked, with the sentence that says why. */
async function run(state, act) {
  const { bulk, marked, verdicts } = state;
  if (!bulk.to || !bulk.reason.trim()) return;
  const known = new Map(state.reports.map((report) => [report.id, report.reviews]));
  const ids = [...marked];
  Object.assign(bulk, { running: true, stopped: false, done: 0, all: ids.length, told: "" });
  let [decided, refused] = [0, 0];
  verdicts.clear();
  act.redraw();
  try {
    for (let at = 0; at < ids.length && !bulk.stopped; at += AT_ONCE) {
      const decisions = ids.slice(at, at + AT_ONCE).map((id) => ({ report_id: id, to: bulk.to, reason: bulk.reason.trim(), reviews_seen: known.get(id) ?? state.known.get(id) ?? 0 }));
      const answer = await write("/api/v1/reviews/batch", { decisions });
      for (const { report_id: id, status, problem } of answer.verdicts) {
        if (status === 201) { marked.delete(id); decided += 1; }
        else { verdicts.set(id, problem["detail_" + config.lang]); refused += 1; }
      }
      bulk.done = Math.min(at + AT_ONCE, ids.length);
      act.redraw();
    }
  } catch (error) {
    act.failed(error);
  }
  const left = ids.length - decided - refused;
  Object.assign(bulk, { running: false, told: t("bulk_told", { done: decided, n: refused }) + (left ? t("bulk_left", { n: left }) : "") });
  if (decided && !refused && !left) Object.assign(bulk, { to: "", reason: "" });
  await act.reload();
}
