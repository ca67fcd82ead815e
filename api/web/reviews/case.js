/* The entry of the ledger that an accepted problem opens, and a hazard may open. */
import { h } from "../field/dom.js";
import { read } from "../shared/api.js";
import { codes, config, t, term } from "../shared/words.js";

const DAYS = 14;
let lists = null; // programmes and units: asked for once

export async function load() {
  if (lists) return lists;
  const [programmes, units] = await Promise.all(["programmes", "units"].map((name) => read(`/ogc/collections/${name}/items`, { limit: 1000, f: "json" })));
  const named = ({ features }) => features.map(({ id, properties: p }) => [id, (config.lang === "en" ? p.name_en || p.name_zh : p.name_zh) ?? id]);
  lists = { programmes: named(programmes), units: named(units) };
  return lists;
}

/* What a reviewer would write most often, to be changed: the flood season for hazards, a fortnight, the sender's unit. */
export function firstCase({ report }, known) {
  const hazard = report.kind === "hazard";
  const programme = known.programmes.find(([id]) => hazard === /flood/.test(id)) ?? known.programmes[0];
  const due = new Date(Date.now() + DAYS * 86_400_000);
  return {
    programme_id: programme?.[0] ?? "", category: hazard ? "hazard" : "", title: (report.note ?? "").trim().slice(0, 80),
    due_on: due.toISOString().slice(0, 10), territorial_unit_id: report.unit_id ?? "", sector_unit_id: "",
  };
}

export function showCase(desk, draft, act, known) {
  const { report } = desk;
  if (!["problem", "hazard"].includes(report.kind) || report.case_id !== null || !desk.may_become.includes("accepted")) return null;
  const optional = report.kind === "hazard";
  const opens = !optional || draft.opens;
  return h("section", { class: "reviews-part", "aria-labelledby": "part-case" },
    h("h3", { id: "part-case" }, t("case")),
    optional ? h("label", { class: "reviews-choice" }, h("input", { type: "checkbox", checked: draft.opens, "data-key": "opens", onchange: (event) => act.opens(event.target.checked) }), t("case_opens")) : null,
    opens ? h("div", { class: "reviews-case" }, form(draft, act, known, report)) : null);
}

function form(draft, act, known, report) {
  const set = (name) => (event) => act.say({ case: { ...draft.case, [name]: event.target.value } });
  const pick = (name, options, none) => h("label", { class: "reviews-field" }, h("span", {}, t("case_" + name)),
    h("select", { "data-key": "case " + name, onchange: set(name) }, [["", none], ...options].map(([id, label]) => { const option = h("option", { value: id }, label); option.selected = (draft.case[name] ?? "") === id; return option; })));
  const categories = codes("case_category").filter((code) => report.kind === "hazard" || code !== "hazard");
  return [
    pick("programme_id", known.programmes, t("choose")),
    pick("category", categories.map((code) => [code, term("case_category", code)]), t("choose")),
    h("label", { class: "reviews-field reviews-field--wide" }, h("span", {}, t("case_title")), h("input", { value: draft.case.title ?? "", maxlength: 200, "data-key": "case title", oninput: set("title") })),
    pick("territorial_unit_id", known.units, t("nobody")),
    pick("sector_unit_id", known.units, t("nobody")),
    h("label", { class: "reviews-field" }, h("span", {}, t("case_due_on")), h("input", { type: "date", value: draft.case.due_on ?? "", "data-key": "case due", onchange: set("due_on") })),
  ];
}
