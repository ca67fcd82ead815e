/* One way to write a JSON value (RFC 8785), as the service does it before it hashes and signs a report. */

export function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).filter((name) => value[name] !== undefined).sort(); // by UTF-16 code units
  return "{" + members.map((name) => JSON.stringify(name) + ":" + canonical(value[name])).join(",") + "}";
}

export async function sha256(data) {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : await data.arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
