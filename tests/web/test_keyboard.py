"""The keyboard alone and 200 % zoom: everything is reached, nothing is lost, the focus least of all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.maps.harness import open_map, watched_page

MOMENT = "datetime=2020-07-20T09:00:00%2B08:00"
FOCUSED = "document.activeElement.closest('#erqi-reports, .leaflet-popup, .leaflet-erqi-reports-pane')?.className"
MAP = "erqi.places.values().next().value._map"


def test_keyboard_alone_opens_a_segment_and_reaches_every_control(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    open_map(page, season, f"/maps/progress?lang=zh&{MOMENT}")
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
    if path.startswith("/maps/progress"):
        open_map(page, season, path)
    else:
        page.goto(season + path)
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    for part in ("h1", ".erqi-nav", ".erqi-as-of", "main"):
        expect(page.locator(part).first).to_be_visible()
    watch.assert_quiet()
    context.close()


def redrawn(page: Page) -> None:
    """Read the reports of the view anew, as after a move of the map or a write, and wait until they are drawn."""
    page.evaluate("async () => { await erqi.readReports(true); }")


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("#erqi-reports .erqi-entry", "erqi-reports"),
        (".leaflet-erqi-reports-pane .erqi-cluster-holder", "reports-pane"),
    ],
)
def test_focus_comes_back_from_reports_and_outlives_a_new_drawing(
    desktop: BrowserContext, season: str, origin: str, name: str
) -> None:
    page, watch = watched_page(desktop, season)
    open_map(page, season, f"/maps/progress?lang=zh&window=all&{MOMENT}")
    page.wait_for_selector("html[data-erqi-reports]", state="attached")
    page.locator(origin).last.focus()
    for _ in range(12):  # nearer and nearer, until the reports of the place are told
        page.keyboard.press("Enter")
        page.wait_for_timeout(150)  # the map waits so long for a further move
        redrawn(page)
        if page.locator(".leaflet-popup").count():
            break
        assert name in page.evaluate(FOCUSED)
    expect(page.locator(".leaflet-popup .erqi-report-list")).to_be_focused()
    page.keyboard.press("Escape")
    assert name in page.evaluate(FOCUSED)
    for move in (
        "panBy([60, 0], { animate: false })",
        "setZoom(11, { animate: false })",
        "setZoom(16, { animate: false })",
    ):
        page.evaluate(f"{MAP}.{move}")
        redrawn(page)
        assert name in page.evaluate(FOCUSED)
    watch.assert_quiet()
