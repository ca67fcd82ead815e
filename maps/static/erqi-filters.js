/* Filters: toggles that are also the legend, kept in the URL so that a link shows the same picture. */
(function (erqi) {
  "use strict";

  const { h, t } = erqi;
  const chosen = new Map(); // parameter -> set of codes; an empty set shows everything
  const listeners = [];

  for (const filter of erqi.config.filters) {
    const value = new URLSearchParams(window.location.search).get(filter.param) || "";
    chosen.set(filter.param, new Set(value.split(",").filter(Boolean)));
  }

  erqi.chosen = (param) => [...chosen.get(param)];
  erqi.onFilter = (listener) => listeners.push(listener);

  /* Whether a feature is shown under the filters of its collection; those that look inside a list at the same object. */
  erqi.passes = function (feature) {
    const atWork = erqi.config.filters.filter((filter) => chosen.get(filter.param).size && filter.collections.includes(feature.collection)
      && !(filter.inside && erqi.isMany(feature.collection))); // what is inside is not loaded for those in the list
    const passed = (filter, properties) => codesOf(filter, properties).some((code) => chosen.get(filter.param).has(code));
    const inside = atWork.filter((filter) => filter.inside);
    return atWork.every((filter) => filter.inside || passed(filter, feature.properties))
      && (inside.length === 0 || insideOf(inside[0], feature).some((object) => inside.every((filter) => passed(filter, object))));
  };

  const insideOf = (filter, feature) => feature.properties[filter.inside] || [];

  /* The codes of a filter that a feature, or an object inside it, has. */
  function codesOf(filter, properties) {
    if (filter.flags) return Object.keys(filter.flags).filter((code) => properties[filter.flags[code]] === true);
    return (filter.properties || [filter.property]).map((name) => erqi.text(properties[name])).filter(Boolean);
  }

  const isPart = (filter) => filter.collections.some(erqi.isMany);

  /* Each code that the features of a filter have, with the number of features; those of which a part is loaded are counted
     by the server. */
  function counts(filter) {
    const count = new Map(isPart(filter) ? Object.entries(erqi.manyCounts(filter.param)) : []);
    for (const feature of filter.collections.filter((id) => !erqi.isMany(id)).flatMap((id) => erqi.features.get(id) || [])) {
      const objects = filter.inside ? insideOf(filter, feature) : [feature.properties];
      for (const code of new Set(objects.flatMap((object) => codesOf(filter, object)))) count.set(code, (count.get(code) || 0) + 1);
    }
    return count;
  }

  /* Whether a number stands beside each choice: not where the server has not counted (yet). */
  const isCounted = (filter) => !isPart(filter) || Object.keys(erqi.manyCounts(filter.param)).length > 0;

  erqi.shown = (collection) => (erqi.features.get(collection) || []).filter(erqi.passes);

  function toggle(param, code) {
    const codes = chosen.get(param);
    if (!codes.delete(code)) codes.add(code);
    changed();
  }

  function clear() {
    chosen.forEach((codes) => codes.clear());
    changed();
  }

  function changed() {
    const query = new URLSearchParams(window.location.search);
    chosen.forEach((codes, param) => (codes.size ? query.set(param, [...codes].join(",")) : query.delete(param)));
    erqi.setQuery(query);
    listeners.forEach((listener) => listener());
    erqi.keepParameters();
  }

  /* The links to the other language and the other map carry what the URL says now. */
  erqi.keepParameters = function () {
    const language = document.getElementById("erqi-language");
    const query = new URLSearchParams(window.location.search);
    query.set("lang", erqi.lang === "zh" ? "en" : "zh");
    language.setAttribute("href", "?" + query.toString().replaceAll("%2C", ","));
    for (const link of document.querySelectorAll("a[data-keep-lang]")) {
      const url = new URL(link.getAttribute("href"), window.location.href);
      const datetime = query.get("datetime");
      if (datetime) url.searchParams.set("datetime", datetime);
      else url.searchParams.delete("datetime");
      link.setAttribute("href", url.pathname + url.search);
    }
  };

  /* The choices of a filter: the terms of its vocabulary, its own words, or what is found in the data, by its names. */
  function choices(filter) {
    if (filter.scheme) {
      return (erqi.config.vocabularies[filter.scheme] || []).map((term) => ({
        code: term.code, label: term[erqi.lang] || term.zh, colour: term.colour || erqi.theme.fallback,
      }));
    }
    if (filter.choices) return filter.choices.map((choice) => ({ code: choice.code, label: choice[erqi.lang] }));
    const names = new Map((erqi.features.get(filter.names) || []).map((feature) => [erqi.text(feature.id), erqi.name(feature)]));
    // what is chosen is a choice, too, of which nothing may be counted
    const codes = new Set([...counts(filter).keys(), ...(isPart(filter) ? chosen.get(filter.param) : [])]);
    return [...codes].map((code) => ({ code, label: names.get(code) || code }));
  }

  const TITLES = {
    state: "filter.state", road: "filter.road", kind: "filter.kind", status: "filter.status", hazard: "filter.hazard", task: "filter.task",
    programme: "filter.programme", unit: "filter.unit", freshness: "filter.freshness", due: "filter.due",
    category: "filter.category",
  };

  function chip(filter, choice, count) {
    const codes = chosen.get(filter.param);
    const on = codes.has(choice.code);
    const swatch = filter.symbol === "line" ? erqi.lineSwatch(erqi.token(choice.colour))
      : filter.symbol === "dot" ? erqi.dotSwatch(erqi.token(choice.colour))
        : filter.param === "kind" ? erqi.symbol(choice.code, { colour: erqi.theme.palette.site, size: 26 }) : null;
    return h("button", {
      type: "button", class: "erqi-chip" + (codes.size && !on ? " erqi-chip--off" : ""), "aria-pressed": String(on),
      "data-code": choice.code, onclick: () => toggle(filter.param, choice.code),
    }, swatch, h("span", { class: "erqi-chip__label" }, choice.label), h("span", { class: "erqi-chip__count" }, count));
  }

  erqi.drawFilters = function () {
    const holder = document.getElementById("erqi-filters");
    const focus = document.activeElement && holder.contains(document.activeElement) ? document.activeElement.dataset : null;
    // folded ones stand together below those that are open
    const ordered = erqi.config.filters.slice().sort((a, b) => Number(a.folded === true) - Number(b.folded === true));
    const groups = ordered.map((filter) => {
      const count = counts(filter);
      // kinds of which there are none would only lengthen the panel; states stay, they are the legend
      const list = choices(filter).filter((choice) => filter.symbol || filter.param === "kind" || count.get(choice.code) || isPart(filter)
        || chosen.get(filter.param).has(choice.code));
      return list.length ? folded(filter, h("fieldset", { class: "erqi-filter erqi-filter--" + filter.param, "data-param": filter.param },
        h("legend", {}, t(TITLES[filter.param])),
        h("div", { class: "erqi-chips" }, list.map((choice) => chip(filter, choice, isCounted(filter) ? count.get(choice.code) || 0 : null))))) : null;
    });
    const any = [...chosen.values()].some((codes) => codes.size);
    const reset = any ? h("button", { type: "button", class: "erqi-link", onclick: clear }, t("filter.clear")) : null;
    holder.replaceChildren(...groups.filter(Boolean), ...(reset ? [reset] : []));
    if (focus) restoreFocus(holder, focus.code);
  };

  /* A long, rarely used filter stays folded until it is wanted, or is at work. */
  function folded(filter, fieldset) {
    if (!filter.folded) return fieldset;
    const before = document.querySelector('.erqi-fold[data-fold="' + filter.param + '"]');
    const open = chosen.get(filter.param).size > 0 || (before !== null && before.open);
    return h("details", { class: "erqi-fold", "data-fold": filter.param, open }, h("summary", {}, t(TITLES[filter.param])), fieldset);
  }

  function restoreFocus(holder, code) {
    const again = [...holder.querySelectorAll("button")].find((button) => button.dataset.code === code);
    if (again) again.focus();
  }
})(window.erqi);
