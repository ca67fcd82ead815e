"""Every format of a page says the same as its GeoJSON, to readers that are not ours: csv, GDAL, a JSON parser."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pyogrio
import pytest
from sqlalchemy import text

from geo.collections import LAYERS
from geo.store.engine import make_engine
from tests.api.serving import serving_copy
from tests.conftest import TestServer

STILL = "2020-08-01T00:00:00Z"  # what is computed from the clock is as of a moment, and so the same in each format
TYPES = {
    "geojson": "application/geo+json",
    "json": "application/geo+json",
    "geojsonseq": "application/geo+json-seq",
    "geojsonl": "application/geo+json-seq",
    "csv": "text/csv; charset=utf-8",
    "fgb": "application/vnd.flatgeobuf",
    "html": "text/html; charset=utf-8",
}
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－1")


def get(client: httpx.Client, collection: str, **query: str) -> httpx.Response:
    answer = client.get(f"/ogc/collections/{collection}/items", params={"datetime": STILL, **query})
    assert answer.status_code == 200, answer.text[:300]
    return answer


def features(client: httpx.Client, collection: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(client, collection, **query).json()["features"]
    return found


def frame_of(answer: httpx.Response, folder: Path, name: str) -> Any:
    path = folder / name
    path.write_bytes(answer.content)
    return pyogrio.read_dataframe(path)


def is_same(said: Any, read: Any) -> bool:
    """Compare a value of GeoJSON with what GDAL read; it keeps milliseconds, and lists as their JSON text."""
    if said is None:
        return read is None or bool(pd.isna(read))
    if isinstance(said, list | dict):
        return bool(json.loads(read) == said)
    if isinstance(read, pd.Timestamp):
        return bool(abs((pd.Timestamp(said) - read).total_seconds()) < 0.001)
    same: bool = said == read
    return bool(same)


@pytest.mark.parametrize("name", TYPES)
def test_f_chooses_the_media_type(season_client: httpx.Client, name: str) -> None:
    answer = get(season_client, "sites", f=name)
    assert answer.headers["content-type"] == TYPES[name]
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/*;q=0.5, application/geo+json;q=0.4", "text/html; charset=utf-8"),
        ("application/vnd.flatgeobuf, */*;q=0.1", "application/vnd.flatgeobuf"),
        ("text/html;q=0, */*", "application/geo+json"),
        ("image/png, application/geo+json-seq;q=0.2", "application/geo+json-seq"),
    ],
)
def test_accept_chooses_the_media_type(season_client: httpx.Client, accept: str, media_type: str) -> None:
    answer = season_client.get("/ogc/collections/sites/items", headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type


def test_f_wins_over_accept(season_client: httpx.Client) -> None:
    answer = season_client.get("/ogc/collections/sites/items?f=csv", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == TYPES["csv"]


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "*/*;q=0", "nonsense"])
@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections/sites/items", "/ogc/collections/sites/items/nanyun_park"])
def test_what_nobody_accepts_is_406(season_client: httpx.Client, path: str, accept: str) -> None:
    answer = season_client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections", "/ogc/collections/sites/items"])
@pytest.mark.parametrize("f", ["", "xml", "JSON", "csv "])
def test_unknown_f_is_refused(season_client: httpx.Client, path: str, f: str) -> None:
    answer = season_client.get(path, params={"f": f})
    assert (answer.status_code, answer.json()["field"]) == (400, "f")


@pytest.mark.parametrize("collection", LAYERS)
def test_sequence_holds_the_features_of_the_page(season_client: httpx.Client, collection: str) -> None:
    body = get(season_client, collection, f="geojsonseq", limit="500").content
    start, *records = body.split(b"\x1e")  # RFC 8142, 2.1
    assert start == b""
    assert all(record.endswith(b"\n") for record in records)
    assert [json.loads(record) for record in records] == features(season_client, collection, limit="500")


@pytest.mark.parametrize("collection", LAYERS)
def test_csv_holds_the_values_of_the_page(season_client: httpx.Client, collection: str) -> None:
    body = get(season_client, collection, f="csv", limit="500").content
    assert body.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    found = features(season_client, collection, limit="500")
    assert [row["id"] for row in table] == [each["id"] for each in found]
    for row, feature in zip(table, found, strict=True):
        assert bool(row.pop("WKT", "")) == (feature["geometry"] is not None)
        assert list(row) == ["id", *feature["properties"]]
        for name, value in feature["properties"].items():
            if value is None:
                assert row[name] == ""
            elif isinstance(value, list | dict):
                assert json.loads(row[name]) == value
            elif isinstance(value, str):
                assert row[name].removeprefix("'") == value
            else:
                assert json.loads(row[name]) == value


@pytest.mark.parametrize("collection", LAYERS)
def test_flatgeobuf_is_read_by_gdal_with_every_value_in_its_column(
    season_client: httpx.Client, collection: str, tmp_path: Path
) -> None:
    frame = frame_of(get(season_client, collection, f="fgb", limit="500"), tmp_path, "page.fgb")
    found = features(season_client, collection, limit="500")
    assert list(frame["id"]) == [each["id"] for each in found]
    wrong = [
        (feature["id"], name, value, frame[name].iloc[place])
        for place, feature in enumerate(found)
        for name, value in feature["properties"].items()
        if not is_same(value, frame[name].iloc[place])
    ]
    assert wrong == []
    assert list(frame.geometry.notna()) == [each["geometry"] is not None for each in found]


@pytest.mark.parametrize("f", ["csv", "fgb"])
def test_geometry_of_a_file_is_where_geojson_has_it(season_client: httpx.Client, f: str, tmp_path: Path) -> None:
    frame = frame_of(get(season_client, "landmarks", f=f), tmp_path, f"page.{f}")
    for place, feature in enumerate(features(season_client, "landmarks")):
        if feature["geometry"] is not None:
            point = frame.geometry.iloc[place]
            assert [point.x, point.y] == pytest.approx(feature["geometry"]["coordinates"], abs=1e-7)


def test_flatgeobuf_names_its_crs_and_has_the_easting_first(season_client: httpx.Client, tmp_path: Path) -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/4547"
    frame = frame_of(get(season_client, "sites", f="fgb", crs=crs), tmp_path, "page.fgb")
    found = features(season_client, "sites", crs=crs)
    assert frame.crs.to_epsg() == 4547
    northing, easting = found[0]["geometry"]["coordinates"]  # 4547's own order
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == pytest.approx((easting, northing), abs=0.001)


@pytest.mark.parametrize("collection", LAYERS)
@pytest.mark.parametrize("f", ["fgb", "csv", "geojsonseq"])
def test_page_without_features_is_a_file_without_features(
    season_client: httpx.Client, collection: str, f: str, tmp_path: Path
) -> None:
    answer = get(season_client, collection, f=f, datetime="2019-01-01T00:00:00Z")
    if f == "geojsonseq":
        assert answer.content == b""
    else:
        frame = frame_of(answer, tmp_path, f"page.{f}")
        assert (len(frame), "id" in frame) == (0, True)


@pytest.mark.parametrize("f", ["csv", "fgb", "geojsonseq"])
def test_pages_of_files_are_followed_by_the_header_link(season_client: httpx.Client, f: str) -> None:
    address: str | None = f"/ogc/collections/tasks/items?limit=97&f={f}&sortby=-name_zh&datetime={STILL}"
    numbers = []
    while address is not None:
        answer = season_client.get(address)
        assert answer.headers["content-type"] == TYPES[f]
        assert int(answer.headers["ogc-numbermatched"]) == 290
        numbers.append(int(answer.headers["ogc-numberreturned"]))
        address = answer.links.get("next", {}).get("url")
    assert numbers == [97, 97, 96]


@pytest.mark.parametrize("f", ["csv", "fgb", "geojsonseq", "geojson"])
def test_unchanged_page_is_304_in_each_format(season_client: httpx.Client, f: str) -> None:
    first = get(season_client, "sites", f=f)
    address = str(first.request.url)
    assert season_client.get(address).content == first.content
    again = season_client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_formats_chosen_by_accept_have_tags_of_their_own(season_client: httpx.Client) -> None:
    address = "/ogc/collections/sites/items"
    tags = {season_client.get(address, headers={"Accept": kind}).headers["etag"] for kind in ("*/*", "text/csv")}
    assert len(tags) == 2


def test_spreadsheet_formulas_are_text(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    url = server.create("formulas", template="seeded")
    engine = make_engine(url)
    with engine.begin() as connection:
        for place, formula in enumerate(FORMULAS):
            connection.execute(
                text(
                    "UPDATE landmarks SET note = :note, source = '' WHERE id ="
                    " (SELECT id FROM landmarks ORDER BY id OFFSET :place LIMIT 1)"
                ),
                {"note": formula, "place": place},
            )
    engine.dispose()
    with serving_copy(server, "formulas", "formulas_served") as address, httpx.Client(base_url=address) as client:
        body = client.get("/ogc/collections/landmarks/items?f=csv&limit=8&properties=note,source").text
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"), newline="")))
    assert rows[0][:3] == ["id", "source", "note"]
    assert [row[2] for row in rows[1:]] == ["'" + formula for formula in FORMULAS]
    assert body.count(',"",') == len(FORMULAS)  # an empty text is not a missing one


def test_counts_are_exact_where_cheap_and_by_request(season_client: httpx.Client) -> None:
    page = season_client.get("/ogc/collections/tasks/items?limit=1").json()
    assert page["numberMatched"] == 290
    assert "numberMatched" not in season_client.get("/ogc/collections/tasks/items?limit=1&counts=none").json()
    filtered = season_client.get("/ogc/collections/landmarks/items?limit=1&bbox=113.62,34.70,113.66,34.75").json()
    whole = season_client.get("/ogc/collections/landmarks/items?limit=1000&bbox=113.62,34.70,113.66,34.75").json()
    assert filtered["numberMatched"] == len(whole["features"]) > 1
    assert season_client.get("/ogc/collections/tasks/items?counts=maybe").json()["field"] == "counts"


def test_large_layers_are_counted_only_by_request(server: TestServer, demonstration_url: str) -> None:
    assert demonstration_url
    with (
        serving_copy(server, "demonstration", "large", count_limit=300) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        reports = "/ogc/collections/reports/items?limit=2"
        assert "numberMatched" not in client.get(reports).json()
        exact = client.get(reports + "&counts=exact").json()
        assert exact["numberMatched"] == len(client.get("/ogc/collections/reports/items?limit=9999").json()["features"])
        following = next(each["href"] for each in exact["links"] if each["rel"] == "next")
        assert client.get(following).json()["numberMatched"] == exact["numberMatched"]
        assert client.get("/ogc/collections/tasks/items?limit=2").json()["numberMatched"] == 290
