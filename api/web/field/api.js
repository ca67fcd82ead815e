/* Ask the service, and tell its answers from those of somebody in between. */
import { BASE, set, setting } from "./store.js";

const PATIENCE_MS = 45_000;
const SKEW_MS = 120_000;

export class Unreachable extends Error {} // no answer at all
export class InTheWay extends Error {} // an answer that is not the service's: a login page of the network

/* Answer of the service: status, headers, and its JSON or null. */
export async function ask(method, path, { token = null, body = null, headers = {} } = {}) {
  const started = Date.now();
  const answer = await reach(new URL(path, new URL(BASE, self.location.href)), {
    method,
    body,
    headers: { Accept: "application/json", ...(token ? { Authorization: "Bearer " + token } : {}), ...headers },
    cache: "no-store",
    credentials: "omit",
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const type = answer.headers.get("Content-Type") ?? "";
  if (answer.type === "opaqueredirect" || /html/i.test(type)) throw new InTheWay(path);
  const json = /json/i.test(type) ? await answer.json().catch(() => null) : null;
  if (/json/i.test(type) && json === null) throw new InTheWay(path);
  if (answer.status >= 400 && answer.status < 500 && method !== "HEAD" && !/problem\+json/i.test(type) && !answer.headers.has("Tus-Resumable")) {
    throw new InTheWay(path); // every refusal of ours is a problem document
  }
  await noteClock(answer.headers.get("Date"), (started + Date.now()) / 2);
  return { status: answer.status, headers: answer.headers, json };
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

/* Keep by how much the phone's clock differs from the service's, where it is worth saying. */
async function noteClock(date, here) {
  const skew = Date.parse(date ?? "") - here;
  if (Number.isNaN(skew)) return;
  const worth = Math.abs(skew) > SKEW_MS ? Math.round(skew / 1000) : null;
  if (((await setting("skew")) ?? null) !== worth) await set("skew", worth);
}

/* The problem of an answer, as far as it is kept and shown. */
export function problemOf(answer) {
  const { type, title, detail, detail_zh: zh, detail_en: en, field, differences } = answer.json ?? {};
  return { status: answer.status, kind: String(type ?? "").split(":").pop(), zh: zh ?? detail ?? title ?? "", en: en ?? detail ?? title ?? "", field: field ?? null, differences: differences ?? [] };
}
