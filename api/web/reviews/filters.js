/* What of the queue is shown, as it stands in the address. */
import { h } from "../field/dom.js";
import { config, named, t, term } from "../shared/words.js";

const NAMES = ["status", "kind", "unit", "flag", "q"];
const PAUSE_MS = 350;

export function wanted() {
  const address = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, address.get(name) ?? ""]));
}

/* Put filters and the open report into the address; the way back leads to what was looked at before. */
export function goTo(changes, { replace = false } = {}) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  if (address.href !== location.href) history[replace ? "replaceState" : "pushState"](null, "", address);
  turn();
}

/* Let the link to the other language and the login lead to where one is. */
function turn() {
  const link = document.querySelector(".erqi-header__facts a[hreflang]");
  const address = new URLSearchParams(location.search);
  address.set("lang", config.lang === "zh" ? "en" : "zh");
  if (link) link.href = "?" + address;
}

export function showFilters(figures, change) {
  const now = wanted();
  const pick = (name, options, none) => h("label", { class: "reviews-filter" }, h("span", {}, t("filter_" + name)),
    h("select", { "data-key": "filter " + name, onchange: (event) => change({ [name]: event.target.value }) },
      h("option", { value: "" }, none),
      options.map(([code, label, count]) => {
        const option = h("option", { value: code }, count === undefined ? label : label + " " + count);
        option.selected = code === now[name];
        return option;
      })));
  const counted = (facet, label) => (figures?.[facet] ?? []).map((each) => [each.code, label(each), each.reports]);
  const count = (codes) => (figures?.status ?? []).filter((each) => codes.includes(each.code)).reduce((sum, each) => sum + each.reports, 0);
  const statuses = config.statuses.map((code) => [code, term("report_status", code), count([code])]);
  return h("div", { class: "reviews-filters", role: "search" },
    words(now.q, change),
    pick("status", statuses, t("status_waiting") + " " + count(["received", "triaged"])),
    pick("kind", counted("kind", (each) => term("report_kind", each.code)), t("all")),
    pick("unit", counted("unit", (each) => (each.code === "none" ? t("unit_none") : named(each, "name"))), t("all")),
    pick("flag", counted("flag", (each) => t("flag_" + each.code)).sort((a, b) => b[2] - a[2]), t("all")),
    NAMES.some((name) => now[name]) ? h("button", { type: "button", class: "erqi-link", onclick: () => change(Object.fromEntries(NAMES.map((name) => [name, ""]))) }, t("clear")) : null);
}

function words(value, change) {
  let pending = 0;
  const ask = (event) => {
    clearTimeout(pending);
    const said = event.target.value.trim();
    pending = setTimeout(() => change({ q: said }), event.type === "change" ? 0 : PAUSE_MS);
  };
  return h("label", { class: "reviews-filter reviews-filter--words" }, h("span", {}, t("filter_q")),
    h("input", { type: "search", value, maxlength: 100, "data-key": "filter q", placeholder: t("filter_q_hint"), oninput: ask }));
}
