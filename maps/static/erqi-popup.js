/* What is told about one feature: the same card in a popup and in the list. Only text nodes. */
(function (erqi) {
  "use strict";

  const { h, t } = erqi;

  erqi.card = function (collection, feature) {
    const p = feature.properties;
    const parts = (erqi.cards[collection] || erqi.cards.other)(p, feature);
    return h("article", { class: "erqi-card" },
      h("header", { class: "erqi-card__head" },
        h("h2", {}, erqi.name(feature)),
        h("p", { class: "erqi-card__other" }, erqi.other(p, "name") || erqi.other(p, "title")),
        statePill(collection, p)),
      parts,
      position(p, feature.geometry),
      p.demonstration === true ? h("p", { class: "erqi-card__demo" }, t("card.demonstration")) : null);
  };

  function statePill(collection, p) {
    const label = erqi.pick(p, "state") || erqi.pick(p, "status");
    if (!label) return null;
    const swatch = collection === "segment_progress" ? erqi.lineSwatch : erqi.dotSwatch;
    return h("p", { class: "erqi-state" }, swatch(erqi.token(p.colour)), h("span", {}, label));
  }

  /* Pairs of term and value; empty values are left out. */
  erqi.facts = facts;
  function facts(pairs) {
    const rows = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
    return rows.length ? h("dl", { class: "erqi-facts" }, rows.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])) : null;
  }

  /* Why the feature has its colour: the sentence, then rule, inputs and baseline in small print. */
  erqi.why = why;
  function why(p, heading) {
    const sentence = erqi.pick(p, "why");
    if (!sentence) return null;
    const inputs = [
      ["card.rule", erqi.text(p.rule)],
      ["card.baseline", erqi.pick(p, "baseline")],
      ["card.lag", erqi.number(p.lag_points) === null ? "" : t("card.points", { n: erqi.number(p.lag_points).toFixed(1) })],
    ];
    return h("section", { class: "erqi-why" },
      h("h3", {}, t(heading || "card.why")), h("p", {}, sentence), meters(p),
      h("p", { class: "erqi-why__inputs" }, inputs.filter(([, value]) => value).map(([key, value]) => h("span", {}, t(key), " ", value))));
  }

  function meters(p) {
    const bars = [["card.planned", p.planned_percent, "planned"], ["card.actual", p.actual_percent, "actual"]]
      .filter(([, value]) => erqi.number(value) !== null);
    return bars.length ? h("div", { class: "erqi-meters" }, bars.map(([key, value, kind]) => [
      h("span", {}, t(key)),
      erqi.svg("svg", { class: "erqi-meter", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
        erqi.svg("rect", { class: "erqi-meter__ground", width: 100, height: 6 }),
        erqi.svg("rect", { class: "erqi-meter__" + kind, width: Math.min(100, Math.max(0, erqi.number(value))), height: 6 })),
      h("span", { class: "erqi-number" }, erqi.percent(value)),
    ])) : null;
  }

  function lastReport(p) {
    const at = p.last_report_at;
    return h("section", { class: "erqi-report" }, h("h3", {}, t("card.last_report")),
      at ? h("p", {}, h("time", { datetime: erqi.text(at) }, erqi.time(at))) : h("p", { class: "erqi-quiet" }, t("card.no_report")),
      p.last_report_note ? h("p", { class: "erqi-quote" }, erqi.text(p.last_report_note)) : null);
  }

  function taskTable(p) {
    if (!Array.isArray(p.tasks) || p.tasks.length === 0) return null;
    const head = ["card.stage", "card.planned", "card.actual", "card.progress"].map((key) => h("th", { scope: "col" }, t(key)));
    const span = (start, finish) => [h("span", {}, erqi.date(start) || "—"), h("span", {}, erqi.date(finish) || "—")];
    const rows = p.tasks.filter(Boolean).map((task) => [
      h("tr", {},
        h("th", { scope: "row" }, erqi.pick(task, "stage") || erqi.text(task.stage)),
        h("td", {}, span(task.planned_start, task.planned_finish)),
        h("td", {}, span(task.actual_start, task.actual_finish)),
        h("td", { class: "erqi-number" }, erqi.percent(task.progress_percent))),
      task.blocked_reason ? h("tr", { class: "erqi-tasks__blocked" },
        h("td", { colspan: 4 }, t("card.blocked"), erqi.text(task.blocked_reason))) : null,
    ]);
    return h("section", {}, h("h3", {}, t("card.tasks")),
      h("table", { class: "erqi-tasks" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
  }

  function position(p, geometry) {
    if (p.position_status === undefined && p.position_accuracy_m === undefined) return null;
    if (!geometry) return h("p", { class: "erqi-position" }, t("card.unlocated"));
    const accuracy = erqi.metres(p.position_accuracy_m);
    const status = p.position_status ? erqi.label("position_status", p.position_status) : "";
    return h("p", { class: "erqi-position" }, [t("card.position"), status, accuracy ? "± " + accuracy : ""].filter(Boolean).join(" "));
  }

  function checkpoint(p) {
    const seen = p.seen_at ? erqi.time(p.seen_at) : t("card.never_seen");
    return [
      facts([[t("card.kind"), erqi.pick(p, "kind")], [t("card.canal"), erqi.pick(p, "canal")],
        [t("card.seen"), seen], [t("card.freshness"), freshness(p)]]),
      why(p),
      h("section", {}, h("h3", {}, t("card.inspection")), facts([
        [t("card.supplies"), erqi.pick(p, "supplies_state")], [t("card.survey"), erqi.pick(p, "hazard_survey_state")],
        [t("card.drill"), erqi.pick(p, "drill_state")],
        [t("card.open_cases"), erqi.text(p.open_cases)]])),
      erqi.levelSection(p), lastReport(p),
    ];
  }

  function freshness(p) {
    const label = erqi.pick(p, "freshness");
    const hours = erqi.number(p.freshness_hours);
    return hours === null ? label : label + " " + t("card.budget", { n: hours });
  }

  function ledgerCase(p) {
    return [
      erqi.text(p.description_zh) ? h("p", { class: "erqi-card__text", lang: "zh-CN" }, erqi.text(p.description_zh)) : null,
      facts([[t("card.number"), erqi.text(p.number)], [t("card.category"), erqi.pick(p, "category")],
        [t("card.hazard"), erqi.pick(p, "hazard")], [t("card.place"), erqi.pick(p, "place")],
        [t("card.territorial"), erqi.pick(p, "territorial")], [t("card.sector"), erqi.pick(p, "sector")],
        [t("card.opened"), erqi.date(p.opened_at)], [t("card.due"), erqi.date(p.due_on)], [t("card.closed"), erqi.date(p.closed_at)]]),
    ];
  }

  const works = (p, feature) => [
    facts([[t("card.road"), erqi.pick(p, "road")], [t("card.chainage"), erqi.text(p.chainage)]]),
    why(p), erqi.partsSection(feature), taskTable(p), lastReport(p),
  ];

  erqi.cards = {
    segment_progress: works,
    site_progress: works,
    checkpoint_status: checkpoint,
    cases: ledgerCase,
    reports: (p) => [
      p.note ? h("p", { class: "erqi-quote" }, erqi.text(p.note)) : null,
      facts([[t("card.observed"), erqi.time(p.observed_at)], [t("card.received"), erqi.time(p.received_at)], [t("card.chainage"), erqi.text(p.chainage)],
        [t("card.progress"), erqi.number(p.progress_percent) === null ? "" : erqi.percent(p.progress_percent)],
        [t("card.hazard"), p.hazard_kind ? erqi.label("hazard_kind", p.hazard_kind) : ""],
        [t("card.level"), erqi.number(p.water_level_m) === null ? "" : erqi.number(p.water_level_m).toFixed(2) + " m"]]),
      p.blocked_reason ? h("p", { class: "erqi-tasks__blocked" }, t("card.blocked"), erqi.text(p.blocked_reason)) : null,
    ],
    landmarks: (p) => facts([[t("card.kind"), erqi.pick(p, "kind") || erqi.label("landmark_kind", p.kind)],
      [t("card.crosses"), Array.isArray(p.crosses) ? p.crosses.map(erqi.text).join(" × ") : erqi.text(p.crosses)],
      [t("card.inspected"), erqi.date(p.inspected_on)]]),
    other: () => null,
  };
})(window.erqi);
