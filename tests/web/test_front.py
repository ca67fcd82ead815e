"""The front page says what the layers say."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from geo.collections import LAYERS
from tests.maps.harness import watched_page

MOMENT = "2020-09-10T18:00:00+08:00"
DERIVED = {"segments": "segment_progress", "sites": "site_progress", "checkpoints": "checkpoint_status"}
DRAWN = ("segment_progress", "site_progress", "checkpoint_status")
URGENCY = ("danger", "blocked", "attention", "seriously_behind", "behind", "unconfirmed")
READ_CARDS = """cards => cards.map((card) => [card.dataset.layer, {
  total: Number(card.querySelector("h3 b").textContent),
  kilometres: card.querySelector("h3 small")?.textContent ?? null,
  states: [...card.querySelectorAll("li")].map((li) => [li.dataset.state, Number(li.querySelector("b").textContent)]),
}])"""


def features(http: httpx.Client, address: str, collection: str) -> list[dict[str, Any]]:
    answer = http.get(f"{address}/ogc/collections/{collection}/items", params={"limit": "10000", "datetime": MOMENT})
    return [feature["properties"] | {"id": feature["id"]} for feature in answer.json()["features"]]


@pytest.mark.parametrize("data", ["places", "season"])
def test_figures_are_those_of_the_layers(
    request: pytest.FixtureRequest, http: httpx.Client, desktop: BrowserContext, data: str
) -> None:
    address = request.getfixturevalue(data)
    page, watch = watched_page(desktop, address)
    page.goto(f"{address}/?lang=en&datetime={MOMENT.replace('+', '%2B')}")
    shown = dict(page.locator(".front-card").evaluate_all(READ_CARDS))
    for layer, collection in DERIVED.items():
        rows = features(http, address, collection)
        assert shown[layer]["total"] == len(rows)
        assert dict(shown[layer]["states"]) == Counter(row["state"] for row in rows)
    metres = sum(row["to_m"] - row["from_m"] for row in features(http, address, "segment_progress"))
    assert shown["segments"]["kilometres"] == f"{metres / 1000:.1f} km"
    cases = features(http, address, "cases")
    struck_off = [case for case in cases if case["status"] == "struck_off"]
    overdue = [case for case in cases if case not in struck_off and case["due_on"] and case["due_on"] < MOMENT[:10]]
    assert dict(shown["cases"]["states"]) == {
        "open": len(cases) - len(struck_off),
        "overdue": len(overdue),
        "struck_off": len(struck_off),
    }
    watch.assert_quiet()


@pytest.mark.parametrize("data", ["places", "season"])
def test_what_to_look_at_first_is_the_most_urgent_of_the_layers(
    request: pytest.FixtureRequest, http: httpx.Client, desktop: BrowserContext, data: str
) -> None:
    address = request.getfixturevalue(data)
    places = [row for name in DRAWN for row in features(http, address, name)]
    urgent = [row for row in places if row["state"] in URGENCY]
    urgent.sort(key=lambda row: (URGENCY.index(row["state"]), -(row.get("lag_points") or -1000), row["id"]))
    page, _ = watched_page(desktop, address)
    page.goto(f"{address}/?lang=zh&datetime={MOMENT.replace('+', '%2B')}")
    rows = page.locator("section[aria-labelledby=attention] tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert rows == [[row["name_zh"], row["state_zh"], row["why_zh"]] for row in urgent[:12]]
    counted = page.locator("section[aria-labelledby=attention] .erqi-number").inner_text()
    assert counted == f"{len(rows)} / {len(urgent)}"


def test_bars_are_drawn_to_scale(desktop: BrowserContext, season: str) -> None:
    page, _ = watched_page(desktop, season)
    page.goto(season)
    for bar in page.locator(".front-bar").all():
        parts = bar.locator("rect").evaluate_all(
            "parts => parts.map((part) => [Number(part.getAttribute('x')), Number(part.getAttribute('width'))])"
        )
        reached = 0.0
        for start, width in parts:
            assert start == pytest.approx(reached, abs=0.01)
            reached += width
        assert reached == pytest.approx(100, abs=0.01)
        assert all(
            "rgb" in each
            for each in bar.locator("rect").evaluate_all("all => all.map((e) => getComputedStyle(e).fill)")
        )


@pytest.mark.parametrize("moment", [MOMENT, "2020-07-20T09:00:00+08:00", "2020-05-01T09:00:00+08:00"])
def test_signal_and_level_are_two_things_as_the_layer_has_them(http: httpx.Client, season: str, moment: str) -> None:
    asked = {"datetime": moment, "lang": "en"}
    (status,) = http.get(f"{season}/ogc/collections/flood_status/items", params=asked).json()["features"]
    page = re.sub(r"\s+", " ", http.get(season, params=asked).text)
    for thing in ("signal", "level"):
        ((said, since),) = re.findall(rf'data-flood="{thing}">.*?<a [^>]*>(.*?)</a>(.*?)</p>', page)
        expected = status["properties"][f"{thing}_en"] or "none in force"
        assert re.sub("<[^>]*>", "", said) == expected
        assert ("since" in since) == (status["properties"][f"{thing}_en"] is not None)
    assert f'data-agreement="{status["properties"]["agreement"]}"' in page


def test_state_leads_to_the_map_with_that_state_only(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=zh")
    numbers = page.locator("[data-layer=segments] [data-state=behind] b, [data-layer=sites] [data-state=behind] b")
    number = sum(int(each) for each in numbers.all_inner_texts())
    page.locator("[data-layer=segments] [data-state=behind] > a").click()
    page.wait_for_selector("html[data-erqi-ready]", state="attached")
    places = page.locator("[data-section=segments] .erqi-entry, [data-section=sites] .erqi-entry")
    expect(places).to_have_count(number)
    watch.assert_quiet()


def test_every_layer_is_linked_under_its_title(desktop: BrowserContext, places: str) -> None:
    page, _ = watched_page(desktop, places)
    page.goto(f"{places}/?lang=en")
    links = page.locator("section[aria-labelledby=data] tbody a")
    assert links.evaluate_all("links => links.map((link) => [link.textContent, link.getAttribute('href')])") == [
        [layer.title.en, f"/ogc/collections/{layer.id}/items"] for layer in LAYERS.values()
    ]


def test_front_page_has_one_heading_landmarks_and_a_working_skip_link(desktop: BrowserContext, places: str) -> None:
    page, _ = watched_page(desktop, places)
    page.goto(places)
    expect(page.locator("h1")).to_have_count(1)
    for landmark in ("banner", "navigation", "main"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_moment_before_everything_is_an_empty_but_whole_page(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?datetime=2019-01-01T00:00:00Z")
    assert [card["total"] for _, card in page.locator(".front-card").evaluate_all(READ_CARDS)] == [0, 0, 0, 0]
    watch.assert_quiet()
