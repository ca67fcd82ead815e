"""The pages of the OGC API in a real browser: quiet, and whole on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.maps.harness import watched_page

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


@pytest.mark.parametrize("path", PATHS)
def test_page_is_quiet_and_asks_no_other_host(desktop: BrowserContext, season: str, path: str) -> None:
    page, watch = watched_page(desktop, season)
    for lang, badge in (("zh", "演示数据"), ("en", "Demonstration data")):
        page.goto(f"{season}{path}?lang={lang}", wait_until="networkidle")
        expect(page.locator(".erqi-badge")).to_contain_text(badge)
    watch.assert_quiet()


@pytest.mark.parametrize("path", PATHS)
def test_page_fits_a_phone(phone: BrowserContext, season: str, path: str) -> None:
    page, watch = watched_page(phone, season)
    page.goto(season + path, wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    watch.assert_quiet()
