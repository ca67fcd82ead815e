"""Works in the way of flood control, against shapely on the plane of EPSG:4547."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pyproj import Transformer
from shapely.geometry import LineString
from sqlalchemy import Connection

from geo.flood.conflicts import ON_THE_GROUND, ROUTE_MARGIN_M
from geo.query.view import Thresholds, View
from tests.geo.reading import read_page
from tests.geo.sample import DISTRICT, OTHER, add, set_values

OPENING = datetime.fromisoformat("2020-07-20T09:00:00+08:00")
TO_PLANE = Transformer.from_crs(4326, 4547, always_xy=True).transform
# 111 m north of the sample's road for each 0.001 degrees
CANAL = "SRID=4326;LINESTRING M (113.64 34.742 0, 113.67 34.742 2750)"


def features(connection: Connection, layer: str, moment: datetime | None, **limits: float) -> list[dict[str, Any]]:
    return read_page(connection, layer, View(DISTRICT, moment, Thresholds(**limits))).features


def plane(feature: dict[str, Any]) -> LineString:
    lons, lats = zip(*feature["geometry"]["coordinates"], strict=True)
    eastings, northings = TO_PLANE(lons, lats)
    return LineString(list(zip(eastings, northings, strict=True)))


def expected(connection: Connection, margin_m: float) -> dict[tuple[str, str], tuple[float, float]]:
    """Work out distance and touched length (metres) of every pair that conflicts, without PostGIS."""
    tasks = [each["properties"] for each in features(connection, "tasks", OPENING)]
    begun = {
        task["segment_id"]
        for task in tasks
        if task["stage"] in ON_THE_GROUND and task["actual_start"] and not task["actual_finish"]
    }
    found = {}
    for name, margin in (("canals", margin_m), ("supply_routes", ROUTE_MARGIN_M)):
        for other in features(connection, name, OPENING):
            for segment in (each for each in features(connection, "segments", OPENING) if each["id"] in begun):
                errors = sum(each["properties"]["position_accuracy_m"] for each in (segment, other))
                line, target = plane(segment), plane(other)
                inside = line.intersection(target.buffer(margin + errors, quad_segs=64))
                if not inside.is_empty and inside.length > 0:
                    found[segment["id"], other["id"]] = (line.distance(target), inside.length)
    return found


@pytest.mark.parametrize("margin_m", [5.0, 100.0, 900.0])
def test_stretches_are_those_that_shapely_finds(demonstration_connection: Connection, margin_m: float) -> None:
    wanted = expected(demonstration_connection, margin_m)
    lengths: dict[tuple[str, str], float] = {}
    distances: dict[tuple[str, str], float] = {}
    for each in features(demonstration_connection, "conflicts", OPENING, canal_margin_m=margin_m):
        said = each["properties"]
        pair = (said["segment_id"], said["canal_id"] or said["supply_route_id"])
        lengths[pair] = lengths.get(pair, 0) + said["to_m"] - said["from_m"]
        distances[pair] = min(distances.get(pair, 1e9), said["distance_m"])
        assert plane(each).length == pytest.approx(said["to_m"] - said["from_m"], abs=1)
    assert len(wanted) > 5
    assert set(lengths) == set(wanted)
    for pair, (distance, length) in wanted.items():
        assert distances[pair] == pytest.approx(distance, rel=0.001, abs=0.6)
        assert lengths[pair] == pytest.approx(length, rel=0.002, abs=2)


def begin(connection: Connection) -> None:
    set_values(connection, "tasks", "task", "actual_start = '2020-05-20', progress_percent = 40")
    set_values(connection, "canals", "canal", "geom = :geom", geom=CANAL)


@pytest.mark.parametrize(
    ("margin_m", "errors_m", "certainty"),
    # the road lies 222 m from the canal; both errors are added to the margin
    [(100, 50, None), (121, 50, None), (124, 50, "possible"), (221, 1, "possible"), (225, 1, "sure"), (200, 9, None)],
)
def test_reach_is_the_margin_and_both_errors(
    world: Connection, margin_m: float, errors_m: float, certainty: str | None
) -> None:
    begin(world)
    for table in ("segments", "canals"):
        set_values(world, table, table.removesuffix("s"), "position_accuracy_m = :m", m=errors_m)
    found = features(world, "conflicts", None, canal_margin_m=margin_m)
    assert [each["properties"]["certainty"] for each in found] == ([] if certainty is None else [certainty])
    for each in found:
        said = each["properties"]
        assert (said["rule"], said["kind"], said["distance_m"]) == ("conflict-1", "canal", 222)
        assert (said["chainage"], said["since"]) == ("K0+100–K0+200", "2020-05-20")
        assert said["position_accuracy_m"] == 2 * errors_m
        assert all(part in said["why_zh"] for part in ("K0+100–K0+200", "2020年5月20日", "车行道与管网", "222 m"))


def test_only_begun_and_unfinished_work_on_the_ground_counts(world: Connection) -> None:
    set_values(world, "canals", "canal", "geom = :geom", geom=CANAL)
    states = (
        ("actual_start = NULL", 0),
        ("actual_start = '2020-05-20', progress_percent = 40", 1),
        ("stage = 'tender'", 0),
        ("stage = 'facade'", 1),
        ("actual_finish = '2020-05-30', progress_percent = 100", 0),
    )
    for assignments, count in states:
        set_values(world, "tasks", "task", assignments)
        assert len(features(world, "conflicts", None, canal_margin_m=300)) == count


def test_route_that_crosses_a_segment_touches_a_part_of_it(world: Connection) -> None:
    begin(world)
    crossing = "SRID=4326;LINESTRING (113.6515 34.73, 113.6515 34.75)"
    add(world, "supply_routes", id="way", geom=crossing, position_accuracy_m=5.0)
    add(world, "supply_routes", id="elsewhere", geom=crossing, district=OTHER)
    set_values(world, "segments", "segment", "position_accuracy_m = 5")
    (found,) = features(world, "conflicts", None, canal_margin_m=1)
    said = found["properties"]
    # 0.0015 degrees of longitude at 34.74 N are 137.3 m, 20 + 5 + 5 m to either side; 916 m of road are measured 1000
    assert said["from_m"] == pytest.approx(1000 / 915.9 * (137.3 - 30), abs=1)
    assert said["to_m"] == pytest.approx(1000 / 915.9 * (137.3 + 30), abs=1)
    assert (said["kind"], said["distance_m"], said["supply_route_id"]) == ("route", 0, "way")


def test_case_says_how_long_it_has_got(world: Connection) -> None:
    """Today is 10 May, the season begins on the 15th. A case may have several flags, a closed one has none."""
    today = datetime.fromisoformat("2030-05-10T23:30:00+08:00")
    add(world, "programmes", id="flood", kind="flood_season", starts_on=date(2030, 5, 15), ends_on=date(2030, 9, 30))
    due = {"late": 9, "today": 10, "eve": 14, "first": 15, "week": 17, "later": 18}
    for key, day in due.items():
        add(world, "cases", id=key, number=key, programme_id="flood", due_on=date(2030, 5, day))
    add(world, "cases", id="roads", number="roads", due_on=date(2030, 5, 9))
    add(world, "cases", id="open", number="open", programme_id="flood")
    struck = {"status": "struck_off", "closed_at": datetime.fromisoformat("2030-05-09T00:00:00+08:00")}
    add(world, "cases", id="gone", number="gone", programme_id="flood", due_on=date(2030, 5, 1), **struck)
    names = ("days_left", "overdue", "due_in_week", "due_before_season")
    found = {each["id"]: tuple(each["properties"][name] for name in names) for each in features(world, "cases", today)}
    assert {key: found[key] for key in (*due, "roads", "open", "gone")} == {
        "late": (-1, True, False, True),
        "today": (0, False, True, True),
        "eve": (4, False, True, True),
        "first": (5, False, True, False),
        "week": (7, False, True, False),
        "later": (8, False, False, False),
        "roads": (-1, True, False, False),
        "open": (None, False, False, False),
        "gone": (None, False, False, False),
    }
