"""The front page keeps itself up to date as the maps do, without a map."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.api.editor import Editor, editing
from tests.conftest import TestServer
from tests.maps.harness import watched_page

ASK_NOW = "window.dispatchEvent(new Event('online'))"


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "live_pages", refresh_seconds=3600) as opened:
        yield opened


def test_front_page_shows_a_write_and_the_reader_stays_where_he_is(desktop: BrowserContext, editor: Editor) -> None:
    address = str(editor.client.base_url).rstrip("/")
    page, watch = watched_page(desktop, address)
    page.goto(f"{address}/?lang=zh")
    live = page.locator("#erqi-live")
    expect(live).to_contain_text("刚刚核对")
    expect(page.locator("#since-status")).to_contain_text("自")  # what changed is in its place and pushes nothing down
    total = page.locator("[data-layer=sites] h3 b")
    before = int(total.inner_text())
    page.locator("section[aria-labelledby=data] summary").click()
    focused = page.locator("section[aria-labelledby=data] tbody a").last
    focused.focus()
    scrolled = page.evaluate("window.scrollY")
    assert scrolled > 0
    page.evaluate("document.querySelector('main').mark = 'the same'")
    editor.add("sites")
    page.evaluate(ASK_NOW)
    expect(total).to_have_text(str(before + 1))
    assert page.evaluate("[document.querySelector('main').mark, window.scrollY]") == ["the same", scrolled]
    expect(focused).to_be_focused()
    page.route(address + "/?lang=zh", lambda route: route.abort())
    page.evaluate(ASK_NOW)
    expect(live).to_have_class(re.compile("erqi-live--stale"))
    expect(live.get_by_role("status")).to_have_text("连不上服务，0 分钟前的数据")
    assert all("ERR_FAILED" in error for error in watch.errors)
    assert watch.foreign == []


def test_front_page_of_the_past_stands_still(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=en")
    expect(page.locator("#erqi-live")).to_contain_text("demonstration, fixed here")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(ASK_NOW)
    expect(page.locator("#erqi-live")).to_contain_text("demonstration, fixed here")
    page.goto(f"{season}/?lang=en&datetime=2020-06-15T09:00:00%2B08:00")
    expect(page.locator("#erqi-live")).to_contain_text("past, not updated")
    assert not [url for url in asked if url.endswith("?lang=en")]
    watch.assert_quiet()
