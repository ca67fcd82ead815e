/* The bar of time below the map: any day of the season by a slider, played on or stepped through, and the way back. */
(function (erqi) {
  "use strict";

  const { h, svg, t } = erqi;
  const DAY_MS = 86_400_000;
  const ZONE_MS = 8 * 3_600_000; // Asia/Shanghai has no summer time
  const FRAME_MS = 450; // a step of the player; what comes later than that is shown as it comes
  const AHEAD = 4; // steps that are read before they are wanted
  const HISTOGRAM = 20; // its height
  const INSET = 9; // half a slider's thumb: where its middle stands at the ends
  const STRIDES = { day: 1, week: 7 };
  const LONG_STRIDE = 30;

  const axis = { first: 0, last: 0, clock: "18:00:00", live: false };
  const parts = {};
  let [index, wanted, going, playing, stride] = [0, null, false, false, STRIDES.day];

  const dayNumber = (day) => Math.round(Date.parse(day + "T00:00:00Z") / DAY_MS);
  const dayName = (number) => new Date(number * DAY_MS).toISOString().slice(0, 10);
  const local = (moment) => new Date(Date.parse(moment) + ZONE_MS).toISOString();
  const dayOf = (moment) => dayNumber(local(moment).slice(0, 10));
  const today = () => dayOf(new Date().toISOString());

  /* The instant of a stop on the axis; the last one of a district without an opening moment is now. */
  function momentAt(stop) {
    if (axis.live && stop === axis.last) return null;
    const moment = dayName(stop) + "T" + axis.clock + "+08:00";
    const known = [erqi.config.moment, erqi.config.opening].find((each) => each && erqi.sameInstant(each, moment));
    return known || moment;
  }

  erqi.startTime = async function () {
    if (erqi.closed || erqi.framed) return;
    let history;
    try {
      history = await erqi.getJson(erqi.config.basePath + "/api/v1/differences/days");
    } catch {
      return; // the map is whole without its bar
    }
    erqi.rememberChanges(history.still);
    if (!history.first) return;
    span(history);
    build(history);
    erqi.onMoment(settle);
    settle();
  };

  /* From the first day of the history to its last or last planned one, but no further than today or what is shown. */
  function span(history) {
    const shown = erqi.moment();
    axis.live = erqi.config.opening === null;
    axis.first = dayNumber(history.first);
    axis.last = axis.live ? today() : Math.min(today(), dayNumber(history.last));
    if (shown !== null) {
      axis.clock = local(shown).slice(11, 19);
      axis.first = Math.min(axis.first, dayOf(shown));
      axis.last = Math.max(axis.last, dayOf(shown) + (axis.live ? 1 : 0));
    }
  }

  function build(history) {
    const button = (key, sign, run) => h("button", { type: "button", class: "erqi-time__button", "aria-label": t(key), title: t(key), onclick: run }, sign);
    const sign = (path) => svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: path }));
    // who wants no motion steps; nothing moves on its own
    parts.play = erqi.motion ? button("time.play", sign(PLAY), toggle) : null;
    parts.output = h("output", { class: "erqi-time__moment", for: "erqi-time-range" });
    parts.range = h("input", { type: "range", id: "erqi-time-range", min: axis.first, max: axis.last, step: 1, "aria-label": t("time.range"),
      oninput: () => { pause(); go(Number(parts.range.value)); }, onkeydown: keys });
    parts.stride = h("select", { class: "erqi-time__stride", "aria-label": t("time.stride"), onchange: () => { stride = STRIDES[parts.stride.value]; } },
      Object.keys(STRIDES).map((name) => h("option", { value: name }, t(name === "day" ? "time.day" : "time.week"))));
    parts.back = h("button", { type: "button", class: "erqi-button", onclick: back }, sign(BACK), h("span", {}, t(axis.live ? "time.now" : "time.opening")));
    parts.compare = h("a", { class: "erqi-button", href: "" }, sign(BESIDE), h("span", {}, t("time.compare")));
    document.getElementById("erqi-timebar").replaceChildren(
      h("div", { class: "erqi-time__buttons" }, parts.play, button("time.earlier", sign(EARLIER), () => step(-1)), button("time.later", sign(LATER), () => step(1))),
      parts.output,
      h("div", { class: "erqi-time__track" }, histogram(history.days), parts.range, h("div", { class: "erqi-time__months", "aria-hidden": "true" }, months())),
      h("div", { class: "erqi-time__more" }, parts.stride, parts.back, parts.compare));
  }

  const PLAY = "M4 2.5 13 8 4 13.5Z";
  const BACK = "M3 2.5V7.5H8L6.1 5.6A4 4 0 1 1 4.6 10.6L3 11.6A6 6 0 1 0 4.7 4.2Z";
  const BESIDE = "M2 3H7.2V13H2Z M8.8 3H14V13H8.8V11.4H12.4V4.6H8.8Z";
  const PAUSE = "M4 3H6.8V13H4Z M9.2 3H12V13H9.2Z";
  const EARLIER = "M10.5 2.5 5 8 10.5 13.5 12 12 8 8 12 4Z";
  const LATER = "M5.5 2.5 11 8 5.5 13.5 4 12 8 8 4 4Z";

  const share = (day) => (axis.last === axis.first ? 0.5 : (day - axis.first) / (axis.last - axis.first));

  /* How many changes each day had; the few fullest days, such as that on which all was entered, do not hide the others. */
  function histogram(days) {
    const shown = days.map((each) => ({ at: dayNumber(each.day), changes: each.changes })).filter(({ at }) => at >= axis.first && at <= axis.last);
    const sorted = shown.map(({ changes }) => changes).sort((a, b) => a - b);
    const most = sorted[Math.floor(0.97 * sorted.length)] || 1;
    const width = Math.max(0.15, Math.min(2, 70 / (axis.last - axis.first + 1)));
    const bars = shown.map(({ at, changes }) => {
      const height = Math.max(1.5, HISTOGRAM * Math.min(1, changes / most));
      return svg("rect", { x: (100 * share(at) - width / 2).toFixed(3), y: HISTOGRAM - height, width, height });
    });
    return svg("svg", { class: "erqi-time__histogram", viewBox: "0 0 100 " + HISTOGRAM, preserveAspectRatio: "none", role: "img", "aria-label": t("time.histogram", { n: shown.reduce((sum, { changes }) => sum + changes, 0) }) }, bars);
  }

  /* The first of each month, or of each year when there are too many months to read. */
  function months() {
    const all = Array.from({ length: axis.last - axis.first + 1 }, (_, i) => dayName(axis.first + i));
    const firsts = all.filter((day) => day.endsWith("-01"));
    const marks = firsts.length > 14 ? firsts.filter((day) => day.endsWith("-01-01")) : firsts;
    return marks.map((day) => {
      const mark = h("span", {}, firsts.length > 14 ? day.slice(0, 4) : MONTHS.format(new Date(day)));
      mark.style.left = "calc(" + INSET + "px + (100% - " + 2 * INSET + "px) * " + share(dayNumber(day)).toFixed(5) + ")";
      return mark;
    });
  }
  const LOCALE = erqi.lang === "zh" ? "zh-CN" : "en";
  const MONTHS = new Intl.DateTimeFormat(LOCALE, { month: "short", timeZone: "UTC" });
  const WEEKDAYS = new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "Asia/Shanghai" });

  function named(stop) {
    const moment = momentAt(stop);
    return moment === null ? t("time.is_now") : t("time.named", { moment: erqi.time(moment), weekday: WEEKDAYS.format(new Date(moment)) });
  }

  /* Put everything in the bar where a stop is. */
  function mark(stop) {
    index = stop;
    parts.range.value = stop;
    parts.range.setAttribute("aria-valuetext", named(stop));
    parts.output.textContent = named(stop);
  }

  /* After the page has come to another moment, by this bar or otherwise. */
  function settle() {
    const moment = erqi.moment();
    if (!going || wanted === null) mark(moment === null ? axis.last : Math.min(axis.last, Math.max(axis.first, dayOf(moment))));
    parts.back.disabled = erqi.isOpening();
    parts.compare.setAttribute("href", compareAddress(moment));
  }

  /* Compare with a week before, or with the meeting that the page opens at. */
  function compareAddress(moment) {
    const query = new URLSearchParams(window.location.search);
    const at = moment === null ? today() : dayOf(moment);
    const earlier = Math.max(axis.first, at - 7);
    query.set("compare", dayName(earlier) + "T" + axis.clock + "+08:00");
    query.delete("datetime");
    if (moment !== null) query.set("datetime", moment);
    query.set("lang", erqi.lang);
    return "?" + query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  }

  /* Go to a stop; while one is being read only the last wish counts. */
  async function go(stop) {
    wanted = Math.min(axis.last, Math.max(axis.first, stop));
    mark(wanted);
    if (going) return;
    going = true;
    try {
      while (wanted !== null) {
        const next = wanted;
        wanted = null;
        await erqi.goTo(momentAt(next));
      }
    } catch (error) {
      wanted = null;
      pause();
      erqi.banner(t("time.failed", { why: error.message }), () => go(stop));
    }
    going = false;
    settle();
  }

  const step = (direction) => { pause(); go(index + direction * stride); ahead(direction); };

  function back() {
    pause();
    erqi.goTo(erqi.config.opening).catch((error) => erqi.banner(t("time.failed", { why: error.message }), back));
  }

  /* Read the next stops before they are wanted; those that fail will say so when they are. */
  function ahead(direction) {
    for (let i = 1; i <= AHEAD; i += 1) {
      const stop = index + direction * stride * i;
      if (stop >= axis.first && stop <= axis.last && momentAt(stop) !== null) erqi.prefetch(momentAt(stop)).catch(() => {});
    }
  }

  function toggle() {
    if (playing) pause();
    else play();
  }

  async function play() {
    playing = true;
    drawPlay();
    // the list's summary would be read out at every step
    document.getElementById("erqi-summary").setAttribute("aria-live", "off");
    if (index >= axis.last) await go(axis.first);
    while (playing && index < axis.last && !document.hidden) {
      const begun = performance.now();
      ahead(1);
      await go(index + stride);
      await new Promise((resolve) => { window.setTimeout(resolve, Math.max(0, FRAME_MS - (performance.now() - begun))); });
    }
    pause();
  }

  function pause() {
    playing = false;
    document.getElementById("erqi-summary").setAttribute("aria-live", "polite");
    drawPlay();
  }

  function drawPlay() {
    if (!parts.play) return;
    parts.play.querySelector("path").setAttribute("d", playing ? PAUSE : PLAY);
    const label = t(playing ? "time.pause" : "time.play");
    parts.play.setAttribute("aria-label", label);
    parts.play.title = label;
  }

  const KEYS = {
    ArrowLeft: () => step(-1), ArrowDown: () => step(-1), ArrowRight: () => step(1), ArrowUp: () => step(1),
    PageDown: () => { pause(); go(index - LONG_STRIDE); }, PageUp: () => { pause(); go(index + LONG_STRIDE); },
    Home: () => { pause(); go(axis.first); }, End: () => { pause(); go(axis.last); },
    " ": () => { if (erqi.motion) toggle(); else step(1); },
  };

  function keys(event) {
    const run = KEYS[event.key];
    if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    run();
  }
})(window.erqi);
