"""Open pages keep themselves up to date: only what changed is sent and redrawn, and the reader is not disturbed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.api.editor import Editor, editing
from tests.conftest import TestServer
from tests.maps.harness import open_map, watched_page

ASK_NOW = "window.dispatchEvent(new Event('online'))"  # as when the network is back
LIVE = "#erqi-live > span:first-child"
STILL = {"districts", "roads", "canals", "landmarks"}
CARD = ".leaflet-popup .erqi-card"


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    """Serve the places without an opening moment: pages show them as they stand now."""
    assert seeded_url
    with editing(server, "live", refresh_seconds=3600) as opened:
        yield opened


def address_of(editor: Editor) -> str:
    return str(editor.client.base_url).rstrip("/")


def statuses(answered: list[Response], collections: set[str]) -> set[int]:
    return {each.status for each in answered if re.findall(r"collections/(\w+)", each.url)[0] in collections}


def answers_while(page: Page, answered: list[Response], collections: int) -> None:
    """Let the page ask, and wait until all of its collections are answered."""
    answered.clear()
    page.evaluate(ASK_NOW)
    for _ in range(500):
        if len(answered) == collections:
            return
        page.wait_for_timeout(20)
    raise AssertionError([response.url for response in answered])


def test_write_is_shown_in_the_open_card_and_nothing_else_moves(desktop: BrowserContext, editor: Editor) -> None:
    page, watch = watched_page(desktop, address_of(editor))
    answered: list[Response] = []
    page.on("response", lambda response: answered.append(response) if "limit=10000" in response.url else None)
    open_map(page, address_of(editor), "/maps/hazard?lang=zh")
    assert not any("datetime" in response.url for response in answered)
    collections = len(answered)
    assert collections >= 5
    expect(page.locator(LIVE)).to_have_text("刚刚核对")
    path = "/ogc/collections/checkpoints/items/jinghu_aqueduct"
    page.locator('li[data-key="checkpoint_status/jinghu_aqueduct"] button').click()
    expect(page.locator(f"{CARD} h2")).to_have_text("荆胡渡槽")
    page.locator(".leaflet-popup-close-button").focus()
    page.evaluate(f"document.querySelector('{CARD}').mark = document.querySelector('.erqi-list').mark = 'the same'")
    page.locator(".erqi-panel__body").evaluate("body => { body.scrollTop = 120; }")
    scrolled = page.locator(".erqi-panel__body").evaluate("body => body.scrollTop")

    answers_while(page, answered, collections)
    # what time alone changes may be sent once a minute
    assert statuses(answered, STILL) == {304}

    change = {"type": "Feature", "properties": {"name_zh": "荆胡渡槽（改）"}}
    assert editor.patch(path, change, if_match=editor.tag(path)).status_code in {200, 204}
    answers_while(page, answered, collections)
    expect(page.locator(f"{CARD} h2")).to_have_text("荆胡渡槽（改）")
    assert (
        page.evaluate(f"[document.querySelector('{CARD}').mark, document.querySelector('.erqi-list').mark]")
        == ["the same"] * 2
    )
    expect(page.locator(".leaflet-popup-close-button")).to_be_focused()
    assert page.locator(".erqi-panel__body").evaluate("body => body.scrollTop") == scrolled
    entry = page.locator('li[data-key="checkpoint_status/jinghu_aqueduct"]')
    expect(entry).to_contain_text("荆胡渡槽（改）")
    assert statuses(answered, STILL) == {304}
    assert statuses(answered, {"checkpoint_status", "cases"}) == {200}
    sizes = [response.request.sizes() for response in answered]
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < 30_000

    # the kept entry opens the feature as it is now, and its card closes back to where the reader was
    page.keyboard.press("Enter")
    expect(page.locator(CARD)).to_have_count(0)
    entry.locator("button").click()
    expect(page.locator(f"{CARD} h2")).to_have_text("荆胡渡槽（改）")
    page.keyboard.press("Escape")
    expect(entry.locator("button")).to_be_focused()
    watch.assert_quiet()


def test_card_of_a_place_that_is_deleted_closes(desktop: BrowserContext, editor: Editor) -> None:
    path = editor.add("sites")
    key = path.rpartition("/")[2]
    page, watch = watched_page(desktop, address_of(editor))
    open_map(page, address_of(editor), "/maps/progress?lang=en")
    entry = page.locator(f'li[data-key="site_progress/{key}"] button')
    entry.click()
    expect(page.locator(CARD)).to_have_count(1)
    assert editor.delete(path, if_match=editor.tag(path)).status_code in {200, 204}
    page.evaluate(ASK_NOW)
    expect(page.locator(CARD)).to_have_count(0)
    expect(entry).to_have_count(0)
    watch.assert_quiet()


def test_data_are_amber_and_say_so_while_the_service_does_not_answer(desktop: BrowserContext, editor: Editor) -> None:
    page, _ = watched_page(desktop, address_of(editor))
    open_map(page, address_of(editor), "/maps/progress?lang=zh")
    page.locator(".erqi-entry").first.click()
    expect(page.locator(CARD)).to_have_count(1)
    live = page.locator("#erqi-live")
    expect(live).not_to_have_class(re.compile("stale"))
    fresh = live.evaluate("element => getComputedStyle(element).backgroundColor")
    page.route("**/ogc/**", lambda route: route.abort())
    page.evaluate(ASK_NOW)
    expect(live).to_have_class(re.compile("erqi-live--stale"))
    expect(page.locator(LIVE)).to_have_text("连不上服务，0 分钟前的数据")
    expect(live.get_by_role("status")).to_have_text("连不上服务，0 分钟前的数据")  # a screen reader hears it too
    assert live.evaluate("element => getComputedStyle(element).backgroundColor") != fresh
    expect(page.locator(CARD)).to_have_count(1)
    page.unroute("**/ogc/**")
    page.evaluate(ASK_NOW)
    expect(page.locator(LIVE)).to_have_text("刚刚核对")
    expect(live).not_to_have_class(re.compile("stale"))
    desktop.set_offline(True)
    expect(page.locator(LIVE)).to_have_text("没有网络，0 分钟前的数据")
    desktop.set_offline(False)
    expect(page.locator(LIVE)).to_have_text("刚刚核对")


def test_age_is_told_and_a_page_that_was_not_asked_for_long_is_amber(desktop: BrowserContext, editor: Editor) -> None:
    page, watch = watched_page(desktop, address_of(editor))
    page.clock.install()
    open_map(page, address_of(editor), "/maps/progress?lang=en")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward("12:00")
    expect(page.locator(LIVE)).to_have_text("checked 12 min ago")
    assert asked == []
    page.clock.fast_forward("50:00")  # past the hour of this service's setting
    expect(page.locator(LIVE)).to_have_text("checked just now")
    assert {re.findall(r"collections/(\w+)", url)[0] for url in asked} >= {"segment_progress", "roads"}
    # hidden: nothing is asked, and what is then shown is three intervals old
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.fast_forward("01:05:00")
    asked.clear()
    page.clock.fast_forward("03:00:00")
    assert asked == []
    expect(page.locator("#erqi-live")).to_have_class(re.compile("stale"))
    expect(page.locator(LIVE)).to_contain_text("may be out of date")
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(LIVE)).to_have_text("checked just now")
    watch.assert_quiet()


def test_past_moment_is_never_asked_for_again(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    open_map(page, season, "/maps/hazard?lang=zh&datetime=2020-08-01T09:00:00%2B08:00")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(ASK_NOW)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(LIVE)).to_have_text("过去时刻，不更新")
    assert asked == []
    watch.assert_quiet()
