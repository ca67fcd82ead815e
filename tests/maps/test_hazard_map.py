"""The hazard map in a real browser that reaches nothing but our server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.maps.harness import PAGES, open_map, watched_page

Visit = Callable[[str], Page]
SYMBOLS = ".leaflet-erqi-points-pane .erqi-symbol"


def test_located_places_are_drawn_and_the_others_listed(visit: Visit) -> None:
    page = visit("/maps/hazard")
    expect(page.locator(SYMBOLS)).to_have_count(3 + 4 + 1)  # three checkpoints, four cases and a store have a point
    unlocated = page.locator('[data-section="unlocated"] .erqi-entry__name')
    assert unlocated.all_text_contents() == ["沿河路北闸口", "沿河路北闸口位置待核实"]
    expect(page.locator("#erqi-summary")).to_have_text("点位 4/4 · 冲突 1/1 · 台账 5/5")


def test_freshness_is_told_by_the_ring(visit: Visit) -> None:
    page = visit("/maps/hazard")
    rings = page.eval_on_selector_all(
        '[data-section="checkpoints"] .erqi-swatch, [data-section="unlocated"] li:first-child .erqi-swatch',
        "swatches => swatches.map((s) => s.querySelectorAll('circle')[1].getAttribute('stroke-dasharray'))",
    )
    assert rings == [None, "5 3.2", None, "1.2 3.4"]  # fresh, stale, fresh, never


def test_estimated_positions_are_drawn_with_their_error(visit: Visit) -> None:
    page = visit("/maps/hazard")
    widths = page.eval_on_selector_all(
        ".leaflet-erqi-uncertainty-pane path", "paths => paths.map((path) => path.getBBox().width)"
    )
    # the seed says 900, 1000 and 800 m
    assert len(widths) == 3
    assert [width / widths[0] for width in widths] == pytest.approx([1, 1000 / 900, 800 / 900], rel=0.02)


def test_checkpoint_popup_tells_what_was_seen(visit: Visit) -> None:
    page = visit("/maps/hazard?lang=en")
    page.locator(".erqi-entry", has_text="Jiazhai").click()
    card = page.locator(".leaflet-popup .erqi-card")
    for text in (
        "Danger",
        "15 August 2020, 7:10",
        "(allowed: 24 h)",
        "121.34 m",
        "1985国家高程基准",
        "Supplies",
        "checkpoint-2",
    ):
        expect(card).to_contain_text(text)


def test_unlocated_place_opens_in_the_list(visit: Visit) -> None:
    page = visit("/maps/hazard")
    entry = page.locator('[data-section="unlocated"] .erqi-entry').first
    entry.focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-section="unlocated"] .erqi-card')).to_contain_text("未定位：没有可靠点位。")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator('[data-section="unlocated"] .erqi-card')).to_have_count(0)


def test_search_reaches_an_unlocated_place(visit: Visit) -> None:
    page = visit("/maps/hazard")
    page.locator("#erqi-search-input").fill("沿河路北闸口")
    page.keyboard.press("Enter")
    expect(page.locator('[data-section="unlocated"] .erqi-card').first).to_be_visible()


def test_filters_of_checkpoints_and_cases_are_independent(visit: Visit) -> None:
    page = visit("/maps/hazard?state=danger&status=registered")
    expect(page.locator("#erqi-summary")).to_have_text("点位 1/4 · 冲突 1/1 · 台账 2/5")
    expect(page.locator(SYMBOLS)).to_have_count(1 + 1 + 1)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_phone_has_no_sideways_scroll_and_large_targets(
    phone: BrowserContext, address: str, name: str, lang: str
) -> None:
    page, watch = watched_page(phone, address)
    open_map(page, address, f"/maps/{name}?lang={lang}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("#erqi-handle").tap()
    expect(page.locator("#erqi-handle")).to_have_attribute("aria-expanded", "true")
    page.eval_on_selector_all(".erqi-fold", "all => all.forEach((each) => { each.open = true; })")
    page.wait_for_timeout(300)
    sizes = page.eval_on_selector_all(
        "button, .erqi-nav a, #erqi-language, .leaflet-bar a, .leaflet-control-layers-toggle",
        "all => all.map((e) => [e.getBoundingClientRect(), e.textContent]).filter(([b]) => b.width)"
        ".map(([b, text]) => [Math.min(b.width, b.height), text])",
    )
    assert [text for size, text in sizes if size < 44] == []
    page.locator(".erqi-entry").nth(1).tap()
    expect(page.locator(".leaflet-popup .erqi-card")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    watch.assert_quiet()
