"""Flood control in a real browser: signal and level, the chart of a level, works in the way, deadlines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from maps import theme
from tests.maps.harness import World

Visit = Callable[[str], Page]


def test_signal_and_level_are_two_things(visit: Visit) -> None:
    page = visit("/maps/hazard?lang=en")
    brief, full = page.locator("#erqi-alert-brief"), page.locator("#erqi-alert")
    expect(brief).to_have_text("SignalOrange rainstorm signalResponseⅣ")
    # the official colour is the signal's alone; the level has a neutral frame
    fill = full.locator(".erqi-alert__part svg path").first
    assert fill.get_attribute("fill") == theme.TOKENS["signal-orange"]
    frame = full.locator(".erqi-alert__frame")
    ink = "rgb(31, 41, 51)"  # theme's #1f2933
    assert frame.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).borderColor]") == [ink, ink]
    signal, level = "since 15 August 2020, 6:00, 气象台", "since 14 August 2020, 20:00, 指挥部"
    for text in (signal, level, "Also: Blue flood signal"):
        expect(full).to_contain_text(text)
    expect(full.locator("summary")).to_have_text("The rule proposes Level III: lower than the rule proposes")
    full.locator("summary").press("Enter")
    expect(full.locator("details p").first).to_be_visible()


def test_nothing_in_force_is_said_in_words(world: World, visit: Visit) -> None:
    nothing: dict[str, Any] = {"signal": None, "level": None, "agreement": "calm", "signals": [], "why_zh": "都没有。"}
    world.collections["flood_status"][0]["properties"] = nothing
    page = visit("/maps/hazard")
    expect(page.locator("#erqi-alert-brief")).to_have_text("预警无响应—无")
    expect(page.locator("#erqi-alert summary")).to_have_text("没有生效的信号和响应")


def test_chart_is_drawn_where_the_numbers_say(visit: Visit) -> None:
    """By hand: x = 38 + 208 (1 - days / 7), y = 10 + 98 (121.62 - metres) / 1.24."""
    page = visit("/maps/hazard")
    page.locator(".erqi-entry", has_text="贾寨").click()
    level = page.locator(".leaflet-popup .erqi-level")
    expect(level.locator(".erqi-level__said")).to_contain_text("121.34 m")
    expect(level.locator(".erqi-level__said")).to_contain_text("高于设防水位 0.34 m")
    course = level.locator(".erqi-level__course")
    assert course.get_attribute("d") == "M156.9 98.5 L216.3 43.2 L243.1 32.1"
    heights = level.locator(".erqi-level__limit").evaluate_all("all => all.map((e) => Number(e.getAttribute('y1')))")
    assert [round(height, 2) for height in heights] == [59.0, 19.48]  # the one in another datum is not drawn
    said = level.locator("svg").get_attribute("aria-label")
    assert said == "近 7 天 3 次读数，120.50–121.34 m。高于设防水位 0.34 m"
    level.locator("summary").click()
    rows = level.locator("tbody tr").all_inner_texts()
    assert [row.split() for row in rows] == [
        ["2020-08-15", "07:10", "121.34", "1985国家高程基准"],
        ["2020-08-14", "09:30", "121.20", "1985国家高程基准"],
        ["2020-08-12", "09:30", "120.50", "1985国家高程基准"],
        ["设防水位", "121.00", "1985国家高程基准"],
        ["警戒水位", "121.50", "1985国家高程基准"],
        ["警戒水位", "9.90", "旧基准"],
    ]


def test_works_in_the_way_are_drawn_listed_and_explained(visit: Visit) -> None:
    page = visit("/maps/hazard")
    entry = page.locator('[data-section="conflicts"] .erqi-entry')
    expect(entry).to_contain_text("临近干渠")
    entry.focus()
    page.keyboard.press("Enter")
    card = page.locator(".leaflet-popup .erqi-card")
    for text in ("为什么列入", "自 2020-06-29 起施工未完，距干渠 88 m", "conflict-1", "可能（在误差之内）", "± 460 m"):
        expect(card).to_contain_text(text)
    page.keyboard.press("Escape")
    expect(entry).to_be_focused()


def test_cases_come_by_deadline_and_are_chosen_by_it(visit: Visit) -> None:
    page = visit("/maps/hazard")
    cases = page.locator('[data-section="cases"] .erqi-entry__sub')
    expect(cases.first).to_contain_text("逾期 93 天（2020年5月14日）（应于汛前完成）")
    assert "还有 5 天" in cases.nth(1).inner_text()
    chips = page.locator('[data-param="due"] .erqi-chip').all_inner_texts()
    assert [chip.split() for chip in chips] == [["已逾期", "1"], ["一周内到期", "3"], ["应于汛前完成", "1"]]
    page.locator('[data-param="due"] [data-code="overdue"]').click()
    page.locator('[data-param="due"] [data-code="before_season"]').click()
    assert page.url.endswith("?due=overdue,before_season")
    expect(page.locator("#erqi-summary")).to_contain_text("台账 1/5")
