/* The list beside the map: every feature of the map as text, by road or kind, and those without a point. */
(function (erqi) {
  "use strict";

  const { h, t } = erqi;
  const unfolded = new Set(); // "collection/id" of the entries whose card is open in the list
  const whole = new Set(); // titles of the groups of which every entry was asked for
  const FIRST = 300; // entries drawn at once in one group; the rest come with a button that says how many

  const HEADINGS = {
    segments: "list.segments", sites: "list.sites", stops: "list.stops", checkpoints: "list.checkpoints", cases: "list.cases",
    conflicts: "list.conflicts", supplies: "list.supplies",
  };
  const SUMMARIES = {
    segment_progress: "summary.segments", site_progress: "summary.sites", checkpoint_status: "summary.checkpoints", cases: "summary.cases",
    conflicts: "summary.conflicts",
  };

  erqi.drawPanel = function (map) {
    const sections = erqi.config.sections.map((section) => ({ section, features: members(section) }));
    const unlocated = sections.flatMap(({ features }) => features.filter((feature) => !feature.geometry));
    const parts = sections.map(({ section, features }) => sectionOf(map, section, features.filter((feature) => feature.geometry)));
    if (unlocated.length) parts.push(unlocatedSection(map, unlocated));
    window.erqiLive.patchChildren(document.getElementById("erqi-list"), parts.filter(Boolean));
    summary();
  };

  function members(section) {
    const features = erqi.shown(section.collection).filter((feature) => !section.only || feature.properties[section.only]);
    if (section.collection === "cases") return erqi.byDeadline(features);
    return section.collection === "segment_progress" && !erqi.isMany(section.collection) ? byRoad(features) : features;
  }

  /* Roads in the order of the data, each along its chainage. */
  function byRoad(features) {
    const roads = [...new Set(features.map((feature) => erqi.text(feature.properties.road_id)))];
    const order = (feature) => roads.indexOf(erqi.text(feature.properties.road_id));
    const start = (feature) => erqi.number(feature.properties.from_m) || 0;
    return features.slice().sort((a, b) => order(a) - order(b) || start(a) - start(b));
  }

  function sectionOf(map, section, features) {
    if (!features.length) return null;
    const groups = section.group && !erqi.isMany(section.collection) ? grouped(features, section.group) : new Map([[t(HEADINGS[section.heading]), features]]);
    return h("div", { class: "erqi-section", "data-section": section.heading },
      [...groups].map(([title, entries]) => groupOf(map, title, entries)));
  }

  function grouped(features, stem) {
    const groups = new Map();
    for (const feature of features) {
      const title = erqi.pick(feature.properties, stem) || "—";
      if (!groups.has(title)) groups.set(title, []);
      groups.get(title).push(feature);
    }
    return groups;
  }

  function groupOf(map, title, features) {
    const first = whole.has(title) ? features.length : FIRST;
    const list = h("ul", { class: "erqi-entries" }, features.slice(0, first).map((feature) => entry(map, feature)));
    const rest = features.slice(first);
    const more = rest.length ? h("button", {
      type: "button", class: "erqi-link",
      onclick: () => { whole.add(title); erqi.drawPanel(map); },
    }, t("list.more", { n: rest.length })) : null;
    return h("section", {}, h("h2", { class: "erqi-group" }, h("span", {}, title), h("span", { class: "erqi-group__count" }, features.length)), list, more);
  }

  function entry(map, feature) {
    const late = feature.properties.overdue === true ? " erqi-entry--late" : "";
    const key = feature.collection + "/" + feature.id;
    // the list is kept while its features change: what is opened is the feature of that moment
    const now = () => erqi.feature(feature.collection, feature.id) || feature;
    const button = h("button", { type: "button", class: "erqi-entry" + late, onclick: () => erqi.open(map, feature.collection, now(), button) },
      h("span", { class: "erqi-entry__swatch" }, erqi.featureSwatch(feature.collection, feature, 30)),
      h("span", { class: "erqi-entry__text" },
        h("span", { class: "erqi-entry__name" }, shortName(feature)), h("span", { class: "erqi-entry__sub" }, subline(feature))),
      h("span", { class: "erqi-entry__figure erqi-number" }, figure(feature)));
    const item = h("li", { "data-key": key }, button);
    if (unfolded.has(key)) erqi.openInList(feature, button);
    return item;
  }

  /* Under its road's heading a segment is known by its crossings: what stands in the brackets of its name. */
  function shortName(feature) {
    const name = erqi.name(feature);
    const road = erqi.pick(feature.properties, "road");
    const match = feature.collection === "segment_progress" && !erqi.isMany(feature.collection) && road && name.startsWith(road) ? name.slice(road.length).match(/^\s*[（(](.+)[）)]$/) : null;
    return match ? match[1] : name;
  }

  erqi.sublines = {
    segment_progress: (p) => [erqi.pick(p, "state"), erqi.text(p.chainage)],
    site_progress: (p) => [erqi.pick(p, "state"), lastSeen(p.last_report_at)],
    checkpoint_status: (p) => [erqi.pick(p, "state"), erqi.pick(p, "kind"), erqi.pick(p, "freshness")],
    landmarks: (p) => [t("list.inspected", { date: erqi.day(p.inspected_on) })],
  };
  const lastSeen = (at) => (at ? t("list.seen", { date: erqi.day(at) }) : "");

  function subline(feature) {
    return (erqi.sublines[feature.collection] || (() => []))(feature.properties).filter(Boolean).map(isolated).join(" · ");
  }

  /* A right-to-left override in one part of a line ends with that part (Unicode FSI … PDI). */
  const isolated = (text) => "\u2068" + text + "\u2069";

  function figure(feature) {
    const actual = erqi.number(feature.properties.actual_percent);
    return actual === null ? "" : erqi.percent(actual);
  }

  /* Places without a point open inside the list, where the others open on the map. */
  function unlocatedSection(map, features) {
    return h("section", { class: "erqi-section erqi-section--unlocated", "data-section": "unlocated" },
      h("h2", { class: "erqi-group" }, h("span", {}, t("list.unlocated")), h("span", { class: "erqi-group__count" }, features.length)),
      h("p", { class: "erqi-quiet" }, t("list.unlocated_note")),
      h("ul", { class: "erqi-entries" }, features.map((feature) => entry(map, feature))));
  }

  erqi.openInList = function (feature, button) {
    const item = button.closest("li");
    const open = item.querySelector(".erqi-card");
    const key = feature.collection + "/" + feature.id;
    if (open) open.remove();
    else item.append(erqi.card(feature.collection, feature));
    if (open) unfolded.delete(key);
    else unfolded.add(key);
    button.setAttribute("aria-expanded", String(!open));
  };

  function summary() {
    const parts = erqi.config.summary.map((id) => erqi.manySummary(id) || t(SUMMARIES[id], { shown: erqi.shown(id).length, all: (erqi.features.get(id) || []).length }));
    const summed = document.getElementById("erqi-summary");
    // a screen reader says it again whenever it is set
    if (summed.textContent !== parts.join(" · ")) summed.textContent = parts.join(" · ");
  }

  /* What the legend explains beyond the states, which are the filters themselves. */
  const NOTES = {
    progress: () => [["note.progress", erqi.lineSwatch("progress-on-plan")], ["note.unconfirmed", erqi.lineSwatch("neutral")]],
    parts: () => [["note.parts", erqi.partsSwatch()]],
    stop: () => [["note.stop", erqi.symbol("stop", { colour: erqi.theme.palette.stop, size: 26 })]],
    site: () => [["note.site", erqi.symbol("site", { colour: erqi.theme.palette.site, size: 26 })]],
    uncertainty: () => [["note.uncertainty", erqi.circleSwatch()]],
    checkpoint_kinds: () => [["note.shape", erqi.symbol("aqueduct", { colour: erqi.theme.palette.site, size: 26 })],
      ["note.hollow", erqi.symbol("inverted_siphon", { token: "neutral", hollow: true, size: 26 })]],
    freshness: () => [["note.fresh", erqi.ringSwatch("fresh")], ["note.stale", erqi.ringSwatch("stale")], ["note.never", erqi.ringSwatch("never")]],
    reports: () => (erqi.closed ? [] : [["note.report", erqi.reportSwatch()]]),
    heat: () => (erqi.closed ? [] : [["note.heat", erqi.heatSwatch()]]),
    conflict: () => [["note.conflict_sure", erqi.lineSwatch("conflict-sure")], ["note.conflict_possible", erqi.lineSwatch("conflict-possible")]],
    supply: () => [["note.supply", erqi.symbol("store", { colour: erqi.theme.palette.supply, size: 26 })]],
    case: () => [["note.case", erqi.symbol("case", { colour: erqi.colour("state-open"), size: 26 })],
      ["note.overdue", erqi.featureSymbol("cases", { properties: { colour: "state-active", overdue: true } }, 26)]],
  };

  erqi.drawNotes = function () {
    const rows = erqi.config.legend.flatMap((name) => NOTES[name]());
    document.getElementById("erqi-notes").replaceChildren(
      h("h2", { class: "erqi-group" }, t("note.title")),
      h("ul", { class: "erqi-note-list" }, rows.map(([key, swatch]) => h("li", {}, h("span", { class: "erqi-entry__swatch" }, swatch), h("span", {}, t(key))))));
  };
})(window.erqi);
