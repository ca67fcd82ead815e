"""Segments are cut from their roads by the database, and cut anew when the road is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from sqlalchemy import Connection, func, select

from geo.model import Road, Segment
from tests.geo.sample import DISTRICT, add, reason_of, refused, set_values

GEOD = Geod(ellps="WGS84")
# Three steps of different length and direction; their lengths are taken from Geod, not from PostGIS.
VERTICES = [(113.640, 34.740), (113.645, 34.742), (113.645, 34.750), (113.660, 34.748)]


def length_m(line: Sequence[tuple[float, float]]) -> float:
    return float(GEOD.line_length([lon for lon, _ in line], [lat for _, lat in line]))


STEPS = [length_m(step) for step in pairwise(VERTICES)]
ENDS = [0.0, *accumulate(STEPS)]


def road_m(vertices: list[tuple[float, float]], measures: list[float]) -> str:
    positions = ", ".join(f"{lon!r} {lat!r} {m!r}" for (lon, lat), m in zip(vertices, measures, strict=True))
    return f"SRID=4326;LINESTRING M ({positions})"


def place_at(measure: float) -> tuple[float, float]:
    """Walk along the vertices by hand, in a straight line of degrees within each step."""
    for i, (start, end) in enumerate(pairwise(ENDS)):
        if measure <= end:
            share = (measure - start) / (end - start)
            (x0, y0), (x1, y1) = VERTICES[i : i + 2]
            return (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    return VERTICES[-1]


def cut_by_hand(from_m: float, to_m: float) -> list[tuple[float, float]]:
    inner = [vertex for vertex, end in zip(VERTICES, ENDS, strict=True) if from_m < end < to_m]
    return [place_at(from_m), *inner, place_at(to_m)]


def line_of(connection: Connection, key: str) -> list[tuple[float, float]]:
    shape = connection.scalar(
        select(func.ST_AsBinary(Segment.geom)).where(Segment.district == DISTRICT, Segment.id == key)
    )
    return [(x, y) for x, y in shapely.from_wkb(bytes(shape or b"")).coords]


def close(line: list[tuple[float, float]], expected: list[tuple[float, float]]) -> bool:
    return len(line) == len(expected) and all(
        a == pytest.approx(b, abs=1e-10) for a, b in zip(line, expected, strict=True)
    )


def test_segment_of_a_straight_road_is_cut_by_share(world: Connection) -> None:
    # The road runs over 0.01 degrees in 1000 m, so K0+100 lies a tenth of that from its start.
    assert close(line_of(world, "segment"), [(113.651, 34.74), (113.652, 34.74)])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.tuples(st.integers(0, 324_000), st.integers(0, 324_000)).filter(lambda ends: ends[0] != ends[1]))
def test_segment_is_cut_where_geodesics_put_it(world: Connection, ends: tuple[int, int]) -> None:
    from_m, to_m = (end / 100 for end in sorted(ends))
    to_m = min(to_m, int(ENDS[-1] * 100) / 100)
    with world.begin_nested() as savepoint:
        add(world, "roads", id="bent", geom=road_m(VERTICES, ENDS))
        add(world, "segments", road_id="bent", from_m=from_m, to_m=to_m)
        line = line_of(world, "new")
        savepoint.rollback()
    assert close(line, cut_by_hand(from_m, to_m))
    # Within a step PostGIS goes on in degrees, not along the geodesic: millimetres in a kilometre.
    assert length_m(line) == pytest.approx(to_m - from_m, abs=0.01)


def test_measures_of_a_loaded_line_are_geodesic(world: Connection) -> None:
    flat = shapely.LineString(VERTICES).wkt
    shape = world.scalar(select(func.ST_AsText(func.erqi_measured(func.ST_GeomFromText(flat, 4326)))))
    found = [float(position.split()[2]) for position in str(shape).removesuffix(")").split("(")[1].split(",")]
    assert found == pytest.approx(ENDS, abs=1e-6)


def test_repeated_vertex_does_not_stop_the_measure(world: Connection) -> None:
    flat = shapely.LineString([*VERTICES[:2], *VERTICES[1:]]).wkt
    measured = func.erqi_measured(func.ST_GeomFromText(flat, 4326))
    assert world.scalar(select(func.ST_IsValidTrajectory(measured)))


def test_given_line_of_a_segment_is_replaced(world: Connection) -> None:
    add(world, "segments", geom="SRID=4326;LINESTRING (0 0, 1 1)")
    set_values(world, "segments", "segment", "geom = 'SRID=4326;LINESTRING (0 0, 1 1)'")
    assert close(line_of(world, "new"), [(113.653, 34.74), (113.654, 34.74)])
    assert close(line_of(world, "segment"), [(113.651, 34.74), (113.652, 34.74)])


def test_moved_range_moves_the_line(world: Connection) -> None:
    set_values(world, "segments", "segment", "to_m = 300")
    assert close(line_of(world, "segment"), [(113.651, 34.74), (113.653, 34.74)])


def test_moved_road_moves_its_segments_only(world: Connection) -> None:
    add(world, "roads", id="other")
    add(world, "segments", id="stays", road_id="other", from_m=100, to_m=200)
    set_values(world, "roads", "road", "geom = :geom", geom=road_m([(113.65, 35.0), (113.66, 35.0)], [0, 1000]))
    assert close(line_of(world, "segment"), [(113.651, 35.0), (113.652, 35.0)])
    assert close(line_of(world, "stays"), [(113.651, 34.74), (113.652, 34.74)])


def test_road_cannot_become_shorter_than_its_segments(world: Connection) -> None:
    short = road_m([(113.65, 34.74), (113.6515, 34.74)], [0, 150])
    with refused() as error:
        set_values(world, "roads", "road", "geom = :geom", geom=short)
    assert reason_of(error.value) == "ck_segments_inside_road"


def test_length_of_a_road_is_its_last_measure(world: Connection) -> None:
    assert world.scalar(select(Road.length_m).where(Road.district == DISTRICT)) == 1000
