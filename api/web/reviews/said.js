/* What was said, by whom, when and where; what is odd about it, in words; what was decided before. */
import { h } from "../field/dom.js";
import { chip } from "./queue.js";
import { config, datum, metres, named, reading, shortId, since, t, term, time } from "../shared/words.js";

const SCHEME_OF = { checkpoint_state: "checkpoint_state", supplies_state: "inspection_state", hazard_survey_state: "inspection_state", drill_state: "inspection_state", hazard_kind: "hazard_kind", state: "checkpoint_state" };
const SAID = ["progress_percent", "blocked_reason", "checkpoint_state", "supplies_state", "hazard_survey_state", "drill_state", "water_level_m", "vertical_datum", "hazard_kind"];
const UNIT_OF = { progress_percent: " %", water_level_m: " m", position_accuracy_m: " m" };

/* A value of a field as a person reads it. */
export function value(name, given) {
  if (given === null || given === undefined || given === "") return t("nothing");
  if (SCHEME_OF[name]) return term(SCHEME_OF[name], given);
  return String(typeof given === "number" ? Math.round(given * 100) / 100 : given) + (UNIT_OF[name] ?? "");
}
export const fieldName = (name) => t("field_" + name);

export function showHead({ report }, state, act) {
  return h("header", { class: "reviews-head" },
    h("button", { type: "button", class: "erqi-link reviews-back", onclick: act.close }, t("back")),
    h("h2", { id: "reviews-title" }, term("report_kind", report.kind), chip(report.status)),
    h("p", { class: "erqi-quiet reviews-head__id" }, t("number", { id: shortId(report.id) })),
    h("div", { class: "reviews-head__moves" },
      h("button", { type: "button", class: "erqi-button", "data-key": "previous", onclick: () => act.move(-1), "aria-label": t("previous") }, "↑"),
      h("button", { type: "button", class: "erqi-button", "data-key": "next", onclick: () => act.move(1), "aria-label": t("next") }, "↓")));
}

export function showSaid({ report, sent, things }) {
  const facts = [
    [t("observed_at"), time(report.observed_at)],
    [t("received_at"), time(report.received_at) + t("waits", { time: since(report.received_at) })],
    [t("unit"), [named(report, "unit") || t("unit_none"), report.sender].filter(Boolean).join(" · ")],
    [t("task"), named(report, "task")],
    [t("place"), placeWords(report)],
    [t("position"), positionWords(report, sent)],
    [t("place_text"), sent?.place],
    [t("extent"), extentWords(sent?.extent)],
    ...SAID.filter((name) => report[name] !== null).map((name) => [fieldName(name), value(name, report[name])]),
    [t("fixed_place"), report.kind === "position_fix" ? things.filter((each) => each.collection !== "roads").map((each) => named(each, "name") + (each.accuracy_m === null ? "" : " ±" + metres(each.accuracy_m))).join(" · ") : ""],
    [t("channel"), channel(report.channel ?? "none")],
    [t("contact"), [sent?.contact?.name, sent?.contact?.phone].filter(Boolean).join(" ")],
  ];
  return h("section", { class: "reviews-part reviews-said", "aria-labelledby": "part-said" },
    h("h3", { id: "part-said" }, t("said")),
    report.note ? h("blockquote", {}, report.note) : null,
    h("dl", {}, facts.filter(([, said]) => said).map(([name, said]) => [h("dt", {}, name), h("dd", {}, said)])));
}

const channel = (code) => config.words["channel_" + code] ?? code;

function placeWords(report) {
  const at = report.chainage ? report.chainage + (report.side ? t("side_" + report.side) : "") : "";
  const off = report.offset_m === null ? "" : t("offset", { m: metres(report.offset_m) });
  return [named(report, "place"), at, off, report.placement ? t("placement_" + report.placement) : ""].filter(Boolean).join(" · ");
}

const CARRIAGEWAYS = { left: "carriageway_left", right: "carriageway_right", both: "carriageway_both" };

const extentWords = (extent) => (extent ? `${extent.from}–${extent.to} · ${t(CARRIAGEWAYS[extent.carriageway])}` : "");

function positionWords(report, sent) {
  if (report.lon === null) return "";
  const source = sent?.position?.source;
  return [`${report.lon.toFixed(6)}, ${report.lat.toFixed(6)}`, datum(report.datum), report.position_accuracy_m === null ? t("accuracy_none") : "±" + metres(report.position_accuracy_m), source ? t("source_" + source) : ""].filter(Boolean).join(" · ");
}

export function showFlags({ report }) {
  if (!report.flags.length) return null;
  return h("section", { class: "reviews-part reviews-odd", "aria-labelledby": "part-odd" },
    h("h3", { id: "part-odd" }, t("odd")),
    h("ul", {}, report.flags.map((flag) => h("li", {}, h("b", {}, t("flag_" + flag)), h("span", {}, t("why_" + flag, { datum: reading(report.suspected_datum), said: datum(report.datum) }))))));
}

export function showDecisions({ reviews }, fresh) {
  if (!reviews.length) return null;
  return h("section", { class: "reviews-part reviews-past-part", "aria-labelledby": "part-past" },
    h("h3", { id: "part-past" }, t("past")),
    h("ol", { class: "reviews-past" }, reviews.map((each) => h("li", { class: each.number > fresh ? "reviews-past--new" : null },
      h("p", {}, chip(each.from), " → ", chip(each.to), h("span", { class: "erqi-quiet erqi-number" }, " " + time(each.decided_at) + " · " + (each.by ?? each.decided_by))),
      h("blockquote", {}, each.reason),
      applied(each.applied)))));
}

function applied(changed) {
  const names = Object.keys(changed).filter((name) => !["position", "place"].includes(name));
  return names.length ? h("p", { class: "erqi-quiet" }, names.map((name) => `${fieldName(name)} ${value(name, changed[name].before)} → ${value(name, changed[name].after)}`).join(t("semicolon"))) : null;
}
