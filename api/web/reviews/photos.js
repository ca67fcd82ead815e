/* The photos of a report: copies without metadata, what their EXIF says beside, the original by a link. */
import { h } from "../field/dom.js";
import { config, lasting, metres, t, time } from "../shared/words.js";

const ANOTHER_DAY_S = 86_400;

export function showPhotos({ photos }) {
  if (!photos.length) return null;
  return h("section", { class: "reviews-part reviews-photos-part", "aria-labelledby": "part-photos" },
    h("h3", { id: "part-photos" }, t("photos_n", { n: photos.length })),
    h("ul", { class: "reviews-photos" }, photos.map((photo, n) => h("li", {}, photo.is_here ? [picture(photo, n), evidence(photo), original(photo)] : missing(n)))));
}

const path = (photo, kind = "") => `${config.base}/api/v1/photos/${photo.sha256}${kind}`;

function picture(photo, n) {
  const label = t("photo_n", { n: n + 1 });
  return h("a", { class: "reviews-photo", href: path(photo), target: "_blank", rel: "noopener" },
    h("img", { src: path(photo, "/thumbnail"), alt: label, loading: "lazy", width: 160, height: 120 }));
}

function evidence(photo) {
  const lines = [
    photo.taken_at ? [t("taken_at", { time: time(photo.taken_at) }), apart(photo.seconds_apart)] : [t("taken_unknown"), ""],
    photo.distance_m === null ? [photo.lon === null ? t("exif_nowhere") : t("exif_somewhere"), ""] : [t("exif_off", { m: metres(photo.distance_m) }), ""],
    photo.heading_deg === null ? ["", ""] : [t("heading", { deg: Math.round(photo.heading_deg) }), ""],
  ];
  return h("p", { class: "reviews-exif erqi-number" }, lines.filter(([said]) => said).map(([said, more]) => h("span", {}, said, more ? h("b", {}, more) : null)));
}

function apart(seconds) {
  if (Math.abs(seconds) < ANOTHER_DAY_S) return "";
  return t(seconds < 0 ? "taken_before" : "taken_after", { time: lasting(seconds) });
}

const original = (photo) => h("a", { class: "reviews-original", href: path(photo, "/original"), download: true }, t("original"));

const missing = (n) => h("div", { class: "reviews-photo reviews-photo--missing" }, h("span", {}, t("photo_missing", { n: n + 1 })));
