"""OGC API - Features - Part 1: Core 1.0.1 (OGC 17-069r4), Annex A.2, conformance class Core: what the service is."""

from __future__ import annotations

import re
from itertools import chain

import httpx
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from geo.collections import LAYERS
from tests.conformance.walk import (
    COLLECTION,
    check_links,
    collections,
    definition_of,
    features,
    fetched,
    items_path,
    links,
    media_types,
    validated,
)

CLASSES = {
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",  # OGC 19-072, the same resources
}
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def test_a_1_http(season_client: httpx.Client) -> None:
    """Abstract test 1 (/conf/core/http): every path by HTTP 1.1."""
    for path in definition_of(season_client)["paths"]:
        answer = season_client.get(path.replace("{collectionId}", "roads").replace("{featureId}", "songshan"))
        assert answer.http_version == "HTTP/1.1"


@pytest.mark.parametrize("collection", LAYERS)
def test_a_2_crs84(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 2 (/conf/core/crs84): coordinates are longitude and latitude unless asked otherwise."""
    answer = fetched(season_client, items_path(collection))
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    for feature in features(season_client, collection):
        if feature["geometry"] is not None:
            for longitude, latitude in positions(feature["geometry"]["coordinates"]):
                assert 113.4 < longitude < 113.8  # the district and its surroundings
                assert 34.5 < latitude < 34.9


def positions(coordinates: list[object]) -> list[tuple[float, float]]:
    """Return the positions of a geometry's coordinates, however deep they lie."""
    if all(isinstance(each, float | int) for each in coordinates):
        longitude, latitude = coordinates
        assert isinstance(longitude, float | int)
        assert isinstance(latitude, float | int)
        return [(longitude, latitude)]
    return list(chain.from_iterable(positions(each) for each in coordinates if isinstance(each, list)))


def test_a_3_root_op(season_client: httpx.Client) -> None:
    """Abstract test 3 (/conf/core/root-op): the landing page is at the root of the API."""
    assert fetched(season_client, "/ogc").headers["content-type"] == "application/json"


def test_a_4_root_success(season_client: httpx.Client) -> None:
    """Abstract test 4 (/conf/core/root-success): it leads to the definition, the classes and the data."""
    body = fetched(season_client, "/ogc").json()
    validated(season_client, "landingPage", body)
    check_links(body, "/ogc", media_types(season_client, "/ogc"))
    for relation in ("service-desc", "service-doc", "conformance", "data"):
        assert links(body, relation)
    for link in body["links"]:
        if not link.get("templated"):
            kind = fetched(season_client, link["href"]).headers["content-type"]
            assert kind.split(";")[0] == link["type"].split(";")[0]


def test_a_5_api_definition_op(season_client: httpx.Client) -> None:
    """Abstract test 5 (/conf/core/api-definition-op): every link to a definition leads to one."""
    for link in links(fetched(season_client, "/ogc").json(), "service-desc", "service-doc"):
        assert fetched(season_client, link["href"]).content


def test_a_6_api_definition_success(season_client: httpx.Client) -> None:
    """Abstract test 6 (/conf/core/api-definition-success): the definition is valid by its own schema."""
    OpenAPIV30SpecValidator(definition_of(season_client)).validate()


def test_a_7_conformance_op(season_client: httpx.Client) -> None:
    """Abstract test 7 (/conf/core/conformance-op): the declaration is at its path and at every link to it."""
    direct = fetched(season_client, "/ogc/conformance").json()
    for link in links(fetched(season_client, "/ogc").json(), "conformance"):
        assert fetched(season_client, link["href"]).json() == direct


def test_a_8_conformance_success(season_client: httpx.Client) -> None:
    """Abstract test 8 (/conf/core/conformance-success): it names the core; test_declared.py holds the rest."""
    body = fetched(season_client, "/ogc/conformance").json()
    validated(season_client, "confClasses", body)
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in body["conformsTo"]
    assert len(set(body["conformsTo"])) == len(body["conformsTo"])


def test_a_9_fc_md_op(season_client: httpx.Client) -> None:
    """Abstract test 9 (/conf/core/fc-md-op): the collections are at their path."""
    assert fetched(season_client, "/ogc/collections").headers["content-type"] == "application/json"


def test_a_10_fc_md_success(season_client: httpx.Client) -> None:
    """Abstract test 10 (/conf/core/fc-md-success): the document is of its form, and any CRS list begins with CRS84."""
    body = fetched(season_client, "/ogc/collections").json()
    validated(season_client, "collections", body)
    for each in [body, *body["collections"]]:
        assert each.get("crs", [CRS84])[:1] in ([CRS84], [])


def test_a_11_fc_md_links(season_client: httpx.Client) -> None:
    """Abstract test 11 (/conf/core/fc-md-links): self, and alternate for each other media type."""
    body = fetched(season_client, "/ogc/collections").json()
    check_links(body, "/ogc/collections", media_types(season_client, "/ogc/collections"))


def test_a_12_fc_md_items(season_client: httpx.Client) -> None:
    """Abstract test 12 (/conf/core/fc-md-items): every collection is listed, with an id of its own."""
    listed = [each["id"] for each in collections(season_client)]
    assert listed == list(LAYERS)
    assert all(re.fullmatch(r"[a-z_]+", each) for each in listed)
    for each in collections(season_client):
        validated(season_client, "collection", each)


def test_a_13_fc_md_items_links(season_client: httpx.Client) -> None:
    """Abstract test 13 (/conf/core/fc-md-items-links): items are linked in each media type, with rel and type."""
    kinds = media_types(season_client, "/ogc/collections/{collectionId}/items")
    for each in collections(season_client):
        assert {link["type"].split(";")[0] for link in links(each, "items")} == kinds
        assert all(link["rel"] and link["type"] for link in each["links"])
        for link in links(each, "items"):
            kind = fetched(season_client, link["href"]).headers["content-type"]
            assert kind.split(";")[0] == link["type"].split(";")[0]


@pytest.mark.parametrize("collection", LAYERS)
def test_a_14_fc_md_extent(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 14 (/conf/core/fc-md-extent): the box holds every geometry."""
    body = fetched(season_client, f"/ogc/collections/{collection}").json()
    located = [each["geometry"] for each in features(season_client, collection) if each["geometry"] is not None]
    if not located:
        assert "spatial" not in body.get("extent", {})
        return
    spatial = body["extent"]["spatial"]
    assert spatial.get("crs", CRS84) == CRS84
    for west, south, east, north in spatial["bbox"]:
        for geometry in located:
            for longitude, latitude in positions(geometry["coordinates"]):
                assert west - 1e-9 <= longitude <= east + 1e-9  # coordinates are written with nine decimals
                assert south - 1e-9 <= latitude <= north + 1e-9


@pytest.mark.parametrize("collection", LAYERS)
def test_a_15_sfc_md_op(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 15 (/conf/core/sfc-md-op): each collection that is listed has its path."""
    body = fetched(season_client, f"/ogc/collections/{collection}").json()
    validated(season_client, "collection", body)
    check_links(body, f"/ogc/collections/{collection}", media_types(season_client, COLLECTION))


def test_a_16_sfc_md_success(season_client: httpx.Client) -> None:
    """Abstract test 16 (/conf/core/sfc-md-success): it says there what the list says."""
    for listed in collections(season_client):
        single = fetched(season_client, f"/ogc/collections/{listed['id']}").json()
        for name in ("id", "title", "description", "extent", "itemType"):
            assert single.get(name) == listed.get(name)
        assert all(link in single["links"] for link in listed["links"])
