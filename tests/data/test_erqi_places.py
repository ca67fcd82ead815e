"""The geometry of the seed: valid, inside the district, and segments cut where their names say."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from geojson_pydantic import FeatureCollection
from pyproj import Geod
from shapely.geometry import MultiPolygon, Point, shape
from shapely.ops import nearest_points

from tests.data.seed import FILES, SEED, Row, features, rows_of, table

GEOD = Geod(ellps="WGS84")


def metres_between(one: list[float], other: list[float]) -> float:
    return float(GEOD.inv(one[0], one[1], other[0], other[1])[2])


def point_at(line: list[list[float]], measure: float) -> list[float]:
    """Walk along the geodesics of a line; its last vertex when the measure is its length."""
    for start, end in pairwise(line):
        azimuth, _, length = GEOD.inv(start[0], start[1], end[0], end[1])
        if measure <= length:
            lon, lat, _ = GEOD.fwd(start[0], start[1], azimuth, measure)
            return [lon, lat]
        measure -= length
    return line[-1]


def outline() -> MultiPolygon:
    area = shape(features("districts")[0]["geometry"])
    assert isinstance(area, MultiPolygon)
    return area


def metres_outside(geometry: Row) -> float:
    """Measure how far the part of a geometry farthest from the outline lies outside it."""
    area = outline()
    vertices = [geometry["coordinates"]] if geometry["type"] == "Point" else geometry["coordinates"]
    nearest = [nearest_points(area, Point(vertex))[0] for vertex in vertices]
    return max(metres_between(vertex, [near.x, near.y]) for vertex, near in zip(vertices, nearest, strict=True))


@pytest.mark.parametrize("file", [file for file in FILES if file.endswith("geojson")])
def test_geojson_is_rfc_7946_with_one_feature_a_line(file: str) -> None:
    text = (SEED / file).read_text(encoding="utf-8")
    collection: FeatureCollection[Any] = FeatureCollection.model_validate_json(text)
    assert text.count("\n") == len(collection.features) + 2
    assert "crs" not in json.loads(text)
    assert not re.search(r"\d\.\d{8,}", text)


def test_district_outline_is_one_valid_counter_clockwise_ring() -> None:
    area = outline()
    assert area.is_valid
    assert [part.exterior.is_ccw for part in area.geoms] == [True]
    area_m2, _ = GEOD.geometry_area_perimeter(area)
    # The facts give 154.1 km2 for this ring, the district about 156 km2.
    assert area_m2 / 1e6 == pytest.approx(154.1, abs=0.1)


def test_place_without_a_point_has_no_accuracy() -> None:
    for file in FILES:
        for row in rows_of(file):
            if "position_status" in row and "geometry" in row:
                lacks = row["geometry"] is None
                assert lacks == (row["position_status"] == "unlocated") == (row["position_accuracy_m"] is None)


def test_no_surveyed_place_is_more_than_60_m_off() -> None:
    for file in FILES:
        rows = [row for row in rows_of(file) if row.get("position_status") == "surveyed"]
        assert all(float(row["position_accuracy_m"]) <= 60 for row in rows)


def test_road_lengths_are_those_of_the_facts() -> None:
    lengths = {road["id"]: GEOD.geometry_length(shape(road["geometry"])) for road in features("roads")}
    # Kilometres as published with the lines: 11.26, 10.37 and 4.83, together 26.5 against the announced 27.
    assert {road: round(length / 1000, 2) for road, length in lengths.items()} == {
        "songshan": 11.26,
        "jingguang": 10.37,
        "hanghai": 4.83,
    }
    assert round(sum(lengths.values()) / 1000, 1) == 26.5


@pytest.mark.parametrize("road", features("roads"), ids=lambda road: road["id"])
def test_segments_cover_their_road_without_gap(road: Row) -> None:
    segments = [row for row in table("segments") if row["road_id"] == road["id"]]
    ranges = [(float(row["from_m"]), float(row["to_m"])) for row in segments]
    length = GEOD.geometry_length(shape(road["geometry"]))
    assert ranges[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(ranges))
    assert 0 <= length - ranges[-1][1] < 0.1
    assert all(300 <= to_m - from_m <= 1500 for from_m, to_m in ranges)
    assert [row["id"] for row in segments] == [f"{road['id']}-{i:02d}" for i in range(1, len(segments) + 1)]
    for row in segments:
        assert row["name_zh"] == f"{road['name_zh']}（{row['from_zh']}—{row['to_zh']}）"
        assert row["name_en"] == f"{road['name_en']} ({row['from_en']} – {row['to_en']})"


def crossing(road_zh: str, name: str) -> Row:
    found = [
        row
        for row in features("landmarks")
        if row["kind"] == "crossing" and (row["name_zh"] == name or {road_zh, name} == set(row["crosses"]))
    ]
    assert len(found) == 1, (road_zh, name)
    return found[0]


@pytest.mark.parametrize("segment", table("segments"), ids=lambda row: row["id"])
def test_segment_ends_lie_within_the_accuracy_of_the_crossings_they_are_named_for(segment: Row) -> None:
    road = next(road for road in features("roads") if road["id"] == segment["road_id"])
    for end in ("from", "to"):
        position = point_at(road["geometry"]["coordinates"], float(segment[f"{end}_m"]))
        if segment[f"{end}_zh"] == "区界":
            # The outline is simplified: 300 m in general.
            near = nearest_points(outline().boundary, Point(position))[0]
            assert metres_between(position, [near.x, near.y]) <= 300
        else:
            place = crossing(road["name_zh"], segment[f"{end}_zh"])
            distance = metres_between(position, place["geometry"]["coordinates"])
            assert distance <= place["position_accuracy_m"]
            assert place["position_accuracy_m"] <= float(segment["position_accuracy_m"])


@pytest.mark.parametrize("file", ["roads", "landmarks", "sites", "canals", "checkpoints", "units"])
def test_places_lie_inside_or_near_the_outline(file: str) -> None:
    # Some vertices of the simplified outline are 300-800 m off; 嵩山路 runs on the district line.
    assert all(metres_outside(row["geometry"]) <= 400 for row in features(file) if row["geometry"])


def test_inspected_places_are_the_published_ones() -> None:
    stops = {row["name_zh"]: row["inspected_on"] for row in features("landmarks") if row["inspected_on"]}
    assert stops == dict.fromkeys(
        ["嵩山路×汝河路", "郑州106中学", "京广路×康复前街", "京广路×淮河路", "航海路×郑密路"], "2020-05-05"
    )
    assert {(row["name_zh"], row["inspected_on"]) for row in features("checkpoints")} == {
        (name, "2020-05-08") for name in ("荆胡渡槽", "杏园渡槽", "贾寨倒虹吸", "沿河路北闸口")
    }
