/* Search: names among the loaded features at once, then addresses and K-posts from the service. */
(function (erqi) {
  "use strict";

  const { h, t } = erqi;
  const MOST = 8;
  let found = null; // what the last choice drew

  erqi.drawSearch = function (map) {
    const input = h("input", {
      type: "search", id: "erqi-search-input", placeholder: t("search.placeholder"), "aria-label": t("search.label"), autocomplete: "off",
      role: "combobox", "aria-expanded": "false", "aria-controls": "erqi-search-results", "aria-autocomplete": "list", maxlength: 200,
    });
    const list = h("ul", { id: "erqi-search-results", class: "erqi-results", role: "listbox", "aria-label": t("search.results"), hidden: true });
    document.getElementById("erqi-search").replaceChildren(
      erqi.svg("svg", { viewBox: "0 0 20 20", class: "erqi-search__icon", "aria-hidden": "true" },
        erqi.svg("path", { d: "M13.2 13.2 L18 18 M8.5 14 A5.5 5.5 0 1 1 8.5 3 A5.5 5.5 0 0 1 8.5 14 Z" })), input, list);
    const state = { map, input, list, options: [], active: -1, asked: null };
    const later = erqi.debounce(260, () => ask(state));
    input.addEventListener("input", () => { suggest(state); later(); });
    input.addEventListener("keydown", (event) => keys(state, event));
    input.addEventListener("blur", () => window.setTimeout(() => show(state, []), 160));
  };

  function normal(text) {
    return text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  }

  function loaded(query) {
    const wanted = normal(query);
    const hits = [];
    const ids = [...new Set(erqi.config.sections.map((section) => section.collection).concat("landmarks"))];
    for (const feature of ids.flatMap((id) => erqi.features.get(id) || [])) {
      const p = feature.properties;
      const names = [p.name_zh, p.name_en, p.title_zh, p.title_en, p.number].map((name) => normal(erqi.text(name)));
      if (wanted && names.some((name) => name.includes(wanted))) hits.push(feature);
    }
    return hits.slice(0, MOST).map((feature) => ({
      name: erqi.name(feature), detail: erqi.pick(feature.properties, "state") || erqi.other(feature.properties, "name"),
      swatch: erqi.featureSwatch(feature.collection, feature, 28), choose: (state) => openFeature(state, feature),
    }));
  }

  function openFeature(state, feature) {
    if (erqi.places.has(feature.collection + "/" + feature.id)) erqi.open(state.map, feature.collection, feature, state.input);
    else if (erqi.point(feature)) mark(state.map, erqi.point(feature), erqi.card(feature.collection, feature), feature.properties.position_accuracy_m);
    else erqi.revealInList(feature);
  }

  function suggest(state) {
    state.hits = loaded(state.input.value);
    show(state, state.hits);
  }

  /* Ask the service; an answer that comes after a newer question is dropped. */
  async function ask(state) {
    const query = state.input.value.trim();
    if (state.asked) state.asked.abort();
    if (!query || erqi.closed) {
      if (query && !state.hits.length) show(state, [{ name: t("search.nothing"), quiet: true }]);
      return;
    }
    state.asked = new AbortController();
    try {
      const url = erqi.config.basePath + "/api/v1/locate?" + new URLSearchParams({ q: query });
      const answer = await erqi.getJson(url, { signal: state.asked.signal });
      const places = (answer.results || []).slice(0, MOST).map(located);
      show(state, [...state.hits, ...places, ...(state.hits.length + places.length ? [] : [{ name: t("search.nothing"), quiet: true }])]);
    } catch (error) {
      if (error.name === "AbortError") return;
      const sentence = error.status ? error.message : t("search.failed");
      show(state, [...state.hits, { name: state.hits.length && error.status ? t("search.nothing_more") : sentence, quiet: true }]);
    }
  }

  function located(result) {
    const detail = [erqi.text(result.chainage), result.position_accuracy_m ? "± " + erqi.metres(result.position_accuracy_m) : ""];
    return {
      name: erqi.pick(result, "name"), detail: detail.filter(Boolean).join(" · "), swatch: pin(), choose: (state) => {
        const [lat, lon] = [erqi.number(result.lat), erqi.number(result.lon)];
        if (lat === null || lon === null) return;
        mark(state.map, L.latLng(lat, lon), foundCard(result), result.position_accuracy_m);
      },
    };
  }

  function pin() {
    return erqi.svg("svg", { viewBox: "-10 -10 20 20", width: 24, height: 24, class: "erqi-swatch", "aria-hidden": "true" },
      erqi.svg("circle", { r: 6, fill: "none", stroke: erqi.theme.palette.found, "stroke-width": 2 }),
      erqi.svg("circle", { r: 2, fill: erqi.theme.palette.found }));
  }

  function foundCard(result) {
    const rows = [["card.chainage", erqi.text(result.chainage)], ["card.offset", erqi.metres(result.offset_m)],
      ["card.confidence", erqi.number(result.confidence) === null ? "" : erqi.percent(erqi.number(result.confidence) * 100)],
      ["card.accuracy", result.position_accuracy_m ? "± " + erqi.metres(result.position_accuracy_m) : ""]];
    return h("article", { class: "erqi-card" }, h("header", { class: "erqi-card__head" }, h("h2", {}, erqi.pick(result, "name")),
      h("p", { class: "erqi-card__other" }, erqi.other(result, "name"))),
    h("dl", { class: "erqi-facts" }, rows.filter(([, value]) => value).map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)])));
  }

  /* Draw a found point with its accuracy, one at a time. */
  function mark(map, latlng, card, accuracy) {
    if (found) found.remove();
    const metres = erqi.number(accuracy) || 0;
    const colour = erqi.theme.palette.found;
    const point = L.circleMarker(latlng, { pane: "erqi-found", radius: 8, color: colour, weight: 3, fillColor: erqi.theme.palette.surface, fillOpacity: 1 });
    found = L.featureGroup([erqi.accuracyCircle(latlng, metres, colour), point]).addTo(map);
    point.bindPopup(() => card, { maxWidth: 340, className: "erqi-popup" });
    if (metres > 60) map.fitBounds(latlng.toBounds(metres * 2.4), { animate: erqi.motion, maxZoom: 16 });
    else map.setView(latlng, Math.max(map.getZoom(), 16), { animate: erqi.motion });
    erqi.closeSheet();
    point.openPopup();
  }

  function show(state, options) {
    state.options = options;
    state.active = -1;
    state.list.replaceChildren(...options.map((option, index) => h("li", {
      id: "erqi-result-" + index, role: "option", "aria-selected": "false", class: option.quiet ? "erqi-result erqi-result--quiet" : "erqi-result",
      onmousedown: (event) => { event.preventDefault(); choose(state, index); },
    }, option.swatch ? h("span", { class: "erqi-entry__swatch" }, option.swatch) : null,
    h("span", { class: "erqi-entry__text" }, h("span", { class: "erqi-entry__name" }, option.name), h("span", { class: "erqi-entry__sub" }, option.detail || "")))));
    state.list.hidden = options.length === 0;
    state.input.setAttribute("aria-expanded", String(options.length > 0));
    state.input.removeAttribute("aria-activedescendant");
  }

  function move(state, step) {
    if (!state.options.length) return;
    state.active = (state.active + step + state.options.length) % state.options.length;
    [...state.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === state.active)));
    state.input.setAttribute("aria-activedescendant", "erqi-result-" + state.active);
    state.list.children[state.active].scrollIntoView({ block: "nearest" });
  }

  function choose(state, index) {
    const option = state.options[index];
    if (!option || option.quiet) return;
    show(state, []);
    option.choose(state);
  }

  function keys(state, event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(state, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(state, Math.max(0, state.active));
    } else if (event.key === "Escape") {
      show(state, []);
    }
  }
})(window.erqi);
