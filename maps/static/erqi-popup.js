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
    const inputs = [["card.rule", erqi.text(p.rule)], ["card.baseline", erqi.pick(p, "baseline")]].filter(([, value]) => value);
    return h("section", { class: "erqi-why" },
      h("h3", {}, t(heading || "card.why")), h("p", {}, sentence), meters(p),
      h("p", { class: "erqi-why__inputs" }, inputs.map(([key, value]) => h("span", {}, t(key), " ", value)), gap(erqi.number(p.lag_points))));
  }

  const gap = (points) => (points ? h("span", {}, t(points > 0 ? "card.behind" : "card.ahead", { n: Math.abs(points).toFixed(1) })) : null);

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
      at ? h("p", {}, h("time", { datetime: erqi.text(at) }, erqi.time(at)), ago(erqi.daysSince(at))) : h("p", { class: "erqi-quiet" }, t("card.no_report")),
      p.last_report_note ? h("p", { class: "erqi-quote" }, erqi.text(p.last_report_note)) : null);
  }

  const ago = (days) => (days > 0 ? h("span", { class: "erqi-quiet" }, t("card.ago", { n: days })) : null);

  const tasksOf = (p) => (Array.isArray(p.tasks) ? p.tasks.filter(Boolean) : []);

  function taskTable(p) {
    if (tasksOf(p).length === 0) return null;
    const head = ["card.stage", "card.planned", "card.actual", "card.progress"].map((key) => h("th", { scope: "col" }, t(key)));
    const rows = tasksOf(p).map((task) => [
      h("tr", {},
        h("th", { scope: "row" }, erqi.pick(task, "stage") || erqi.text(task.stage), late(task)),
        h("td", {}, between(task.planned_start, task.planned_finish)),
        h("td", {}, between(task.actual_start, task.actual_finish)),
        h("td", { class: "erqi-number" }, erqi.percent(task.progress_percent))),
      task.blocked_reason ? h("tr", { class: "erqi-tasks__blocked" },
        h("td", { colspan: 4 }, t("card.blocked"), erqi.text(task.blocked_reason))) : null,
    ]);
    return h("section", {}, h("h3", {}, t("card.tasks")),
      h("table", { class: "erqi-tasks" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
  }

  /* The days of a task; one that has begun and is not finished has only the first. */
  function between(start, finish) {
    if (!start || !finish) return start ? h("span", {}, t("card.since", { date: erqi.shortDay(start) })) : erqi.shortDay(finish) || "—";
    return [h("span", {}, erqi.shortDay(start), "–"), h("span", {}, erqi.shortDay(finish))];
  }

  const late = (task) => (task.is_overdue === true ? h("span", { class: "erqi-late" }, t("card.overdue", { n: erqi.daysSince(task.planned_finish) })) : null);

  /* Who does the work: the units of the tasks, by the names that the filters know. */
  function unitsOf(p) {
    const names = new Map((erqi.features.get("units") || []).map((unit) => [erqi.text(unit.id), erqi.name(unit)]));
    return [...new Set(tasksOf(p).map((task) => names.get(erqi.text(task.unit_id))))].filter(Boolean).join(t("card.comma"));
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
        [t("card.opened"), erqi.day(p.opened_at)], [t("card.due"), due(p)], [t("card.closed"), erqi.day(p.closed_at)]]),
    ];
  }

  /* The deadline of an entry, with the days that are left of it or past it. */
  function due(p) {
    const words = p.due_on ? erqi.deadline(p) || erqi.day(p.due_on) : "";
    return p.overdue === true ? h("span", { class: "erqi-late" }, words) : words;
  }

  const works = (p, feature) => [
    why(p), lastReport(p),
    facts([[t("card.unit"), unitsOf(p)], [t("card.chainage"), erqi.text(p.chainage)]]),
    erqi.partsSection(feature), taskTable(p),
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
      [t("card.inspected"), erqi.day(p.inspected_on)]]),
    other: () => null,
  };
})(window.erqi);
