/* Earlier reports that may be of the same thing: how far along the road, how long apart, how like the photos. */
import { h } from "../field/dom.js";
import { chip } from "./queue.js";
import { metres, shortId, t, time } from "../shared/words.js";

export function showLikely(likely, desk, act) {
  if (!likely?.length) return null;
  const may = desk.may_become.includes("duplicate") && !desk.is_own;
  return h("section", { class: "reviews-part reviews-likely-part", "aria-labelledby": "part-likely" },
    h("h3", { id: "part-likely" }, t("likely")),
    h("ol", { class: "reviews-likely" }, likely.map((other, n) => h("li", {},
      h("p", { class: "reviews-likely__head" }, h("i", { class: "reviews-pin reviews-pin--likely", "aria-hidden": "true" }, "D" + (n + 1)), h("b", { class: "erqi-number" }, t("score", { n: Math.round(other.score * 100) })), chip(other.status), h("span", { class: "erqi-quiet erqi-number" }, time(other.observed_at) + " · " + shortId(other.id))),
      h("p", {}, evidence(other)),
      other.note ? h("blockquote", {}, other.note) : null,
      h("p", { class: "reviews-likely__do" },
        may ? h("button", { type: "button", class: "erqi-button", "data-key": "same " + other.id, onclick: () => act.same(other.id) }, t("same_as")) : null,
        h("a", { class: "erqi-link", href: "?" + elsewhere(other.id), target: "_blank", rel: "noopener" }, t("open_other")))))));
}

function evidence({ distance_m: away, hours_apart: hours, photo_bits: bits, reasons }) {
  const where = reasons.includes("same_place") ? t("likely_same_place") : away === null ? "" : t(reasons.includes("along_road") ? "likely_along" : "likely_near", { m: metres(away) });
  const when = hours < 1 ? t("likely_minutes", { n: Math.round(hours * 60) }) : t("likely_hours", { n: Math.round(hours) });
  return [where, when, bits === null ? "" : t("likely_photo", { n: bits })].filter(Boolean).join(" · ");
}

function elsewhere(id) {
  const address = new URLSearchParams(location.search);
  address.set("report", id);
  return address;
}
