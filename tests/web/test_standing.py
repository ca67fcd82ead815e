"""How the works stand, on the front page: the figures of the API, in words, with a drawing for each programme."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext

from tests.maps.harness import watched_page

MOMENT = "2020-07-20T01:00:00+00:00"
READ_ROWS = """rows => rows.map((row) => [row.dataset.id, row.dataset.measure,
  [...row.cells].slice(1).map((cell) => cell.textContent.trim())])"""


def groups(http: httpx.Client, address: str, by: str) -> list[dict[str, Any]]:
    answer = http.get(f"{address}/api/v1/progress", params={"by": by, "datetime": MOMENT})
    found: list[dict[str, Any]] = answer.json()["groups"]
    return found


def cells(group: dict[str, Any]) -> list[str]:
    """Write a group's figures as the Chinese page does."""
    slip, percents = group["slip_days"], ("planned_percent", "actual_percent")
    late = "–" if slip is None else "不晚" if slip == 0 else f"{'晚' if slip > 0 else '早'} {abs(slip):g} 天"
    return [
        *("–" if group[name] is None else f"{group[name]:.1f}%" for name in percents),
        "–" if group["spi"] is None else f"{group['spi']:.2f}",
        late,
        "尚无法预计" if group["forecast_finish"] is None else in_words(group["forecast_finish"]),
    ]


def in_words(day: str) -> str:
    """Write a day of the API, such as 2020-07-05, as a Chinese sentence has it: 2020年7月5日."""
    year, month, number = (int(part) for part in day.split("-"))
    return f"{year}年{month}月{number}日"


def test_table_and_cards_say_what_the_api_says(http: httpx.Client, desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=zh&datetime={MOMENT.replace('+', '%2B')}")
    for by in ("road", "unit"):
        shown = page.locator(f"section[aria-labelledby=standing] tr[data-by={by}]").evaluate_all(READ_ROWS)
        assert shown == [[each["id"], each["measure"], cells(each)] for each in groups(http, season, by)]
    for each in groups(http, season, "programme"):
        card = page.locator(f".front-programme[data-programme={each['id']}]")
        assert card.locator("dd").all_inner_texts()[:4] == cells(each)[:4]
        assert card.get_by_role("img", name=each["name_zh"]).is_visible()
    watch.assert_quiet()


@pytest.mark.parametrize(("lang", "late"), [("zh", "晚 20.8 天"), ("en", "20.8 d late")])
def test_drawing_says_how_late_in_the_pages_language(
    desktop: BrowserContext, season: str, lang: str, late: str
) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang={lang}&datetime={MOMENT.replace('+', '%2B')}")
    assert late in (page.locator(".front-programme[data-programme=road_phase_one] svg").text_content() or "")
    watch.assert_quiet()


def test_files_are_offered_as_of_the_pages_moment(http: httpx.Client, desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=zh&datetime={MOMENT.replace('+', '%2B')}")
    addresses = page.locator("section[aria-labelledby=standing] p a").evaluate_all("links => links.map((a) => a.href)")
    assert len(addresses) == 5
    for address in addresses:
        answer = http.get(address)
        assert answer.headers["content-type"].startswith("text/csv")
        assert "2020-07-20" in answer.text
    watch.assert_quiet()
