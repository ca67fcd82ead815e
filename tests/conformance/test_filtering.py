"""OGC API - Features - Part 3: Filtering 1.0.1 (OGC 19-079r2), Annex A, over our own collections."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import jsonschema_rs
import pytest
from pyproj import Transformer

from geo.collections import LAYERS
from tests.conformance.walk import (
    collections,
    features,
    fetched,
    filled_spatial_collections,
    first_of_each_kind,
    ids,
    items_path,
)

PART_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
CLASSES = {f"{PART_3}{name}" for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")}
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
NO_FILTER = "THIS IS NOT A FILTER"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
THEN = {"datetime": "2020-07-20T00:00:00Z"}  # layers that time itself changes are asked as of one moment
INVALID = {"number": "abc", "integer": "1.5x", "boolean": "perhaps", "date": "soon", "date-time": "yesterday"}


def queryables(client: httpx.Client, collection: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = fetched(client, f"/ogc/collections/{collection}/queryables").json()["properties"]
    return found


def moment_of(collection: str) -> dict[str, str]:
    return THEN if LAYERS[collection].by_clock else {}


def located(found: list[dict[str, Any]]) -> list[str]:
    return [feature["id"] for feature in found if feature["geometry"] is not None]


@pytest.mark.parametrize("uri", sorted(CLASSES))
def test_1_4_6_13_get_conformance(season_client: httpx.Client, uri: str) -> None:
    """Conformance tests 1, 4, 6 and 13 (get-conformance)."""
    answer = fetched(season_client, "/ogc/conformance")
    assert answer.headers["content-type"] == "application/json"
    assert uri in answer.json()["conformsTo"]


@pytest.mark.parametrize("collection", LAYERS)
def test_2_get_queryables_uris(season_client: httpx.Client, collection: str) -> None:
    """Conformance test 2 (/conf/queryables/get-queryables-uris): a header links to the queryables."""
    answer = season_client.head(items_path(collection), headers={"Accept": "application/json"})
    assert answer.status_code == 200
    link = answer.links[QUERYABLES]
    assert link["type"] == "application/schema+json"
    assert link["url"].endswith(f"/ogc/collections/{collection}/queryables")


@pytest.mark.parametrize("collection", LAYERS)
def test_3_get_queryables(season_client: httpx.Client, collection: str) -> None:
    """Conformance test 3 (/conf/queryables/get-queryables): they are described in JSON Schema."""
    link = season_client.head(items_path(collection)).links[QUERYABLES]["url"]
    answer = season_client.get(link, headers={"Accept": "application/schema+json"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == link
    assert schema["type"] == "object"
    assert schema["properties"]
    assert schema["additionalProperties"] is False
    jsonschema_rs.meta.validate(schema)
    for each in schema["properties"].values():
        assert "type" in each or each["format"].startswith("geometry-")
        assert not ("type" in each and each.get("format", "").startswith("geometry-"))


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("collection", LAYERS)
def test_5_query_param(season_client: httpx.Client, collection: str) -> None:
    """Conformance test 5 (/conf/queryables-query-parameters/query-param): each simple queryable is a parameter.

    One of each kind alone, and all that the fullest feature has together.
    """
    time = moment_of(collection)
    rows = {
        each["id"]: {"id": each["id"], **each["properties"]} for each in features(season_client, collection, **time)
    }
    simple = {name: each for name, each in queryables(season_client, collection).items() if "type" in each}

    def check(wanted: dict[str, Any]) -> None:
        found = ids(
            features(season_client, collection, **{name: written(value) for name, value in wanted.items()}, **time)
        )
        assert found == [
            key for key, row in rows.items() if all(row[name] == value for name, value in wanted.items())
        ], wanted

    fullest = max(rows.values(), key=lambda row: sum(row[name] is not None for name in simple))
    check({name: fullest[name] for name in simple if name != "id" and fullest[name] is not None})
    told = {name: each for name, each in simple.items() if any(row[name] is not None for row in rows.values())}
    for name in first_of_each_kind(told):
        check({name: next(row[name] for row in rows.values() if row[name] is not None)})
    for name, schema in simple.items():
        invalid = INVALID.get(schema.get("format", ""), INVALID.get(schema["type"]))
        if invalid is not None:
            answer = season_client.get(items_path(collection), params={name: invalid})
            assert answer.status_code == 400
            assert answer.json()["field"] == name


@pytest.mark.parametrize("collection", LAYERS)
@pytest.mark.parametrize("language", [{}, {"filter-lang": "cql2-text"}])
def test_7_8_filter_param(season_client: httpx.Client, collection: str, language: dict[str, str]) -> None:
    """Conformance tests 7 and 8 (/conf/filter/filter-param and filter-lang-default)."""
    time = moment_of(collection)
    everything = features(season_client, collection, **time)
    for name, schema in list(queryables(season_client, collection).items())[:6]:
        if "type" in schema and name != "id":
            found = features(season_client, collection, filter=f"{name} IS NULL", **language, **time)
            assert found == [each for each in everything if each["properties"][name] is None]
    for asked in ({"filter": NO_FILTER}, {"filter": "true", "filter-lang": "sql"}):
        assert season_client.get(items_path(collection), params={**language, **asked}).status_code == 400


@pytest.mark.parametrize("collection", LAYERS)
def test_9_expression_construction(season_client: httpx.Client, collection: str) -> None:
    """Conformance test 9 (/conf/filter/expression-construction): unknown names are refused, and named."""
    asked = {"filter": "this_is_not_a_queryable IS NULL", "filter-lang": "cql2-text"}
    answer = season_client.get(items_path(collection), params=asked)
    assert answer.status_code == 400
    assert "this_is_not_a_queryable" in answer.json()["detail_en"]


def box_filter(numbers: Any) -> str:
    return f"S_INTERSECTS(geometry,BBOX({','.join(repr(float(number)) for number in numbers)}))"


def test_10_filter_crs_wgs84(season_client: httpx.Client) -> None:
    """Conformance test 10 (/conf/filter/filter-crs-wgs84): without filter-crs it is longitude and latitude."""
    for each in filled_spatial_collections(season_client):
        (box,) = each["extent"]["spatial"]["bbox"]
        everything = features(season_client, each["id"])
        assert ids(features(season_client, each["id"], filter=box_filter(box))) == located(everything)
        metres = {"filter": box_filter([1_000_000, 1_000_000, 2_000_000, 2_000_000])}
        assert season_client.get(items_path(each["id"]), params=metres).status_code == 400


def authority_code(uri: str) -> str:
    return "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rsplit('/', 1)[1]}"


@cache
def from_crs84(crs: str) -> Transformer:
    return Transformer.from_crs("OGC:CRS84", authority_code(crs))


def test_11_filter_crs_param(season_client: httpx.Client) -> None:
    """Conformance test 11 (/conf/filter/filter-crs-param): a box in every CRS of the collection, in its axis order.

    The box is a kilometre wider than the extent, since a rectangle of degrees is none in metres.
    """
    for each in filled_spatial_collections(season_client):
        west, south, east, north = each["extent"]["spatial"]["bbox"][0]
        everything = features(season_client, each["id"])
        for crs in each["crs"]:
            to_crs = from_crs84(crs)
            low, high = to_crs.transform(west - 0.01, south - 0.01), to_crs.transform(east + 0.01, north + 0.01)
            asked = {"filter": box_filter([*low, *high]), "filter-crs": crs}
            assert ids(features(season_client, each["id"], **asked)) == located(everything), crs
        unknown = {"filter": "true", "filter-crs": "http://www.opengis.net/def/crs/OGC/0/does_not_exist"}
        answer = season_client.get(items_path(each["id"]), params=unknown)
        assert answer.status_code == 400
        assert answer.json()["field"] == "filter-crs"


def test_12_get_functions(season_client: httpx.Client) -> None:
    """Conformance test 12 (/conf/filter/get-functions): there are no functions of our own, and none is declared."""
    declared = fetched(season_client, "/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/cql2/1.0/conf/functions" not in declared


def test_14_15_get_collections(season_client: httpx.Client) -> None:
    """Conformance tests 14 and 15 (/conf/features-filter/get-collections and get-collection)."""
    for each in collections(season_client):
        body = fetched(season_client, f"/ogc/collections/{each['id']}").json()
        (link,) = [link for link in body["links"] if link["rel"] == QUERYABLES]
        assert link["href"].endswith(f"/ogc/collections/{each['id']}/queryables")
        assert fetched(season_client, link["href"]).json()["$id"] == link["href"]


@pytest.mark.parametrize("collection", ["reports", "tasks"])
def test_16_filter_on_items(season_client: httpx.Client, collection: str) -> None:
    """Conformance test 16 (/conf/features-filter/filter-on-items): the tests above, answered with GeoJSON."""
    answer = fetched(season_client, items_path(collection), filter="version >= 1", limit="3")
    assert answer.headers["content-type"] == "application/geo+json"


def test_17_mixing_expression(season_client: httpx.Client) -> None:
    """Conformance test 17 (/conf/features-filter/mixing-expression): filter and bbox are connected by AND."""
    for each in filled_spatial_collections(season_client):
        (box,) = each["extent"]["spatial"]["bbox"]
        everywhere, here = box_filter(box), ",".join(map(str, box))
        assert ids(features(season_client, each["id"], filter=everywhere, bbox=here)) == located(
            features(season_client, each["id"])
        )
        assert features(season_client, each["id"], filter=everywhere, bbox="1,1,2,2") == []
        assert features(season_client, each["id"], filter="false", bbox=here) == []


def test_filter_goes_with_every_other_parameter(season_client: httpx.Client) -> None:
    everything = features(season_client, "reports", sortby="-observed_at")
    expected = [each["id"] for each in everything if each["properties"]["kind"] == "hazard"]
    asked = {"filter": "kind='hazard'", "sortby": "-observed_at", "properties": "kind", "limit": "3"}
    found, address, query = [], items_path("reports"), asked
    while address:
        page = fetched(season_client, address, **query).json()
        found += ids(page["features"])
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        address, query = following[0] if following else "", {}
    assert found == expected
    assert len(found) > 3
