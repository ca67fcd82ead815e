/* The tokens and links that one looks after, the newest first: what each opens, how it stands, and taking it back. */
import { h } from "../field/dom.js";
import { config, t, term, time } from "../shared/words.js";

const USED = "link:"; // geo/access/statements.py

export function showList(section, state, act) {
  section.replaceChildren(h("h2", {}, t("list")),
    state.tokens.length ? h("div", { class: "front-wide", tabindex: 0, role: "region", "aria-label": t("list") }, h("table", { class: "front-figures tokens-table" },
      h("thead", {}, h("tr", {}, ["label", "opens", "until", "state"].map((name) => h("th", { scope: "col" }, t("head_" + name))), h("td", {}))),
      h("tbody", {}, state.tokens.map((each) => row(each, state, act))))) : h("p", { class: "front-note" }, t("none")),
    state.next ? h("button", { type: "button", class: "erqi-button", onclick: act.more }, t("more")) : "");
}

function row(each, state, act) {
  const stands = standing(each);
  const own = each.id === state.me.id;
  return h("tr", { "data-id": each.id, class: stands === "counts" || stands === "waits" ? null : "tokens-over" },
    h("th", { scope: "row" }, each.label || t("no_label"), h("small", {}, [t("kind_" + each.kind), each.id.slice(0, 6), own ? t("own") : ""].filter(Boolean).join(" · "))),
    h("td", {}, opens(each, state)),
    h("td", { class: "erqi-number" }, time(each.expires_at)),
    h("td", {}, t("state_" + stands)),
    h("td", {}, stands === "counts" || stands === "waits" ? taking(each, state, act, own) : ""));
}

export function standing(each) {
  if (each.revoked_at) return each.kind === "link" && each.revoked_by?.startsWith(USED) ? "used" : "revoked";
  if (Date.parse(each.expires_at) < Date.now()) return "expired";
  return each.kind === "link" ? "waits" : "counts";
}

function opens(each, { lists }) {
  const name = (list, id) => lists[list].find(([known]) => known === id)?.[1] ?? id;
  const kinds = each.kinds?.map((kind) => term("report_kind", kind)).join("、");
  const trusted = each.trusted.length ? t("trusted_of", { kinds: each.trusted.map((kind) => term("report_kind", kind)).join("、") }) : "";
  return [config.roles[each.role], each.unit ? name("units", each.unit) : t("any_unit"), each.checkpoint ? name("checkpoints", each.checkpoint) : "", kinds, trusted].filter(Boolean).join(" · ");
}

/* Taking back takes two presses: the phone that holds it stops at once. */
function taking(each, state, act, own) {
  if (state.asked !== each.id) return h("button", { type: "button", class: "erqi-button", onclick: () => act.ask(each.id) }, t("revoke"));
  return h("span", { class: "tokens-sure" }, h("button", { type: "button", class: "erqi-button tokens-alert", id: "tokens-sure", onclick: () => act.revoke(each.id) }, t(own ? "revoke_own" : "revoke_sure")),
    h("button", { type: "button", class: "erqi-link", onclick: () => act.ask(null) }, t("leave")));
}
