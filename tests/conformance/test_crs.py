"""OGC API - Features - Part 2: Coordinate Reference Systems by Reference 1.0.1 (OGC 18-058r1), Annex A.

pyproj stands for the test engine that knows every CRS: PROJ by another way than PostGIS.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx
import numpy as np
import pyproj
import pytest
import shapely
from shapely import box, hausdorff_distance
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.collections import LAYERS
from tests.api.test_refusals import refused
from tests.conformance.walk import (
    FILLED,
    collections,
    features,
    fetched,
    ids,
    item_path,
    items_path,
    spatial_collections,
    validated,
)

CLASSES = {"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"}
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SPATIAL = [layer.id for layer in LAYERS.values() if layer.geometry_type]
FILLED_SPATIAL = [name for name in SPATIAL if name in FILLED]
# OGC 09-048r5, clause 9: http://www.opengis.net/def/crs/{authority}/{version}/{code}
OGC_NAME = r"http://www\.opengis\.net/def/crs/[A-Za-z0-9]+/[0-9.]+/[A-Za-z0-9]+"
UNKNOWN = [
    "EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/99999",
    "http://www.opengis.net/def/crs/EPSG/0/4326 ",
    "x",
]
AREA = (113.60, 34.68, 113.68, 34.77)
ONE_METRE_DEGREES = 1e-5


def listed(client: httpx.Client, collection: str) -> list[str]:
    found: list[str] = fetched(client, f"/ogc/collections/{collection}").json()["crs"]
    return found


@cache
def transformer(source: str, target: str) -> pyproj.Transformer:
    """Transform in the axis order of each CRS itself."""
    return pyproj.Transformer.from_crs(source, target, always_xy=False)


def known(uri: str) -> str:
    """Return the name by which pyproj knows a CRS of ours."""
    return "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rsplit('/', 1)[1]}"


def moved(geometry: Any, source: str, target: str) -> BaseGeometry:
    """Return a geometry in another CRS, each in its own axis order."""
    function = transformer(source, target).transform
    found: BaseGeometry = shapely.transform(shape(geometry), lambda points: np.column_stack(function(*points.T)))
    return found


def in_crs84(geometry: Any, uri: str) -> BaseGeometry:
    return moved(geometry, known(uri), "OGC:CRS84")


def first_id(client: httpx.Client, collection: str) -> str:
    located = [each["id"] for each in features(client, collection) if each["geometry"] is not None]
    return str(located[0])


def test_a_1_crs_uri(season_client: httpx.Client) -> None:
    """Abstract test 1 (/conf/crs/crs-uri): every CRS is named by a URI of OGC's naming."""
    for each in collections(season_client):
        single = fetched(season_client, f"/ogc/collections/{each['id']}").json()
        for body in (each, single):
            for uri in [*body.get("crs", []), *([body["storageCrs"]] if "storageCrs" in body else [])]:
                assert re.fullmatch(OGC_NAME, uri)


def test_a_2_default_crs(season_client: httpx.Client) -> None:
    """Abstract test 2 (/conf/crs/default-crs): CRS84 is in the list of each spatial collection."""
    assert [each["id"] for each in spatial_collections(season_client)] == SPATIAL
    for collection in SPATIAL:
        assert CRS84 in listed(season_client, collection)
    for each in spatial_collections(season_client):
        assert CRS84 in each["crs"]


def test_a_3_storage_crs(season_client: httpx.Client) -> None:
    """Abstract test 3 (/conf/crs/storageCrs): the CRS of storage is one of the list."""
    for each in spatial_collections(season_client):
        assert each["storageCrs"] in each["crs"]
        assert fetched(season_client, f"/ogc/collections/{each['id']}").json()["storageCrs"] == each["storageCrs"]


@pytest.mark.parametrize("collection", FILLED_SPATIAL)
def test_a_4_crs_parameter(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 4 (/conf/crs/crs-parameter): items and item in every CRS of the list, which the header names."""
    single = item_path(collection, first_id(season_client, collection))
    for uri in listed(season_client, collection):
        for address, schema in ((items_path(collection), "featureCollection"), (single, "feature")):
            answer = fetched(season_client, address, crs=uri)
            assert answer.headers["content-crs"] == f"<{uri}>"
            validated(season_client, schema, answer.json())


@pytest.mark.parametrize("collection", FILLED_SPATIAL)
def test_a_5_crs_parameter_invalid(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 5 (/conf/crs/crs-parameter-invalid): what is not in the list is 400."""
    single = item_path(collection, first_id(season_client, collection))
    for uri in UNKNOWN:
        for address in (items_path(collection), single):
            assert refused(season_client.get(address, params={"crs": uri}))["field"] == "crs"


@pytest.mark.parametrize("collection", FILLED_SPATIAL)
def test_a_6_crs_parameter_default(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 6 (/conf/crs/crs-parameter-default): without the parameter it is CRS84, and the header says so."""
    for address in (items_path(collection), item_path(collection, first_id(season_client, collection))):
        assert fetched(season_client, address).headers["content-crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("collection", FILLED_SPATIAL)
def test_a_7_crs_parameter_transform(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 7 (/conf/crs/crs-parameter-transform): turned back to CRS84, all is where it was, to a metre."""
    plain = features(season_client, collection)
    for uri in listed(season_client, collection):
        turned = features(season_client, collection, crs=uri)
        assert ids(turned) == ids(plain)
        for there, here in zip(turned, plain, strict=True):
            assert (there["geometry"] is None) == (here["geometry"] is None)
            if here["geometry"] is not None:
                distance = hausdorff_distance(in_crs84(there["geometry"], uri), shape(here["geometry"]))
                assert distance < ONE_METRE_DEGREES
        single = fetched(season_client, item_path(collection, first_id(season_client, collection)), crs=uri).json()
        (same,) = [each for each in turned if each["id"] == single["id"]]
        assert single["geometry"] == same["geometry"]


@pytest.mark.parametrize("collection", SPATIAL)
def test_a_8_bbox_crs_parameter(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 8 (/conf/crs/bbox-crs-parameter): the box is read in each CRS; what comes intersects it.

    A box of metres is bent on the globe; ours is the box of degrees around it, and 1 % wider in this district.
    """
    for uri in listed(season_client, collection):
        there = moved(box(*AREA), "OGC:CRS84", known(uri)).bounds
        found = features(season_client, collection, **{"bbox": ",".join(map(str, there)), "bbox-crs": uri})
        area = in_crs84(box(*there).segmentize((there[2] - there[0]) / 50), uri).envelope
        located = [each for each in found if each["geometry"] is not None]
        assert all(shape(each["geometry"]).intersects(area) for each in located)
        inside = [
            each["id"]
            for each in features(season_client, collection)
            if each["geometry"] is not None and shape(each["geometry"]).intersects(box(*AREA).buffer(-1e-4))
        ]
        assert set(inside) <= set(ids(located))


@pytest.mark.parametrize("collection", SPATIAL)
def test_a_9_bbox_crs_parameter_invalid(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 9 (/conf/crs/bbox-crs-parameter-invalid): what is not in the list is 400."""
    for uri in UNKNOWN:
        asked = {"bbox": ",".join(map(str, AREA)), "bbox-crs": uri}
        assert refused(season_client.get(items_path(collection), params=asked))["field"] == "bbox-crs"


@pytest.mark.parametrize("collection", SPATIAL)
def test_a_10_bbox_crs_parameter_default(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 10 (/conf/crs/bbox-crs-parameter-default): without the parameter the box is read in CRS84."""
    corners = ",".join(map(str, AREA))
    plain = ids(features(season_client, collection, bbox=corners))
    assert ids(features(season_client, collection, **{"bbox": corners, "bbox-crs": CRS84})) == plain
