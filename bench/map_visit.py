"""One visit to a map in Chromium: bytes over the wire, time until it is drawn, frames while it moves, memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

VIEW = {"width": 1440, "height": 900}
TIMEOUT_MS = 240_000
SETTLE_MS = 1_500
STEPS = 30  # of a drag, 5 and 3 pixels each
# Notes when the page's own sign of being drawn has come and the next frame has been painted.
WATCH = """
(() => {
  const drawn = () => %s;
  const note = () => {
    window.benchDrawn = performance.now();
    document.documentElement.dataset.benchDrawn = "yes";
  };
  const look = () => requestAnimationFrame(drawn() ? () => requestAnimationFrame(note) : look);
  requestAnimationFrame(look);
})();
"""
FRAMES = """
() => {
  window.benchFrames = [];
  let last = performance.now();
  const step = (now) => {
    window.benchFrames.push(now - last);
    last = now;
    if (!window.benchStop) requestAnimationFrame(step);
  };
  window.benchStop = false;
  requestAnimationFrame(step);
}
"""


@dataclass(frozen=True)
class Map:
    """A page to be measured: where it is, and the condition in JavaScript by which it has drawn what it shows first."""

    name: str
    url: str
    drawn: str


@dataclass
class Visit:
    """What one visit gave; bytes as they came over the wire, heads included, frames in milliseconds."""

    bytes_: float = 0
    drawn_ms: float = 0
    heap_mb: float = 0
    pan: list[float] = field(default_factory=list)
    zoom: list[float] = field(default_factory=list)


class Wire:
    """Counts what comes over the wire."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes_ = 0.0
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._finished)

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes_ += event["encodedDataLength"]

    def during(self, act: Callable[[], Any], page: Page) -> float:
        """Return the bytes that came while something was done, and until the page was quiet again."""
        before = self.bytes_
        act()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(SETTLE_MS)
        return self.bytes_ - before


def visit(browser: Browser, shown: Map, *, then: Callable[[Page, Wire], None] | None = None) -> Visit:
    """Open a map in a browser that has never seen it, and move it about; ``then`` goes on with the open page."""
    context = browser.new_context(viewport=VIEW)
    try:
        page = context.new_page()
        page.add_init_script(WATCH % shown.drawn)
        session = context.new_cdp_session(page)
        wire = Wire(session)
        page.goto(shown.url, wait_until="commit", timeout=TIMEOUT_MS)
        page.wait_for_selector("html[data-bench-drawn]", state="attached", timeout=TIMEOUT_MS)
        page.wait_for_load_state("networkidle", timeout=TIMEOUT_MS)
        page.wait_for_timeout(SETTLE_MS)
        found = Visit(bytes_=wire.bytes_, drawn_ms=page.evaluate("window.benchDrawn"))
        session.send("HeapProfiler.enable")
        session.send("HeapProfiler.collectGarbage")
        found.heap_mb = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        if then is not None:
            then(page, wire)
        found.pan = _frames(page, _pan)
        found.zoom = _frames(page, _zoom)
        return found
    finally:
        context.close()


def _frames(page: Page, move: Callable[[Page], None]) -> list[float]:
    page.evaluate(FRAMES)
    move(page)
    frames: list[float] = page.evaluate("() => { window.benchStop = true; return window.benchFrames.slice(1); }")
    return frames


def _pan(page: Page) -> None:
    """Drag the map there and back."""
    x, y = VIEW["width"] * 0.6, VIEW["height"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    for step in (*range(STEPS), *range(STEPS, 0, -1)):
        page.mouse.move(x + 5 * step, y + 3 * step)
        page.wait_for_timeout(8)
    page.mouse.up()
    page.wait_for_timeout(600)


def _zoom(page: Page) -> None:
    """Turn the wheel two steps in and two out."""
    page.mouse.move(VIEW["width"] * 0.6, VIEW["height"] * 0.5)
    for turn in (-240, -240, 240, 240):
        page.mouse.wheel(0, turn)
        page.wait_for_timeout(700)


def summary(visits: list[Visit]) -> dict[str, float]:
    """Return the medians of some visits; of the frames the median and the 95th percentile of all."""
    pan, zoom = ([frame for each in visits for frame in getattr(each, name)] for name in ("pan", "zoom"))
    return {
        "bytes": median(each.bytes_ for each in visits),
        "drawn_ms": median(each.drawn_ms for each in visits),
        "heap_mb": median(each.heap_mb for each in visits),
        "pan_ms": median(pan),
        "pan_p95_ms": quantiles(pan, n=20)[-1],
        "zoom_ms": median(zoom),
        "zoom_p95_ms": quantiles(zoom, n=20)[-1],
    }
