"""Programs that other municipal systems use: each has to get every feature of every collection."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas
import httpx
from owslib.ogcapi.features import Features

from geo.collections import LAYERS

READ_WITH_GDAL = Path(__file__).parent / "read_with_gdal.py"


def expected(address: str) -> dict[str, list[dict[str, Any]]]:
    """Return the features of every collection, fetched in one page each."""
    with httpx.Client(base_url=f"{address}/ogc/collections", timeout=30) as client:
        return {name: client.get(f"/{name}/items?limit=10000").json()["features"] for name in LAYERS}


def ids(features: list[dict[str, Any]], *, located: bool = False) -> list[str]:
    return [feature["id"] for feature in features if not located or feature["geometry"] is not None]


def read_with_gdal(address: str, *layers: str, page_size: int) -> Any:
    command = [sys.executable, str(READ_WITH_GDAL), f"{address}/ogc", str(page_size), *layers]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    return json.loads(done.stdout)


def as_gdal_reads(features: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {"ids": ids(features), "located": ids(features, located=True)}


def test_gdal_reads_every_feature_of_every_layer(places: str) -> None:
    found = read_with_gdal(places, page_size=100)
    assert found == {name: as_gdal_reads(features) for name, features in expected(places).items()}
    assert len(found["checkpoints"]["ids"]) == 4
    assert len(found["checkpoints"]["located"]) == 3


def test_gdal_follows_pages_of_seven(places: str) -> None:
    layers = ("segments", "landmarks", "checkpoints", "planned_dates")
    whole = expected(places)
    assert read_with_gdal(places, *layers, page_size=7) == {name: as_gdal_reads(whole[name]) for name in layers}


def test_gdal_reads_what_the_season_adds(season: str) -> None:
    layers = ("reports", "checkpoint_status")
    whole = expected(season)
    assert read_with_gdal(season, *layers, page_size=1000) == {name: as_gdal_reads(whole[name]) for name in layers}
    assert whole["reports"]


def test_owslib_reads_every_feature_by_the_next_links(places: str) -> None:
    service = Features(f"{places}/ogc")
    assert service.feature_collections() == list(LAYERS)
    for name, features in expected(places).items():
        page = service.collection_items(name, limit=100)
        found = ids(page["features"])
        while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
            page = httpx.get(following[0]).json()
            found += ids(page["features"])
        assert found == ids(features)
    assert service.collection_item("roads", "songshan")["properties"]["name_zh"] == "嵩山路"


def test_geopandas_reads_every_layer_by_its_address(places: str) -> None:
    for name, features in expected(places).items():
        frame = geopandas.read_file(f"{places}/ogc/collections/{name}/items?limit=10000")
        assert len(frame) == len(features)
        if ids(features, located=True):
            assert frame.crs.to_epsg() == 4326
            assert sum(frame.geometry.notna()) == len(ids(features, located=True))
