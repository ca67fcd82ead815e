"""The pages of the OGC API in a real browser: quiet, and whole on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.maps.harness import Watch, watched_page

PATHS = (
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    "/ogc/collections/cases",
    "/ogc/collections/cases/items",
    "/ogc/collections/segment_progress/items",
    "/ogc/collections/tasks/items",
    "/ogc/collections/reports/queryables",
)


def open_page(page: Page, address: str) -> None:
    """Open a page and wait for what it draws after it has been loaded: a map, where it has one."""
    page.goto(address)
    for drawing in page.locator("#ogc-map").all():
        expect(drawing).to_have_attribute("data-drawn", re.compile(r"\d"))


def test_pages_are_quiet_and_ask_no_other_host(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    for path in PATHS:
        for lang, badge in (("zh", "演示数据"), ("en", "Demonstration data")):
            open_page(page, f"{season}{path}?lang={lang}")
            expect(page.locator(".erqi-badge")).to_contain_text(badge)
            assert (path, watch) == (path, Watch())


def test_pages_fit_a_phone(phone: BrowserContext, season: str) -> None:
    page, watch = watched_page(phone, season)
    for path in PATHS:
        open_page(page, season + path)
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 390)
    watch.assert_quiet()
