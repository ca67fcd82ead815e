/* What a new link or token opens: who for, which unit or checkpoint, what may be reported, for how many days. */
import { h } from "../field/dom.js";
import { config, t, term } from "../shared/words.js";

const DAYS = [1, 7, 30, config.usualDays];

export function showForm(section, state, act) {
  const { wish, lists, me } = state;
  const set = (name) => (event) => { wish[name] = event.target.value; };
  const roles = Object.keys(config.roles).filter((role) => me.role === "admin" || ["viewer", "field"].includes(role));
  section.replaceChildren(h("h2", {}, t("new")), h("p", { class: "erqi-quiet" }, t("new_about")),
    h("form", { class: "tokens-form", onsubmit: (event) => { event.preventDefault(); act.make("links"); } },
      field("label", h("input", { maxlength: 100, required: true, value: wish.label, placeholder: t("label_hint"), oninput: set("label") })),
      field("role", pick(roles.map((role) => [role, config.roles[role]]), wish.role, (event) => { wish.role = event.target.value; act.redraw(); })),
      field("unit", pick([...(me.unit ? [] : [["", t("any_unit")]]), ...lists.units.filter(([id]) => !me.unit || id === me.unit)], wish.unit, set("unit"))),
      field("checkpoint", pick([["", t("any_checkpoint")], ...lists.checkpoints], wish.checkpoint, set("checkpoint"))),
      field("days", pick(DAYS.map((n) => [String(n), t("days_n", { n })]), String(wish.days), (event) => { wish.days = Number(event.target.value); })),
      wish.role === "viewer" ? null : kinds("kinds", wish, act),
      wish.role === "viewer" ? null : kinds("trusted", wish, act),
      h("div", { class: "tokens-do" },
        h("button", { type: "submit", class: "tokens-main" }, t("make_link")),
        h("button", { type: "button", class: "erqi-button", onclick: (event) => { if (event.target.form.reportValidity()) act.make("tokens"); } }, t("make_token")))),
    state.made ? made(state.made, act) : "");
}

const field = (name, control) => h("label", { class: "tokens-field" }, h("span", {}, t("ask_" + name)), control);

function pick(options, chosen, change) {
  return h("select", { onchange: change }, options.map(([code, label]) => {
    const option = h("option", { value: code }, label);
    option.selected = code === chosen;
    return option;
  }));
}

/* Kinds of report: all of them unless some are chosen; none is trusted unless it is chosen. */
function kinds(name, wish, act) {
  const offered = name === "trusted" && wish.kinds.length ? wish.kinds : config.kinds;
  return h("fieldset", { class: "tokens-kinds" }, h("legend", {}, t("ask_" + name)),
    offered.map((kind) => h("label", {}, h("input", {
      type: "checkbox", checked: wish[name].includes(kind),
      onchange: (event) => {
        wish[name] = event.target.checked ? [...wish[name], kind] : wish[name].filter((each) => each !== kind);
        wish.trusted = wish.kinds.length ? wish.trusted.filter((each) => wish.kinds.includes(each)) : wish.trusted;
        act.redraw();
      } }), term("report_kind", kind))));
}

/* The wish as the service reads it: what is left open is left out. */
export function bodyOf(wish) {
  const said = { role: wish.role, label: wish.label.trim(), unit: wish.unit, checkpoint: wish.checkpoint, days: wish.days };
  const lists = wish.role === "viewer" ? {} : { kinds: wish.kinds, trusted: wish.trusted };
  return Object.fromEntries(Object.entries({ ...said, ...lists }).filter(([, value]) => value && value.length !== 0));
}

/* What was made, shown this once; the link's code stands in no list and comes back from nowhere. */
function made({ url, token, qr_svg: picture, label }, act) {
  const secret = url ?? token;
  return h("div", { class: "tokens-made", tabindex: -1, id: "tokens-made" },
    h("h3", {}, t(url ? "made_link" : "made_token", { label })),
    picture ? h("img", { src: "data:image/svg+xml," + encodeURIComponent(picture), alt: t("qr"), width: 220, height: 220 }) : null,
    h("p", {}, t(url ? "made_link_about" : "made_token_about")),
    h("p", {}, h("code", { id: "tokens-secret" }, secret)),
    h("p", { class: "tokens-do" },
      h("button", { type: "button", class: "erqi-button", onclick: (event) => act.copy(secret, event.target) }, t("copy")),
      h("button", { type: "button", class: "erqi-button", onclick: () => print() }, t("print")),
      h("button", { type: "button", class: "erqi-link", onclick: act.put }, t("put_away"))));
}
