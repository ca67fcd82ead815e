/* The service worker. SHELL stands above these lines: base, scope, version, page, and files with their hashes. */
const CACHE = "erqi-field " + SHELL.scope + " ";
const NEWEST = CACHE + SHELL.version;

/* Nothing that is not the very file we were made for is kept: a login page of some network least of all. */
async function fill() {
  const cache = await caches.open(NEWEST);
  await Promise.all(SHELL.files.map(async ({ url, integrity }) => {
    const old = await caches.match(url);
    await cache.put(url, old ?? await fetch(url, { integrity, cache: "no-cache" }).then(whole));
  }));
  const page = await fetch(SHELL.page, { cache: "no-store" }).then(whole);
  if (!(await page.clone().text()).includes('"' + SHELL.version + '"')) throw new Error("another version's page");
  await cache.put(SHELL.page, page);
}

function whole(answer) {
  if (answer.status !== 200 || answer.redirected) throw new Error(answer.url + " " + answer.status);
  return answer;
}

async function clear() {
  for (const name of await caches.keys()) {
    if (name.startsWith(CACHE) && name !== NEWEST) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clear()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (request.mode === "navigate" && url.pathname === SHELL.page) {
    event.respondWith(kept(SHELL.page, request));
  } else if (url.origin === self.location.origin && SHELL.files.some((file) => file.url === url.pathname + url.search)) {
    event.respondWith(kept(url.pathname + url.search, request));
  }
});

const kept = async (url, request) => (await (await caches.open(NEWEST)).match(url)) ?? fetch(request);

self.addEventListener("sync", (event) => {
  if (event.tag === "erqi-send" && self.sendAll) event.waitUntil(self.sendAll());
});
