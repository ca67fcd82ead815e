/* Ask the service with the session of this browser; a session that is over is told from a refusal. */
import { config } from "./words.js";

export class SessionOver extends Error {}
export class Unreachable extends Error {}

export class Refused extends Error {
  constructor(problem, status) {
    super(problem["detail_" + config.lang] ?? problem.detail ?? String(status));
    this.problem = problem;
    this.status = status;
    this.kind = String(problem.type ?? "").split(":").pop();
  }
}

let mark = null; // what a page of ours sends with its writes: api/access/credentials.py

export async function me() {
  const found = await ask("GET", "/api/v1/me");
  mark = found.csrf_token ?? null;
  return found;
}

export const read = (path, parameters = {}) => ask("GET", path + query(parameters));

/* Write; a session that somebody has opened anew in another tab has another mark, which is then asked for once. */
export function write(path, body) {
  return send("POST", path, body);
}
export const remove = (path) => send("DELETE", path);

async function send(method, path, body = null) {
  try {
    return await ask(method, path, body);
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.field !== "X-CSRF-Token") throw error;
    await me();
    return ask(method, path, body);
  }
}

function query(parameters) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return kept.length ? "?" + new URLSearchParams(kept) : "";
}

async function ask(method, path, body = null) {
  const headers = { Accept: "application/json", ...(method === "GET" ? {} : { "X-CSRF-Token": mark ?? "" }), ...(body ? { "Content-Type": "application/json" } : {}) };
  let answer;
  try {
    answer = await fetch(config.base + path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", redirect: "manual" });
  } catch (error) {
    throw new Unreachable(String(error));
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.status === 401 || answer.type === "opaqueredirect") throw new SessionOver(found["detail_" + config.lang] ?? "");
  if (!answer.ok) throw new Refused(found, answer.status);
  return found;
}
