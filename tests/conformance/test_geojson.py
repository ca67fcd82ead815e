"""OGC API - Features - Part 1: Core 1.0.1 (OGC 17-069r4), Annex A.3, conformance class GeoJSON."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from geojson_pydantic import Feature, FeatureCollection

from geo.collections import LAYERS
from tests.conformance.walk import (
    COLLECTION,
    FILLED,
    ITEM,
    ITEMS,
    definition_of,
    features,
    fetched,
    item_path,
    items_path,
    validated,
)

CLASSES = {"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson"}
GEOJSON = "application/geo+json"
LANDING = ("/ogc", "/ogc/conformance", "/ogc/collections", COLLECTION)


def test_a_34_geojson_definition(season_client: httpx.Client) -> None:
    """Abstract test 34 (/conf/geojson/definition): GeoJSON where there are features, JSON everywhere else."""
    paths = definition_of(season_client)["paths"]
    for path in (ITEMS, ITEM):
        assert GEOJSON in paths[path]["get"]["responses"]["200"]["content"]
    for path in LANDING:
        assert "application/json" in paths[path]["get"]["responses"]["200"]["content"]
        asked = season_client.get(path.format(collectionId="roads"), headers={"Accept": "application/json"})
        assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize("collection", FILLED)
def test_a_34_geojson_definition_when_asked_for(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 34 (/conf/geojson/definition): a request that accepts GeoJSON alone gets it."""
    single = item_path(collection, features(season_client, collection)[0]["id"])
    for address in (items_path(collection), single):
        answer = season_client.get(address, headers={"Accept": GEOJSON})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == GEOJSON


@pytest.mark.parametrize("collection", LAYERS)
def test_a_35_geojson_content(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 35 (/conf/geojson/content): GeoJSON of RFC 7946, valid, with the id of its path."""
    page = fetched(season_client, items_path(collection), limit="10000")
    validated(season_client, "featureCollection", page.json())
    whole: FeatureCollection[Any] = FeatureCollection.model_validate_json(page.content)
    for feature in whole.features[:5]:
        assert isinstance(feature.id, str)
        single = fetched(season_client, item_path(collection, feature.id))
        Feature.model_validate_json(single.content)
        validated(season_client, "feature", single.json())
        assert single.json()["id"] == feature.id
