/* Send a photo by tus 1.0 in pieces, going on where the last attempt ended. */
import { ask, problemOf } from "./api.js";
import { amendPhoto, BASE } from "./store.js";

const PIECE = 1_000_000; // bytes
const VERSION = { "Tus-Resumable": "1.0.0" };

export class Refused extends Error {
  constructor(problem) { super(problem.en); this.problem = problem; }
}

/* Send all of a photo that has not arrived; what goes wrong on the way is thrown as api.js has it. */
export async function sendPhoto(photo, token) {
  let { url, offset } = await known(photo, token) ?? await create(photo, token);
  while (offset < photo.blob.size) {
    const answer = await ask("PATCH", url, {
      token,
      body: photo.blob.slice(offset, offset + PIECE),
      headers: { ...VERSION, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
    });
    if (answer.status !== 204) throw new Refused(problemOf(answer));
    offset = Number(answer.headers.get("Upload-Offset"));
    await amendPhoto(photo, { offset });
  }
  await amendPhoto(photo, { done: true });
}

async function known(photo, token) {
  if (!photo.upload_url) return null;
  const answer = await ask("HEAD", photo.upload_url, { token, headers: VERSION });
  const offset = Number(answer.headers.get("Upload-Offset") ?? NaN);
  return answer.status < 300 && Number.isInteger(offset) ? { url: photo.upload_url, offset } : null;
}

async function create(photo, token) {
  const metadata = { sha256: photo.sha256, filetype: photo.blob.type };
  const answer = await ask("POST", "api/v1/uploads", {
    token,
    headers: {
      ...VERSION,
      "Upload-Length": String(photo.blob.size),
      "Upload-Metadata": Object.entries(metadata).map(([name, value]) => name + " " + btoa(value)).join(","),
    },
  });
  if (answer.status !== 201) throw new Refused(problemOf(answer));
  const { pathname } = new URL(answer.headers.get("Location"), new URL(BASE, self.location.href));
  await amendPhoto(photo, { upload_url: pathname, offset: 0 });
  return { url: pathname, offset: Number(answer.headers.get("Upload-Offset") ?? 0) };
}
