/* Features by collection: fetched once by URL (or read from the page itself), every page of them. */
(function (erqi) {
  "use strict";

  const loads = new Map();
  const listeners = [];
  const PAGE_LIMIT = 500; // pages of one collection; more can only be a loop

  erqi.features = new Map();

  /* Promise of the features of a collection; a failed one may be asked for again. */
  erqi.load = function (id) {
    if (!loads.has(id)) {
      const promise = (erqi.closed ? embedded(id) : fetched(id)).then((features) => {
        const whole = features.filter((feature) => feature && feature.properties);
        erqi.features.set(id, whole.map((feature) => ({ ...feature, collection: id })));
        listeners.forEach((listener) => listener(id));
        return erqi.features.get(id);
      });
      loads.set(id, promise);
    }
    return loads.get(id);
  };

  erqi.onLoad = function (listener) {
    listeners.push(listener);
  };

  erqi.forget = function (id) {
    loads.delete(id);
  };

  async function embedded(id) {
    const block = [...document.querySelectorAll("script[data-collection]")].find((s) => s.dataset.collection === id);
    return block ? JSON.parse(block.textContent).features : [];
  }

  async function fetched(id) {
    const query = new URLSearchParams({ datetime: erqi.config.moment, limit: "10000" });
    let url = erqi.config.basePath + "/ogc/collections/" + encodeURIComponent(id) + "/items?" + query;
    const features = [];
    const seen = new Set();
    let matched = null;
    while (url && !seen.has(url) && seen.size < PAGE_LIMIT) {
      seen.add(url);
      const page = await erqi.getJson(url);
      features.push(...page.features);
      matched = page.numberMatched === undefined ? matched : page.numberMatched;
      url = nextUrl(page);
    }
    if (url || (Number.isInteger(matched) && features.length < matched)) {
      erqi.banner(erqi.t("data.incomplete", { collection: id, shown: features.length, all: matched ?? "?" }));
    }
    return features;
  }

  /* Links are absolute; behind a proxy their host may differ from ours, so only path and query are kept. */
  function nextUrl(page) {
    const link = (page.links || []).find((entry) => entry.rel === "next");
    if (!link) return null;
    const url = new URL(link.href, window.location.href);
    return url.pathname + url.search;
  }

  /* The JSON at a URL of ours; an answer that is not 2xx raises its own sentence, where it has one. */
  erqi.getJson = async function (url, options) {
    const response = await fetch(url, { headers: { Accept: "application/geo+json, application/json" }, ...options });
    if (response.ok) return response.json();
    const problem = await response.json().catch(() => ({}));
    const error = new Error(erqi.pick(problem, "detail") || "HTTP " + response.status);
    error.status = response.status;
    throw error;
  };

  /* The line above the map that says what went wrong; with ``retry`` it has a button. */
  erqi.banner = function (text, retry) {
    const banner = document.getElementById("erqi-banner");
    const close = () => { banner.hidden = true; };
    banner.replaceChildren(
      erqi.h("span", {}, text),
      retry ? erqi.h("button", { type: "button", class: "erqi-button", onclick: () => { close(); retry(); } },
        erqi.t("data.retry")) : null,
      erqi.h("button", { type: "button", class: "erqi-banner__close", "aria-label": erqi.t("close"), onclick: close }, "×"),
    );
    banner.hidden = false;
  };

  /* Load several collections; those that fail are named in one banner with one retry. */
  erqi.loadAll = async function (ids) {
    const results = await Promise.allSettled(ids.map((id) => erqi.load(id)));
    const failed = ids.filter((_id, index) => results[index].status === "rejected");
    failed.forEach(erqi.forget);
    if (failed.length) {
      erqi.banner(erqi.t("data.failed", { collections: failed.join(", ") }), () => erqi.loadAll(failed));
    }
    return failed;
  };
})(window.erqi);
