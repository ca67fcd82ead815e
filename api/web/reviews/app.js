/* The reviewer's page: the queue beside the report that is looked at, and what happens between them. */
import { h } from "../field/dom.js";
import { me, read, Refused, SessionOver, Unreachable, write } from "../shared/api.js";
import { firstCase, load } from "./case.js";
import { body, missing, READY } from "./decide.js";
import { showDesk, showNothing } from "./desk.js";
import { draft as kept, drop, keep, keepMarked, keptMarked } from "./drafts.js";
import { goTo, wanted } from "./filters.js";
import * as keys from "./keys.js";
import { showQueue } from "./queue.js";
import { config, t, term } from "../shared/words.js";

const PAGE = 50;
const MOST = 200;
const [queueSection, deskSection, notice, live] = ["queue", "desk", "notice", "live"].map((name) => document.getElementById("reviews-" + name));
const state = {
  reports: null, next: null, matched: null, figures: null, oldest: null, failed: "", open: null,
  known: new Map(), verdicts: new Map(), ...keptMarked(),
};
let desk = null;
let draft = null;
let drawChoices = () => null;
let wrong = "";
let busy = false;

const announce = (words) => { live.textContent = words; };
const drawQueue = () => { keepMarked(state); showQueue(queueSection, state, queueActs); };
const openInAddress = () => new URLSearchParams(location.search).get("report");

/* The queue */
async function reload() {
  const [page, figures] = await Promise.all([pageAfter(null), read("/api/v1/reviews/figures", { status: wanted().status })]);
  Object.assign(state, { reports: page.reports, next: page.next ?? null, matched: page.matched, figures, oldest: figures.oldest, failed: "" });
  drawQueue();
}

const pageAfter = (after, limit = PAGE) => read("/api/v1/reviews/queue", { ...wanted(), after, limit });

async function more(limit = PAGE) {
  const page = await pageAfter(state.next, limit);
  const known = new Set(state.reports.map((report) => report.id));
  state.reports.push(...page.reports.filter((report) => !known.has(report.id)));
  state.next = page.next ?? null;
  drawQueue();
}

const queueActs = {
  redraw: drawQueue,
  reload: () => tell(reload),
  failed: (error) => failed(error),
  open: (id) => open(id),
  more: () => tell(more),
  mark: (id) => { if (!state.marked.delete(id)) state.marked.add(id); drawQueue(); },
  markShown: (all) => { for (const { id } of state.reports) { if (all) state.marked.add(id); else state.marked.delete(id); } drawQueue(); },
  markAll: () => tell(markAll),
  unmark: () => { state.marked.clear(); drawQueue(); },
  filter: (changes) => { state.marked.clear(); state.verdicts.clear(); state.bulk.told = ""; goTo(changes); tell(reload); },
};

/* Mark all that match, also those that are not shown: 2,000 rows on the page would help nobody. */
async function markAll() {
  const found = [];
  state.bulk.marking = true;
  drawQueue();
  try {
    for (let after = state.next; after;) {
      const page = await pageAfter(after, MOST);
      found.push(...page.reports);
      after = page.next ?? null;
    }
  } finally {
    state.bulk.marking = false;
  }
  for (const { id, reviews } of found) { state.marked.add(id); state.known.set(id, reviews); }
  drawQueue();
}

/* One report */
async function open(id, { replace = false } = {}) {
  goTo({ report: id }, { replace });
  state.open = id;
  document.body.classList.toggle("reviews-opened", Boolean(id));
  drawQueue();
  if (!id) return showNothing(deskSection, state.reports?.length ? t("choose_one") : t("all_done"));
  return tell(() => look(id));
}

async function look(id, fresh = Infinity) {
  desk = null;
  deskSection.setAttribute("aria-busy", "true");
  try {
    const [found, likely, known] = await Promise.all([read(`/api/v1/reports/${id}/desk`), read(`/api/v1/reports/${id}/duplicates`), load()]);
    if (state.open !== id) return;
    [desk, wrong, draft] = [found, "", kept(id)];
    if (!draft.case.programme_id) draft.case = firstCase(found, known);
    drawChoices = showDesk(deskSection, { desk, likely: likely.reports, known, fresh }, state, deskActs);
    deskSection.scrollTo?.(0, 0);
    announce(term("report_kind", desk.report.kind) + " " + (desk.report.note ?? ""));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    showNothing(deskSection, error.message);
  } finally {
    deskSection.removeAttribute("aria-busy");
  }
}

const deskActs = {
  draft: () => draft,
  wrong: () => wrong,
  busy: () => busy,
  say: (said) => { Object.assign(draft, said); keep(state.open, draft); },
  choose: (step) => choose(step),
  sentence: (n) => sentence(n),
  same: (id) => { choose("duplicate"); deskActs.say({ duplicate_of: id }); drawChoices(); focusReason(); },
  opens: (opens) => { deskActs.say({ opens }); drawChoices(); },
  submit: () => tell(submit),
  move: (by) => move(by),
  close: () => open(null),
  turnKeys: () => { keys.turn(); if (desk) tell(() => look(state.open)); },
};

function choose(step) {
  if (!desk?.may_become.includes(step) || desk.is_own) return false;
  deskActs.say({ to: step });
  wrong = "";
  drawChoices();
  return true;
}

function sentence(n) {
  const key = READY[draft?.to]?.[n];
  if (!desk || !key) return false;
  deskActs.say({ reason: t(key) });
  drawChoices();
  focusReason();
  return true;
}

const focusReason = () => document.getElementById("reviews-reason")?.focus();

/* Send the decision; whoever has decided meanwhile is told of, with his reason, before anything is written over it. */
async function submit() {
  if (!desk || busy) return;
  wrong = missing(desk, draft);
  if (wrong) return drawWrong();
  const [id, seen] = [state.open, desk.reviews.length];
  busy = true;
  drawChoices();
  try {
    await write(`/api/v1/reports/${id}/reviews`, body(desk, draft));
  } catch (error) {
    return await refused(error, id, seen);
  } finally {
    busy = false;
    if (desk) drawChoices();
  }
  drop(id);
  announce(t("decided", { step: t("step_" + draft.to) }));
  return goOn(id);
}

async function refused(error, id, seen) {
  if (!(error instanceof Refused)) throw error;
  const overtaken = ["review-stale", "review-step"].includes(error.kind);
  if (overtaken || error.kind === "review-conflict") await look(id, seen);
  wrong = overtaken ? t("overtaken", { status: term("report_status", desk.report.status) }) : error.kind === "review-conflict" ? t("wants_fields") : error.message;
  if (overtaken) await reload();
  drawWrong();
}

function drawWrong() {
  drawChoices();
  document.querySelector("#reviews-decision .reviews-main")?.scrollIntoView({ block: "nearest" });
}

/* The next one in the list; a decided one leaves it unless its new state is looked at too. */
async function goOn(id) {
  const at = state.reports.findIndex((report) => report.id === id);
  const following = state.reports[at + 1]?.id ?? state.reports[at - 1]?.id ?? null;
  state.marked.delete(id);
  await reload();
  const there = state.reports.some((report) => report.id === following);
  await open(there ? following : state.reports[0]?.id ?? null, { replace: true });
}

function move(by) {
  const at = (state.reports ?? []).findIndex((report) => report.id === state.open);
  const to = at < 0 ? 0 : at + by;
  if (to >= state.reports.length && state.next) return tell(async () => { await more(); move(by); });
  const found = state.reports[to];
  if (found && found.id !== state.open) open(found.id).then(() => queueSection.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" }));
  return Boolean(found);
}

/* What goes wrong is said; what was written stays. */
async function tell(work) {
  try {
    const done = await work();
    notice.replaceChildren();
    return done;
  } catch (error) {
    return failed(error);
  }
}

function failed(error) {
  if (error instanceof SessionOver) {
    const back = location.pathname.slice(config.base.length) + location.search;
    const login = `${config.base}/login?` + new URLSearchParams({ lang: config.lang, next: back });
    notice.replaceChildren(h("p", { class: "erqi-banner" }, t("session_over"), h("a", { class: "erqi-button", href: login }, t("log_in"))));
  } else {
    if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    notice.replaceChildren(h("p", { class: "erqi-banner" }, error instanceof Refused ? error.message : t("unreachable"), h("button", { type: "button", class: "erqi-button", onclick: () => tell(start) }, t("again"))));
  }
  return undefined;
}

async function start() {
  await me();
  await reload();
  await open(openInAddress() ?? (matchMedia("(min-width: 900px)").matches ? state.reports[0]?.id ?? null : null), { replace: true });
  document.documentElement.dataset.reviewsReady = "";
}

keys.listen({
  choose, sentence, move, submit: () => tell(submit),
  mark: () => { if (state.open) queueActs.mark(state.open); return Boolean(state.open); },
  search: () => { queueSection.querySelector("input[type=search]")?.focus(); return true; },
});
addEventListener("popstate", () => tell(async () => { await reload(); await open(openInAddress(), { replace: true }); }));
drawQueue();
tell(start);
