"""OGC API - Features - Part 8: Sorting (OGC 24-030, draft), Annex A, one test for each conformance test."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import httpx
import pytest

from geo.collections import LAYERS
from tests.conformance.walk import TOGETHER, fetched, first_of_each_kind, items_path, links

PART = "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/"
CLASSES = {f"{PART}sortables", f"{PART}sorting", f"{PART}features-sorting"}
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/sortables"


def sortables(client: httpx.Client, collection: str) -> dict[str, Any]:
    address = f"/ogc/collections/{collection}/sortables"
    answer = client.get(address, headers={"Accept": "application/schema+json"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    found: dict[str, Any] = answer.json()
    return found


def sorted_features(client: httpx.Client, collection: str, sortby: str) -> list[dict[str, Any]]:
    query = {"sortby": sortby, "limit": "10000", "datetime": "2020-08-01T00:00:00Z", "skipGeometry": "true"}
    found: list[dict[str, Any]] = fetched(client, items_path(collection), **query).json()["features"]
    return found


def key(value: Any) -> tuple[bool, Any]:
    """Order as a page does: what has no value comes last, texts by code point as far as they are compared."""
    return value is None, value[:120].encode() if isinstance(value, str) else value or 0


def values(client: httpx.Client, collection: str, name: str, sortby: str) -> list[Any]:
    """Return a property of every feature of a page in its order, without those that have none, which come last."""
    found = [feature["properties"][name] for feature in sorted_features(client, collection, sortby)]
    held = [value for value in found if value is not None]
    assert found == held + [None] * (len(found) - len(held))
    return held


@pytest.mark.parametrize("uri", sorted(CLASSES))
def test_get_conformance(season_client: httpx.Client, uri: str) -> None:
    """/conf/sortables|sorting|features-sorting/get-conformance: the class is declared."""
    assert uri in fetched(season_client, "/ogc/conformance").json()["conformsTo"]


@pytest.mark.parametrize("collection", LAYERS)
def test_get_sortables_uris(season_client: httpx.Client, collection: str) -> None:
    """/conf/sortables/get-sortables-uris: every sortable resource links to its sortables in its head."""
    answer = season_client.head(items_path(collection), headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert httpx.URL(answer.links[RELATION]["url"]).path == f"/ogc/collections/{collection}/sortables"


@pytest.mark.parametrize("collection", LAYERS)
def test_get_sortables(season_client: httpx.Client, collection: str) -> None:
    """/conf/sortables/get-sortables: a JSON Schema whose properties are the sortables."""
    schema = sortables(season_client, collection)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert httpx.URL(schema["$id"]).path == f"/ogc/collections/{collection}/sortables"
    assert schema["type"] == "object"
    assert schema["properties"]
    assert all(each["type"] for each in schema["properties"].values())


@pytest.mark.parametrize("collection", LAYERS)
def test_sortby_param(season_client: httpx.Client, collection: str) -> None:
    """/conf/sorting/sortby-param: a page is in the order asked for; what is no expression is refused.

    Both ways for one sortable of each kind, and once for all the others, as many together as are taken.
    """
    fetched(season_client, items_path(collection))
    properties = sortables(season_client, collection)["properties"]
    alone = first_of_each_kind(properties)
    for name in alone:
        rising, falling = (
            [key(value) for value in values(season_client, collection, name, sign + name)] for sign in ("", "-")
        )
        assert all(first <= second for first, second in pairwise(rising))
        assert all(first >= second for first, second in pairwise(falling))
    others = [name for name in properties if name not in alone]
    for start in range(0, len(others), TOGETHER):
        names = others[start : start + TOGETHER]
        page = sorted_features(season_client, collection, ",".join(names))
        keys = [[key(feature["properties"][name]) for name in names] for feature in page]
        assert all(first <= second for first, second in pairwise(keys))
    refused = season_client.get(items_path(collection), params={"sortby": "THIS IS NOT A SORTBY EXPRESSION"})
    assert refused.status_code == 400


def test_sortby_with_a_plus_is_ascending(season_client: httpx.Client) -> None:
    """/conf/sorting/sortby-param: the plus, escaped and as the space that it becomes where it is not."""
    plain = fetched(season_client, items_path("landmarks") + "?sortby=name_en").json()["features"]
    for sign in ("%2B", "+"):
        assert fetched(season_client, items_path("landmarks") + f"?sortby={sign}name_en").json()["features"] == plain


@pytest.mark.parametrize("collection", LAYERS)
def test_sortby_order_default(season_client: httpx.Client, collection: str) -> None:
    """/conf/sorting/sortby-order-default: no sortables resource has a defaultSortOrder, so there is none to keep."""
    assert "defaultSortOrder" not in sortables(season_client, collection)


@pytest.mark.parametrize("collection", LAYERS)
@pytest.mark.parametrize("sortby", ["this_is_not_a_sortable", "-this_is_not_a_sortable", "geometry", "", ",", "+-id"])
def test_expression_construction(season_client: httpx.Client, collection: str, sortby: str) -> None:
    """/conf/sorting/expression-construction: additionalProperties is false, so unknown sortables are refused."""
    assert sortables(season_client, collection)["additionalProperties"] is False
    answer = season_client.get(items_path(collection), params={"sortby": sortby})
    assert (answer.status_code, answer.json()["field"]) == (400, "sortby")


def test_get_collections(season_client: httpx.Client) -> None:
    """/conf/features-sorting/get-collections: the collections can be listed."""
    assert isinstance(fetched(season_client, "/ogc/collections").json()["collections"], list)


@pytest.mark.parametrize("collection", LAYERS)
def test_get_collection(season_client: httpx.Client, collection: str) -> None:
    """/conf/features-sorting/get-collection: every collection links to its sortables."""
    found = links(fetched(season_client, f"/ogc/collections/{collection}").json(), RELATION)
    assert [httpx.URL(each["href"]).path for each in found] == [f"/ogc/collections/{collection}/sortables"]


@pytest.mark.parametrize("collection", LAYERS)
def test_filter_sorting(season_client: httpx.Client, collection: str) -> None:
    """/conf/features-sorting/filter-sorting: pages of GeoJSON keep the order across their links."""
    name = next(iter(sortables(season_client, collection)["properties"]))
    whole = fetched(
        season_client, items_path(collection), sortby=f"-{name}", limit="10000", datetime="2020-08-01T00:00:00Z"
    )
    found: list[str] = []
    address: str | None = f"{items_path(collection)}?sortby=-{name}&limit=97&datetime=2020-08-01T00:00:00Z"
    while address is not None:
        page = fetched(season_client, address).json()
        found += [feature["id"] for feature in page["features"]]
        address = next((each["href"] for each in links(page, "next")), None)
    assert found == [feature["id"] for feature in whole.json()["features"]]
