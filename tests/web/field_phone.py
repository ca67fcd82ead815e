"""A phone of the field team: a browser with a profile of its own that can lose its network, be killed and come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from geo.access.tokens import Secret
from tests.conftest import CHROMIUM, FLAGS

CROSSING = {"latitude": 34.7215, "longitude": 113.6224, "accuracy": 8}  # 嵩山路 and 航海路
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "locale": "zh-CN",
    "geolocation": CROSSING,
    "permissions": ["geolocation"],
    "reduced_motion": "reduce",
}
READY = "html[data-field-ready]"
OUR_STORE = """(await import(Object.entries(JSON.parse(document.querySelector("script[type=importmap]").textContent)
  .imports).find(([name]) => name.endsWith("/store.js"))[1]))"""
LAYERS_ARE_KEPT = f"async () => (await {OUR_STORE}.layer('units')) !== undefined"  # the last that is read


class Phone:
    """One page on one profile, and what it asked other hosts for or complained of."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.page: Page = context.pages[0] if context.pages else context.new_page()
        context.on("request", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, fragment: str = "", query: str = "?lang=zh") -> None:
        self.page.goto(f"{self.address}/field{query}{fragment}")
        self.page.wait_for_selector(READY, state="attached")

    def ready_for_no_network(self) -> None:
        """Wait until the page and the lists that its forms need are on the phone."""
        self.until("navigator.serviceWorker.controller !== null")
        self.until(LAYERS_ARE_KEPT)

    def until(self, script: str, seconds: float = 20) -> None:
        """Wait until a script answers true; Playwright's own way to wait is refused by the page's policy."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(script):
            assert time.monotonic() < end, script
            self.page.wait_for_timeout(100)

    def show(self, view: str) -> None:
        self.page.evaluate("view => { location.hash = view; }", view)

    def enter(self, token: str) -> None:
        """Paste a token and use it."""
        self.show("#/who")
        self.page.get_by_label("令牌", exact=True).fill(token)
        self.page.get_by_role("button", name="使用这个令牌").click()

    def begin(self, kind: str) -> None:
        self.show("#/")
        self.page.locator(f"[data-kind={kind}]").click()
        expect(self.page.locator(".field-form")).to_be_visible()

    def choose_photos(self, *photos: bytes) -> None:
        files: list[Any] = [
            {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": data} for n, data in enumerate(photos)
        ]
        self.page.locator("#field-album").set_input_files(files)

    def add_photos(self, *photos: bytes) -> None:
        before = self.page.locator(".field-photos li").count()
        self.choose_photos(*photos)
        expect(self.page.locator(".field-photos li")).to_have_count(before + len(photos))

    def enqueue(self) -> None:
        self.page.get_by_role("button", name="加入发送队列").click()
        expect(self.page.locator("#field-queue")).to_be_visible()

    def send_note(self, words: str, *photos: bytes) -> None:
        """Write a free note and put it in the queue."""
        self.begin("note")
        self.page.locator("#field-note").fill(words)
        if photos:
            self.add_photos(*photos)
        self.enqueue()

    def reports(self) -> list[dict[str, Any]]:
        """Return what the phone holds, by its own store."""
        found: list[dict[str, Any]] = self.page.evaluate(f"async () => {OUR_STORE}.reports()")
        return found

    def states(self) -> list[str]:
        return sorted(report["state"] for report in self.reports())

    def wait_for_states(self, *states: str, seconds: float = 30, between: Callable[[], object] = lambda: None) -> None:
        """Wait until the reports are in these states; what is given is done between two looks."""
        end = time.monotonic() + seconds
        while self.states() != sorted(states):
            assert time.monotonic() < end, self.states()
            between()
            self.page.wait_for_timeout(100)

    def notice(self, kind: str) -> Any:
        return self.page.locator(f".field-notice--{kind}")


@contextmanager
def profile(chromium: Browser, folder: Path, address: str) -> Iterator[Phone]:
    """Start a browser on a profile that outlives it."""
    context = chromium.browser_type.launch_persistent_context(folder, executable_path=CHROMIUM, args=FLAGS, **PHONE)
    try:
        yield Phone(context, address)
    finally:
        with suppress(Error):  # it may have been killed
            context.close()


def kill(folder: Path) -> None:
    """Kill (SIGKILL) the browser of a profile, and wait until it is gone."""
    mark = f"--user-data-dir={folder}"
    browsers = [
        process
        for process in psutil.Process().children(recursive=True)
        if mark in process.cmdline() and not any(word.startswith("--type=") for word in process.cmdline())
    ]
    assert browsers
    for process in browsers:
        process.kill()
    psutil.wait_procs(browsers, timeout=10)
    for lock in folder.glob("Singleton*"):
        lock.unlink()


def joined(phone: Phone, secret: Secret) -> None:
    """Open the page for the first time and enter a token."""
    phone.open()
    phone.enter(secret.token)
    expect(phone.page.get_by_text("有效期至")).to_be_visible()
