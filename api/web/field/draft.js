/* What a report says and needs, by its kind; and how it is written for the service. */

export const KINDS = {
  task_progress: { needs: ["task_id", "progress_percent"], fields: ["task", "extent", "progress", "blocked"] },
  checkpoint_inspection: { needs: ["checkpoint_id", "checkpoint_state"], fields: ["checkpoint", "checkpoint_state", "inspections"] },
  water_level: { needs: ["checkpoint_id", "water_level_m"], fields: ["checkpoint", "level"] },
  hazard: { needs: ["hazard_kind"], fields: ["hazard_kind"] },
  problem: { needs: ["note"], fields: [] },
  position_fix: { needs: ["fixed_place", "position"], fields: ["fixed_place"] },
  note: { needs: ["note"], fields: [] },
};
const PLACES = ["segment_id", "site_id", "checkpoint_id"];

export function newReport(kind, said = {}) {
  const now = new Date().toISOString();
  return {
    id: crypto.randomUUID(), kind, state: "draft", created_at: now, observed_at: now,
    said, where: { device: null, pin: null, text: "", chainage: null }, tries: 0, next_at: 0, problem: null,
  };
}

/* A draft of what was refused, or of more about what was sent: the same words under a new id. */
export const again = (old, said = old.said) => ({ ...newReport(old.kind, said), observed_at: old.observed_at, where: old.where });

/* Where the report is: the pin if somebody has set one, else the phone's fix. */
export const placeOf = ({ where }) => where.pin ?? where.device;

/* The names of what is still to be said. */
export function missing(report) {
  const { said } = report;
  const has = {
    position: () => placeOf(report) !== null,
    fixed_place: () => PLACES.some((name) => said[name]),
    note: () => Boolean(said.note?.trim()),
  };
  return KINDS[report.kind].needs.filter((name) => !(has[name] ? has[name]() : said[name] !== undefined && said[name] !== null && said[name] !== ""));
}

/* The report as the service reads it; what was left empty is left out. */
export function bodyOf(report, photos) {
  const said = Object.fromEntries(Object.entries(report.said)
    .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value])
    .filter(([, value]) => value !== "" && value !== null && value !== undefined));
  return {
    id: report.id, kind: report.kind, observed_at: report.observed_at, ...said, ...whereOf(report),
    ...(photos.length ? { photos: photos.map((photo) => photo.sha256) } : {}),
  };
}

function whereOf(report) {
  const { device, pin, text, chainage } = report.where;
  const place = pin ?? device;
  const position = place && {
    x: place.lon, y: place.lat, datum: "wgs84", accuracy_m: place.accuracy_m, source: pin ? "pin" : "device",
    ...(pin ? {} : { fixed_at: new Date(device.at).toISOString() }),
    ...(!pin && device.heading_deg !== null ? { heading_deg: device.heading_deg } : {}),
  };
  return {
    ...(position ? { position } : {}),
    ...(chainage ? { chainage } : text.trim() ? { place: text.trim() } : {}),
  };
}
