"""The bar of time and the comparison over the demonstration season: what they show is what the service says."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.maps.harness import open_map, watched_page

OPENING = "2020-07-20T09:00:00+08:00"
EARLIER = "2020-06-15T09:00:00+08:00"
RANGE = "#erqi-time-range"
READ_STATES = (
    "entries => entries.map((entry) => [entry.dataset.key, entry.querySelector('.erqi-entry__sub').innerText])"
)


def shown_states(page: Page, collection: str) -> dict[str, str]:
    """Return what the list says of each feature: its state stands first."""
    found = page.locator(f'.erqi-entries li[data-key^="{collection}/"]').evaluate_all(READ_STATES)
    return {key.split("/", 1)[1]: re.sub("[\u2066-\u2069]", "", text).split(" · ")[0] for key, text in found}


def states(http: httpx.Client, address: str, collection: str, moment: str) -> dict[str, str]:
    answer = http.get(f"{address}/ogc/collections/{collection}/items", params={"datetime": moment, "limit": "1000"})
    return {feature["id"]: feature["properties"]["state_zh"] for feature in answer.json()["features"]}


def moment_of(page: Page) -> str:
    """Return the moment in the address; the opening one is not named there."""
    return parse_qs(urlsplit(page.url).query).get("datetime", [OPENING])[0]


def in_words(day: str) -> str:
    """Write nine o'clock of a day such as 2020-07-05 as Chinese headings have it: 2020年7月5日 9:00."""
    year, month, number = day.split("-")
    return f"{year}年{int(month)}月{int(number)}日 9:00"


def arrive(page: Page, day: str) -> None:
    """Wait until the page says that it shows nine o'clock of a day, in the bar, the heading and the address."""
    shown = in_words(day)
    expect(page.locator(".erqi-time__moment")).to_contain_text(shown)
    expect(page.locator(".erqi-as-of time")).to_have_text(shown)
    page.wait_for_function(
        "(day) => (new URL(location).searchParams.get('datetime') ?? '2020-07-20').startsWith(day)", arg=day
    )


@pytest.mark.parametrize(("name", "collection"), [("progress", "segment_progress"), ("hazard", "checkpoint_status")])
def test_keyboard_moves_the_map_through_the_season(
    desktop: BrowserContext, http: httpx.Client, season: str, name: str, collection: str
) -> None:
    page, watch = watched_page(desktop, season)
    open_map(page, season, f"/maps/{name}?lang=zh")
    expect(page.get_by_role("button", name="播放")).to_have_count(0)  # this reader wants no motion
    page.locator(RANGE).focus()
    for key, day in (
        ("ArrowRight", "2020-07-21"),
        ("Space", "2020-07-22"),
        ("PageDown", "2020-06-22"),
        ("ArrowLeft", "2020-06-21"),
        ("End", "2020-10-31"),
        ("Home", "2020-05-01"),
    ):
        page.keyboard.press(key)
        arrive(page, day)
        assert moment_of(page) == f"{day}T09:00:00+08:00"
        assert shown_states(page, collection) == states(http, season, collection, moment_of(page))
        expect(page.locator(RANGE)).to_be_focused()
        expect(page.locator(RANGE)).to_have_attribute("aria-valuetext", re.compile(f"^{in_words(day)}"))
        expect(page.locator("#erqi-live")).to_contain_text("过去时刻，不更新")
    page.get_by_role("button", name="回到初始日期").click()
    arrive(page, "2020-07-20")
    assert "datetime" not in page.url
    assert shown_states(page, collection) == states(http, season, collection, OPENING)
    expect(page.locator("#erqi-live")).to_contain_text("演示停在此刻，不更新")
    watch.assert_quiet()


def test_moving_in_time_keeps_card_filter_and_view(desktop: BrowserContext, http: httpx.Client, season: str) -> None:
    page, watch = watched_page(desktop, season)
    open_map(page, season, "/maps/progress?lang=zh&road=hanghai")
    page.locator('li[data-key="segment_progress/hanghai-03"] button').click()
    card = page.locator(".leaflet-popup .erqi-card")
    expect(card).to_be_focused()
    page.evaluate("document.querySelector('.leaflet-popup .erqi-card').mark = 'the same'")
    page.wait_for_function("() => !erqi.places.get('segment_progress/hanghai-03')._map._panAnim?._inProgress")
    view = page.evaluate("erqi.places.get('segment_progress/hanghai-03')._map.getBounds().toBBoxString()")
    page.locator(".erqi-time__stride").select_option("week")
    page.get_by_role("button", name="退一步").click()
    arrive(page, "2020-07-13")
    items = http.get(
        f"{season}/ogc/collections/segment_progress/items/hanghai-03", params={"datetime": moment_of(page)}
    )
    expect(card.locator(".erqi-why p").first).to_have_text(items.json()["properties"]["why_zh"])
    assert page.evaluate("document.querySelector('.leaflet-popup .erqi-card').mark") == "the same"
    assert page.evaluate("erqi.places.get('segment_progress/hanghai-03')._map.getBounds().toBBoxString()") == view
    assert parse_qs(urlsplit(page.url).query)["road"] == ["hanghai"]
    assert len(shown_states(page, "segment_progress")) == 6
    for link in page.locator("a[data-keep-lang]").all():
        assert parse_qs(urlsplit(link.get_attribute("href") or "").query)["datetime"] == ["2020-07-13T09:00:00+08:00"]
    # where the feature is not there yet its card goes, and the focus stays with the reader
    page.locator(RANGE).press("Home")
    arrive(page, "2020-05-01")
    expect(page.locator(RANGE)).to_be_focused()
    watch.assert_quiet()


def test_season_plays_until_it_is_stopped(chromium: Browser, season: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page, watch = watched_page(context, season)
    open_map(page, season, "/maps/progress?lang=en")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(RANGE).press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".erqi-time__moment")).to_contain_text("24 July 2020")
    page.locator(RANGE).press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    # what did not change on those days was not asked for again
    collections = {url.split("/")[5] for url in asked}
    assert collections >= {"segment_progress", "site_progress"}
    assert collections.isdisjoint({"districts", "roads", "landmarks", "programmes"})
    assert any("2020-07-27" in url for url in asked)  # read ahead of its time
    watch.assert_quiet()
    context.close()


def differences(http: httpx.Client, address: str, of: str) -> list[dict[str, Any]]:
    answer = http.get(f"{address}/api/v1/differences", params={"from": EARLIER, "to": OPENING, "of": of})
    layers: list[dict[str, Any]] = answer.json()["layers"]
    return layers


def open_comparison(page: Page, address: str, name: str, lang: str) -> tuple[FrameLocator, FrameLocator]:
    page.goto(f"{address}/maps/{name}?lang={lang}&compare={EARLIER.replace('+', '%2B')}")
    page.wait_for_selector("html[data-erqi-ready]", state="attached")
    return page.frame_locator("iframe >> nth=0"), page.frame_locator("iframe >> nth=1")


def test_comparison_lists_the_differences_and_opens_them_on_both_maps(
    desktop: BrowserContext, http: httpx.Client, season: str
) -> None:
    page, watch = watched_page(desktop, season)
    left, right = open_comparison(page, season, "progress", "zh")
    layers = differences(http, season, "segments,sites")
    for layer in layers:
        listed = page.locator(f'[data-layer="{layer["name"]}"] li')
        keys = [f"{layer['name']}/{entry['id']}" for entry in layer["entries"]]
        assert listed.evaluate_all("items => items.map((item) => item.dataset.key)") == keys
        for entry in layer["entries"]:
            said = page.locator(f'[data-key="{layer["name"]}/{entry["id"]}"]')
            sides = ["after"] if "state" not in entry["what"] else ["before", "after"]
            words = said.locator(".erqi-change__state").evaluate_all("all => all.map((each) => each.textContent)")
            assert words == [entry[side]["state_zh"] for side in sides]
            assert entry["after"]["why_zh"] in (said.text_content() or "")
    changed = [entry for entry in layers[0]["entries"] if "state" in entry["what"]]
    for side in (left, right):
        expect(side.locator(".erqi-emphasised-line")).to_have_count(len(changed))
        expect(side.locator(".erqi-header")).to_be_hidden()
    page.locator(f'[data-key="segments/{changed[1]["id"]}"] button').click()
    for side, key in ((left, "before"), (right, "after")):
        expect(side.locator(".leaflet-popup .erqi-why p").first).to_have_text(changed[1][key]["why_zh"])
    views = [frame.evaluate("[erqi.places.values().next().value._map.getZoom()]") for frame in page.frames[1:]]
    assert views[0] == views[1]
    with page.expect_download() as saved:
        page.locator("#erqi-file").click()
    assert saved.value.path().read_bytes() == http.get(saved.value.url).content
    page.locator("#erqi-back").click()
    page.wait_for_selector("html[data-erqi-ready]", state="attached")
    assert moment_of(page) == OPENING
    watch.assert_quiet()


def test_maps_of_a_comparison_move_together(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    open_comparison(page, season, "hazard", "en")
    frames = page.frames[1:]
    view = "erqi.places.values().next().value._map"
    for leader, follower, zoom in ((0, 1, 15), (1, 0, 12)):
        frames[leader].evaluate(f"{view}.setView([34.70, 113.63], {zoom}, {{animate: false}})")
        found = [
            frame.evaluate(f"[{view}.getZoom(), {view}.getCenter().lat, {view}.getCenter().lng]") for frame in frames
        ]
        assert found[leader] == found[follower]
        assert found[follower][0] == zoom
    watch.assert_quiet()


def test_comparison_on_a_phone_shows_one_map_at_a_time(phone: BrowserContext, season: str) -> None:
    page, watch = watched_page(phone, season)
    open_comparison(page, season, "hazard", "zh")
    sides = [page.locator(f'.erqi-side[data-side="{side}"]') for side in (0, 1)]
    expect(sides[1]).to_be_visible()
    expect(sides[0]).to_be_hidden()
    page.get_by_role("button", name="较早").tap()
    expect(sides[0]).to_be_visible()
    expect(sides[1]).to_be_hidden()
    assert page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]") == [390, 390]
    page.get_by_text("选择其他时刻").tap()
    # later than the other one: the earlier one is left all the same
    page.locator(".erqi-moments input").first.fill("2020-08-01T10:30")
    page.locator(".erqi-moments button").tap()
    page.wait_for_url("**compare=2020-08-01T10:30:00**")
    page.wait_for_selector("html[data-erqi-ready]", state="attached")
    assert [side.locator("iframe").get_attribute("title") for side in sides] == [
        "较早 2020年7月20日 9:00",
        "较晚 2020年8月1日 10:30",
    ]
    watch.assert_quiet()


def test_comparison_with_a_moment_that_is_none_is_refused(http: httpx.Client, season: str) -> None:
    answer = http.get(f"{season}/maps/progress", params={"compare": "yesterday"})
    assert (answer.status_code, answer.json()["field"]) == (400, "compare")


def test_comparison_is_the_same_bytes_and_lets_only_our_own_pages_in(http: httpx.Client, season: str) -> None:
    asked = {"compare": EARLIER, "lang": "zh"}
    first = http.get(f"{season}/maps/progress", params=asked)
    assert http.get(f"{season}/maps/progress", params=asked).content == first.content
    policy = first.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self';" in policy
    assert "frame-src 'self';" in policy
    assert "frame-src" not in http.get(f"{season}/maps/progress").headers["content-security-policy"]
