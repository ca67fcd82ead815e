/* Keeping a page up to date without disturbing its reader. Used by the maps and by pages that have no map. */
(function () {
  "use strict";

  const live = (window.erqiLive = {});

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

  /* An element that is moved loses the focus for a moment. */
  function keepingFocus(run) {
    const focused = document.activeElement;
    run();
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }
})();
