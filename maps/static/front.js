/* What changed since the last visit, on the front page. The browser alone keeps when that was, by district.
   Text from the data goes into the page as text content only. */
(function () {
  "use strict";

  const section = document.getElementById("since");
  const words = JSON.parse(section.dataset.words);
  const { base, lang, moment, district, asked } = section.dataset;
  const now = section.dataset.now === "yes";
  const DAY_MS = 86400000;
  const SAME_VISIT_MS = 30 * 60000; // a page that is loaded again is no other visit
  const FIRST = 8;

  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const key = (name) => "erqi." + name + "." + district;

  /* Storage may be full or forbidden; then nothing is remembered, and the other choices go on working. */
  function remembered(name) {
    try { return window.localStorage.getItem(key(name)) || ""; } catch { return ""; }
  }
  function remember(name, value) {
    try { window.localStorage.setItem(key(name), value); } catch { /* nothing is lost but the memory */ }
  }

  const at = Date.parse(moment);

  /* The moment of the visit before this one, "" for none; a page of an asked moment is no visit. */
  function lastVisit() {
    const current = Date.parse(remembered("visit"));
    if (!asked && !(at - current < SAME_VISIT_MS && at >= current)) {
      if (!Number.isNaN(current) && current < at) remember("visit.before", remembered("visit"));
      remember("visit", moment);
    }
    const before = remembered("visit.before");
    return Date.parse(before) < at ? before : "";
  }

  const visit = lastVisit();
  const back = (days) => new Date(at - days * DAY_MS).toISOString();
  const CHOICES = {
    visit: () => visit,
    day: () => back(1),
    week: () => back(7),
    meeting: () => (remembered("meeting") ? remembered("meeting") + "T00:00:00+08:00" : ""),
  };

  function inWords(instant) {
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
      timeZone: "Asia/Shanghai", year: "numeric", month: lang === "zh" ? "numeric" : "long", day: "numeric", hour: "numeric", minute: "2-digit", hourCycle: "h23",
    }).formatToParts(new Date(instant)).map((part) => [part.type, part.value]));
    const time = Number(parts.hour) + ":" + parts.minute;
    return lang === "zh" ? parts.year + "年" + Number(parts.month) + "月" + Number(parts.day) + "日 " + time : Number(parts.day) + " " + parts.month + " " + parts.year + ", " + time;
  }

  const status = document.getElementById("since-status");
  const found = document.getElementById("since-found");
  const date = document.getElementById("since-meeting");
  let latest = 0;

  async function show(name) {
    const from = CHOICES[name]();
    const turn = ++latest;
    for (const button of section.querySelectorAll("button[data-since]")) button.setAttribute("aria-pressed", String(button.dataset.since === name));
    found.replaceChildren();
    status.textContent = from ? words.loading : name === "meeting" ? words.choose : words.first;
    if (!from) return;
    const query = new URLSearchParams(now ? { from } : { from, to: moment });
    try {
      const response = await fetch(base + "/api/v1/differences?" + query, { headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (turn !== latest) return; // another choice was made meanwhile
      if (!response.ok) throw new Error(answer["detail_" + lang] || "HTTP " + response.status);
      draw(answer, from);
    } catch (error) {
      if (turn === latest) status.textContent = words.failed + " " + error.message;
    }
  }

  function address(path, query) {
    return base + path + "?" + new URLSearchParams({ lang, ...query, ...(asked ? { datetime: asked } : {}) });
  }

  function draw({ layers }, from) {
    const number = (layer) => layer.appeared + layer.gone + layer.changed;
    const sum = layers.reduce((all, layer) => all + number(layer), 0);
    status.textContent = (sum ? words.since : words.nothing).replace("{}", inWords(from)).replace("{n}", String(sum));
    const entries = layers.flatMap((layer) => layer.entries.map((entry) => ({ ...entry, map: layer.map })));
    entries.sort((a, b) => String(b.recorded_at || "").localeCompare(String(a.recorded_at || "")));
    if (!sum) return;
    found.replaceChildren(
      h("dl", { class: "front-counts" }, ...layers.map((layer) => h("div", { "data-layer": layer.name },
        h("dt", {}, words[layer.name]),
        h("dd", { class: "front-count" }, String(number(layer))))),
      ),
      h("ol", {}, ...entries.slice(0, FIRST).map(entryOf)),
      ...(entries.length > FIRST ? [h("p", { class: "front-note" }, words.more.replace("{}", String(entries.length - FIRST)))] : []),
    );
  }

  function entryOf(entry) {
    const said = entry.after || entry.before;
    const state = (side) => (side ? side["state_" + lang] || side["status_" + lang] || "" : "");
    const change = entry.change === "changed" && state(entry.before) !== state(entry.after)
      ? state(entry.before) + " → " + state(entry.after) : words[entry.change] + (state(said) ? " · " + state(said) : "");
    const why = said["why_" + lang];
    return h("li", { "data-id": entry.id },
      h("strong", {}, h("a", { href: address("/maps/" + entry.map, {}) }, entry["name_" + lang] || entry.name_zh || entry.id)), " ",
      h("b", { class: "front-change" }, change), why ? h("span", {}, why) : null);
  }

  section.hidden = false;
  date.value = remembered("meeting");
  date.addEventListener("change", () => { remember("meeting", date.value); show("meeting"); });
  for (const button of section.querySelectorAll("button[data-since]")) button.addEventListener("click", () => show(button.dataset.since));
  show(visit ? "visit" : "week");
})();
