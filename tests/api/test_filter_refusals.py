"""Filters that are too much, asked over HTTP: refused with a problem document, and the service goes on."""

from __future__ import annotations

import http.client
from urllib.parse import quote, urlsplit

import httpx
import pytest

REPORTS = "/ogc/collections/reports/items"
SQUARE = "1 1,2 1,2 2,1 1"


def status_of(places: str, query: str) -> int:
    target = urlsplit(places)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    try:
        connection.request("GET", f"{REPORTS}?{query}")
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 414  # the server has hung up before the whole address had come
    finally:
        connection.close()


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000_000,
        "(" * 100_000 + "true" + ")" * 100_000,
        "NOT " * 100_000 + "true",
        f"S_INTERSECTS(geometry,POLYGON(({'1 1,' * 1_000_000}1 1)))",
    ],
    ids=["10 MB", "deep", "long", "million vertices"],
)
def test_enormous_filter_is_refused(places: str, client: httpx.Client, text: str) -> None:
    assert 400 <= status_of(places, f"filter={quote(text)}") < 500
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "true" + ")" * 5_000,
        "NOT " * 5_000 + "true",
        "1=" * 10_000 + "1",
        "foo(kind) = 1",
        "nothing = 1",
        "kind = 5",
        "kind LIKE 5",
        "water_level_m > 1e308 * 10",
        "position_accuracy_m ^ 9999 > 1 OR 10 ^ 9999 > 1",
        "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))",
        "S_INTERSECTS(geometry, POINT(90 180))",
        "note = '\0'",
    ],
    ids=lambda text: text[:20],
)
def test_filter_that_cannot_be_is_a_problem_document(client: httpx.Client, text: str) -> None:
    answer = client.get(REPORTS, params={"filter": text})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail_zh"]


def test_division_by_zero_and_roots_of_negatives_match_nothing(season_client: httpx.Client) -> None:
    for text in ("version / 0 > 0", "version % (version - version) = 0", "(0 - version) ^ 0.5 > 0", "0 ^ (0 - 1) > 0"):
        answer = season_client.get(REPORTS, params={"filter": text})
        assert (answer.status_code, answer.json()["features"]) == (200, [])


def test_filtered_page_is_the_finished_text(season_client: httpx.Client) -> None:
    whole = season_client.get(REPORTS, params={"limit": "10000"}).json()["features"]
    asked = {"filter": "kind='hazard' AND position_accuracy_m<25", "bbox": "113,34,114,35", "limit": "10000"}
    found = season_client.get(REPORTS, params=asked).json()["features"]
    expected = [
        each
        for each in whole
        if each["properties"]["kind"] == "hazard"
        and (each["properties"]["position_accuracy_m"] or 99) < 25
        and each["geometry"] is not None
    ]
    assert found == expected
    assert found
