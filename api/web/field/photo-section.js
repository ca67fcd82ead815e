/* The part of a form with the photos: take several, see them, take one away. */
import { h, icon } from "./dom.js";
import { prepare } from "./photos.js";
import { isFull, keepPhoto, photosOf, removePhoto } from "./store.js";
import { config, t } from "./words.js";

const MOST = 20;
const TYPES = "image/jpeg,image/png,image/webp";

export async function photoSection(report, announce) {
  const list = h("ul", { class: "field-photos" });
  const status = h("p", { class: "field-hint", role: "status" });
  let urls = [];
  let working = 0;
  const draw = async () => {
    urls.forEach((url) => URL.revokeObjectURL(url));
    const photos = await photosOf(report.id);
    urls = photos.map((photo) => URL.createObjectURL(photo.blob));
    list.replaceChildren(...photos.map((photo, i) => item(photo, urls[i], i, draw)));
  };
  const add = async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    working += 1;
    status.textContent = t("photos_working");
    const words = await addAll(files, report);
    working -= 1;
    await draw();
    status.textContent = words;
    if (words) announce(words);
  };
  const input = (id, more) => h("input", { id, type: "file", accept: TYPES, multiple: true, class: "field-hidden", onchange: add, ...more });
  await draw();
  return {
    section: h("section", { class: "field-section", "aria-labelledby": "field-photos-title" }, h("h2", { id: "field-photos-title" }, t("photos")), list,
      h("div", { class: "field-actions" },
        input("field-camera", { capture: "environment" }), h("label", { class: "field-button", for: "field-camera" }, icon("camera"), t("camera")),
        input("field-album"), h("label", { class: "field-button", for: "field-album" }, t("album"))), status),
    busy: () => working > 0,
    stop: () => urls.forEach((url) => URL.revokeObjectURL(url)),
  };
}

/* Keep what was chosen, one after the other; answers what there is to say about it. */
async function addAll(files, report) {
  let smaller = 0;
  for (const file of files) {
    const photos = await photosOf(report.id);
    if (photos.length >= MOST) return t("photos_most", { n: MOST });
    let photo = null;
    try {
      photo = await prepare(file, config.photo, report.id);
    } catch {
      return t("photo_unreadable", { name: file.name });
    }
    if (photos.some((each) => each.sha256 === photo.sha256)) continue;
    try {
      await keepPhoto(photo);
    } catch (error) {
      if (!isFull(error)) throw error;
      return t("photo_full");
    }
    smaller += photo.smaller ? 1 : 0;
  }
  return smaller ? t("photo_smaller", { n: smaller }) : "";
}

const item = (photo, url, i, draw) => h("li", {}, h("img", { src: url, alt: t("photo_n", { n: i + 1 }) }),
  h("button", { type: "button", "aria-label": t("photo_remove", { n: i + 1 }), onclick: async () => { await removePhoto(photo.key); await draw(); } }, "×"));
