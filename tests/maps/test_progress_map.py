"""The progress map in a real browser that reaches nothing but our server."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.maps import season
from tests.maps.harness import World, open_map, watched_page

Visit = Callable[[str], Page]
SEGMENTS = ".erqi-touch"  # one for each drawn segment


def test_every_feature_is_drawn_and_listed(visit: Visit) -> None:
    page = visit("/maps/progress")
    expect(page.locator(SEGMENTS)).to_have_count(30)  # segments.csv has 30 rows
    expect(page.locator('[data-section="segments"] .erqi-entry')).to_have_count(30)
    expect(page.locator('[data-section="sites"] .erqi-entry')).to_have_count(2)
    expect(page.locator('[data-section="stops"] .erqi-entry')).to_have_count(5)  # of the inspection of 5 May
    expect(page.locator(".leaflet-erqi-points-pane .erqi-symbol")).to_have_count(2 + 5)
    expect(page.locator("#erqi-summary")).to_have_text("路段 30/30 · 项目点 2/2")


def test_data_are_asked_as_of_the_moment_of_the_page(visit: Visit, world: World) -> None:
    visit("/maps/progress")
    queries = [parse_qs(urlsplit(url).query) for url in world.asked]
    assert len(queries) == 8
    assert all(query == {"datetime": [season.AS_OF], "limit": ["10000"]} for query in queries)


POPUP_LIES_ON_MAP = """() => {
  const [box, map] = [".leaflet-popup-content-wrapper", ".erqi-map"]
    .map((name) => document.querySelector(name).getBoundingClientRect());
  return box.top >= map.top && box.bottom <= map.bottom;
}"""


def test_popup_tells_name_chainage_tasks_report_and_why(visit: Visit) -> None:
    page = visit("/maps/progress")
    page.locator(".erqi-entry", has_text="建设路—中原路").first.click()
    card = page.locator(".leaflet-popup .erqi-card")
    expect(card.locator("h2")).to_have_text("嵩山路（建设路—中原路）")
    told = (
        *("K1+161–K1+971", "滞后", "计划70%，实际52%，落后18个百分点，超过10。"),
        *("progress-2", "区指挥部2020年5月计划", "落后 18.0 个百分点"),
        *("车行道与管网", "7月1日", "7月3日", "60%", "2020年8月14日 16:20", "东侧人行道铺装完成"),
    )
    for text in told:
        expect(card).to_contain_text(text)
    page.wait_for_function(POPUP_LIES_ON_MAP)  # once the map has moved aside for it


def test_unreported_segment_reads_unconfirmed_and_is_hatched(visit: Visit) -> None:
    page = visit("/maps/progress?lang=en")
    entry = page.locator(".erqi-entry", has_text="Zhongyuan Road – Yihe Road")
    expect(entry).to_contain_text("Unconfirmed")
    assert entry.locator("path[stroke-dasharray='2 4']").count() == 1
    entry.click()
    expect(page.locator(".leaflet-popup")).to_contain_text("Nobody has reported yet")


def test_filter_is_read_from_and_written_to_the_url(visit: Visit) -> None:
    page = visit("/maps/progress?state=behind,blocked&road=songshan&lang=zh")
    songshan = [f for f in season.segment_progress() if f["properties"]["road_id"] == "songshan"]
    wanted = [f for f in songshan if f["properties"]["state"] in {"behind", "blocked"}]
    expect(page.locator(SEGMENTS)).to_have_count(len(wanted))
    page.locator('.erqi-chip[data-code="behind"]').click()
    page.locator('.erqi-chip[data-code="done"]').click()
    assert parse_qs(urlsplit(page.url).query) == {"state": ["blocked,done"], "road": ["songshan"], "lang": ["zh"]}
    assert page.evaluate("document.activeElement.dataset.code") == "done"
    page.get_by_role("button", name="清除筛选").click()
    expect(page.locator(SEGMENTS)).to_have_count(30)
    assert parse_qs(urlsplit(page.url).query) == {"lang": ["zh"]}


def test_language_switch_keeps_the_other_parameters(visit: Visit) -> None:
    page = visit("/maps/progress?state=behind&datetime=2020-08-15T09:30:00%2B08:00")
    page.locator('.erqi-chip[data-code="done"]').click()
    page.locator("#erqi-language").click()
    page.wait_for_selector("html[lang=en][data-erqi-ready]", state="attached")
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"lang": ["en"], "state": ["behind,done"], "datetime": ["2020-08-15T09:30:00+08:00"]}
    expect(page.locator("h1")).to_have_text("Progress of road works")


def test_keyboard_opens_a_segment_on_the_map_and_comes_back(visit: Visit) -> None:
    page = visit("/maps/progress")
    line = page.locator(SEGMENTS).nth(3)
    line.focus()
    assert line.get_attribute("role") == "button"
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .erqi-card")).to_be_visible()
    assert page.evaluate("document.activeElement.className") == "erqi-card"
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    assert page.evaluate("document.activeElement.classList.contains('erqi-touch')")


def test_keyboard_reaches_list_and_opens_its_popup(visit: Visit) -> None:
    page = visit("/maps/progress")
    page.locator('[data-section="sites"] .erqi-entry').first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup h2")).to_have_text("刘砦社区改造二期")


def test_ticks_appear_with_zoom(visit: Visit) -> None:
    page = visit("/maps/progress")
    expect(page.locator(".erqi-tick")).to_have_count(0)
    # hand calculation: multiples of the step inside [from, to)
    assert page.evaluate("erqi.tickMeasures(1160.7, 1970.6, 14)") == [1500]
    assert page.evaluate("erqi.tickMeasures(1960.7, 2270.6, 16)") == [2000, 2100, 2200]
    assert page.evaluate("erqi.tickMeasures(0, 1000, 13)") == []
    assert page.evaluate("erqi.kpost(3250)") == "K3+250"
    page.locator(".erqi-entry", has_text="汝河路—淮河路").first.click()
    expect(page.locator(".erqi-tick", has_text="K4+000").first).to_be_visible()


def test_tick_stands_where_the_chainage_is(visit: Visit) -> None:
    page = visit("/maps/progress")
    # half way along 0.002 degrees of the equator and 0.002 degrees of a meridian: the corner
    line = "[L.latLng(0, 0), L.latLng(0, 0.002), L.latLng(0.002, 0.002)]"
    at = page.evaluate(f"(() => {{ const p = erqi.measured({line}, 0.5); return [p.lat, p.lng] }})()")
    assert at == pytest.approx([0, 0.002], abs=1e-9)


def test_search_finds_loaded_features_in_both_languages(visit: Visit) -> None:
    page = visit("/maps/progress")
    page.locator("#erqi-search-input").fill("liuzhai")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[role="option"][aria-selected="true"]')).to_contain_text("刘砦社区改造二期")
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup h2")).to_have_text("刘砦社区改造二期")


def test_search_asks_the_service_and_draws_the_place_with_its_error(visit: Visit, world: World) -> None:
    place = {"kind": "chainage", "name_zh": "航海路 K2+300", "name_en": "Hanghai Road K2+300", "chainage": "K2+300"}
    world.located = [
        {**place, "lon": 113.6401, "lat": 34.7216, "offset_m": 0, "confidence": 0.9, "position_accuracy_m": 150}
    ]
    page = visit("/maps/progress")
    page.locator("#erqi-search-input").fill("航海路K2+300")
    page.locator('[role="option"]', has_text="K2+300").click()
    card = page.locator(".leaflet-popup .erqi-card")
    expect(card).to_contain_text("± 150 m")
    expect(card).to_contain_text("90%")
    # the accuracy circle: 300 m across, by the scale of the map
    width = page.evaluate("document.querySelector('.leaflet-erqi-uncertainty-pane path:last-child').getBBox().width")
    page_zoom = page.evaluate(
        "(() => { const m = Object.values(window).find((v) => v instanceof L.Map); return m.getZoom() })()"
    )
    metres_per_pixel = 40_075_016.686 * 0.82205 / (256 * 2**page_zoom)  # cos 34.7216° = 0.82205
    assert width * metres_per_pixel == pytest.approx(300, rel=0.02)


def test_failed_collection_is_named_and_can_be_retried(desktop: BrowserContext, address: str, world: World) -> None:
    world.broken = {"segment_progress"}
    page, watch = watched_page(desktop, address)
    open_map(page, address, "/maps/progress")
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("segment_progress")
    expect(page.locator(".leaflet-erqi-points-pane .erqi-symbol").first).to_be_visible()
    world.broken.clear()
    page.get_by_role("button", name="重试").click()
    expect(page.locator(SEGMENTS)).to_have_count(30)
    expect(banner).to_be_hidden()
    assert watch.foreign == []


def test_next_links_are_followed_to_the_last_page(visit: Visit, world: World) -> None:
    world.page_size = 7
    page = visit("/maps/progress")
    expect(page.locator(SEGMENTS)).to_have_count(30)
    asked = [url for url in world.asked if "segment_progress" in url]
    assert len(asked) == 5  # 30 segments, 7 a page


def test_layers_can_be_switched_off(visit: Visit) -> None:
    page = visit("/maps/progress")
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label("路段进度").uncheck()
    expect(page.locator(SEGMENTS)).to_have_count(0)


def test_print_keeps_badge_and_date(visit: Visit) -> None:
    page = visit("/maps/progress")
    page.emulate_media(media="print")
    expect(page.locator(".erqi-badge")).to_be_visible()
    expect(page.locator(".erqi-as-of")).to_contain_text("2020年8月15日 9:30")
    expect(page.locator(".erqi-search")).to_be_hidden()
