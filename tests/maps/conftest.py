"""One browser for the maps' tests; each test has a server, a page and a watch of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.maps.harness import Watch, World, open_map, serving, watched_page

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context
    context.close()


@pytest.fixture
def visit(desktop: BrowserContext, address: str) -> Iterator[Callable[[str], Page]]:
    """Open a map on a desktop; afterwards nothing foreign, no error and no dialog may have been seen."""
    watches: list[Watch] = []

    def opened(path: str) -> Page:
        page, watch = watched_page(desktop, address)
        watches.append(watch)
        open_map(page, address, path)
        return page

    yield opened
    for watch in watches:
        watch.assert_quiet()
