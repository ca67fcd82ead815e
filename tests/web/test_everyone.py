"""For everyone: no serious finding of axe on any page, no other host, the keyboard alone, 200 % zoom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.maps.harness import watched_page

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run()).violations.filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => [each.id, ...each.nodes.map((node) => node.html.slice(0, 160))])"""
MOMENT = "datetime=2020-07-20T09:00:00%2B08:00"


def settled(page: Page) -> None:
    expect(page.locator("#since-status")).not_to_have_text("")


def drawn(page: Page) -> None:
    page.wait_for_selector("html[data-erqi-ready]", state="attached")


def card(page: Page) -> None:
    drawn(page)
    if page.locator("#erqi-handle").is_visible():
        page.locator("#erqi-handle").click()
    page.locator(".erqi-entry").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .erqi-card")).to_be_visible()
    expect(page.locator(".leaflet-popup")).to_have_css("opacity", "1")


def searched(page: Page) -> None:
    drawn(page)
    page.locator(".erqi-chip").nth(1).click()
    page.locator("#erqi-search-input").fill("航海路K2+300")
    page.keyboard.press("Enter")
    page.locator(".leaflet-control-layers-toggle").focus()


def documented(page: Page) -> None:
    expect(page.locator(".opblock").first).to_be_visible()


def still(page: Page) -> None:
    page.wait_for_load_state("networkidle")


STATES: tuple[tuple[str, Callable[[Page], None]], ...] = (
    (f"/?lang=zh&{MOMENT}", settled),
    (f"/?lang=en&{MOMENT}", settled),
    (f"/maps/progress?lang=zh&{MOMENT}", card),
    (f"/maps/progress?lang=en&task=overdue&{MOMENT}", searched),
    (f"/maps/hazard?lang=en&{MOMENT}", card),
    (f"/maps/progress/table?lang=zh&of=tasks&task=overdue&{MOMENT}", still),
    (f"/maps/hazard/table?lang=en&of=cases&{MOMENT}", still),
    ("/ogc?lang=zh", still),
    ("/ogc/collections/cases/items?lang=en", still),
    ("/ogc/conformance?lang=en", still),
    ("/login", still),
    ("/reviews", still),
    ("/field?lang=zh", still),
)


def findings(page: Page, address: str, states: Any) -> list[Any]:
    found: list[Any] = []
    for path, reach in states:
        page.goto(address + path)
        reach(page)
        page.evaluate(f"() => {{ {AXE} }}")
        found += [[path, *each] for each in page.evaluate(RUN)]
    return found


def test_no_page_has_a_serious_finding_or_asks_another_host(
    desktop: BrowserContext, phone: BrowserContext, season: str
) -> None:
    page, watch = watched_page(desktop, season)
    found = findings(page, season, STATES)
    page.goto(f"{season}/docs")
    documented(page)
    page.emulate_media(media="print")
    small, small_watch = watched_page(phone, season)
    found += findings(small, season, (STATES[1], STATES[2], STATES[4], STATES[6]))
    assert found == []
    assert watch.foreign == small_watch.foreign == []


def test_keyboard_alone_opens_a_segment_and_reaches_every_control(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/maps/progress?lang=zh&{MOMENT}")
    drawn(page)
    # by what they are, not by which: a control may be drawn again meanwhile
    page.evaluate("""() => {
      // reports are listed anew with each view: one of them stands for all
      window.named = (each) => each.closest("#erqi-reports li") ? "report"
        : [each.tagName, each.id, each.textContent, JSON.stringify(each.dataset)].join("|");
      window.reached = new Set();
      document.addEventListener("focusin", (event) => window.reached.add(window.named(event.target))); }""")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('erqi-entry')"):
            break
    name = page.locator(":focus .erqi-entry__name").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .erqi-card")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('.leaflet-popup') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    assert page.locator(":focus .erqi-entry__name").inner_text() == name
    page.wait_for_timeout(1_000)  # the card has moved the map: what is in view is listed anew, under the focus
    assert page.locator(":focus .erqi-entry__name").inner_text() == name
    for _ in range(500):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.skip-link')"):  # round once
            break
    missed = page.evaluate("""() => [...document.querySelectorAll("a[href], summary, button, input")]
      .filter((each) => !each.disabled)
      .filter((each) => each.checkVisibility() && each.getBoundingClientRect().width > 1)
      .filter((each) => !window.reached.has(window.named(each)))
      .filter((each) => !each.closest(".leaflet-control-layers:not(.leaflet-control-layers-expanded)"))
      .map((each) => each.outerHTML.slice(0, 120))""")
    assert missed == []
    watch.assert_quiet()


@pytest.mark.parametrize(
    "path", [f"/?lang=en&{MOMENT}", f"/maps/progress?lang=en&{MOMENT}", f"/maps/hazard/table?lang=en&{MOMENT}"]
)
def test_page_at_200_percent_loses_nothing_and_does_not_scroll_sideways(
    chromium: Browser, season: str, path: str
) -> None:
    context = chromium.new_context(viewport={"width": 720, "height": 450}, device_scale_factor=2)
    page, watch = watched_page(context, season)
    page.goto(season + path)
    if path.startswith("/maps/progress"):
        drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    for part in ("h1", ".erqi-nav", ".erqi-as-of", "main"):
        expect(page.locator(part).first).to_be_visible()
    watch.assert_quiet()
    context.close()
