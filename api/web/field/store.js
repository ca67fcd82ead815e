/* What the phone keeps: reports, their photos, layers of the map, and a few settings. Also used by the service worker. */
import { openDB } from "./idb.js";

export const BASE = new URL("../../", import.meta.url).pathname; // of the service, behind whatever proxy
const NAME = "erqi-field " + BASE;
const RESCUE = NAME + " rescue ";

export const SETTLED = new Set(["sent", "refused"]);

let opening = null;
const database = () => (opening ??= openDB(NAME, 1, {
  upgrade(db) {
    db.createObjectStore("reports", { keyPath: "id" });
    db.createObjectStore("photos", { keyPath: "key" }).createIndex("report", "report");
    db.createObjectStore("settings");
    db.createObjectStore("layers", { keyPath: "name" });
  },
  blocking() { opening?.then((db) => db.close()); opening = null; },
  terminated() { opening = null; },
}));

/* Tell this page and every other one of ours that something has changed. */
const channel = new BroadcastChannel(NAME);
const listeners = new Set();
channel.onmessage = () => listeners.forEach((listener) => listener());
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export function changed() {
  channel.postMessage("changed");
  listeners.forEach((listener) => listener());
}

export const isFull = (error) => error?.name === "QuotaExceededError" || error?.inner?.name === "QuotaExceededError";

async function write(stores, run) {
  const transaction = (await database()).transaction(stores, "readwrite", { durability: "strict" });
  try {
    await run(transaction);
    await transaction.done;
  } catch (error) {
    transaction.done.catch(() => null); // the same failure, already on its way up
    throw transaction.error ?? error;
  }
}

export const setting = async (name) => (await database()).get("settings", name);
export async function set(name, value) {
  await (await database()).put("settings", value, name);
  changed();
}

/* Keep a report. When storage is full its text goes where there is room for text; answers whether it was full. */
export async function keep(report) {
  try {
    await write(["reports"], (transaction) => transaction.objectStore("reports").put(report));
    if (rescued().some(([, each]) => each.id === report.id)) localStorage.removeItem(RESCUE + report.id);
  } catch (error) {
    if (!isFull(error) || !self.localStorage) throw error;
    localStorage.setItem(RESCUE + report.id, JSON.stringify(report));
    await full(true);
    changed();
    return false;
  }
  changed();
  return true;
}

/* Change a report by what it is now, so that two tabs do not undo each other's changes. */
export async function amend(id, change) {
  let after = null;
  await write(["reports"], async (transaction) => {
    const store = transaction.objectStore("reports");
    const before = await store.get(id);
    if (!before) return;
    after = { ...before, ...change };
    await store.put(after);
  });
  changed();
  return after;
}

function rescued() {
  if (!self.localStorage) return [];
  return Object.keys(localStorage).filter((key) => key.startsWith(RESCUE))
    .map((key) => [key, JSON.parse(localStorage.getItem(key))]);
}

/* Bring back what was kept as text while storage was full; what still does not fit stays where it is. */
export async function bringBack() {
  for (const [key, report] of rescued()) {
    try {
      await write(["reports"], (transaction) => transaction.objectStore("reports").put(report));
      localStorage.removeItem(key);
    } catch (error) {
      if (!isFull(error)) throw error;
      return;
    }
  }
}

export async function report(id) {
  const kept = rescued().find(([, each]) => each.id === id);
  return kept ? kept[1] : (await database()).get("reports", id);
}

/* All reports, the one written last first. */
export async function reports() {
  const found = new Map((await (await database()).getAll("reports")).map((each) => [each.id, each]));
  rescued().forEach(([, each]) => found.set(each.id, each));
  return [...found.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
}

export const photosOf = async (id) =>
  (await (await database()).getAllFromIndex("photos", "report", id)).sort((a, b) => a.added_at - b.added_at);

/* Keep a photo with its report; throws when storage is full. */
export async function keepPhoto(photo) {
  try {
    await write(["photos"], (transaction) => transaction.objectStore("photos").put(photo));
  } catch (error) {
    if (isFull(error)) await full(true);
    throw error;
  }
  changed();
}

export async function amendPhoto(photo, change) {
  await write(["photos"], async (transaction) => {
    const store = transaction.objectStore("photos");
    const before = await store.get(photo.key);
    if (before) await store.put({ ...before, ...change });
  });
  changed();
}

export async function removePhoto(key) {
  await write(["photos"], (transaction) => transaction.objectStore("photos").delete(key));
  await full(false);
}

export async function removeReport(id) {
  await write(["reports", "photos"], async (transaction) => {
    await transaction.objectStore("reports").delete(id);
    const photos = transaction.objectStore("photos");
    for (const key of await photos.index("report").getAllKeys(id)) await photos.delete(key);
  });
  if (self.localStorage) localStorage.removeItem(RESCUE + id);
  await full(false);
}

/* Settle a report under its receipt: in one step it is marked as sent and its photos leave the phone. */
export async function settle(id, receipt, answer) {
  await write(["reports", "photos"], async (transaction) => {
    const store = transaction.objectStore("reports");
    const before = await store.get(id);
    await store.put({ ...before, state: "sent", receipt, placed: answer, settled_at: new Date().toISOString(), problem: null });
    const photos = transaction.objectStore("photos");
    for (const key of await photos.index("report").getAllKeys(id)) await photos.delete(key);
  });
  await full(false);
}

/* Write a refused report anew under another id, with its photos; the refused one gives way to it. */
export async function renew(old, fresh) {
  await write(["reports", "photos"], async (transaction) => {
    const photos = transaction.objectStore("photos");
    for (const photo of await photos.index("report").getAll(old.id)) {
      await photos.put({ ...photo, key: fresh.id + "/" + photo.sha256, report: fresh.id, upload_url: null, done: false });
      await photos.delete(photo.key);
    }
    await transaction.objectStore("reports").put(fresh);
    await transaction.objectStore("reports").delete(old.id);
  });
  changed();
}

export async function full(is) {
  if (is) await set("full", true).catch(() => null); // the page says so in any case
  else { await (await database()).delete("settings", "full"); changed(); }
}

export const layer = async (name) => (await database()).get("layers", name);
export const keepLayer = async (name, features) =>
  (await database()).put("layers", { name, features, at: Date.now() });
