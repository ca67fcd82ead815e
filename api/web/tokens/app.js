/* The page on which tokens and one-time links are handed out and taken back. */
import { h } from "../field/dom.js";
import { me, read, Refused, remove, SessionOver, Unreachable, write } from "../shared/api.js";
import { config, t } from "../shared/words.js";
import { bodyOf, showForm } from "./form.js";
import { showList } from "./list.js";

const [notice, newSection, listSection] = ["notice", "new", "list"].map((name) => document.getElementById("tokens-" + name));
const state = {
  me: null, lists: null, tokens: [], next: null, made: null, asked: null,
  wish: { label: "", role: "field", unit: "", checkpoint: "", days: 7, kinds: [], trusted: [] },
};

const drawForm = () => showForm(newSection, state, acts);
const drawList = () => showList(listSection, state, acts);

const acts = {
  redraw: drawForm,
  make: (what) => tell(() => make(what)),
  put: () => { state.made = null; drawForm(); },
  copy: async (text, button) => { await navigator.clipboard?.writeText(text); button.textContent = t("copied"); },
  ask: (id) => { state.asked = id; drawList(); document.getElementById("tokens-sure")?.focus(); },
  revoke: (id) => tell(async () => { await remove("/api/v1/tokens/" + encodeURIComponent(id)); state.asked = null; await reload(); }),
  more: () => tell(async () => { await page(state.next); drawList(); }),
};

async function make(what) {
  const found = await write("/api/v1/" + what, bodyOf(state.wish));
  state.made = { ...found, label: state.wish.label };
  state.wish.label = "";
  drawForm();
  document.getElementById("tokens-made").focus();
  await reload();
}

async function page(after) {
  const found = await read("/api/v1/tokens", { after, limit: 50 });
  state.tokens.push(...found.tokens);
  state.next = found.next ?? null;
}

async function reload() {
  state.tokens = [];
  await page(null);
  drawList();
}

const named = ({ features }) => features.map(({ id, properties: p }) => [id, (config.lang === "en" ? p.name_en || p.name_zh : p.name_zh) ?? id]);

async function start() {
  state.me = await me();
  const [units, checkpoints] = await Promise.all(["units", "checkpoints"].map((name) => read(`/ogc/collections/${name}/items`, { limit: 1000, f: "json" })));
  state.lists = { units: named(units), checkpoints: named(checkpoints) };
  state.wish.unit = state.me.unit ?? "";
  drawForm();
  await reload();
  document.documentElement.dataset.tokensReady = "";
}

/* What goes wrong is said; what was filled in stays. */
async function tell(work) {
  try {
    await work();
    notice.replaceChildren();
  } catch (error) {
    if (error instanceof SessionOver) notice.replaceChildren(h("p", { class: "erqi-banner" }, t("session_over"), h("a", { class: "erqi-button", href: `${config.base}/login?` + new URLSearchParams({ lang: config.lang, next: "/tokens" }) }, t("log_in"))));
    else if (error instanceof Refused || error instanceof Unreachable) notice.replaceChildren(h("p", { class: "erqi-banner" }, error instanceof Refused ? error.message : t("unreachable")));
    else throw error;
  }
}

tell(start);
