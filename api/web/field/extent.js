/* The stretch of a segment that progress is of: from a K-post to a K-post, on one carriageway or both. */
import { h } from "./dom.js";
import { kPost, nearestRoad, readKPost } from "./chainage.js";
import { placeOf } from "./draft.js";
import { byId, features } from "./layers.js";
import { segmented } from "./parts.js";
import { t } from "./words.js";

const SIDES = ["left", "right", "both"];
const SLACK_M = 0.5; // a segment's end, printed to the metre, may lie this much beyond it
const NEAR_M = 60;

/* The segment of the task that a report is of; null for a task that is not on one. */
const segmentOf = ({ said }) => byId("segments", byId("tasks", said.task_id)?.properties.segment_id);

const metres = (text) => {
  const post = readKPost(text ?? "");
  return post && post.road === "" ? post.metres : null;
};

/* What is wrong with the stretch, as a key of the catalogue; null when it is well, or when there is none. */
export function extentFault(report) {
  const extent = report.said.extent;
  if (!extent) return null;
  const segment = segmentOf(report);
  const [from, to] = [metres(extent.from), metres(extent.to)];
  if (from === null || to === null) return "extent_posts";
  if (from >= to) return "extent_order";
  const { from_m: begins, to_m: ends } = segment?.properties ?? {};
  if (segment && (from < begins - SLACK_M || to > ends + SLACK_M)) return "extent_outside";
  return SIDES.includes(extent.carriageway) ? null : "extent_side";
}

export function extentField(given) {
  const { report, say } = given;
  const box = h("div", { class: "field-extent" });
  let drawnFor = null;
  const draw = () => {
    const segment = segmentOf(report);
    if (segment === drawnFor && box.childElementCount) return;
    if (drawnFor && segment !== drawnFor && report.said.extent) say({ extent: null });
    drawnFor = segment;
    box.replaceChildren(...(segment ? [choice(given, segment)] : []));
  };
  given.taskChosen = draw;
  draw();
  return box;
}

function choice(given, segment) {
  const { report, say } = given;
  const inner = h("div", { class: "field-extent__part" });
  const show = () => inner.replaceChildren(...(report.said.extent ? part(given, segment) : []));
  show();
  return h("div", { class: "field-extent__whole" },
    segmented("extent", t("extent"), [{ code: "whole", label: t("extent_whole") }, { code: "part", label: t("extent_part") }], report.said.extent ? "part" : "whole",
      (code) => { say({ extent: code === "part" ? { from: "", to: "", carriageway: null } : null }); show(); }), inner);
}

function part({ report, say }, segment) {
  const { from_m: begins, to_m: ends, road_id: road } = segment.properties;
  const fault = h("p", { class: "field-hint", role: "status" });
  const tell = () => { const key = extentFault(report); fault.textContent = key && report.said.extent.from && report.said.extent.to ? t(key) : ""; };
  const put = (values) => { say({ extent: { ...report.said.extent, ...values } }); tell(); };
  const place = placeOf(report);
  const here = place && nearestRoad(features("roads").filter((each) => each.id === road), place);
  const inside = here && here.offset <= NEAR_M && here.measure >= begins && here.measure <= ends ? kPost(here.measure) : null;
  const end = (name, at, label) => {
    const input = h("input", { id: "field-extent-" + name, autocomplete: "off", autocapitalize: "characters", maxlength: 20, placeholder: kPost(at), value: report.said.extent[name], oninput: () => put({ [name]: input.value }) });
    const fill = (words, text) => h("button", { type: "button", onclick: () => { input.value = text; put({ [name]: text }); } }, words, " ", text);
    return h("div", { class: "field-row" }, h("label", { for: input.id }, label), input,
      h("div", { class: "field-steps field-steps--wide" }, fill(t("extent_" + name + "_end"), kPost(at)), inside ? fill(t("extent_here"), inside) : null));
  };
  tell();
  return [
    h("p", { class: "field-hint" }, t("extent_range", { from: kPost(begins), to: kPost(ends) })),
    end("from", begins, t("extent_from")), end("to", ends, t("extent_to")),
    segmented("carriageway", t("extent_carriageway"), SIDES.map((code) => ({ code, label: t("extent_" + code) })), report.said.extent.carriageway, (code) => put({ carriageway: code })),
    fault,
  ];
}
