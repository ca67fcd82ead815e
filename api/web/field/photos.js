/* Photos as the camera made them. Only one above the service's limit is made smaller, and it keeps its EXIF. */
import { sha256 } from "./canonical.js";

const LONGEST_PX = 2560;
const QUALITY = 0.85;
const ORIENTATION = 0x0112;

/* A photo ready to be kept: its bytes, their hash, and whether they had to be made smaller. */
export async function prepare(file, { maxBytes, maxPixels }, reportId) {
  const picture = await createImageBitmap(file);
  const fits = file.size <= maxBytes && picture.width * picture.height <= maxPixels;
  const blob = fits ? file : await smaller(file, picture);
  picture.close();
  const hash = await sha256(blob);
  // a copy of its own: a file of the camera may be gone by tomorrow
  const own = new Blob([await blob.arrayBuffer()], { type: blob.type || "image/jpeg" });
  return { key: reportId + "/" + hash, report: reportId, sha256: hash, blob: own, smaller: !fits, added_at: Date.now(), upload_url: null, offset: 0, done: false };
}

async function smaller(file, picture) {
  const ratio = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * ratio);
  canvas.height = Math.round(picture.height * ratio);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const jpeg = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
  const exif = exifOf(new Uint8Array(await file.slice(0, 200_000).arrayBuffer()));
  if (!exif) return jpeg;
  upright(exif);
  return new Blob([new Uint8Array([0xff, 0xd8]), exif, jpeg.slice(2)], { type: "image/jpeg" });
}

/* The whole APP1 segment with the EXIF of a JPEG, or null (ISO/IEC 10918-1 B.1.1.4; CIPA DC-008 4.5.4). */
export function exifOf(bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  for (let at = 2; bytes[at] === 0xff && at + 10 < bytes.length;) {
    const length = bytes[at + 2] * 256 + bytes[at + 3] + 2;
    const name = String.fromCharCode(...bytes.slice(at + 4, at + 8));
    if (bytes[at + 1] === 0xe1 && name === "Exif") return bytes.slice(at, at + length);
    if (bytes[at + 1] === 0xda) return null;
    at += length;
  }
  return null;
}

/* Write in the EXIF that the picture stands upright: the canvas has turned it. */
function upright(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset + 10);
  const little = view.getUint16(0) === 0x4949;
  const first = view.getUint32(4, little);
  if (first + 2 > view.byteLength) return;
  for (let i = 0; i < view.getUint16(first, little); i += 1) {
    const entry = first + 2 + 12 * i;
    if (entry + 12 > view.byteLength) return;
    if (view.getUint16(entry, little) === ORIENTATION) view.setUint16(entry + 8, 1, little);
  }
}
