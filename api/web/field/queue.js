/* What has not arrived, in honest words, and what can be done about it. */
import { button, h, redraw } from "./dom.js";
import { again } from "./draft.js";
import { card, removeButton } from "./parts.js";
import { sendAll, UNSENT } from "./sender.js";
import { photosOf, removeReport, renew, reports, setting } from "./store.js";
import { lang, lasting, shortId, t } from "./words.js";

export async function showQueue(main, bar) {
  const queue = (await reports()).filter((report) => UNSENT.includes(report.state) || report.state === "refused");
  const line = await setting("line");
  queue.sort((a, b) => (b.state === "refused") - (a.state === "refused"));
  redraw(main, h("section", { class: "field-list", "aria-labelledby": "field-queue" }, h("h2", { id: "field-queue" }, t("queue"), queue.length ? h("small", {}, queue.length) : null),
    queue.length ? h("ul", {}, await Promise.all(queue.map((report) => queued(report, line)))) : h("p", { class: "field-empty" }, t("queue_none"))));
  redraw(bar, queue.some((report) => report.state !== "refused")
    ? button(t("send_now"), () => sendAll({ byHand: true }), { class: "field-button--main", "data-key": "send-now" }) : null);
}

async function queued(report, line) {
  const photos = await photosOf(report.id);
  return card(report, { state: report.state, words: t("state_" + report.state), lines: [...linesOf(report, photos, line), t("number", { id: shortId(report.id) })], actions: actionsOf(report) });
}

function linesOf(report, photos, line) {
  if (report.state === "refused") return [refusal(report.problem)];
  const done = photos.filter((photo) => photo.done).length;
  const next = Math.max(report.next_at ?? 0, line?.next_at ?? 0) - Date.now();
  const waits = report.state === "waiting" && !navigator.onLine ? t("waits_network") : next > 1000 ? t("waits_next", { time: lasting(next) }) : null;
  return [t("state_" + report.state + "_more"), photos.length ? progress(done, photos) : null, waits].filter(Boolean);
}

/* Photos that have arrived, of all, and how much of the one that is on its way. */
function progress(done, photos) {
  const whole = photos.reduce((sum, photo) => sum + photo.blob.size, 0);
  const sent = photos.reduce((sum, photo) => sum + (photo.done ? photo.blob.size : photo.offset ?? 0), 0);
  return h("span", { class: "field-progress" }, t("photos_sent", { done, n: photos.length }),
    h("progress", { max: whole, value: sent, "aria-label": t("photos_sent", { done, n: photos.length }) }));
}

function refusal(problem) {
  const differing = problem.differences.map((each) => each.field).join(t("comma"));
  return [problem[lang] || t("refused_" + problem.status), problem.field ? t("refused_field", { field: problem.field }) : "", differing ? t("refused_differs", { fields: differing }) : ""].filter(Boolean).join(" ");
}

function actionsOf(report) {
  if (report.state !== "refused") return [];
  const mend = async () => {
    const fresh = again(report);
    await renew(report, fresh);
    location.hash = "#/report/" + fresh.id;
  };
  return [button(t("mend"), mend, { "data-key": "mend " + report.id }), removeButton(() => removeReport(report.id), "remove " + report.id)];
}
