"""Part 2 (OGC 18-058r1): coordinates in other systems, in their own axis order, against PROJ's own program."""

from __future__ import annotations

import subprocess

import httpx
import pytest

from tests.api.test_refusals import refused

URI = "http://www.opengis.net/def/crs/EPSG/0/{}"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SITE = "/ogc/collections/sites/items/liuzhai_phase2"
CODES = [4326, 4490, 4547, 4526, 3857]


def by_cs2cs(code: int, lon: float, lat: float) -> tuple[float, float]:
    """EPSG:4326 is latitude first for cs2cs too, and so is what it gives."""
    done = subprocess.run(
        ["/usr/bin/cs2cs", "-f", "%.9f", "EPSG:4326", f"EPSG:{code}"],
        input=f"{lat} {lon}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, *_ = done.stdout.split()
    return float(first), float(second)


@pytest.mark.parametrize("code", CODES)
def test_point_comes_in_the_axis_order_of_its_crs(client: httpx.Client, code: int) -> None:
    lon, lat = client.get(SITE).json()["geometry"]["coordinates"]
    answer = client.get(SITE, params={"crs": URI.format(code)})
    assert answer.headers["content-crs"] == f"<{URI.format(code)}>"
    tolerance = 1e-7 if code in {4326, 4490} else 1e-3
    assert answer.json()["geometry"]["coordinates"] == pytest.approx(by_cs2cs(code, lon, lat), abs=tolerance)


@pytest.mark.parametrize("code", CODES)
def test_box_in_its_crs_finds_what_lies_in_it(client: httpx.Client, code: int) -> None:
    first, second = by_cs2cs(code, *client.get(SITE).json()["geometry"]["coordinates"])
    reach = 1e-3 if code in {4326, 4490} else 100
    box = f"{first - reach},{second - reach},{first + reach},{second + reach}"
    found = client.get("/ogc/collections/sites/items", params={"bbox": box, "bbox-crs": URI.format(code)}).json()
    assert [feature["id"] for feature in found["features"]] == ["liuzhai_phase2"]


def test_default_is_longitude_first_and_said_so(client: httpx.Client) -> None:
    answer = client.get("/ogc/collections/sites/items")
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert client.get("/ogc/collections/sites").json()["storageCrs"] == CRS84


def test_each_layer_lists_every_crs_it_can_be_had_in(client: httpx.Client) -> None:
    listed = client.get("/ogc/collections/segments").json()["crs"]
    assert set(listed) == {CRS84, *(URI.format(code) for code in CODES)}
    for uri in listed:
        assert client.get("/ogc/collections/segments/items?limit=1", params={"crs": uri}).status_code == 200


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
@pytest.mark.parametrize("uri", ["", "EPSG:9999", "http://www.opengis.net/def/crs/EPSG/0/2436", "'; DROP TABLE roads"])
def test_unknown_crs_is_refused(client: httpx.Client, name: str, uri: str) -> None:
    refused(client.get("/ogc/collections/sites/items", params={name: uri, "bbox": "113,34,114,35"}))


@pytest.mark.parametrize("box", ["0,0,1,1", "3839000,465000,3838000,466000", "34.6,113.6,34.7,113.7"])
def test_box_that_cannot_be_in_its_crs_is_refused(client: httpx.Client, box: str) -> None:
    asked = {"bbox": box, "bbox-crs": URI.format(4547)}
    assert refused(client.get("/ogc/collections/sites/items", params=asked))["field"] == "bbox"


def test_chosen_properties_come_alone(client: httpx.Client) -> None:
    answer = client.get("/ogc/collections/segments/items?limit=2&properties=name_zh,from_m&skipGeometry=true").json()
    for feature in answer["features"]:
        assert set(feature["properties"]) == {"name_zh", "from_m"}
        assert feature["geometry"] is None


def test_unknown_property_is_refused(client: httpx.Client) -> None:
    assert refused(client.get("/ogc/collections/segments/items?properties=secret"))["field"] == "properties"
