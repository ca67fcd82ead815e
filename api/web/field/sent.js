/* Receipts of what has arrived, and what reviewers have answered. */
import { ask, InTheWay, Unreachable } from "./api.js";
import { button, h, redraw } from "./dom.js";
import { again } from "./draft.js";
import { card } from "./parts.js";
import { keep, reports, set, setting } from "./store.js";
import { shortId, t, term, time } from "./words.js";

/* Read the answers to one's own reports anew and keep them. */
export async function readAnswers() {
  const token = await setting("token");
  if (!token || !navigator.onLine) return;
  try {
    const answer = await ask("GET", "api/v1/reports?mine=true", { token });
    if (answer.status !== 200) return;
    const before = (await setting("answers")) ?? {};
    const read = Object.fromEntries((answer.json.reports ?? []).map((each) => [each.id, { status: each.status, reason: each.reason ?? null }]));
    const after = { ...before, ...read };
    if (JSON.stringify(after) !== JSON.stringify(before)) await set("answers", after);
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof InTheWay)) throw error;
  }
}

export async function showSent(main, bar) {
  const sent = (await reports()).filter((report) => report.state === "sent");
  const answers = (await setting("answers")) ?? {};
  const asked = (report) => answers[report.id]?.status === "needs_information";
  sent.sort((a, b) => asked(b) - asked(a) || b.receipt.sequence - a.receipt.sequence);
  redraw(main, h("section", { class: "field-list", "aria-labelledby": "field-sent" }, h("h2", { id: "field-sent" }, t("sent"), sent.length ? h("small", {}, sent.length) : null),
    sent.length ? h("ul", {}, sent.map((report) => arrived(report, answers[report.id]))) : h("p", { class: "field-empty" }, t("sent_none"))));
  redraw(bar);
}

function arrived(report, answer) {
  const { receipt, placed } = report;
  const status = answer?.status ?? "received";
  const post = placed?.chainage ? t("placed", { at: placed.chainage }) : null;
  return card(report, {
    state: status, words: term("report_status", status),
    lines: [
      answer?.reason ? h("q", { class: "field-reason" }, answer.reason) : null,
      t("receipt_line", { n: receipt.sequence, time: time(receipt.received_at) }), post, details(receipt),
    ].filter(Boolean),
    actions: status === "needs_information" ? [button(t("answer"), () => more(report), { "data-key": "answer " + report.id })] : [],
  });
}

const details = (receipt) => h("details", {}, h("summary", {}, t("receipt")),
  h("dl", {}, ["report_id", "body_sha256", "key_id", "signature"].map((name) => [h("dt", {}, t("receipt_" + name)), h("dd", {}, String(receipt[name] ?? ""))])),
  button(t("receipt_save"), () => save(receipt), { class: "field-button--quiet" }));

function save(receipt) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(receipt, null, 2)], { type: "application/json" }));
  h("a", { href: url, download: "receipt-" + receipt.sequence + ".json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/* A new report that adds to one that a reviewer asked about. */
async function more(report) {
  const { base_version, ...said } = report.said;
  const fresh = again(report, { ...said, note: t("answer_note", { id: shortId(report.id) }) + "\n" + (said.note ?? "") });
  await keep({ ...fresh, observed_at: fresh.created_at });
  location.hash = "#/report/" + fresh.id;
}
