"""Readings of a sender's numbers against prcoords, eviltransform and PROJ."""

from __future__ import annotations

import math
from collections.abc import Callable

import eviltransform
import prcoords
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from geo.errors import InvalidInputError
from geo.intake.datum_readings import Readings, read_positions

ERQI = (113.6537, 34.7245)
GEOD = Geod(ellps="WGS84")
PLAIN = ["wgs84", "gcj02", "bd09"]


def one(pair: tuple[float, float], datum: str) -> Readings:
    (readings,) = read_positions([pair], [datum])
    return readings


def point_of(readings: Readings, name: str) -> tuple[float, float]:
    place = readings.name.index(name)
    return readings.lon[place], readings.lat[place]


def metres_apart(first: tuple[float, float], second: tuple[float, float]) -> float:
    return float(GEOD.inv(*first, *second)[2])


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09", "cgcs2000"])
def test_numbers_in_degrees_have_the_readings_of_the_other_datums(datum: str) -> None:
    readings = one(ERQI, datum)
    assert readings.declared is not None
    assert readings.name == [name for name in PLAIN if name != {"cgcs2000": "wgs84"}.get(datum, datum)]


def test_cgcs2000_is_read_as_wgs84() -> None:
    assert one(ERQI, "cgcs2000") == one(ERQI, "wgs84")
    assert one(ERQI, "cgcs2000").declared == ERQI


@pytest.mark.parametrize(("name", "from_wgs84"), [("gcj02", prcoords.wgs_gcj), ("bd09", prcoords.wgs_bd)])
def test_shifted_reading_agrees_with_prcoords(
    name: str, from_wgs84: Callable[[tuple[float, float]], tuple[float, float]]
) -> None:
    lat, lon = from_wgs84((ERQI[1], ERQI[0]))
    assert metres_apart(point_of(one((lon, lat), "wgs84"), name), ERQI) < 0.01
    declared = one((lon, lat), name).declared
    assert declared is not None
    assert metres_apart(declared, ERQI) < 0.01


def test_shifted_reading_agrees_with_eviltransform() -> None:
    # it uses another ellipsoid: up to 22 mm, see tests/geo/test_crs.py
    lat, lon = eviltransform.wgs2gcj(ERQI[1], ERQI[0])
    assert metres_apart(point_of(one((lon, lat), "wgs84"), "gcj02"), ERQI) < 0.03


def test_swapped_axes_come_first_in_the_declared_datum() -> None:
    lat, lon = prcoords.wgs_gcj((ERQI[1], ERQI[0]))
    readings = one((lat, lon), "gcj02")
    assert readings.declared is None
    assert readings.name == ["gcj02_swapped", "wgs84_swapped", "bd09_swapped"]
    assert metres_apart(point_of(readings, "gcj02_swapped"), ERQI) < 0.01


@pytest.mark.parametrize("order", ["", "_swapped"])
@pytest.mark.parametrize("epsg", [4547, 4526])
@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "cgcs2000"])
def test_metres_are_read_with_and_without_zone_prefix_either_way(epsg: int, order: str, datum: str) -> None:
    easting, northing = Transformer.from_crs(4326, epsg, always_xy=True).transform(*ERQI)
    readings = one((northing, easting) if order else (easting, northing), datum)
    assert readings.declared is None
    assert readings.name == [f"epsg{epsg}{order}"]
    assert metres_apart(point_of(readings, f"epsg{epsg}{order}"), ERQI) < 0.001


@pytest.mark.parametrize("pair", [(math.nan, 34.7), (math.inf, 34.7), (1e300, 1.0), (200.0, 100.0)])
def test_numbers_that_mean_nothing_have_no_reading(pair: tuple[float, float]) -> None:
    assert one(pair, "wgs84") == Readings(None, [], [], [])


def test_pair_that_is_possible_both_ways_has_the_readings_of_both() -> None:
    # western Xinjiang: 85 E 40 N can be 40 E 85 N too; one mistake stands before two
    names = one((85.0, 40.0), "wgs84").name
    assert names[:3] == ["wgs84_swapped", "gcj02", "bd09"]
    assert sorted(names[3:]) == ["bd09_swapped", "gcj02_swapped"]


def test_no_numbers_have_no_readings() -> None:
    assert read_positions([], []) == []


def test_unknown_datum_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        read_positions([ERQI], ["beijing54"])


PAIRS = st.lists(
    st.tuples(st.floats(-1e8, 1e8), st.floats(-1e8, 1e8), st.sampled_from(["wgs84", "gcj02", "bd09", "cgcs2000"]))
    | st.tuples(st.floats(113, 114), st.floats(34, 35), st.sampled_from(["wgs84", "gcj02", "bd09", "cgcs2000"])),
    max_size=8,
)


@given(PAIRS)
@settings(deadline=None)
def test_many_are_read_as_each_by_itself(pairs: list[tuple[float, float, str]]) -> None:
    together = read_positions([(x, y) for x, y, _ in pairs], [datum for *_, datum in pairs])
    assert together == [one((x, y), datum) for x, y, datum in pairs]
