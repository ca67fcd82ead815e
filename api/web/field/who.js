/* Who this phone sends as: a link or a pasted token, what the service says of it, and what the phone keeps. */
import { ask, InTheWay, problemOf, Unreachable } from "./api.js";
import { button, h, link, redraw } from "./dom.js";
import { byId, readAt } from "./layers.js";
import { reports, set, setting } from "./store.js";
import { config, lang, named, otherLang, t, term, time } from "./words.js";

const SHAPE = /^erqi_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/;

/* Take a token if the service knows it; answers words on what went wrong, or null. */
export async function enter(token) {
  if (!SHAPE.test(token)) return t("token_shape");
  return tried(async () => {
    const answer = await ask("GET", "api/v1/me", { token });
    if (answer.status !== 200) return problemOf(answer)[lang] || t("token_failed");
    await set("me", answer.json);
    await set("token", token);
    await set("condition", { kind: "ok", at: Date.now() });
    await set("line", { tries: 0, next_at: 0 });
    return null;
  });
}

/* Change the code of a one-time link for a token. */
export const join = (code) => tried(async () => {
  const answer = await ask("POST", "api/v1/links/" + encodeURIComponent(code));
  if (answer.status !== 200 && answer.status !== 201) return problemOf(answer)[lang] || t("token_failed");
  return enter(answer.json.token);
});

async function tried(run) {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InTheWay) return t("notice_portal");
    if (error instanceof Unreachable) return t("token_offline");
    throw error;
  }
}

export async function showWho(main, bar, { me, message = "" }) {
  const kept = await navigator.storage?.estimate?.() ?? {};
  const held = (await reports()).filter((report) => report.state !== "sent").length;
  const input = h("input", { id: "field-token", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "data-key": "token" });
  const said = h("p", { class: "field-complaint", role: "alert" }, message);
  redraw(main, h("section", { class: "field-section" }, h("h2", {}, t("who")), me ? identity(me) : h("p", { class: "field-empty" }, t("who_none"))),
    h("section", { class: "field-section" }, h("h2", {}, t(me ? "token_other" : "token_enter")), h("p", { class: "field-hint" }, t("token_about")),
      h("div", { class: "field-row" }, h("label", { for: "field-token" }, t("token")), input), said),
    h("section", { class: "field-section" }, h("h2", {}, t("phone")),
      h("dl", { class: "field-facts" },
        h("dt", {}, t("unsent_n")), h("dd", {}, String(held)),
        h("dt", {}, t("storage")), h("dd", {}, kept.quota ? t("storage_of", { used: (kept.usage / 1e6).toFixed(1), all: (kept.quota / 1e6).toFixed(0) }) : "—"),
        h("dt", {}, t("layers_at")), h("dd", {}, readAt() ? time(readAt()) : t("layers_none"))),
      link("?lang=" + otherLang, t("other_language"), { class: "field-button", lang: otherLang === "zh" ? "zh-CN" : "en" })));
  redraw(bar, button(t("token_use"), async () => {
    said.textContent = t("token_asking");
    const wrong = await enter(input.value.trim());
    if (wrong === null) await showWho(main, bar, { me: await setting("me") });
    else said.textContent = wrong;
  }, { class: "field-button--main", "data-key": "token-use" }));
}

const identity = (me) => h("dl", { class: "field-facts" },
  h("dt", {}, t("me_label")), h("dd", {}, String(me.label || me.id || "")),
  h("dt", {}, t("me_role")), h("dd", {}, config.words["role_" + me.role] ? t("role_" + me.role) : String(me.role)),
  me.unit ? [h("dt", {}, t("me_unit")), h("dd", {}, named(byId("units", me.unit)) || String(me.unit))] : null,
  me.kinds ? [h("dt", {}, t("me_kinds")), h("dd", {}, me.kinds.map((kind) => term("report_kind", kind)).join(t("comma")))] : null,
  me.expires_at ? [h("dt", {}, t("me_expires")), h("dd", {}, time(me.expires_at))] : null);
