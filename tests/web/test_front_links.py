"""Each number of the front page is that of the table and of the map which its links lead to."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.maps.harness import open_map, watched_page

MOMENT = "2020-07-20T09:00:00%2B08:00"
# every link with a number of its own, and the names in the cards with the number beside them
READ_LINKS = """() => [
  ...[...document.querySelectorAll("main a")].map((link) => [link.getAttribute("href"), link.textContent.trim()]),
  ...[...document.querySelectorAll(".front-card li")].map((li) => [
    li.querySelector("a").getAttribute("href"), li.querySelector("b").textContent.trim(),
    li.closest(".front-card").dataset.layer]),
  ...[...document.querySelectorAll("dd, td")].filter((cell) => cell.querySelector(".front-map:not([data-to])"))
    .map((cell) => [cell.querySelector(".front-map").getAttribute("href"), cell.querySelector("a").textContent.trim()]),
]"""
SHOWN = "(layers) => layers.reduce((sum, each) => sum + erqi.shown(each).length, 0)"


def figures(page: Page, season: str, lang: str) -> dict[tuple[str, str | None], int]:
    """Return by address, and layer where one map shows several, the number that the page gives."""
    page.goto(f"{season}/?lang={lang}&datetime={MOMENT}")
    found: dict[tuple[str, str | None], int] = {}
    for href, text, *layer in page.evaluate(READ_LINKS):
        number = re.fullmatch(r"(\d+)( 处| places?)?", text)
        if number is None:
            continue
        key = (href, layer[0] if layer else None)
        assert found.setdefault(key, int(number[1])) == int(number[1]), key
    return found


@pytest.fixture
def numbers(desktop: BrowserContext, season: str) -> dict[tuple[str, str | None], int]:
    page, watch = watched_page(desktop, season)
    found = figures(page, season, "zh")
    assert found.keys() == {(href.replace("lang=en", "lang=zh"), layer) for href, layer in figures(page, season, "en")}
    watch.assert_quiet()
    return found


def test_tables_have_as_many_rows_and_files_as_many_lines(
    numbers: dict[tuple[str, str | None], int], http: httpx.Client, season: str
) -> None:
    tables = {href: number for (href, _), number in numbers.items() if "/table?" in href}
    assert len(tables) > 50
    for href, number in tables.items():
        page = http.get(season + href).text
        assert re.findall(r'data-matched="(\d+)"', page) == [str(number)], href
    href, number = next((href, number) for href, number in tables.items() if "task=overdue" in href and "unit=" in href)
    file = next(each for each in re.findall(r'href="([^"]+)" download', http.get(season + href).text) if "csv" in each)
    assert len(http.get(season + file.replace("&amp;", "&")).text.splitlines()) == number + 1


def test_maps_draw_as_many_places(
    numbers: dict[tuple[str, str | None], int], desktop: BrowserContext, season: str
) -> None:
    maps = {key: number for key, number in numbers.items() if "/table?" not in key[0]}
    places, cases = ("segment_progress", "site_progress"), ("cases",)
    wanted = {
        "task=overdue": (13, places),
        "unit=construction_transport": (12, places),
        "programme=key_projects_2020": (1, places),
        "road=songshan": (4, places),
        "freshness=stale": (1, ("checkpoint_status",)),
        "due=overdue": (6, cases),
        "state=behind": (4, places[:1]),
        "state=attention": (1, ("checkpoint_status",)),
    }
    page, watch = watched_page(desktop, season)
    for part, (by_hand, layers) in wanted.items():
        (href, _), number = next((key, number) for key, number in maps.items() if part in key[0])
        assert number == by_hand, href
        open_map(page, season, href)
        assert page.evaluate(SHOWN, layers) == number, href
    watch.assert_quiet()
