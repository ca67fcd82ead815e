/* The page: which view is shown, what is said above it, and when sending is tried. */
import { h, icon, link, redraw } from "./dom.js";
import { showForm } from "./form.js";
import { showHome } from "./home.js";
import { load, refresh } from "./layers.js";
import { notices } from "./notices.js";
import { showPin } from "./pin.js";
import { showQueue } from "./queue.js";
import { sendAll, UNSENT } from "./sender.js";
import { readAnswers, showSent } from "./sent.js";
import { bringBack, onChange, reports, set, setting } from "./store.js";
import { join, showWho } from "./who.js";
import { config, lang, otherLang, t, term } from "./words.js";

const TICK_MS = 5_000;
const ANSWERS_MS = 60_000;
const [main, bar, tabs, above, live] = ["main", "field-bar", "field-tabs", "field-above", "field-live"].map((id) => document.getElementById(id));
let leave = () => null;
let joining = ""; // what went wrong with a link

const announce = (words) => { live.textContent = words; };

async function show() {
  leave();
  leave = () => null;
  const [, name = "", id = ""] = location.hash.match(/^#\/(\w*)\/?([\w-]*)/) ?? [];
  const me = await setting("me");
  document.body.classList.toggle("field-inner", name === "report" || name === "pin");
  document.body.classList.toggle("field-pinning", name === "pin");
  if (name === "report") leave = await showForm(main, bar, id, { announce, queued });
  else if (name === "pin") leave = await showPin(main, bar, id);
  else if (name === "queue") await showQueue(main, bar);
  else if (name === "sent") await showSent(main, bar);
  else if (name === "who") await showWho(main, bar, { me, message: joining });
  else await showHome(main, bar, { me });
  joining = "";
  await around(name);
}

/* Views that only list are drawn again when something changes; a form or map keeps what is being done in it. */
async function again() {
  const name = location.hash.split("/")[1] ?? "";
  if (name === "queue") await showQueue(main, bar);
  else if (name === "sent") await showSent(main, bar);
  else if (name === "") await showHome(main, bar, { me: await setting("me") });
  await around(name);
}

/* Notices above the view and the tabs below it. */
async function around(name) {
  const all = await reports();
  const answers = (await setting("answers")) ?? {};
  const counts = {
    "": all.filter((report) => report.state === "draft").length,
    queue: all.filter((report) => UNSENT.includes(report.state) || report.state === "refused").length,
    sent: all.filter((report) => report.state === "sent" && answers[report.id]?.status === "needs_information").length,
  };
  redraw(above, ...(await notices()));
  redraw(tabs, ...[["", "home"], ["queue", "queue"], ["sent", "sent"]].map(([path, key]) =>
    link("#/" + path, [icon(key), h("span", {}, t("tab_" + key)), counts[path] ? h("b", { class: "field-count" }, counts[path]) : null],
      { "aria-current": name === path ? "page" : null, "data-key": "tab " + key })));
}

/* Say aloud what has become of a report. */
const seen = new Map();
async function listen() {
  for (const report of await reports()) {
    const before = seen.get(report.id);
    if (before && before !== report.state && report.state !== "draft") announce(term("report_kind", report.kind) + t("colon") + t("state_" + report.state));
    seen.set(report.id, report.state);
  }
}

async function queued() {
  location.hash = "#/queue";
  navigator.storage?.persist?.();
  nudge();
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.sync?.register("erqi-send").catch(() => null); // not every browser sends in the background
}

/* Try at once: the network has come back, or somebody looks at the page. */
async function nudge() {
  if (!navigator.onLine) return;
  const line = await setting("line");
  if (line?.next_at > Date.now()) await set("line", { ...line, next_at: 0 });
  await sendAll();
}

let answersAt = 0;
async function tick() {
  if (!navigator.onLine) return;
  await sendAll();
  if (document.visibilityState === "visible" && Date.now() - answersAt > ANSWERS_MS) {
    answersAt = Date.now();
    await readAnswers();
    await refresh();
  }
}

async function joinByLink() {
  const code = new URLSearchParams(location.hash.slice(1)).get("join");
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.search + "#/who"); // the code is good once
  announce(t("token_asking"));
  joining = (await join(code)) ?? "";
}

function frame() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = t("title") + " · " + config.district[lang];
  document.getElementById("field-title").textContent = t("title");
  document.getElementById("field-district").textContent = config.district[lang];
  tabs.setAttribute("aria-label", t("tabs"));
  document.querySelector(".skip-link").textContent = t("skip");
  document.getElementById("field-head").append(
    config.demonstration ? h("strong", { class: "erqi-badge" }, t("demonstration")) : "",
    link("?lang=" + otherLang, t("other_language"), { class: "field-head__link", lang: otherLang === "zh" ? "zh-CN" : "en" }),
    link("#/who", [icon("person")], { class: "field-head__link", "aria-label": t("who") }));
}

async function start() {
  frame();
  if (navigator.serviceWorker) registerWorker();
  await bringBack();
  await load();
  await joinByLink();
  await listen();
  await show();
  document.documentElement.dataset.fieldReady = "";
  addEventListener("hashchange", async () => { if (location.hash.startsWith("#join=")) await joinByLink(); await show(); main.focus({ preventScroll: true }); scrollTo(0, 0); });
  let pending = 0;
  onChange(() => { clearTimeout(pending); pending = setTimeout(async () => { await listen(); await again(); }, 60); });
  ["online", "offline"].forEach((name) => addEventListener(name, again));
  addEventListener("online", () => { answersAt = 0; nudge(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") nudge(); });
  setInterval(tick, TICK_MS);
  await nudge();
  await tick();
}

async function registerWorker() {
  const { module, classic, scope } = config.worker;
  await navigator.serviceWorker.register(module, { scope, type: "module", updateViaCache: "none" })
    .catch(() => navigator.serviceWorker.register(classic, { scope, updateViaCache: "none" })) // without sending in the background
    .catch((error) => console.info("field: no service worker", error.message));
}

start();
