"""Maps of many features: drawn from tiles, listed in part, filtered by the server; reports that keep their counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from geo.store.engine import make_engine
from tests.api.serving import serving_copy
from tests.conftest import TestServer
from tests.maps.harness import HOSTILE, Watch, open_map, watched_page

expect.set_options(timeout=20_000)  # other tests want the processors too
MOMENT = "2020-07-20T09:00:00+08:00"  # when the demonstration opens
EARLIER = "2020-06-15T09:00:00+08:00"
MOMENT_UTC = "2020-07-20T01:00:00Z"
MAP = "Object.values(window).find((each) => each instanceof L.Map)"
# Whether a canvas has anything on it.
INKED = "(each) => each.getContext('2d').getImageData(0, 0, each.width, each.height).data.some((value) => value > 0)"


@pytest.fixture(scope="module")
def crowded(server: TestServer, demonstration_url: str) -> Iterator[str]:
    """Serve the season as if its thirty segments were many."""
    assert demonstration_url
    with serving_copy(server, "demonstration", "many", tiles_from=30, statement_timeout_ms=60_000) as address:
        yield address


@pytest.fixture
def visit(desktop: BrowserContext) -> Iterator[Callable[[str, str], Page]]:
    watches: list[Watch] = []

    def opened(address: str, path: str) -> Page:
        page, watch = watched_page(desktop, address)
        watches.append(watch)
        open_map(page, address, path)
        return page

    yield opened
    for watch in watches:
        watch.assert_quiet()


def items(address: str, collection: str, **query: Any) -> dict[str, Any]:
    asked = {"datetime": MOMENT, "limit": 1000, "counts": "exact", **query}
    found: dict[str, Any] = (
        httpx.get(f"{address}/ogc/collections/{collection}/items", params=asked, timeout=60).raise_for_status().json()
    )
    return found


def listed(page: Page) -> list[str]:
    return page.locator("[data-section=segments] .erqi-entry__name").all_inner_texts()


def click_on_line(page: Page, feature: dict[str, Any]) -> None:
    """Click into the middle of a line where the map draws it."""
    part = feature["geometry"]["coordinates"]
    (lon, lat), (lon_2, lat_2) = part[len(part) // 2 - 1 : len(part) // 2 + 1]
    spot = page.evaluate(
        f"([lat, lon]) => {{ const p = {MAP}.latLngToContainerPoint([lat, lon]);"
        f" const r = {MAP}.getContainer().getBoundingClientRect(); return [r.x + p.x, r.y + p.y]; }}",
        [(lat + lat_2) / 2, (lon + lon_2) / 2],
    )
    page.mouse.click(*spot)


def test_many_segments_are_drawn_from_tiles_and_filtered_by_the_server(
    visit: Callable[[str, str], Page], crowded: str
) -> None:
    asked: list[str] = []
    page = visit(crowded, "/maps/progress?lang=en&window=1d")
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_selector("html[data-erqi-drawn]", state="attached")
    assert page.locator(".erqi-touch").count() == 0  # nothing of it is an element
    assert any(canvas.evaluate(INKED) for canvas in page.locator("canvas.leaflet-tile").all())
    segments = items(crowded, "segment_progress")["features"]
    assert len(segments) == 30
    expect(page.locator("#erqi-summary")).to_contain_text("30 in view of 30, the 30 furthest behind listed")
    worst = max(segments, key=lambda each: each["properties"]["lag_points"] or -100)
    assert listed(page)[0] == worst["properties"]["name_en"]

    # the server filters: tiles and list
    page.locator("[data-param=state] [data-code=behind]").click()
    behind = [each for each in segments if each["properties"]["state"] == "behind"]
    expect(page.locator("#erqi-summary")).to_contain_text(f"{len(behind)} in view of 30, the {len(behind)} furthest")
    assert set(listed(page)) == {each["properties"]["name_en"] for each in behind}
    tiles = [url for url in asked if "/segment_progress/tiles/" in url]
    assert tiles
    assert all("filter=state+IN" in url for url in tiles)

    # a click on the canvas opens the card of the line below it
    click_on_line(page, behind[0])
    card = page.locator(".leaflet-popup .erqi-card")
    expect(card.locator("h2")).to_have_text(behind[0]["properties"]["name_en"])
    expect(card).to_contain_text(behind[0]["properties"]["why_en"])
    hidden = next(each for each in segments if each["properties"]["state"] == "done")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    click_on_line(page, hidden)  # filtered away: nothing is there
    page.wait_for_timeout(200)
    expect(card).to_have_count(0)

    # and so does the keyboard, by the list
    page.locator("[data-section=segments] .erqi-entry").first.focus()
    name = listed(page)[0]
    page.keyboard.press("Enter")
    expect(card.locator("h2")).to_have_text(name)
    page.keyboard.press("Escape")
    expect(page.locator("[data-section=segments] .erqi-entry").first).to_be_focused()


def test_filter_of_tasks_narrows_tiles_and_list(visit: Callable[[str, str], Page], crowded: str) -> None:
    asked: list[str] = []
    page = visit(crowded, "/maps/progress?lang=en&unit=construction_transport&task=overdue")
    theirs = items(crowded, "segment_progress", unit="construction_transport", task="overdue")["features"]
    assert 0 < len(theirs) < 30
    expect(page.locator("#erqi-summary")).to_contain_text(f"{len(theirs)} in view of 30")
    assert set(listed(page)) == {each["properties"]["name_en"] for each in theirs}
    page.on("request", lambda request: asked.append(request.url))
    page.locator("[data-param=state] [data-code=behind]").click()
    behind = [each for each in theirs if each["properties"]["state"] == "behind"]
    expect(page.locator("#erqi-summary")).to_contain_text(f"{len(behind)} in view of 30")
    tiles = [url for url in asked if "/segment_progress/tiles/" in url]
    assert tiles
    assert all("unit=construction_transport&" in url + "&" and "task=overdue&" in url + "&" for url in tiles)


def test_choices_bear_the_numbers_of_a_map_that_has_loaded_everything(
    visit: Callable[[str, str], Page], season: str, crowded: str
) -> None:
    path = "/maps/progress?lang=en"
    for moment in ("", "&datetime=2020-06-15T09:00:00%2B08:00"):
        pages = [visit(address, path + moment) for address in (season, crowded)]
        expect(pages[1].locator("[data-param=state] .erqi-chip__count").first).not_to_be_empty()
        whole, part = (
            {
                param: page.locator(f"[data-param={param}] .erqi-chip").evaluate_all(
                    "all => all.map((each) => [each.dataset.code, each.querySelector('.erqi-chip__count').textContent])"
                )
                for param in ("state", "task", "programme", "unit")
            }
            for page in pages
        )
        for param, numbers in whole.items():
            assert [each for each in part[param] if each[1] != "0"] == [each for each in numbers if each[1] != "0"], (
                param
            )
        assert sum(int(number) for _, number in part["state"]) > 30  # segments and sites


def test_comparison_of_many_lines_glows_and_opens_on_both_maps(desktop: BrowserContext, crowded: str) -> None:
    page, watch = watched_page(desktop, crowded)
    moments = {"from": EARLIER, "to": MOMENT, "of": "segments", "task": "overdue"}
    (layer,) = httpx.get(f"{crowded}/api/v1/differences", params=moments, timeout=60).json()["layers"]
    moved = [entry for entry in layer["entries"] if "state" in entry["what"]]
    assert 0 < len(moved) < 30
    page.goto(f"{crowded}/maps/progress?lang=en&task=overdue&compare={EARLIER.replace('+', '%2B')}")
    page.wait_for_selector("html[data-erqi-ready]", state="attached")
    expect(page.locator('[data-layer="segments"] li')).to_have_count(len(layer["entries"]))
    expect(page.locator("#erqi-summary")).to_contain_text("of what passes the filters")
    sides = [page.frame_locator(f"iframe >> nth={number}") for number in (0, 1)]
    for side in sides:
        expect(side.locator(".erqi-emphasised-line")).to_have_count(len(moved))
    page.locator(f'[data-key="segments/{moved[-1]["id"]}"] button').click()
    for side, key in zip(sides, ("before", "after"), strict=True):
        expect(side.locator(".leaflet-popup .erqi-why p").first).to_have_text(moved[-1][key]["why_en"])
    watch.assert_quiet()


def test_list_counts_what_is_in_view(visit: Callable[[str, str], Page], crowded: str) -> None:
    page = visit(crowded, "/maps/progress?lang=en")
    page.evaluate(f"{MAP}.setView([34.7266, 113.6413], 15, {{ animate: false }})")
    box = page.evaluate(f"{MAP}.getBounds().toBBoxString()")
    there = items(crowded, "segment_progress", bbox=box)["features"]
    assert 0 < len(there) < 30
    expect(page.locator("#erqi-summary")).to_contain_text(f"{len(there)} in view of 30")
    assert set(listed(page)) == {each["properties"]["name_en"] for each in there}


def test_clusters_keep_the_number_of_reports_and_resolve_to_each(
    visit: Callable[[str, str], Page], season: str
) -> None:
    page = visit(season, "/maps/hazard?lang=en&window=all")
    page.evaluate(f"{MAP}.setView([34.70, 113.60], 10, {{ animate: false }})")
    seen = items(season, "reports", bbox="113.3,34.5,113.9,34.9", filter=f"observed_at <= TIMESTAMP('{MOMENT_UTC}')")
    located = [each for each in seen["features"] if each["geometry"] is not None]  # a bbox keeps the others, too
    number = len(located)
    assert number > 300
    expect(page.locator("#erqi-report-count")).to_have_text(f"{number} field reports in view")

    def shown() -> int:
        total = "all => all.reduce((sum, each) => sum + Number(each.dataset.count), 0)"
        return int(page.locator("[data-count]").evaluate_all(total))

    assert shown() == number
    kinds = page.locator(".erqi-kinds dd").all_inner_texts()
    assert sum(int(each.replace(",", "")) for each in kinds) == number
    # a shorter time shows fewer, and the address says which
    page.locator("[data-window='7d']").click()
    expect(page.locator("#erqi-report-count")).not_to_have_text(f"{number} field reports in view")
    assert 0 < shown() < number
    assert "window" not in page.url
    page.locator("[data-window=all]").click()
    assert "window=all" in page.url
    expect(page.locator("#erqi-report-count")).to_have_text(f"{number} field reports in view")
    # near enough, each stands alone and has its card
    lone = next(each for each in located if each["properties"]["kind"] == "hazard")
    lon, lat = lone["geometry"]["coordinates"]
    with page.expect_response("**/reports/tiles/**"):
        page.evaluate(f"{MAP}.setView([{lat}, {lon}], 19, {{ animate: false }})")
    page.wait_for_timeout(1000)  # until all of them are drawn
    page.locator(".erqi-cluster-holder").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .erqi-card").first).to_contain_text("Seen")


def test_heat_is_drawn_on_request_and_told_in_words(visit: Callable[[str, str], Page], season: str) -> None:
    page = visit(season, "/maps/hazard?lang=en&window=all")
    assert page.locator(".erqi-heat").count() == 0
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label("Heat of reports").check()
    page.wait_for_timeout(300)
    assert page.locator(".erqi-heat").evaluate(INKED)
    places = page.locator("#erqi-reports .erqi-entry")
    counts = [int(each) for each in places.locator(".erqi-entry__figure").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1
    assert all(re.search("around|° E", each) for each in places.locator(".erqi-entry__name").all_inner_texts())


@pytest.fixture(scope="module")
def poisoned(server: TestServer, demonstration_url: str) -> Iterator[str]:
    assert demonstration_url
    url = server.create("many_poisoned", template="demonstration")
    engine = make_engine(url)
    with engine.begin() as connection:
        for table, columns in (("segments", "name_zh name_en"), ("roads", "name_zh name_en"), ("reports", "note")):
            for number, column in enumerate(columns.split()):
                connection.execute(
                    text(
                        f"UPDATE {table} SET {column} = (CAST(:texts AS text[]))"  # noqa: S608 - the test's own
                        f"[1 + abs(hashtext(id::text) + {number}) % {len(HOSTILE)}] || ' ' || id"
                    ),
                    {"texts": list(HOSTILE)},
                )
    engine.dispose()
    with serving_copy(server, "many_poisoned", "many_hostile", tiles_from=1, statement_timeout_ms=60_000) as address:
        yield address


def test_hostile_text_of_many_features_is_text(visit: Callable[[str, str], Page], poisoned: str) -> None:
    # as it stands now: the history was not rewritten
    page = visit(
        poisoned, "/maps/progress?lang=zh&window=all&datetime=2099-01-01T00:00:00Z&state=x'%20OR%201=1--,blocked"
    )
    page.locator(".erqi-chip", has_text="受阻").click()
    page.get_by_role("button", name="清除筛选").click()
    page.wait_for_selector("[data-section=segments] .erqi-entry")
    shown = ""
    for number in range(8):  # an opened card moves the map, and with it the list
        entries = page.locator("[data-section=segments] .erqi-entry")
        entries.nth(number % entries.count()).evaluate("entry => entry.click()")
        page.wait_for_selector(".leaflet-popup .erqi-card")
        shown += page.locator("#erqi-list").inner_text() + "".join(page.locator(".leaflet-popup").all_inner_texts())
    for cluster in page.locator("[data-count]").all()[:4]:
        cluster.evaluate("each => each.closest('.leaflet-marker-icon').click()")
        page.wait_for_timeout(500)
    assert page.evaluate("typeof window.__pwned") == "undefined"
    assert page.locator("img, iframe, object, b, .leaflet-popup script, #erqi-panel script").count() == 0
    assert sum(each[:40] in shown for each in HOSTILE) > len(HOSTILE) // 2
