"""Geometry from outside: its CRS, and what cannot be one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo.crs import Crs
from geo.errors import InvalidInputError, UnprocessableError
from geo.intake.geometry import MAX_VERTICES, read_geometry

# PROJ: echo "34.75 113.63" | cs2cs -f %.4f EPSG:4490 EPSG:4547
NORTH_EAST = [3846920.6825, 466120.8857]


@pytest.mark.parametrize(
    ("crs", "coordinates"),
    [
        (Crs.WGS84, [113.63, 34.75]),
        (Crs.WGS84_LAT_LON, [34.75, 113.63]),
        (Crs.CGCS2000, [34.75, 113.63]),
        (Crs.CGCS2000_CM114E, NORTH_EAST),
    ],
)
def test_point_is_taken_in_the_axis_order_of_its_crs(crs: Crs, coordinates: list[float]) -> None:
    text = read_geometry({"type": "Point", "coordinates": coordinates}, "Point", crs)
    assert text is not None
    found = json.loads(text)
    assert found["type"] == "Point"
    assert found["coordinates"] == pytest.approx([113.63, 34.75], abs=1e-8)


def test_null_stays_null_and_the_type_may_be_left_out() -> None:
    assert read_geometry(None, "Point", Crs.WGS84) is None
    text = read_geometry({"coordinates": [[1, 2], [3, 4]]}, "LineString", Crs.WGS84)
    assert json.loads(text or "") == {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}


def test_line_has_as_many_vertices_as_are_allowed_and_no_more() -> None:
    line = [[113 + number / 1e6, 34.0] for number in range(MAX_VERTICES)]
    assert read_geometry({"coordinates": line}, "LineString", Crs.WGS84)
    with pytest.raises(InvalidInputError):
        read_geometry({"coordinates": [*line, [1, 1]]}, "LineString", Crs.WGS84)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "object"),
        ({"type": "Polygon", "coordinates": []}, "type Point"),
        ({"type": "Point"}, "lacks"),
        ({"coordinates": None}, "lacks"),
        ({"coordinates": 5}, "pairs"),
        ({"coordinates": {}}, "pairs"),
        ({"coordinates": []}, "pairs"),
        ({"coordinates": [1]}, "pairs"),
        ({"coordinates": [1, None]}, "pairs"),
        ({"coordinates": [1, False]}, "pairs"),
        ({"coordinates": [[1, 2]]}, "pairs"),
        ({"coordinates": [1, 2, 3]}, "heights"),
        ({"coordinates": [34.7, 113.6]}, "swapped"),
        ({"coordinates": [466120, 3846920]}, "metres"),
        ({"coordinates": [10**38, 1]}, "metres"),
    ],
)
def test_what_is_no_point_is_refused_in_words(value: Any, words: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read_geometry(value, "Point", Crs.WGS84)
    assert isinstance(refusal.value, UnprocessableError) is (words in {"swapped", "metres"})
    assert refusal.value.field == "geometry"
    assert words in refusal.value.text.en


@pytest.mark.parametrize("coordinates", [[], [[1, 2]], [[1, 2], [1, 2]], {"a": 1}, "text"])
def test_what_is_no_line_is_refused(coordinates: Any) -> None:
    with pytest.raises(InvalidInputError):
        read_geometry({"coordinates": coordinates}, "LineString", Crs.WGS84)
