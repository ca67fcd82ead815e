"""K-posts as text, and measures along a line in PostGIS against hand calculation and pyproj.Geod."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from sqlalchemy import ColumnElement, Connection, func, select

from geo.chainage import (
    ChainageRange,
    format_chainage,
    measure_of,
    offset_m,
    parse_chainage,
    parse_chainage_range,
    point_at,
    range_of,
    side_of,
    split_side,
)
from geo.errors import ChainageError

GEOD = Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("K3+250", 3250),
        ("k3+250.5", 3250.5),
        ("Ｋ３＋２５０", 3250),
        ("Ｋ３＋２５０．５", 3250.5),
        (" K 3 + 250 ", 3250),
        ("K\u30003+250", 3250),
        ("K3", 3000),
        ("3+250", 3250),
        ("K3+50", 3050),
        ("K0+000", 0),
        ("K003+001", 3001),
        ("K3+250m", 3250),
        ("K3+250米", 3250),
        ("桩号K3+250", 3250),
        ("里程桩号：K3+250", 3250),
        ("K9999+999.999", 9_999_999.999),
    ],
)
def test_k_post_is_read(text: str, metres: float) -> None:
    assert parse_chainage(text) == metres


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("K3+1000", "必须小于 1000", "below 1000"),
        ("K3+2500", "必须小于 1000", "below 1000"),
        ("K-3+250", "不能为负", "cannot be negative"),
        ("-K3+250", "不能为负", "cannot be negative"),
        ("K3-250", "不能为负", "cannot be negative"),
        ("K10000+000", "不能超过 9999", "cannot exceed 9999"),
        ("K99999999999999999999", "不能超过 9999", "cannot exceed 9999"),
        ("K3+250-K3+480", "这是一段范围", "this is a range"),
        ("", "不是桩号", "not a K-post"),
        ("   ", "不是桩号", "not a K-post"),
        ("3250", "不是桩号", "not a K-post"),
        ("K3.25", "不是桩号", "not a K-post"),
        ("K3+", "不是桩号", "not a K-post"),
        ("K+250", "不是桩号", "not a K-post"),
        ("DK3+250", "不是桩号", "not a K-post"),
        ("K3+250<script>", "不是桩号", "not a K-post"),
        ("K٣+٢٥٠", "不是桩号", "not a K-post"),  # Arabic-Indic digits are digits to str.isdigit
        ("K3+250\x00", "不是桩号", "not a K-post"),
        ("K3+" + "0" * 10_000, "超过 60 个字符", "longer than 60 characters"),
    ],
)
def test_bad_k_post_is_refused_with_its_fault(text: str, zh: str, en: str) -> None:
    with pytest.raises(ChainageError) as refused:
        parse_chainage(text)
    assert zh in refused.value.text.zh
    assert en in refused.value.text.en
    assert refused.value.field == "chainage"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("K3+250-K3+480", ChainageRange(3250, 3480, None)),
        ("K3+250～K3+480", ChainageRange(3250, 3480, None)),
        ("Ｋ３＋２５０至Ｋ３＋４８０", ChainageRange(3250, 3480, None)),
        ("K3+250—K4", ChainageRange(3250, 4000, None)),
        ("3+250 – 3+480", ChainageRange(3250, 3480, None)),
        ("K3+480-K3+250", ChainageRange(3250, 3480, None)),
        ("K3+250-K3+480 左幅", ChainageRange(3250, 3480, "left")),
        ("右幅K3+250-K3+480", ChainageRange(3250, 3480, "right")),
        ("桩号K3+250至K3+480全幅", ChainageRange(3250, 3480, "both")),
    ],
)
def test_range_is_read_with_its_side(text: str, expected: ChainageRange) -> None:
    assert parse_chainage_range(text) == expected


@pytest.mark.parametrize(
    ("text", "en"),
    [
        ("K3+250", "not a range"),
        ("K3+250-", "not a range"),
        ("K3+250-K3+480-K3+500", "not a range"),
        ("K3+250-K3+1480", "below 1000"),
        ("K3+250-K3+250", "no length"),
        ("", "not a range"),
    ],
)
def test_bad_range_is_refused(text: str, en: str) -> None:
    with pytest.raises(ChainageError, match=en):
        parse_chainage_range(text)


def test_side_is_split_off() -> None:
    assert split_side("京广路 左幅") == ("京广路", "left")
    assert split_side("京广路") == ("京广路", None)


@pytest.mark.parametrize(
    ("metres", "decimals", "text"),
    [
        (3250, 0, "K3+250"),
        (0, 0, "K0+000"),
        (7.4, 0, "K0+007"),
        (2999.9996, 0, "K3+000"),
        (2999.96, 1, "K3+000.0"),
        (2999.94, 1, "K2+999.9"),
        (3250.5, 1, "K3+250.5"),
        (3001.25, 2, "K3+001.25"),
        (10_370.2, 0, "K10+370"),
        (-1e-12, 0, "K0+000"),  # what a sum of steps in the database may give for zero
    ],
)
def test_measure_is_printed(metres: float, decimals: int, text: str) -> None:
    assert format_chainage(metres, decimals) == text


@pytest.mark.parametrize("metres", [-1.0, math.nan, math.inf, -math.inf, 10_000_000.0, 9_999_999.6, 1e300])
def test_impossible_measure_is_not_printed(metres: float) -> None:
    with pytest.raises(ChainageError):
        format_chainage(metres)


@given(st.floats(0, 9_999_999.4))
def test_printed_measure_is_read_back_rounded(metres: float) -> None:
    assert parse_chainage(format_chainage(metres)) == round(metres)


@given(st.floats(0, 9_999_999.4), st.integers(0, 3))
def test_printed_decimals_are_read_back(metres: float, decimals: int) -> None:
    assert parse_chainage(format_chainage(metres, decimals)) == pytest.approx(round(metres, decimals), abs=1e-9)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parse_chainage(text) >= 0
    except ChainageError as refused:
        assert refused.text.zh  # noqa: PT017 - either outcome is right


# A road of 1 000 m of measure due east, then 1 000 m due north: its corner is K1+000 at (113.61, 34.7).
BENT = "LINESTRING M (113.60 34.7 0, 113.61 34.7 1000, 113.61 34.71 2000)"


def line(wkt: str) -> ColumnElement[Any]:
    return func.ST_GeomFromText(wkt, 4326)


def point(lon: float, lat: float) -> ColumnElement[Any]:
    return func.ST_SetSRID(func.ST_Point(lon, lat), 4326)


def ask(connection: Connection, expression: ColumnElement[Any]) -> Any:
    return connection.execute(select(expression)).scalar_one()


def text_of(connection: Connection, geometry: ColumnElement[Any]) -> str | None:
    text: str | None = ask(connection, func.ST_AsText(geometry, 9))
    return text


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (0, "POINT(113.6 34.7)"),
        (250, "POINT(113.6025 34.7)"),  # a quarter of 0.01 degree
        (1000, "POINT(113.61 34.7)"),
        (1500, "POINT(113.61 34.705)"),
        (2000, "POINT(113.61 34.71)"),
        (2000.01, None),
        (-0.01, None),
    ],
)
def test_point_at_measure_lies_on_the_line(connection: Connection, measure: float, expected: str | None) -> None:
    assert text_of(connection, point_at(line(BENT), measure)) == expected


def test_point_at_repeated_measure_is_the_first(connection: Connection) -> None:
    there_and_back = line("LINESTRING M (0 0 0, 2 0 2, 2 1 1)")
    assert text_of(connection, point_at(there_and_back, 1.5)) == "POINT(1.5 0)"


@pytest.mark.parametrize(
    ("from_m", "to_m", "expected"),
    [
        (0, 2000, "LINESTRING(113.6 34.7,113.61 34.7,113.61 34.71)"),
        (500, 1500, "LINESTRING(113.605 34.7,113.61 34.7,113.61 34.705)"),
        (1500, 9000, "LINESTRING(113.61 34.705,113.61 34.71)"),
    ],
)
def test_range_bends_with_the_road_and_is_cut_at_its_end(
    connection: Connection, from_m: float, to_m: float, expected: str
) -> None:
    assert text_of(connection, range_of(line(BENT), from_m, to_m)) == expected


@pytest.mark.parametrize(("from_m", "to_m"), [(2000, 2500), (2100, 2500), (500, 500)])
def test_range_that_is_no_line_is_empty(connection: Connection, from_m: float, to_m: float) -> None:
    assert ask(connection, func.ST_IsEmpty(range_of(line(BENT), from_m, to_m)))


@pytest.mark.parametrize(
    ("lon", "lat", "measure"),
    [
        (113.604, 34.7, 400),
        (113.604, 34.6991, 400),
        (113.61, 34.7025, 1250),
        (113.62, 34.69, 1000),  # outside the corner: the corner itself
        (113.59, 34.7, 0),  # before the beginning
        (113.61, 34.72, 2000),  # beyond the end
    ],
)
def test_measure_is_that_of_the_nearest_place(connection: Connection, lon: float, lat: float, measure: float) -> None:
    assert ask(connection, measure_of(line(BENT), point(lon, lat))) == pytest.approx(measure, abs=1e-6)


def test_measure_beside_a_slanting_road_is_the_foot_of_the_perpendicular(connection: Connection) -> None:
    # a straight road of 2 km to the north-east; 60 m square off it at 800 m: built with Geod, not with our code
    start_lon, start_lat, azimuth = 113.6, 34.7, 45.0
    end_lon, end_lat, _ = GEOD.fwd(start_lon, start_lat, azimuth, 2000)
    foot_lon, foot_lat, back = GEOD.fwd(start_lon, start_lat, azimuth, 800)
    lon, lat, _ = GEOD.fwd(foot_lon, foot_lat, back + 180 + 90, 60)
    slanting = line(f"LINESTRING M ({start_lon} {start_lat} 0, {end_lon} {end_lat} 2000)")
    assert ask(connection, measure_of(slanting, point(lon, lat))) == pytest.approx(800, abs=0.5)
    assert ask(connection, offset_m(slanting, point(lon, lat))) == pytest.approx(60, abs=0.05)
    assert ask(connection, side_of(slanting, point(lon, lat))) == "right"


def test_measure_of_equidistant_point_is_one_of_the_two(connection: Connection) -> None:
    # in the fork of a hairpin whose legs lie 0.002 degrees apart; both feet are equally far
    hairpin = line("LINESTRING M (113.6 34.7 0, 113.61 34.7 1000, 113.61 34.702 1200, 113.6 34.702 2200)")
    assert ask(connection, measure_of(hairpin, point(113.605, 34.701))) == pytest.approx(500, abs=1e-6)


@pytest.mark.parametrize(
    ("lon", "lat", "nearest"),
    [
        (113.605, 34.701, (113.605, 34.7)),
        (113.59, 34.7, (113.6, 34.7)),
        (113.61, 34.72, (113.61, 34.71)),
        (113.605, 34.7, (113.605, 34.7)),
    ],
)
def test_offset_is_the_geodesic_distance(
    connection: Connection, lon: float, lat: float, nearest: tuple[float, float]
) -> None:
    expected = GEOD.inv(lon, lat, *nearest)[2]
    assert ask(connection, offset_m(line(BENT), point(lon, lat))) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("lon", "lat", "side"),
    [
        (113.605, 34.701, "left"),  # north of a road to the east
        (113.605, 34.699, "right"),
        (113.605, 34.7, "on"),
        (113.609, 34.705, "left"),  # west of a road to the north
        (113.611, 34.705, "right"),
        (113.62, 34.69, "right"),  # outside the corner
        (113.6099, 34.7001, "left"),  # inside the corner
        (113.59, 34.7, "on"),  # behind the beginning, in its line
        (113.59, 34.701, "left"),
        (113.61, 34.72, "on"),  # beyond the end, in its line
        (113.6101, 34.72, "right"),
    ],
)
def test_side_looks_along_rising_measure(connection: Connection, lon: float, lat: float, side: str) -> None:
    assert ask(connection, side_of(line(BENT), point(lon, lat))) == side


def test_side_turns_with_the_measure_not_with_the_drawing(connection: Connection) -> None:
    falling = line("LINESTRING M (113.60 34.7 1000, 113.61 34.7 0)")
    assert ask(connection, side_of(falling, point(113.605, 34.701))) == "right"


def test_line_without_length_has_one_measure_and_no_side(connection: Connection) -> None:
    stub = line("LINESTRING M (113.6 34.7 0, 113.6 34.7 0)")
    assert ask(connection, measure_of(stub, point(113.61, 34.7))) == 0
    assert ask(connection, side_of(stub, point(113.61, 34.7))) == "on"
    expected = GEOD.inv(113.6, 34.7, 113.61, 34.7)[2]
    assert ask(connection, offset_m(stub, point(113.61, 34.7))) == pytest.approx(expected, abs=0.001)


def test_place_without_a_point_has_no_measure_and_no_side(connection: Connection) -> None:
    nowhere = func.ST_GeomFromText(None, 4326)
    assert ask(connection, measure_of(line(BENT), nowhere)) is None
    assert ask(connection, offset_m(line(BENT), nowhere)) is None
    assert ask(connection, side_of(line(BENT), nowhere)) is None


@pytest.mark.parametrize("measure", [0, 1, 333.3, 999.9, 1000, 1234.5, 2000])
def test_point_and_measure_are_inverse(connection: Connection, measure: float) -> None:
    there_and_back = measure_of(line(BENT), point_at(line(BENT), measure))
    assert ask(connection, there_and_back) == pytest.approx(measure, abs=1e-5)
