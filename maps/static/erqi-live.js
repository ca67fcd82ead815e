/* Keeping a page up to date without disturbing its reader. Used by the maps and by pages that have no map. */
(function () {
  "use strict";

  const live = (window.erqiLive = {});
  const STALE_AFTER = 3; // intervals without an answer
  const LONGEST_WAIT = 10; // intervals
  const TELL_EVERY_MS = 10_000;

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);
  // what the reader has done to the page, and not its author
  const READERS_OWN = { DETAILS: ["open"], INPUT: ["value", "checked"], DIALOG: ["open"] };

  /* Make a node like a fresh one and keep every part that is the same, and so focus, scroll and selection.
     Elements that change places carry a ``data-key``; listeners of kept elements stay as they were. */
  live.patch = function (old, fresh) {
    if (old.isEqualNode(fresh)) return old;
    if (old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
      old.replaceWith(fresh);
      return fresh;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.data = fresh.data;
      return old;
    }
    patchAttributes(old, fresh);
    patchNodes(old, [...fresh.childNodes], live.patch);
    return old;
  };

  /* The same for the children of an element. */
  live.patchChildren = (parent, fresh) => keepingFocus(() => patchNodes(parent, fresh, live.patch));

  /* The same, but a child that differs is replaced as a whole, with its listeners. */
  live.patchParts = (parent, fresh) => keepingFocus(() => patchNodes(parent, fresh, replacePart));

  function replacePart(old, fresh) {
    if (old.isEqualNode(fresh)) return old;
    old.replaceWith(fresh);
    return fresh;
  }

  function patchNodes(parent, fresh, patch) {
    const keyed = new Map([...parent.children].filter(keyOf).map((child) => [keyOf(child), child]));
    let at = parent.firstChild;
    for (const node of fresh) {
      const key = keyOf(node);
      const match = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
      if (!match) {
        parent.insertBefore(node, at);
        continue;
      }
      keyed.delete(key); // a key that comes twice finds its element once
      if (match !== at) parent.insertBefore(match, at);
      at = patch(match, node).nextSibling;
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function patchAttributes(old, fresh) {
    const own = READERS_OWN[old.tagName] || [];
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !own.includes(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) {
      if (!own.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  /* Ask again and again while the page is seen: every ``seconds``, less and less often while there is no answer.
     ``ask()`` gives a promise; ``tell({heard, minutes, trouble})`` hears how old the data are, and why they may be stale:
     offline, unreachable, old or null. Returns {start, stop}. */
  live.keep = function ({ seconds, ask, tell }) {
    let [heard, failures, running, asking, timer] = [new Date(), 0, false, false, 0];
    const offline = () => navigator.onLine === false;
    const say = () => {
      const age = Date.now() - heard.getTime();
      const trouble = offline() ? "offline" : failures ? "unreachable" : age > STALE_AFTER * seconds * 1000 ? "old" : null;
      if (running) tell({ heard, minutes: Math.max(0, Math.floor(age / 60_000)), trouble });
    };
    const later = () => {
      window.clearTimeout(timer);
      if (running && !document.hidden) timer = window.setTimeout(turn, seconds * 1000 * Math.min(2 ** failures, LONGEST_WAIT));
    };
    async function turn() {
      if (asking || !running || document.hidden) return;
      asking = true;
      try {
        if (offline()) throw new Error("offline");
        await ask();
        [heard, failures] = [new Date(), 0];
      } catch {
        failures += 1;
      }
      asking = false;
      say();
      later();
    }
    document.addEventListener("visibilitychange", turn);
    window.addEventListener("online", turn);
    window.addEventListener("offline", say);
    window.setInterval(say, TELL_EVERY_MS);
    return {
      start() {
        if (running) return;
        [running, heard, failures] = [true, new Date(), 0];
        say();
        later();
      },
      stop() {
        running = false;
        window.clearTimeout(timer);
      },
    };
  };

  /* Show how old the data are, in words and in colour; a screen reader hears when that begins or ends to be a trouble.
     ``words(trouble, minutes)`` gives the sentence, ``time`` is the element with the moment of the data. */
  live.shown = function (element, time, words) {
    const said = element.appendChild(document.createElement("span"));
    const heard = element.appendChild(document.createElement("span"));
    heard.className = "erqi-unseen";
    heard.setAttribute("role", "status");
    let [before, first] = [null, true];
    return ({ heard: moment, minutes, trouble }) => {
      said.textContent = words(trouble, minutes);
      element.classList.toggle("erqi-live--stale", trouble !== null);
      if (moment && time) {
        time.dateTime = moment.toISOString();
        time.textContent = live.written(moment);
      }
      if (!first && before !== trouble) heard.textContent = said.textContent;
      [before, first] = [trouble, false];
    };
  };

  const CHINESE = document.documentElement.lang.startsWith("zh");
  const DAY = new Intl.DateTimeFormat(CHINESE ? "zh-CN" : "en-GB", { timeZone: "Asia/Shanghai", dateStyle: "long" });
  const CLOCK = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", timeStyle: "short" });

  /* An instant as headings have it, by the clock of Beijing: 2020年7月20日 9:00, 20 July 2020, 9:00 (as maps/i18n.py). */
  live.written = (moment) => DAY.format(moment) + (CHINESE ? " " : ", ") + CLOCK.format(moment).replace(/^0/, "");

  /* A page without a map: <span id="erqi-live" data-seconds="30" data-words='{…}'> makes it keep itself up to date. */
  live.keepPage = function (element) {
    const words = JSON.parse(element.dataset.words);
    const tell = live.shown(element, document.querySelector(".erqi-as-of time"), (trouble, minutes) =>
      words[trouble || (minutes ? "minutes" : "now")].replace("{n}", minutes));
    if (!element.dataset.seconds) {
      tell({ heard: null, minutes: 0, trouble: null });
      return;
    }
    let tag = null;
    const ask = async () => {
      const response = await fetch(window.location.href, { cache: "no-cache", headers: { Accept: "text/html" } });
      if (!response.ok) throw new Error("HTTP " + response.status);
      if (tag !== null && response.headers.get("ETag") === tag) return;
      tag = response.headers.get("ETag");
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
      // what a script of its own fills stays as it is
      for (const kept of document.querySelectorAll("main [data-kept]")) fresh.querySelector("#" + kept.id)?.replaceWith(kept.cloneNode(true));
      live.patchChildren(document.querySelector("main"), [...fresh.childNodes]);
    };
    live.keep({ seconds: Number(element.dataset.seconds), ask, tell }).start();
  };

  /* An element that is moved loses the focus for a moment. */
  function keepingFocus(run) {
    const focused = document.activeElement;
    run();
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  const own = document.querySelector("#erqi-live[data-words]");
  if (own) live.keepPage(own);
})();
