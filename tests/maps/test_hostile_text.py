"""Text from the field is hostile: shown as text on both maps, never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from maps.page import self_contained
from tests.maps.harness import HOSTILE, PAGES, World, geojson, open_map, page_context, poisoned, serving, watched_page
from tests.maps.season import Word

HOSTILE_WORDS = [Word(text, text, text, text) for text in HOSTILE]


@pytest.fixture
def hostile_world() -> World:
    world = poisoned(World())
    vocabularies = dict.fromkeys(world.context.vocabularies, HOSTILE_WORDS)
    world.context = page_context(district_zh=HOSTILE[2], district_en=HOSTILE[1], vocabularies=vocabularies)
    world.located = [{"name_zh": text, "name_en": text, "lon": 113.64, "lat": 34.72, "chainage": text,
                      "confidence": text, "position_accuracy_m": text} for text in HOSTILE]  # fmt: skip
    return world


@pytest.fixture
def hostile_address(hostile_world: World) -> Iterator[str]:
    with serving(hostile_world) as url:
        yield url


def _assert_harmless(page: Page) -> None:
    assert page.evaluate("typeof window.__pwned") == "undefined"
    # nothing but what our own code builds
    assert page.locator("img, iframe, object, b, .leaflet-popup script, #erqi-panel script").count() == 0
    assert page.evaluate("[...document.querySelectorAll('svg')].every((s) => !s.hasAttribute('onload'))")


def _open_everything(page: Page) -> str:
    """Open every entry of the list; return all text that was shown."""
    seen = []
    for entry in page.locator(".erqi-entry").all():
        entry.evaluate("entry => entry.click()")
        seen.append(page.locator("body").inner_text())
    return "\n".join(seen)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_is_shown_and_never_runs(
    desktop: BrowserContext, hostile_address: str, name: str, lang: str
) -> None:
    page, watch = watched_page(desktop, hostile_address)
    open_map(page, hostile_address, f"/maps/{name}?lang={lang}")
    shown = _open_everything(page)
    _assert_harmless(page)
    for text in HOSTILE:
        assert text[:40] in shown, text
    assert page.evaluate("document.documentElement.scrollWidth") == 1440
    watch.assert_quiet()


@pytest.mark.parametrize("name", PAGES)
def test_hostile_search_results_are_text(desktop: BrowserContext, hostile_address: str, name: str) -> None:
    page, watch = watched_page(desktop, hostile_address)
    open_map(page, hostile_address, f"/maps/{name}")
    page.locator("#erqi-search-input").fill("zz<img src=x onerror=alert(1)>")
    page.wait_for_selector(".erqi-result")
    assert HOSTILE[0] in page.locator(".erqi-results").inner_text()
    for _ in range(3):
        page.locator("#erqi-search-input").fill(f"zz{_}")
        page.wait_for_selector(".erqi-result")
        page.keyboard.press("Enter")
        page.wait_for_selector(".leaflet-popup .erqi-card")
    _assert_harmless(page)
    watch.assert_quiet()


@pytest.mark.parametrize("name", PAGES)
def test_hostile_filter_in_the_url_is_harmless(desktop: BrowserContext, address: str, name: str) -> None:
    page, watch = watched_page(desktop, address)
    open_map(page, address, f"/maps/{name}?state=%3Cimg%20src=x%20onerror=window.__pwned=1%3E&road=%22%3E%3Cscript%3E")
    _assert_harmless(page)
    watch.assert_quiet()


@pytest.mark.parametrize("name", PAGES)
def test_hostile_self_contained_file_is_harmless(
    desktop: BrowserContext, hostile_world: World, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "map.html"
    file.write_text(self_contained(PAGES[name], hostile_world.context, geojson(hostile_world.collections)), "utf-8")
    page, watch = watched_page(desktop, "file://")
    open_map(page, "file://", str(file))
    _open_everything(page)
    _assert_harmless(page)
    watch.assert_quiet()
