/* The ground of our map pages: settings, words, DOM building, formats.
   Text from data becomes part of a page through h() and textContent only. */
(function () {
  "use strict";

  const erqi = (window.erqi = {});
  erqi.config = JSON.parse(document.getElementById("erqi-config").textContent);
  erqi.theme = erqi.config.theme;
  erqi.lang = erqi.config.lang;
  erqi.closed = document.querySelector('meta[name="erqi-embedded"]') !== null;
  erqi.framed = window.parent !== window; // one side of a comparison
  if (erqi.closed) document.body.classList.add("erqi-closed");
  if (erqi.framed) document.body.classList.add("erqi-framed");
  erqi.motion = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  erqi.t = function (key, values) {
    const message = erqi.config.messages[key];
    if (message === undefined) throw new Error("no message " + key);
    return message.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
  };

  /* Build an element: h("p", {class: "x", onclick: f}, child, …); strings become text nodes. */
  erqi.h = function (tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
  };
  erqi.svg = function (tag, attributes, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  };

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(3)) {
      if (child === null || child === undefined || child === false) continue;
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return element;
  }

  /* The value of a property pair such as name_zh, name_en in the page's language, or the other one. */
  erqi.pick = function (properties, stem) {
    const [first, second] = erqi.lang === "en" ? ["_en", "_zh"] : ["_zh", "_en"];
    return erqi.text(properties[stem + first]) || erqi.text(properties[stem + second]);
  };
  erqi.other = function (properties, stem) {
    const other = erqi.text(properties[stem + (erqi.lang === "en" ? "_zh" : "_en")]);
    return other === erqi.pick(properties, stem) ? "" : other;
  };
  erqi.text = function (value) {
    if (value === null || value === undefined) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  };
  erqi.number = function (value) {
    if (value === null || value === undefined || value === "") return null;
    const number = Number(value);
    return Number.isFinite(number) ? number : null;
  };
  erqi.name = function (feature) {
    const p = feature.properties;
    return erqi.pick(p, "name") || erqi.pick(p, "title") || (p.observed_at ? erqi.pick(p, "kind") : "") || erqi.text(p.number) || erqi.text(feature.id);
  };
  erqi.label = function (scheme, code) {
    const term = (erqi.config.vocabularies[scheme] || []).find((entry) => entry.code === code);
    return term ? term[erqi.lang] || term.zh : erqi.text(code);
  };

  const clock = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short",
  });
  /* An instant as 2020-07-20 09:00 by the clock of Shanghai: what sorts, and what inputs take. */
  erqi.stamp = function (value) {
    const date = new Date(value);
    return value && !Number.isNaN(date.getTime()) ? clock.format(date) : erqi.text(value);
  };
  /* A date without time keeps its own words; an instant becomes its day in Shanghai, as 2020-07-20. */
  erqi.date = function (value) {
    const text = erqi.text(value);
    return /^\d{4}-\d\d-\d\dT/.test(text) ? erqi.stamp(text).slice(0, 10) : text;
  };

  const LOCALE = erqi.lang === "zh" ? "zh-CN" : "en-GB";
  const words = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", day: "numeric", ...options });
  const [WHOLE, SHORT, THIS_YEAR] = [words({ year: "numeric", month: "long" }), words({ year: "numeric", month: "short" }), words({ month: "short" })];

  function inWords(value, format) {
    const day = erqi.date(value);
    return /^\d{4}-\d\d-\d\d$/.test(day) ? format(day).format(new Date(day)) : day;
  }
  /* A day as sentences have it: 2020年7月20日, 20 July 2020. The same words as maps/i18n.py writes. */
  erqi.day = (value) => inWords(value, () => WHOLE);
  /* A day in narrow columns: 7月20日, 20 Jul; with its year where that is not the year shown. */
  erqi.shortDay = (value) => inWords(value, (day) => (day.slice(0, 4) === shownDay().slice(0, 4) ? THIS_YEAR : SHORT));
  /* Whole days from a day until the one shown. */
  erqi.daysSince = (value) => Math.round((Date.parse(shownDay()) - Date.parse(erqi.date(value))) / 86_400_000);
  const shownDay = () => erqi.date(erqi.moment() || new Date().toISOString());

  /* An instant as sentences have it: 2020年7月20日 9:00, 20 July 2020, 9:00. */
  erqi.time = function (value) {
    const date = new Date(value);
    return value && !Number.isNaN(date.getTime()) ? window.erqiLive.written(date) : erqi.text(value);
  };
  erqi.metres = function (value) {
    const metres = erqi.number(value);
    if (metres === null) return "";
    return metres >= 1000 ? (metres / 1000).toFixed(1) + " km" : Math.round(metres) + " m";
  };
  erqi.percent = function (value) {
    const number = erqi.number(value);
    return number === null ? "—" : Math.round(number) + "%";
  };
  erqi.kpost = function (metres) {
    const whole = Math.round(metres);
    return "K" + Math.floor(whole / 1000) + "+" + String(whole % 1000).padStart(3, "0");
  };

  erqi.token = function (name) {
    return Object.hasOwn(erqi.theme.tokens, name) ? name : erqi.theme.fallback;
  };
  erqi.colour = function (name) {
    return erqi.theme.tokens[erqi.token(name)];
  };
  erqi.narrow = function () {
    return window.matchMedia("(max-width: 760px)").matches;
  };
  erqi.debounce = function (wait, run) {
    let timer = 0;
    return function (...parts) {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => run(...parts), wait);
    };
  };

  /* Folium calls the plug-ins by the names they had when it was written. */
  L.control.fullscreen = function (options) {
    // the whole page goes full screen, so that date, badge and legend stay in sight
    return new L.Control.FullScreen({ ...options, fullscreenElement: document.documentElement });
  };
  const locate = L.control.locate;
  L.control.locate = function (options) {
    const say = (text) => erqi.banner(text);
    return locate({
      ...options,
      showCompass: false,
      onLocationError: () => say(erqi.t("locate.failed")),
      onLocationOutsideMapBounds: (control) => {
        control.stop();
        say(options.strings.outsideMapBoundsMsg);
      },
    });
  };
})();
