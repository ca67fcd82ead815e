/* The list of what waits, the oldest first: what each is, how long it waits, what is odd about it, whether it is marked. */
import { h, redraw } from "../field/dom.js";
import { bulkBar } from "./bulk.js";
import { showFilters } from "./filters.js";
import { colourOf, named, since, t, term } from "../shared/words.js";

export function showQueue(section, state, act) {
  redraw(section,
    head(state, act),
    showFilters(state.figures, act.filter),
    bulkBar(state, act),
    state.failed ? h("p", { class: "reviews-failed", role: "alert" }, state.failed) : null,
    list(state, act),
    more(state, act));
}

function head(state) {
  const { matched, oldest } = state;
  return h("div", { class: "reviews-queue__head" },
    h("h2", {}, t("queue"), h("b", { class: "erqi-number", id: "reviews-matched" }, matched ?? "…")),
    oldest ? h("p", { class: "erqi-quiet" }, t("oldest", { time: since(oldest) })) : null);
}

function list(state, act) {
  if (state.reports === null) return h("p", { class: "erqi-quiet", role: "status" }, t("loading"));
  if (!state.reports.length) return h("p", { class: "reviews-none" }, t("queue_none"));
  return h("ol", { class: "reviews-list" }, state.reports.map((report) => entry(report, state, act)));
}

function entry(report, state, act) {
  const open = report.id === state.open;
  const told = state.verdicts.get(report.id);
  const id = "entry-" + report.id;
  return h("li", { class: "reviews-entry" + (open ? " reviews-entry--open" : ""), "data-id": report.id },
    h("label", { class: "reviews-mark" },
      h("input", { type: "checkbox", checked: state.marked.has(report.id), "aria-labelledby": id, "data-key": "mark " + report.id, onchange: () => act.mark(report.id) })),
    h("a", { href: "?" + address(report.id), id, "data-key": "open " + report.id, "aria-current": open ? "true" : null, onclick: (event) => { if (plain(event)) { event.preventDefault(); act.open(report.id); } } },
      h("span", { class: "reviews-entry__head" },
        h("b", {}, term("report_kind", report.kind)),
        report.status === "received" ? null : chip(report.status),
        h("span", { class: "reviews-entry__age erqi-number" }, since(report.received_at))),
      h("span", { class: "reviews-entry__note" }, report.note || named(report, "task") || t("no_words")),
      h("span", { class: "reviews-entry__place" }, [named(report, "place"), named(report, "unit"), report.photos ? t("photos_n", { n: report.photos }) : ""].filter(Boolean).join(" · ")),
      report.flags.length ? h("span", { class: "reviews-flags" }, report.flags.map((flag) => h("i", { class: "reviews-flag" }, t("flag_" + flag)))) : null,
      told ? h("span", { class: "reviews-entry__verdict" }, told) : null));
}

export function chip(status) {
  return h("span", { class: "reviews-chip" }, h("i", { class: "swatch swatch-" + (colourOf("report_status", status) || "neutral") }), term("report_status", status));
}

function address(id) {
  const found = new URLSearchParams(location.search);
  found.set("report", id);
  return found;
}

const plain = (event) => !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);

function more(state, act) {
  if (!state.next || !state.reports?.length) return null;
  return h("button", { type: "button", class: "erqi-button reviews-more", "data-key": "more", onclick: act.more },
    t("more", { n: state.reports.length, all: state.matched }));
}
