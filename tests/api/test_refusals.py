"""What is asked wrongly is refused with a problem document (RFC 9457) in both languages, and never breaks anything."""

from __future__ import annotations

import http.client
import re
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.collections import LAYERS

ROADS = "/ogc/collections/roads/items"
LONG = "9" * 10_000


def refused(answer: httpx.Response, status: int = 400) -> dict[str, Any]:
    """Check a problem document and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert re.fullmatch(r"urn:erqi:problem:[a-z-]+", problem["type"])
    assert re.search(r"[一-鿿]", problem["detail_zh"])
    assert re.search(r"[a-z]{3}", problem["detail_en"])
    assert problem["title"]
    return problem


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/ogc/collections/nowhere", "collectionId"),
        ("/ogc/collections/nowhere/items", "collectionId"),
        ("/ogc/collections/nowhere/items/1", "collectionId"),
        ("/ogc/collections/people/items", "collectionId"),
        ("/ogc/collections/Roads/items", "collectionId"),
        ("/ogc/collections/roads/items/nowhere", "featureId"),
        ("/ogc/collections/reports/items/not-a-uuid", "featureId"),
        ("/ogc/collections/reports/items/00000000-0000-0000-0000-000000000000", "featureId"),
        ("/nowhere", None),
        ("/assets/nowhere.js", None),
        ("/assets/..%2f..%2fpyproject.toml", None),
        ("/maps/nowhere", None),
        ("/%ff%fe", None),
    ],
)
def test_what_does_not_exist_is_not_found(client: httpx.Client, path: str, field: str | None) -> None:
    assert refused(client.get(path), 404).get("field") == field


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/ogc", ROADS, "/", "/healthz", "/api/v1/locate"])
def test_method_that_a_path_does_not_take_is_refused(client: httpx.Client, method: str, path: str) -> None:
    refused(client.request(method, path), 405)


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "", "1.5", "1e9", " 7", "+7", "00", "７", "0x10", "1_000"])
def test_limit_that_is_no_positive_integer_is_refused(client: httpx.Client, limit: str) -> None:
    assert refused(client.get(ROADS, params={"limit": limit}))["field"] == "limit"


@pytest.mark.parametrize("limit", ["10001", "1000000000", "9" * 20, LONG, "007"])
def test_limit_above_the_largest_page_is_cut(client: httpx.Client, limit: str) -> None:
    answer = client.get(ROADS, params={"limit": limit})
    assert answer.status_code == 200
    assert answer.json()["numberReturned"] == 3


@pytest.mark.parametrize(
    "bbox",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "nan,2,3,4",
        "1,inf,3,4",
        "1,2,-Infinity,4",
        "1,2,1e400,4",
        "113,35,114,34",
        "181,34,182,35",
        "113,-91,114,35",
        "113,34,114,90.1",
        "34.7,113.6,34.8,113.7",
        "a,b,c,d",
        "1;2;3;4",
        "113,34,114,",
        "1_13,34,114,35",
        LONG,
        "1," * 5_000,
    ],
)
def test_bbox_that_is_no_box_is_refused(client: httpx.Client, bbox: str) -> None:
    assert refused(client.get(ROADS, params={"bbox": bbox}))["field"] == "bbox"


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "yesterday",
        "2020-07-20",
        "2020-07-20T09:00:00",
        "2020-13-01T00:00:00Z",
        "2020-02-30T00:00:00Z",
        "2020-07-20T25:00:00Z",
        "2020-06-01T00:00:00Z/2020-05-01T00:00:00Z",
        "../..",
        "2020-05-01T00:00:00Z/2020-06-01T00:00:00Z/..",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "99999-01-01T00:00:00Z",
        "2020-07-20T09:00:00+99:00",
        "1595235600",
        "9" * 10_000,
    ],
)
@pytest.mark.parametrize("path", [ROADS, "/ogc/collections/roads/items/songshan", "/", "/maps/progress"])
def test_datetime_that_is_no_instant_is_refused(client: httpx.Client, path: str, moment: str) -> None:
    assert refused(client.get(path, params={"datetime": moment}))["field"] == "datetime"


def test_page_mark_that_cannot_be_one_is_refused(client: httpx.Client) -> None:
    assert refused(client.get("/ogc/collections/reports/items?after=nowhere"))["field"] == "after"
    assert refused(client.get(ROADS, params={"after": "x" * 8_001}))["field"] == "after"


def test_page_mark_behind_every_id_gives_an_empty_page(client: httpx.Client) -> None:
    assert client.get(ROADS, params={"after": "zzzz"}).json()["features"] == []


@pytest.mark.parametrize("lang", ["fr", "", "xx-yy", "<script>", "z" * 5_000])
def test_unknown_language_falls_back_to_the_browsers_own(client: httpx.Client, lang: str) -> None:
    answer = client.get("/", params={"lang": lang}, headers={"Accept-Language": "en-GB,zh;q=0.5"})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == "en"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/ogc/collections/%00", "collectionId"),
        ("/ogc/collections/roads%00/items", "collectionId"),
        ("/ogc/collections/roads/items/songshan%00", "featureId"),
        (f"{ROADS}?after=%00", "after"),
        (f"{ROADS}?limit=%00", "limit"),
        (f"{ROADS}?bbox=%00", "bbox"),
        (f"{ROADS}?datetime=%00", "datetime"),
        ("/api/v1/locate?q=%00", "q"),
        ("/?lang=%00", "lang"),
        ("/maps/hazard?state=%00", "state"),
        ("/assets/%00", "name"),
    ],
)
def test_nul_is_refused_by_the_name_of_its_field(client: httpx.Client, path: str, field: str) -> None:
    assert refused(client.get(path))["field"] == field


@pytest.mark.parametrize("path", [f"{ROADS}?after=%ff%fe", "/api/v1/locate?q=%ed%a0%80", "/ogc/collections/%c0%80"])
def test_bytes_that_are_no_text_are_refused_or_found_empty(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in {200, 400, 404}


@pytest.mark.parametrize(
    "path", [f"/{'a' * 60_000}", f"{ROADS}?bbox={'路' * 10_000}", f"/ogc/collections/{'x/' * 9_999}"]
)
def test_enormous_address_is_refused(places: str, path: str) -> None:
    target = urlsplit(places)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    connection.request("GET", quote(path, safe="/?="))
    answer = connection.getresponse()
    assert 400 <= answer.status < 500
    connection.close()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    [
        "",
        "\0",
        "0",
        "-1",
        "nan",
        "1e309",
        "1,2,3,4",
        "180,90,-180,-90",
        "2020-07-20T09:00:00Z",
        "'",
        '"',
        "\\",
        "%",
        "\ufeff",
    ]
)
PATHS = st.sampled_from(
    ["/", "/maps/progress", "/maps/hazard", "/api/v1/locate", "/readyz", "/ogc", "/docs"]
    + [f"/ogc/collections/{name}{rest}" for name in LAYERS for rest in ("", "/items", "/items/x")]
)
NAMES = st.sampled_from(["limit", "bbox", "datetime", "after", "lang", "q", "state"]) | TEXTS


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, query=st.lists(st.tuples(NAMES, TEXTS), max_size=4))
def test_no_query_breaks_the_service(client: httpx.Client, path: str, query: list[tuple[str, str]]) -> None:
    answer = client.get(path, params=urlencode(query))
    assert answer.status_code < 500, (path, query, answer.text)
    if answer.status_code >= 400:
        refused(answer, answer.status_code)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(collection=st.sampled_from(sorted(LAYERS)), identifier=TEXTS.filter(bool))
def test_no_id_breaks_the_service(client: httpx.Client, collection: str, identifier: str) -> None:
    answer = client.get(f"/ogc/collections/{collection}/items/{quote(identifier, safe='')}")
    assert answer.status_code in {400, 404}
    refused(answer, answer.status_code)
