/* What accepting the report would change: for each field what the sender saw, what stands, what he says; and choices. */
import { h } from "../field/dom.js";
import { config, metres, named, reading, t } from "../shared/words.js";
import { fieldName, value } from "./said.js";

export function showAcceptance(desk, draft, act) {
  if (!desk.may_become.includes("accepted")) return null;
  const { refused } = desk.acceptance;
  return h("section", { class: "reviews-part", "aria-labelledby": "part-accept" },
    h("h3", { id: "part-accept" }, t("if_accepted")),
    refused ? h("p", { class: "reviews-refused" }, refused["detail_" + config.lang]) : null,
    desk.report.flags.includes("datum_suspect") ? position(desk, draft, act) : null,
    changes(desk, draft, act));
}

function changes(desk, draft, act) {
  const { fields, changes: changed, conflicts } = desk.acceptance;
  const rows = Object.entries(fields).filter(([sent, { column }]) => changed[column] || conflicts.some((each) => each.field === sent) || desk.report[sent] !== null);
  const others = Object.entries(changed).filter(([name]) => name !== "place" && !Object.values(fields).some(({ column }) => column === name));
  const was = (name, before) => (name === "position_accuracy_m" ? desk.things.find((each) => each.id === changed.place?.after)?.accuracy_m : before);
  if (!rows.length && !others.length) return h("p", { class: "erqi-quiet" }, desk.acceptance.refused ? "" : t("changes_" + effectOf(desk)));
  return h("div", { class: "reviews-wide", tabindex: 0, role: "region", "aria-label": t("if_accepted") }, h("table", { class: "reviews-changes" },
    h("thead", {}, h("tr", {}, ["field", "seen", "current", "becomes"].map((name) => h("th", { scope: "col" }, t("head_" + name))))),
    h("tbody", {},
      rows.map(([sent, { column, seen, current }]) => row(desk, draft, act, { sent, column, seen, current })),
      others.map(([name, { before, after }]) => h("tr", {}, h("th", { scope: "row" }, fieldName(name)), h("td", {}, ""), h("td", {}, value(name, was(name, before))), h("td", {}, h("b", {}, value(name, after))))))));
}

const effectOf = ({ report }) => (["water_level", "problem", "hazard", "position_fix"].includes(report.kind) ? report.kind : "none");

function row(desk, draft, act, { sent, column, seen, current }) {
  const conflict = desk.acceptance.conflicts.find((each) => each.field === sent);
  const change = desk.acceptance.changes[column];
  const knows = desk.sent?.base_version !== undefined && desk.sent?.base_version !== null;
  return h("tr", { class: conflict ? "reviews-conflict" : null },
    h("th", { scope: "row" }, fieldName(sent), conflict ? h("small", {}, t("conflict")) : null),
    h("td", {}, knows ? value(sent, seen) : t("unknown")),
    h("td", {}, value(sent, current)),
    h("td", {}, conflict ? choice(sent, conflict, draft, act) : change ? h("b", {}, value(sent, change.after)) : [value(sent, current), h("small", {}, t(desk.report[sent] === current ? "same" : "older"))]));
}

function choice(field, conflict, draft, act) {
  const option = (code, words) => h("label", { class: "reviews-choice" },
    h("input", { type: "radio", name: "field-" + field, value: code, checked: draft.fields[field] === code, "data-key": "field " + field + code, onchange: () => act.say({ fields: { ...draft.fields, [field]: code } }) }), words);
  return h("fieldset", { class: "reviews-choices" }, h("legend", { class: "reviews-hidden" }, fieldName(field)),
    option("sent", t("take_sent", { value: value(field, conflict.sent) })), option("current", t("take_current", { value: value(field, conflict.current) })));
}

/* A doubted datum: both positions, and which is right; nothing moves but by this choice. */
function position(desk, draft, act) {
  const { report, acceptance } = desk;
  const option = (code, mark, words) => h("label", { class: "reviews-choice" },
    h("input", { type: "radio", name: "position", value: code, checked: draft.position === code, "data-key": "position " + code, onchange: () => act.say({ position: code }) }),
    h("i", { class: "reviews-pin reviews-pin--" + code, "aria-hidden": "true" }, mark), words);
  const moved = acceptance.moved;
  const there = moved ? [named(moved, "place"), moved.chainage, moved.offset_m === null ? "" : t("offset", { m: metres(moved.offset_m) })].filter(Boolean).join(" · ") : "";
  return h("fieldset", { class: "reviews-choices reviews-choices--position" }, h("legend", {}, t("which_position")),
    option("declared", "A", t("as_declared", { datum: reading(report.datum) })),
    option("suspected", "B", t("as_suspected", { datum: reading(report.suspected_datum) }) + (there ? t("lands", { place: there }) : "")));
}
