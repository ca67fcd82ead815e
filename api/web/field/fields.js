/* The fields of a form, one function each: it draws the field and says what was entered. */
import { h } from "./dom.js";
import { extentField } from "./extent.js";
import { byId, features, nearest, pointOf } from "./layers.js";
import { segmented } from "./parts.js";
import { config, lang, named, t } from "./words.js";

const INSPECTIONS = ["supplies_state", "hazard_survey_state", "drill_state"];
const DATUMS = ["gauge_zero", "1985国家高程基准", "1956黄海高程"];
const STEPS = [0, 25, 50, 75, 100];

const options = (scheme, without = []) => (config.terms[scheme] ?? []).filter(({ code }) => !without.includes(code))
  .map(({ code, colour, ...labels }) => ({ code, colour, label: labels[lang] }));

/* A list to choose from; the first entry is no choice. */
function select(id, label, list, chosen, choose) {
  return h("div", { class: "field-row" }, h("label", { for: id }, label),
    h("select", { id, onchange: (event) => choose(event.target.value || null) },
      h("option", { value: "" }, t("choose")),
      list.map(([value, words]) => h("option", { value, selected: value === chosen }, words))));
}

export const FIELDS = {
  task(given) {
    const { report, say, place } = given;
    const chosenTask = (values) => { say(values); given.taskChosen?.(); };
    const tasks = features("tasks");
    const homeOf = ({ properties: p }) => (p.segment_id ? "segments/" + p.segment_id : p.site_id ? "sites/" + p.site_id : p.checkpoint_id ? "checkpoints/" + p.checkpoint_id : "");
    const homes = [...new Set(tasks.map(homeOf))];
    const featureOf = (key) => byId(...key.split("/"));
    const near = nearest(homes.map(featureOf).filter(Boolean), place);
    const chosen = byId("tasks", report.said.task_id);
    const second = h("div");
    const show = (home) => second.replaceChildren(select("field-task", t("task"),
      tasks.filter((task) => homeOf(task) === home).map((task) => [task.id, String(task.properties["stage_" + lang] || named(task))]), report.said.task_id,
      (id) => chosenTask({ task_id: id, base_version: byId("tasks", id)?.properties.version })));
    const keyOf = (feature) => homes.find((key) => featureOf(key) === feature);
    const first = select("field-home", t("task_place"), near.map((feature) => [keyOf(feature), named(feature)]), chosen && homeOf(chosen),
      (home) => { chosenTask({ task_id: null, base_version: null }); show(home); });
    show(chosen && homeOf(chosen));
    return h("div", {}, tasks.length ? null : h("p", { class: "field-hint" }, t("no_layers")), first, second);
  },

  extent: extentField,

  progress({ report, say }) {
    const value = report.said.progress_percent;
    const number = h("input", { id: "field-progress", type: "number", inputmode: "numeric", min: 0, max: 100, step: 1, value: value ?? "" });
    const put = (percent) => say({ progress_percent: percent });
    number.addEventListener("input", () => put(number.value === "" ? null : Math.min(100, Math.max(0, Number(number.value)))));
    return h("div", { class: "field-row" }, h("label", { for: "field-progress" }, t("progress")),
      h("div", { class: "field-unit" }, number, h("span", {}, "%")),
      h("div", { class: "field-steps" }, STEPS.map((step) => h("button", { type: "button", "aria-label": step + " %", onclick: () => { number.value = step; put(step); } }, String(step)))));
  },

  blocked({ report, say }) {
    const reason = h("div", { class: "field-row", hidden: !report.said.blocked_reason }, h("label", { for: "field-blocked" }, t("blocked_reason")),
      h("input", { id: "field-blocked", value: report.said.blocked_reason ?? "", maxlength: 1000, oninput: (event) => say({ blocked_reason: event.target.value }) }));
    const choose = (is) => {
      reason.hidden = is !== "yes";
      if (is === "no") { reason.querySelector("input").value = ""; say({ blocked_reason: null }); }
    };
    return h("div", {}, segmented("blocked", t("blocked"), [{ code: "no", label: t("no") }, { code: "yes", label: t("yes") }], report.said.blocked_reason ? "yes" : "no", choose), reason);
  },

  checkpoint({ report, say, place }) {
    const list = nearest(features("checkpoints"), place);
    return h("div", {}, list.length ? null : h("p", { class: "field-hint" }, t("no_layers")),
      segmented("checkpoint", t("checkpoint"), list.map((each) => ({ code: each.id, label: named(each) })), report.said.checkpoint_id,
        (id) => say({ checkpoint_id: id, base_version: report.kind === "checkpoint_inspection" ? byId("checkpoints", id)?.properties.version : null })));
  },

  checkpoint_state: ({ report, say }) => segmented("checkpoint_state", t("checkpoint_state"), options("checkpoint_state", ["unconfirmed"]), report.said.checkpoint_state, (code) => say({ checkpoint_state: code })),

  inspections: ({ report, say }) => h("div", {}, INSPECTIONS.map((name) =>
    segmented(name, t(name), options("inspection_state").reverse(), report.said[name], (code) => say({ [name]: code })))),

  level({ report, say }) {
    return h("div", {},
      h("div", { class: "field-row" }, h("label", { for: "field-level" }, t("water_level")),
        h("div", { class: "field-unit" }, h("input", { id: "field-level", type: "number", inputmode: "decimal", step: "0.01", value: report.said.water_level_m ?? "", oninput: (event) => say({ water_level_m: event.target.value === "" ? null : Number(event.target.value) }) }), h("span", {}, "m"))),
      segmented("datum", t("vertical_datum"), DATUMS.map((code) => ({ code, label: code === "gauge_zero" ? t("gauge_zero") : code })), report.said.vertical_datum, (code) => say({ vertical_datum: code })));
  },

  hazard_kind: ({ report, say }) => segmented("hazard_kind", t("hazard_kind"), options("hazard_kind"), report.said.hazard_kind, (code) => say({ hazard_kind: code })),

  fixed_place({ report, say, place }) {
    const names = { checkpoints: "checkpoint_id", sites: "site_id", segments: "segment_id" };
    const list = Object.keys(names).flatMap((layer) => nearest(features(layer), place).map((feature) => [layer + "/" + feature.id, named(feature) + (pointOf(feature) ? "" : t("unlocated"))]));
    const chosen = Object.entries(names).map(([layer, name]) => report.said[name] && layer + "/" + report.said[name]).find(Boolean);
    return select("field-fixed", t("fixed_place"), list, chosen, (key) => {
      const none = Object.fromEntries(Object.values(names).map((name) => [name, null]));
      const [layer, id] = (key ?? "/").split("/");
      say({ ...none, ...(key ? { [names[layer]]: id } : {}) });
    });
  },
};
