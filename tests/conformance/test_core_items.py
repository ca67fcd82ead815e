"""OGC API - Features - Part 1: Core 1.0.1 (OGC 17-069r4), Annex A.2, conformance class Core: features and requests."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from shapely import box
from shapely.geometry import shape

from geo.collections import LAYERS
from tests.api.test_refusals import refused
from tests.conformance.walk import (
    FILLED,
    ITEM,
    ITEMS,
    check_links,
    features,
    fetched,
    ids,
    item_path,
    items_path,
    links,
    media_types,
    query_parameter,
    validated,
)

CLASSES = {"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"}

# Within the district, across all of it, around one corner, and where nothing is.
BOXES = [(113.62, 34.70, 113.66, 34.75), (113.4, 34.5, 113.9, 34.9), (113.55, 34.60, 113.62, 34.68), (10, 10, 11, 11)]
SHANGHAI = ZoneInfo("Asia/Shanghai")
LATER = "2020-07-20T09:00:00+08:00"


@pytest.mark.parametrize("collection", LAYERS)
def test_a_17_fc_op(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 17 (/conf/core/fc-op): items of each collection; bbox and datetime together select by both."""
    fetched(season_client, items_path(collection))
    both = ids(features(season_client, collection, bbox="113.62,34.70,113.66,34.75", datetime=LATER))
    by_moment = features(season_client, collection, datetime=LATER)
    assert both == ids(selected(by_moment, (113.62, 34.70, 113.66, 34.75)))


def selected(found: list[dict[str, Any]], corners: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """Select by a box as requirement fc-bbox-response says; shapely decides what intersects."""
    area = box(*corners)
    return [each for each in found if each["geometry"] is None or shape(each["geometry"]).intersects(area)]


def test_a_18_fc_bbox_definition(season_client: httpx.Client) -> None:
    """Abstract test 18 (/conf/core/fc-bbox-definition): the parameter bbox is defined as the standard has it."""
    parameter = query_parameter(season_client, ITEMS, "bbox")
    assert parameter["in"] == "query"
    assert parameter["required"] is False
    assert parameter["style"] == "form"
    assert parameter["explode"] is False
    assert parameter["schema"]["type"] == "array"
    assert parameter["schema"]["items"] == {"type": "number"}
    assert parameter["schema"]["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]


@pytest.mark.parametrize("corners", BOXES)
@pytest.mark.parametrize("collection", LAYERS)
def test_a_19_fc_bbox_response(
    season_client: httpx.Client, collection: str, corners: tuple[float, float, float, float]
) -> None:
    """Abstract test 19 (/conf/core/fc-bbox-response): what intersects the box and what has no geometry, no more."""
    expected = ids(selected(features(season_client, collection), corners))
    west, south, east, north = corners
    assert ids(features(season_client, collection, bbox=f"{west},{south},{east},{north}")) == expected
    assert ids(features(season_client, collection, bbox=f"{west},{south},-9,{east},{north},9000")) == expected


def test_a_20_fc_limit_definition(season_client: httpx.Client) -> None:
    """Abstract test 20 (/conf/core/fc-limit-definition): the parameter limit is defined as the standard has it."""
    parameter = query_parameter(season_client, ITEMS, "limit")
    assert (parameter["in"], parameter["required"]) == ("query", False)
    assert (parameter["style"], parameter["explode"]) == ("form", False)
    assert parameter["schema"]["type"] == "integer"
    assert parameter["schema"]["minimum"] == 1
    assert parameter["schema"]["maximum"] >= parameter["schema"]["default"]


@pytest.mark.parametrize("collection", LAYERS)
def test_a_21_fc_limit_response(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 21 (/conf/core/fc-limit-response): never more than asked, nor than the maximum, without error."""
    total = len(features(season_client, collection))
    largest = query_parameter(season_client, ITEMS, "limit")["schema"]["maximum"]
    for limit in (1, 7, largest, largest + 1):
        page = fetched(season_client, items_path(collection), limit=str(limit)).json()
        assert len(page["features"]) == min(limit, largest, total)


def test_a_22_fc_time_definition(season_client: httpx.Client) -> None:
    """Abstract test 22 (/conf/core/fc-time-definition): the parameter datetime is defined as the standard has it."""
    parameter = query_parameter(season_client, ITEMS, "datetime")
    assert (parameter["in"], parameter["required"]) == ("query", False)
    assert (parameter["style"], parameter["explode"]) == ("form", False)
    assert parameter["schema"]["type"] == "string"


SINCE, UNTIL = datetime(2020, 7, 10, tzinfo=SHANGHAI), datetime(2020, 7, 20, 9, tzinfo=SHANGHAI)
INTERVALS = [(SINCE, UNTIL), (None, UNTIL), (SINCE, None)]


def end(moment: str | None, default: datetime) -> datetime | date:
    """Read an end of a valid time; a day is told from an instant by its length."""
    if moment is None:
        return default
    return date.fromisoformat(moment) if len(moment) == 10 else datetime.fromisoformat(moment)


def is_before(one: datetime | date, other: datetime | date) -> bool:
    """Compare days as days of the district, and instants as instants."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    first, second = (each.astimezone(SHANGHAI).date() if isinstance(each, datetime) else each for each in (one, other))
    return first < second


@pytest.mark.parametrize("open_end", ["..", ""])
@pytest.mark.parametrize(("since", "until"), INTERVALS)
@pytest.mark.parametrize("collection", [layer.id for layer in LAYERS.values() if layer.valid_time])
def test_a_23_fc_time_response_of_intervals(
    season_client: httpx.Client, collection: str, since: datetime | None, until: datetime | None, open_end: str
) -> None:
    """Abstract test 23 (/conf/core/fc-time-response): what touches the interval and what has no time, no more."""
    start_name, end_name = LAYERS[collection].valid_time or ("", "")
    first, last = since or datetime(1900, 1, 1, tzinfo=SHANGHAI), until or datetime(2900, 1, 1, tzinfo=SHANGHAI)
    expected = [
        each["id"]
        for each in features(season_client, collection)
        if not is_before(last, end(each["properties"][start_name], first))
        and not is_before(end(each["properties"][end_name], last), first)
    ]
    asked = "/".join(open_end if each is None else each.isoformat() for each in (since, until))
    assert ids(features(season_client, collection, datetime=asked)) == expected


@pytest.mark.parametrize("collection", LAYERS)
def test_a_23_fc_time_response_of_instants(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 23 (/conf/core/fc-time-response): a state's time is that in which it stood (decision 10)."""
    assert features(season_client, collection, datetime="2019-01-01T00:00:00Z") == []
    now = datetime.now(timezone.utc).isoformat()
    assert ids(features(season_client, collection, datetime=now)) == ids(features(season_client, collection))


@pytest.mark.parametrize("path", [ITEMS, ITEM])
@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,80,1,70", "datetime=yesterday", "datetime=2020-13-01"],
)
def test_a_24_query_param_invalid(season_client: httpx.Client, path: str, query: str) -> None:
    """Abstract test 24 (/conf/core/query-param-invalid): an invalid value is 400."""
    address = path.replace("{collectionId}", "roads").replace("{featureId}", "songshan")
    refused(season_client.get(f"{address}?{query}"))


@pytest.mark.parametrize("collection", FILLED)
def test_a_25_query_param_unknown(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 25 (/conf/core/query-param-unknown): a parameter that the definition does not name is 400."""
    single = features(season_client, collection)[0]["id"]
    for address in (
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections",
        f"/ogc/collections/{collection}",
        items_path(collection),
        item_path(collection, single),
    ):
        assert refused(season_client.get(f"{address}?unheard_of=1"))["field"] == "unheard_of"


@pytest.mark.parametrize("collection", LAYERS)
def test_a_26_fc_response(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 26 (/conf/core/fc-response): a FeatureCollection of features."""
    page = fetched(season_client, items_path(collection)).json()
    validated(season_client, "featureCollection", page)
    assert page["type"] == "FeatureCollection"
    assert all(feature["type"] == "Feature" for feature in page["features"])


@pytest.mark.parametrize("collection", LAYERS)
def test_a_27_fc_links(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 27 (/conf/core/fc-links): self, next while there is more, alternate for each other media type."""
    whole = ids(features(season_client, collection))
    address, found = f"{items_path(collection)}?limit=7", []
    while address:
        page = fetched(season_client, address).json()
        check_links(page, items_path(collection), media_types(season_client, ITEMS))
        assert [link["href"].split("/")[-1] for link in links(page, "collection")] == [collection]
        found += ids(page["features"])
        address = next((link["href"] for link in links(page, "next")), "")
    assert found == whole


@pytest.mark.parametrize("collection", LAYERS)
def test_a_28_fc_time_stamp(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 28 (/conf/core/fc-timeStamp): when the answer was made.

    A page that stands while nothing changes keeps its time; one that nobody has asked for before is made now.
    """
    before = datetime.now(timezone.utc).replace(microsecond=0)
    fresh = f"{items_path(collection)}?bbox=113,34,114,35.{uuid4().int}"[:150]
    stamp = datetime.fromisoformat(fetched(season_client, fresh).json()["timeStamp"].replace("Z", "+00:00"))
    assert before <= stamp <= datetime.now(timezone.utc)


@pytest.mark.parametrize("collection", LAYERS)
def test_a_29_fc_number_matched(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 29 (/conf/core/fc-numberMatched): where it is given, it is the number that the request selects."""
    for query in ({}, {"bbox": "113.62,34.70,113.66,34.75"}, {"datetime": LATER}):
        page = fetched(season_client, items_path(collection), limit="3", **query).json()
        if "numberMatched" in page:
            assert page["numberMatched"] == len(features(season_client, collection, **query))


@pytest.mark.parametrize("collection", LAYERS)
def test_a_30_fc_number_returned(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 30 (/conf/core/fc-numberReturned): the number of features in the answer."""
    for limit in ("1", "7", "10000"):
        page = fetched(season_client, items_path(collection), limit=limit).json()
        assert page["numberReturned"] == len(page["features"])


@pytest.mark.parametrize("collection", LAYERS)
def test_a_31_f_op(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 31 (/conf/core/f-op): each of the first features is at its own path."""
    for feature in features(season_client, collection)[:20]:
        assert fetched(season_client, item_path(collection, feature["id"])).json()["id"] == feature["id"]


@pytest.mark.parametrize("collection", LAYERS)
def test_a_32_f_success(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 32 (/conf/core/f-success): it is a feature of its form, the same as in the list."""
    listed = features(season_client, collection, datetime=LATER)[-1:]
    for feature in listed:
        single = fetched(season_client, item_path(collection, feature["id"]), datetime=LATER).json()
        validated(season_client, "feature", single)
        assert {**single, "links": None} == {**feature, "links": None}


@pytest.mark.parametrize("collection", FILLED)
def test_a_33_f_links(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 33 (/conf/core/f-links): self, alternate for each other media type, and the collection."""
    address = item_path(collection, features(season_client, collection)[0]["id"])
    body = fetched(season_client, address).json()
    check_links(body, address, media_types(season_client, ITEM))
    (parent,) = links(body, "collection")
    assert fetched(season_client, parent["href"]).json()["id"] == collection
