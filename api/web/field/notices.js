/* What the page has to say about the network, the token, the phone's storage and its clock; the gravest first. */
import { h, link } from "./dom.js";
import { setting } from "./store.js";
import { t } from "./words.js";

const TOKEN_TROUBLE = ["token-missing", "token-unknown", "token-expired", "token-revoked"];

const notice = (kind, words, more = null) => h("p", { class: "field-notice field-notice--" + kind, "data-notice": kind }, h("span", {}, words), more);

export async function notices() {
  const condition = (await setting("condition"))?.kind ?? "ok";
  const skew = await setting("skew");
  const toToken = (key) => link("#/who", t(key), { "data-key": "to-token" });
  const found = [];
  if (!self.isSecureContext) found.push(notice("alert", t("notice_insecure")));
  if (await setting("full")) found.push(notice("alert", t("notice_full"), link("#/queue", t("to_queue"), { "data-key": "to-queue" })));
  if (!(await setting("token"))) found.push(notice("attention", t("notice_no_token"), toToken("token_enter")));
  else if (TOKEN_TROUBLE.includes(condition)) found.push(notice("alert", t("notice_" + condition), toToken("token_new")));
  if (!navigator.onLine) found.push(notice("offline", t("notice_offline")));
  else if (condition === "portal") found.push(notice("attention", t("notice_portal")));
  else if (condition === "unreachable") found.push(notice("offline", t("notice_unreachable")));
  else if (condition === "busy") found.push(notice("offline", t("notice_busy")));
  if (skew) found.push(notice("attention", t(skew > 0 ? "notice_slow" : "notice_fast", { n: Math.round(Math.abs(skew) / 60) })));
  return found;
}
