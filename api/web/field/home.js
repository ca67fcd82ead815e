/* The first view: drafts, and a big button for each kind of report. */
import { button, h, icon, link } from "./dom.js";
import { KINDS, missing, newReport } from "./draft.js";
import { card, removeButton } from "./parts.js";
import { keep, photosOf, removeReport, reports } from "./store.js";
import { t, term } from "./words.js";

export async function showHome(main, bar, { me }) {
  const drafts = (await reports()).filter((report) => report.state === "draft");
  const start = async (kind) => {
    const report = newReport(kind);
    await keep(report);
    location.hash = "#/report/" + report.id;
  };
  const allowed = me?.kinds ?? Object.keys(KINDS);
  main.replaceChildren(
    h("section", { class: "field-list", "aria-labelledby": "field-drafts" }, h("h2", { id: "field-drafts" }, t("drafts"), drafts.length ? h("small", {}, drafts.length) : null),
      drafts.length ? h("ul", {}, await Promise.all(drafts.map(draftCard))) : h("p", { class: "field-empty" }, t("drafts_none"))),
    h("section", { class: "field-new", "aria-labelledby": "field-new" }, h("h2", { id: "field-new" }, t("new")),
      h("div", { class: "field-kinds" }, Object.keys(KINDS).filter((kind) => allowed.includes(kind)).map((kind) =>
        button([icon(kind), h("span", {}, term("report_kind", kind))], () => start(kind), { class: "field-kind", "data-kind": kind, "data-key": kind })))));
  bar.replaceChildren();
}

async function draftCard(report) {
  const photos = await photosOf(report.id);
  const lacking = missing(report);
  return card(report, {
    state: "draft", words: t("state_draft"),
    lines: [photos.length ? t("photos_n", { n: photos.length }) : null, lacking.length ? t("needs", { what: lacking.map((name) => t("needs_" + name)).join(t("comma")) }) : t("complete")].filter(Boolean),
    actions: [link("#/report/" + report.id, t("go_on"), { class: "field-button", "data-key": "go " + report.id }), removeButton(() => removeReport(report.id), "remove " + report.id)],
  });
}
