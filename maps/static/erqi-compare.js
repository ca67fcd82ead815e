/* Two moments of one map side by side, moved together, and the list of what changed between them. */
(function (erqi) {
  "use strict";

  const { h, t } = erqi;
  const { earlier, later, layers, params, map: mapName, basePath } = erqi.config;
  const address = new URLSearchParams(window.location.search);
  const filters = Object.fromEntries(params.filter((name) => address.get(name)).map((name) => [name, address.get(name)]));
  const sides = [{ key: "compare.earlier", moment: earlier }, { key: "compare.later", moment: later }];
  const line = (layer) => layer === "segments";
  let entries = [];
  let leading = null;

  const readable = (query) => query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");

  /* The address's own filters and language, with a moment. */
  function mapAddress(moment) {
    const query = new URLSearchParams(window.location.search);
    query.delete("compare");
    query.delete("datetime");
    query.set("lang", erqi.lang);
    if (moment !== null) query.set("datetime", moment);
    return basePath + "/maps/" + mapName + "?" + readable(query);
  }

  function listAddress(form) {
    const query = new URLSearchParams({ from: earlier, ...(later === null ? {} : { to: later }), of: layers.join(","), ...filters, ...form });
    return basePath + "/api/v1/differences?" + readable(query);
  }

  const said = (moment) => (moment === null ? t("compare.now") : erqi.time(moment));

  /* ---- the two maps ---- */

  function frames() {
    const holder = document.getElementById("erqi-sides");
    holder.replaceChildren(...sides.map((side, index) => {
      const name = t(side.key) + " " + said(side.moment);
      side.frame = h("iframe", { title: name, src: mapAddress(side.moment) });
      side.box = h("section", { class: "erqi-side", "data-side": index, "aria-label": name },
        h("p", { class: "erqi-side__name" }, h("span", {}, t(side.key)), h("strong", {}, said(side.moment))), side.frame);
      return side.box;
    }));
  }

  /* A side says that its map is drawn. */
  window.erqiCompare = function (handle) {
    const side = sides.find((each) => each.frame.contentWindow && handle.map.getContainer().ownerDocument === each.frame.contentDocument);
    side.handle = handle;
    if (side.moment === null) handle.onChange(read); // it goes on, and the list with it
    handle.map.on("move", () => follow(side));
    if (sides.every((each) => each.handle)) together();
  };

  function together() {
    follow(sides[0]);
    emphasise();
    document.documentElement.dataset.erqiReady = "yes";
  }

  /* Where one map goes the other goes; the other's own moving is no lead. */
  function follow(side) {
    const other = sides.find((each) => each !== side);
    if (leading || !other.handle) return;
    leading = side;
    other.handle.map.setView(side.handle.map.getCenter(), side.handle.map.getZoom(), { animate: false });
    leading = null;
  }

  /* What changed its state stands out on both maps; in a month nearly everything makes some progress. */
  function emphasise() {
    const marked = entries.filter(({ entry }) => isOfState(entry)).map(({ layer, entry }) => ({ collection: layer.collection, id: entry.id }));
    sides.forEach((side) => { if (side.handle) side.handle.emphasise(marked); });
  }

  function open(layer, entry) {
    setShown(1);
    const found = sides.map((side) => side.handle && side.handle.open(layer.collection, entry.id));
    if (found.some(Boolean)) follow(found[1] ? sides[1] : sides[0]);
  }

  /* ---- the list ---- */

  const isOfState = (entry) => entry.change !== "changed" || entry.what.includes("state");

  async function read() {
    const list = document.getElementById("erqi-changes");
    try {
      const answer = await erqi.getJson(listAddress({}));
      entries = answer.layers.flatMap((layer) => layer.entries.map((entry) => ({ layer, entry })));
      window.erqiLive.patchChildren(list, drawn(answer.layers));
      document.getElementById("erqi-summary").textContent = t("compare.summary", {
        state: entries.filter(({ entry }) => isOfState(entry)).length, other: entries.filter(({ entry }) => !isOfState(entry)).length,
      }) + (Object.keys(filters).length ? t("compare.filtered") : "");
      emphasise();
    } catch (error) {
      erqi.banner(t("compare.failed", { why: error.message }), read);
    }
  }

  const TITLES = { segments: "list.segments", sites: "list.sites", checkpoints: "list.checkpoints", cases: "list.cases" };

  function drawn(found) {
    if (!entries.length) return [h("p", { class: "erqi-quiet" }, t("compare.nothing"))];
    return found.filter((layer) => layer.entries.length).map((layer) => {
      const [first, rest] = [layer.entries.filter(isOfState), layer.entries.filter((entry) => !isOfState(entry))];
      return h("section", { "data-key": layer.name, "data-layer": layer.name },
        h("h2", { class: "erqi-group" }, h("span", {}, t(TITLES[layer.name])), h("span", { class: "erqi-group__count" }, layer.entries.length)),
        listOf(layer, first),
        rest.length ? h("details", { class: "erqi-fold" }, h("summary", {}, t("compare.others", { n: rest.length })), listOf(layer, rest)) : null);
    });
  }

  const listOf = (layer, some) => h("ul", { class: "erqi-entries" }, some.map((entry) => item(layer, entry)));

  function item(layer, entry) {
    return h("li", { "data-key": layer.name + "/" + entry.id, "data-change": entry.change },
      h("button", { type: "button", class: "erqi-change", onclick: () => open(layer, entry) },
        h("span", { class: "erqi-change__name" }, erqi.pick(entry, "name")),
        states(layer, entry),
        figures(entry),
        entry.after && erqi.pick(entry.after, "why") ? h("span", { class: "erqi-change__why" }, erqi.pick(entry.after, "why")) : null));
  }

  function states(layer, entry) {
    const swatch = line(layer.name) ? erqi.lineSwatch : erqi.dotSwatch;
    const one = (side) => h("span", { class: "erqi-change__state" }, side ? [swatch(erqi.token(side.colour)), erqi.pick(side, "state")] : t("compare.absent"));
    const same = entry.change === "changed" && !entry.what.includes("state");
    return h("span", { class: "erqi-change__states" }, same ? one(entry.after)
      : [one(entry.before), h("span", { class: "erqi-change__arrow", "aria-label": t("compare.to") }, "→"), one(entry.after)]);
  }

  const MEASURES = [["card.planned", "planned_percent"], ["card.actual", "actual_percent"]];
  const WORDS = { freshness: "card.freshness", supplies_state: "card.supplies", hazard_survey_state: "card.survey", drill_state: "card.drill" };

  /* The figures and words that differ besides the state. */
  function figures(entry) {
    const { before, after } = entry;
    const parts = [];
    if (before && after) {
      for (const [key, name] of MEASURES) {
        if (erqi.number(after[name]) !== null) parts.push(t(key) + " " + erqi.percent(before[name]) + " → " + erqi.percent(after[name]));
      }
      for (const [name, key] of Object.entries(WORDS)) {
        if (entry.what.includes(name)) parts.push(t(key) + " " + erqi.pick(before, name) + " → " + erqi.pick(after, name));
      }
      if (entry.what.includes("due_on")) parts.push(t("list.due", { date: (before.due_on || "—") + " → " + (after.due_on || "—") }));
      if (entry.what.includes("position")) parts.push(t("compare.position"));
    }
    if (entry.recorded_at) parts.push(t("compare.recorded", { date: erqi.day(entry.recorded_at) }));
    return parts.length ? h("span", { class: "erqi-change__figures" }, parts.map((part) => h("span", {}, part))) : null;
  }

  /* ---- moments, links, and the phone's one map at a time ---- */

  const input = (moment) => (moment === null ? "" : erqi.stamp(moment).replace(" ", "T"));

  function chooser() {
    const fields = sides.map((side) => h("input", { type: "datetime-local", value: input(side.moment), required: side === sides[0] }));
    const submit = (event) => {
      event.preventDefault();
      const query = new URLSearchParams(window.location.search);
      ["compare", "datetime"].forEach((name, index) => {
        if (fields[index].value) query.set(name, fields[index].value.slice(0, 16) + ":00+08:00");
        else query.delete(name);
      });
      window.location.assign("?" + readable(query));
    };
    document.getElementById("erqi-moments").replaceChildren(
      h("details", { class: "erqi-fold erqi-fold--moments", open: !erqi.narrow() }, h("summary", {}, t("compare.choose")),
        h("form", { class: "erqi-moments", onsubmit: submit },
          sides.map((side, index) => h("label", {}, h("span", {}, t(side.key)), fields[index])),
          h("button", { class: "erqi-button" }, t("compare.show")))));
  }

  function setShown(shown) {
    document.body.dataset.shown = shown;
    document.querySelectorAll("#erqi-toggle button").forEach((button, index) => button.setAttribute("aria-pressed", String(index === shown)));
  }

  function start() {
    document.getElementById("erqi-toggle").replaceChildren(
      ...sides.map((side, index) => h("button", { type: "button", onclick: () => setShown(index) }, h("span", {}, t(side.key)), h("strong", {}, said(side.moment)))));
    document.getElementById("erqi-file").setAttribute("href", listAddress({ f: "csv", lang: erqi.lang }));
    document.getElementById("erqi-back").setAttribute("href", mapAddress(later));
    const language = new URLSearchParams(window.location.search);
    language.set("lang", erqi.lang === "zh" ? "en" : "zh");
    document.getElementById("erqi-language").setAttribute("href", "?" + readable(language));
    chooser();
    setShown(1);
    frames();
    read();
  }

  start();
})(window.erqi);
