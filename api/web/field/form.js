/* The form of one report. What is entered is kept at once; nothing waits for a button. */
import { button, h, icon, link } from "./dom.js";
import { bodyOf, KINDS, missing, placeOf } from "./draft.js";
import { extentFault } from "./extent.js";
import { FIELDS } from "./fields.js";
import { canonical } from "./canonical.js";
import { removeButton } from "./parts.js";
import { photoSection } from "./photo-section.js";
import { amend, bringBack, keep, photosOf, removeReport, report as read } from "./store.js";
import { whereSection } from "./where.js";
import { t, term, time } from "./words.js";

const REST_MS = 300;
const MAX_TEXT = 1000;

export async function showForm(main, bar, id, { announce, queued }) {
  const report = await read(id);
  if (!report || report.state !== "draft") { location.replace("#/"); return () => null; }
  const kept = h("span", { class: "field-kept" });
  const saver = keeper(report, kept);
  const say = (values) => { Object.assign(report.said, values); saver.soon(); };
  const given = { report, say, place: placeOf(report) };
  const where = whereSection({ report, save: saver.soon });
  const photos = await photoSection(report, announce);
  main.replaceChildren(
    h("div", { class: "field-top" }, link("#/", [icon("back")], { class: "field-back", "aria-label": t("back") }),
      h("h2", {}, icon(report.kind), term("report_kind", report.kind)), kept),
    h("form", { class: "field-form", onsubmit: (event) => event.preventDefault() },
      KINDS[report.kind].fields.length
        ? h("section", { class: "field-section", "aria-labelledby": "field-what" }, h("h2", { id: "field-what" }, t("what")), KINDS[report.kind].fields.map((name) => FIELDS[name](given)))
        : null,
      where.section, photos.section, noteSection(report, say), timeRow(report, saver.soon)),
    removeButton(async () => { saver.drop(); await removeReport(id); location.hash = "#/"; }, "remove-draft"));
  const complaint = h("p", { class: "field-complaint", role: "alert" });
  bar.replaceChildren(complaint, button(t("enqueue"), async () => {
    await saver.now();
    if (photos.busy()) { complaint.textContent = t("photos_busy"); return; }
    const lacking = [...missing(report), ...(extentFault(report) ? ["extent"] : [])];
    complaint.textContent = lacking.length ? t("needs", { what: lacking.map((name) => t("needs_" + name)).join(t("comma")) }) : "";
    if (lacking.length) return;
    saver.drop();
    await enqueue(report);
    await queued();
  }, { class: "field-button--main", "data-key": "enqueue" }));
  return () => { where.stop(); photos.stop(); saver.now(); };
}

/* From here on the report's words are fixed: every attempt sends the same bytes. */
async function enqueue(report) {
  const sent = canonical(bodyOf(report, await photosOf(report.id)));
  const waiting = { state: "waiting", sent, queued_at: new Date().toISOString(), tries: 0, next_at: 0, problem: null, accepted: false };
  await bringBack();
  if (!(await amend(report.id, { ...report, ...waiting }))) await keep({ ...report, ...waiting });
}

/* Keep the report a moment after the last change, and at once when the page is left. */
function keeper(report, shown) {
  let timer = 0;
  let dropped = false;
  const now = async () => {
    clearTimeout(timer);
    if (dropped) return;
    const fits = await keep(report);
    shown.textContent = t(fits ? "kept" : "kept_full");
  };
  const hidden = () => { if (document.visibilityState === "hidden") now(); };
  document.addEventListener("visibilitychange", hidden);
  return {
    now,
    soon() { clearTimeout(timer); timer = setTimeout(now, REST_MS); },
    drop() { dropped = true; clearTimeout(timer); document.removeEventListener("visibilitychange", hidden); },
  };
}

const noteSection = (report, say) => h("section", { class: "field-section", "aria-labelledby": "field-note-title" },
  h("h2", { id: "field-note-title" }, h("label", { for: "field-note" }, t(KINDS[report.kind].needs.includes("note") ? "note_needed" : "note"))),
  h("textarea", { id: "field-note", rows: 4, maxlength: MAX_TEXT, oninput: (event) => say({ note: event.target.value }), value: report.said.note ?? "" }));

function timeRow(report, save) {
  const shown = h("time", {}, time(report.observed_at));
  return h("section", { class: "field-section field-when" }, h("p", {}, h("span", { class: "field-hint" }, t("observed_at") + t("phone_clock")), shown),
    button(t("now"), () => { report.observed_at = new Date().toISOString(); shown.textContent = time(report.observed_at); save(); }, { class: "field-button--quiet" }));
}
