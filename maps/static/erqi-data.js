/* Features by collection, as of the moment shown: read by URL (or from the page itself), every page of them, kept in
   memory, and read again only where the server says that they have changed. */
(function (erqi) {
  "use strict";

  const PAGE_LIMIT = 500; // pages of one collection; more can only be a loop
  const KEPT = 600; // answers in memory: a season of days of the collections that change
  const answers = new Map(); // place -> {tag, features}, the last used last
  const asked = new Map(); // place -> promise of an answer that is under way
  const loads = new Map();
  const readers = new Map();
  const listeners = [];
  const texts = new WeakMap();
  let moment = erqi.config.live ? null : erqi.config.moment;
  let wishes = 0;
  let changeDays = { until: "", days: {} };

  erqi.features = new Map();

  /* The instant that the page shows (ISO 8601); null: as it stands now. */
  erqi.moment = () => moment;

  /* One feature as it is now shown, or undefined. */
  erqi.feature = (id, key) => (erqi.features.get(id) || []).find((feature) => feature.id === key);

  /* Hear of collections whose features have changed: the listener gets their ids. */
  erqi.onLoad = (listener) => listeners.push(listener);

  /* Let a collection be read in another way: ``reader(id, moment, again)`` gives a promise of its features. */
  erqi.readBy = (id, reader) => readers.set(id, reader);

  /* Promise of the features of a collection; a failed one may be asked for again. */
  erqi.load = function (id) {
    if (!loads.has(id)) {
      loads.set(id, read(id, moment, false).then((features) => {
        adopt([id], [features]);
        return erqi.features.get(id);
      }));
    }
    return loads.get(id);
  };

  erqi.forget = (id) => loads.delete(id);

  /* Read every collection of the page as of a moment, so that showing it takes no time. */
  erqi.prefetch = (at) => Promise.all([...erqi.features.keys()].map((id) => read(id, at, false)));

  /* Show another moment; all collections change at once. False when another wish came meanwhile. */
  erqi.show = async function (next) {
    wishes += 1;
    const wish = wishes;
    const ids = [...erqi.features.keys()];
    const found = await Promise.all(ids.map((id) => read(id, next, next === null)));
    if (wish !== wishes) return false;
    moment = next;
    // what passes a filter may depend on the moment alone
    if (!adopt(ids, found).length) listeners.forEach((listener) => listener([]));
    return true;
  };

  /* Ask for what has changed since; only that is sent and drawn. */
  erqi.refresh = async function () {
    const [at, wish, ids] = [moment, wishes, [...erqi.features.keys()]];
    const found = await Promise.all(ids.map((id) => read(id, at, true)));
    return wish === wishes ? adopt(ids, found) : [];
  };

  function adopt(ids, found) {
    const changed = ids.filter((id, index) => {
      const [before, after] = [erqi.features.get(id), sameKept(erqi.features.get(id) || [], found[index])];
      erqi.features.set(id, after);
      return !before || before.length !== after.length || after.some((feature, place) => feature !== before[place]);
    });
    if (changed.length) listeners.forEach((listener) => listener(changed));
    return changed;
  }

  /* What says the same stays the same object, by which drawing knows what to leave alone. */
  function sameKept(before, after) {
    const known = new Map(before.map((feature) => [feature.id, feature]));
    return after.map((feature) => {
      const old = known.get(feature.id);
      return old && (old === feature || textOf(old) === textOf(feature)) ? old : feature;
    });
  }

  /* The time of asking is no news of its own. */
  function textOf(feature) {
    if (!texts.has(feature)) texts.set(feature, JSON.stringify(feature, (name, value) => (name === "as_of" ? undefined : value)));
    return texts.get(feature);
  }

  const read = (id, at, again) => (readers.get(id) || (erqi.closed ? embedded : fetched))(id, at, again);

  const marked = (id, features) =>
    features.filter((feature) => feature && feature.properties).map((feature) => ({ ...feature, collection: id }));

  async function embedded(id) {
    const block = [...document.querySelectorAll("script[data-collection]")].find((s) => s.dataset.collection === id);
    return block ? marked(id, JSON.parse(block.textContent).features) : [];
  }

  function addressOf(id, at) {
    const query = new URLSearchParams({ ...(at === null ? {} : { datetime: at }), limit: "10000" });
    return erqi.config.basePath + "/ogc/collections/" + encodeURIComponent(id) + "/items?" + query;
  }

  /* Take in on which days the layers changed that time alone does not change: {id: [day, …]}. */
  erqi.rememberChanges = function (days) {
    changeDays = { until: erqi.date(new Date().toISOString()), days };
    for (const id of erqi.features.keys()) {
      const address = addressOf(id, moment);
      if (answers.has(address)) keep(placeOf(id, moment, address), answers.get(address));
    }
  };

  /* Where a layer's answer is kept: between two days on which it changed, one does for every moment. */
  function placeOf(id, at, address) {
    const days = changeDays.days[id];
    const day = at === null ? "" : erqi.date(at);
    if (!days || !day || day >= changeDays.until || days.includes(day)) return address;
    return id + " after " + days.filter((each) => each < day).length;
  }

  /* A moment that was read stays as it was; only the present is asked for again, by its tag. */
  function fetched(id, at, again) {
    const address = addressOf(id, at);
    const place = placeOf(id, at, address);
    if (answers.has(place) && !again) return Promise.resolve(keep(place, answers.get(place)).features);
    if (!asked.has(place)) asked.set(place, ask(id, address, place).finally(() => asked.delete(place)));
    return asked.get(place);
  }

  async function ask(id, address, place) {
    const kept = answers.get(place);
    const first = await erqi.answer(address, kept && kept.tag ? { headers: { "If-None-Match": kept.tag } } : {});
    if (first.status === 304) return keep(place, kept).features;
    const features = marked(id, await following(id, first.body, address));
    return keep(place, { tag: first.tag, features }).features;
  }

  function keep(place, answer) {
    answers.delete(place);
    answers.set(place, answer);
    if (answers.size > KEPT) answers.delete(answers.keys().next().value);
    return answer;
  }

  /* Features of the first page and of all that come after it. */
  async function following(id, first, address) {
    const seen = new Set([address]);
    const features = [...first.features];
    let [url, matched] = [nextUrl(first), first.numberMatched];
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

  /* Status, tag and JSON of an answer; one that is neither 2xx nor 304 raises its own sentence, where it has one. */
  erqi.answer = async function (url, options) {
    const given = options || {};
    const headers = { Accept: "application/geo+json, application/json", ...given.headers };
    const response = await fetch(url, { ...given, headers });
    if (response.status === 304) return { status: 304, tag: null, body: null };
    if (response.ok) return { status: response.status, tag: response.headers.get("ETag"), body: await response.json() };
    const problem = await response.json().catch(() => ({}));
    const error = new Error(erqi.pick(problem, "detail") || "HTTP " + response.status);
    error.status = response.status;
    throw error;
  };

  erqi.getJson = async (url, options) => (await erqi.answer(url, options)).body;

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
