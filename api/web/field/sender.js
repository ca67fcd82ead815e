/* The queue: what is waiting is sent, one sender at a time in all tabs and the service worker, until it has a receipt. */
import { ask, InTheWay, problemOf, Unreachable } from "./api.js";
import { canonical, sha256 } from "./canonical.js";
import { amend, amendPhoto, BASE, photosOf, reports, set, setting, settle } from "./store.js";
import { Refused, sendPhoto } from "./tus.js";

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
export const UNSENT = ["waiting", "sending", "photos"];
// asking again would change nothing
const FINAL = new Set([400, 403, 404, 409, 413, 415, 422]);
const FINAL_FOR_PHOTOS = new Set([403, 413, 415, 422]); // an upload that is gone or elsewhere is begun anew

class Later extends Error {
  constructor(waitMs) { super("later"); this.waitMs = waitMs; }
}
class NoToken extends Error {
  constructor(kind) { super(kind); this.kind = kind; }
}

/* Send what is due; by hand: everything, now. Does nothing while another tab is sending. */
export async function sendAll({ byHand = false } = {}) {
  if (!navigator.locks) return pass(byHand);
  return navigator.locks.request("erqi-field-sender " + BASE, { ifAvailable: true }, (lock) => (lock ? pass(byHand) : null));
}

async function pass(byHand) {
  const token = await setting("token");
  const line = (await setting("line")) ?? { tries: 0, next_at: 0 };
  if (!token || (!byHand && line.next_at > Date.now())) return;
  const unsent = (await reports()).filter((report) => UNSENT.includes(report.state)).reverse();
  for (const report of unsent) {
    if (!byHand && (report.next_at ?? 0) > Date.now()) continue;
    if (!(await attempt(report, token, line))) return;
  }
}

/* Try one report; answers whether it makes sense to go on with the next. */
async function attempt(report, token, line) {
  try {
    await send(report, token);
    await condition("ok");
    if (line.tries) await set("line", { tries: 0, next_at: 0 });
    line.tries = 0;
    return true;
  } catch (error) {
    if (error instanceof Refused) {
      await amend(report.id, { state: "refused", problem: error.problem });
      return true;
    }
    await amend(report.id, { state: report.accepted ? "photos" : "waiting" });
    return hold(report, error, line);
  }
}

async function hold(report, error, line) {
  if (error instanceof Later) {
    const tries = (report.tries ?? 0) + 1;
    await amend(report.id, { tries, next_at: Date.now() + Math.max(error.waitMs, backOff(tries)) });
    await condition("busy");
    return true;
  }
  if (error instanceof NoToken) {
    await condition(error.kind);
    return false;
  }
  const tries = line.tries + 1;
  await set("line", { tries, next_at: Date.now() + backOff(tries) });
  if (error instanceof InTheWay) await condition("portal");
  else if (error instanceof Unreachable) await condition("unreachable");
  else throw error;
  return false;
}

/* Milliseconds to wait after so many failures in a row: doubling, and a random half so that phones do not march in step. */
const backOff = (tries) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);

async function condition(kind) {
  const now = await setting("condition");
  if (now?.kind !== kind) await set("condition", { kind, at: Date.now() });
}

/* The report first, then the photos that the service lacks, then the report again: 201 says that all of it is stored. */
async function send(report, token) {
  await amend(report.id, { state: report.accepted ? "photos" : "sending" });
  let answer = await post(report, token);
  if (answer.status === 202) {
    report.accepted = true;
    await amend(report.id, { state: "photos", accepted: true });
    for (const photo of await photosOf(report.id)) {
      if (answer.json.photos_outstanding.includes(photo.sha256)) await sendOne(photo, token);
    }
    answer = await post(report, token);
  }
  if (answer.status !== 201) throw new Later(FIRST_WAIT_MS);
  const { receipt, ...placed } = answer.json;
  await settle(report.id, receipt, placed);
}

async function sendOne(photo, token) {
  try {
    await sendPhoto(photo, token);
  } catch (error) {
    if (error instanceof Refused) {
      if (!FINAL_FOR_PHOTOS.has(error.problem.status)) await amendPhoto(photo, { upload_url: null });
      judge(error.problem, 0, FINAL_FOR_PHOTOS);
    }
    throw error;
  }
}

async function post(report, token) {
  const answer = await ask("POST", "api/v1/reports", { token, body: report.sent, headers: { "Content-Type": "application/json" } });
  if (answer.status === 201 || answer.status === 202) {
    if (!(await isOurs(answer.json, report))) throw new InTheWay("receipt");
    return answer;
  }
  if (answer.status < 400) throw new InTheWay("status"); // nobody of ours answers a submission with 200
  return judge(problemOf(answer), Number(answer.headers.get("Retry-After")) || 0, FINAL);
}

function judge(problem, waitSeconds, final) {
  if (problem.status === 401) throw new NoToken(problem.kind);
  if (final.has(problem.status)) throw new Refused(problem);
  throw new Later(1000 * waitSeconds);
}

/* Whether the receipt is of this very report: id, hash of what was sent, and photos. */
async function isOurs(body, report) {
  const receipt = body?.receipt;
  const said = JSON.parse(report.sent);
  return Boolean(receipt?.signature && receipt.received_at) && Number.isInteger(receipt.sequence)
    && receipt.report_id === report.id && body.id === report.id
    && receipt.body_sha256 === (await sha256(canonical(said)))
    && canonical([...(receipt.photos ?? [])].sort()) === canonical([...(said.photos ?? [])].sort());
}
