"""OGC API - Features - Part 6: Property Selection (OGC 24-019, draft): its requirements, for it has no tests yet."""

from __future__ import annotations

import httpx
import pytest

from geo.collections import LAYERS
from tests.conformance.walk import ITEM, ITEMS, features, fetched, item_path, items_path, query_parameter

PART = "http://www.opengis.net/spec/ogcapi-features-6/1.0/conf/"
CLASSES = {f"{PART}properties", f"{PART}properties-features"}


@pytest.mark.parametrize("path", [ITEMS, ITEM])
def test_req_properties_parameter(season_client: httpx.Client, path: str) -> None:
    """/req/properties/parameter and /req/properties-features/request: a list with commas, without placeholders."""
    parameter = query_parameter(season_client, path, "properties")
    assert (parameter["in"], parameter["required"]) == ("query", False)
    assert (parameter["style"], parameter["explode"]) == ("form", False)
    assert parameter["schema"] == {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize("collection", LAYERS)
def test_req_properties_response(season_client: httpx.Client, collection: str) -> None:
    """/req/properties/response: all properties without it, and with it those selected, on a page and on a feature."""
    whole = features(season_client, collection, datetime="2020-08-01T00:00:00Z")[0]
    wanted = list(whole["properties"])[1:3]
    asked = {"properties": ",".join(wanted), "datetime": "2020-08-01T00:00:00Z"}
    expected = {name: whole["properties"][name] for name in wanted}
    assert features(season_client, collection, **asked)[0]["properties"] == expected
    single = fetched(season_client, item_path(collection, whole["id"]), **asked).json()
    assert single["properties"] == expected
    assert single["geometry"] == whole["geometry"]


@pytest.mark.parametrize("collection", LAYERS)
def test_per_properties_unknown(season_client: httpx.Client, collection: str) -> None:
    """/per/properties/unknown-properties: an unknown name is refused."""
    answer = season_client.get(items_path(collection), params={"properties": "name_zh,this_is_no_property"})
    assert (answer.status_code, answer.json()["field"]) == (400, "properties")
