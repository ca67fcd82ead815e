"""One file that opens without any server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from maps.page import self_contained
from tests.maps import season
from tests.maps.harness import PAGES, geojson, open_map, page_context, watched_page


@pytest.mark.parametrize(("name", "drawn"), [("progress", 30), ("hazard", 9)])
def test_file_opens_without_network_or_error(desktop: BrowserContext, tmp_path: Path, name: str, drawn: int) -> None:
    file = tmp_path / "map.html"
    file.write_text(self_contained(PAGES[name], page_context(), geojson(season.collections())), encoding="utf-8")
    page, watch = watched_page(desktop, "file://")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    open_map(page, "file://", str(file))
    expect(page.locator(".erqi-touch, .leaflet-erqi-points-pane .erqi-symbol")).to_have_count(
        drawn + (7 if name == "progress" else 0)
    )
    page.locator("#erqi-search-input").fill("荆胡" if name == "hazard" else "刘砦")
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .erqi-card")).to_be_visible()
    page.locator("#erqi-search-input").fill("没有这个地方")
    expect(page.locator(".erqi-result")).to_have_text("没有找到")
    expect(page.locator(".erqi-nav")).to_be_hidden()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    watch.assert_quiet()


def test_file_links_nothing_and_left_out_collections_are_empty(desktop: BrowserContext, tmp_path: Path) -> None:
    html = self_contained(PAGES["hazard"], page_context(), {})
    assert '<link rel="stylesheet"' not in html
    assert "<script src" not in html
    file = tmp_path / "map.html"
    file.write_text(html, encoding="utf-8")
    page, watch = watched_page(desktop, "file://")
    open_map(page, "file://", str(file))
    expect(page.locator("#erqi-summary")).to_have_text("点位 0/0 · 冲突 0/0 · 台账 0/0")
    watch.assert_quiet()
