/* What somebody has begun to write about a report, kept in this tab: through a login, a reload, another's decision. */
const KEY = "erqi-review:";

const empty = () => ({ to: "", reason: "", duplicate_of: "", position: "", fields: {}, case: {}, opens: false });

export const draft = (id) => ({ ...empty(), ...stored(id) });

function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(KEY + key) ?? "{}");
  } catch {
    return {};
  }
}

export const keep = (id, value) => sessionStorage.setItem(KEY + id, JSON.stringify(value));
export const drop = (id) => sessionStorage.removeItem(KEY + id);

/* Which reports are marked, and what is to become of all of them. */
export function keptMarked() {
  const { marked = [], to = "", reason = "" } = stored("marked");
  return { marked: new Set(marked), bulk: { to, reason, marking: false, running: false, stopped: false, done: 0, all: 0, told: "" } };
}

export const keepMarked = ({ marked, bulk: { to, reason } }) => sessionStorage.setItem(KEY + "marked", JSON.stringify({ marked: [...marked], to, reason }));
