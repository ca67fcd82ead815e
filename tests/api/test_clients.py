"""Programs that other municipal systems use: each has to get every row that stood throughout, once, while others write.

QGIS reads the same way by ``python -m bench.clients``: its 700 MB have no place in every run of the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import geopandas
import httpx
import pytest
from owslib.ogcapi.features import Features

from bench.clients.readers import by_ogrinfo, by_owslib, by_pyogrio
from bench.clients.writer import Writer, faults, standing_ids
from geo.collections import LAYERS
from tests.api.serving import serving_copy
from tests.conftest import TestServer

PAGE_SIZE = 20  # ``python -m bench.clients`` takes seven, and its time


class Busy(NamedTuple):
    """A service, and somebody who writes to its database all the while."""

    address: str
    writer: Writer


@pytest.fixture(scope="module")
def busy(server: TestServer, demonstration_url: str) -> Iterator[Busy]:
    assert demonstration_url
    with serving_copy(server, "demonstration", "clients") as address, Writer(server.url("clients")) as writer:
        yield Busy(address, writer)


@pytest.mark.parametrize("read", [by_pyogrio, by_ogrinfo, by_owslib])
def test_client_reads_every_row_once_while_others_write(busy: Busy, tmp_path: Path, read: Any) -> None:
    written, before = busy.writer.writes, standing_ids(busy.writer.engine)
    reading = read(busy.address, tmp_path, PAGE_SIZE)
    after = standing_ids(busy.writer.engine)
    assert busy.writer.writes > written
    assert list(reading.found) == list(LAYERS)
    for name, found in reading.found.items():
        assert faults(name, found, before, after, busy.writer.passing(name)) == []
        # works in the way of flood control are over today: clients read that layer as the empty one that it is
        assert before[name] & after[name] or name == "conflicts"
    assert reading.messages == []


def test_owslib_reads_one_feature(places: str) -> None:
    assert Features(f"{places}/ogc").collection_item("roads", "songshan")["properties"]["name_zh"] == "嵩山路"


def test_geopandas_reads_every_layer_by_its_address(places: str) -> None:
    for name in LAYERS:
        address = f"{places}/ogc/collections/{name}/items?limit=10000"
        features = httpx.get(address, timeout=30).json()["features"]
        located = [each for each in features if each["geometry"] is not None]
        frame = geopandas.read_file(address)
        assert len(frame) == len(features)
        if located:
            assert frame.crs.to_epsg() == 4326
            assert sum(frame.geometry.notna()) == len(located)
