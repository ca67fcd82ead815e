"""How wrong datums are found out, on reports whose numbers were made by prcoords and PROJ (bench/datums.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyproj import Geod
from sqlalchemy import Connection, Engine, RowMapping

from bench.datums import DISTRICT, Synthetic, confusion, synthetic
from bench.placed import place
from geo.intake.datum_readings import read_positions
from geo.store.engine import make_engine

COUNT = 1_536  # 96 of each of the sixteen ways
MOST_FALSE_SUSPICIONS = 0.01  # of rightly declared reports; 1 of 2,500 was measured
LEAST_FOUND = 0.9  # of wrongly declared ones; 96 % was measured
GEOD = Geod(ellps="WGS84")

Experiment = list[tuple[Synthetic, RowMapping]]


@pytest.fixture(scope="module")
def seeded_engine(seeded_url: str) -> Iterator[Engine]:
    engine = make_engine(seeded_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def experiment(seeded_engine: Engine) -> Experiment:
    with seeded_engine.connect() as connection:
        reports = synthetic(connection, COUNT)
        rows = place(connection, DISTRICT, [report.sent for report in reports])
    return list(zip(reports, rows, strict=True))


def metres_apart(first: tuple[float, float], second: tuple[float, float]) -> float:
    return float(GEOD.inv(*first, *second)[2])


def test_nothing_is_moved_silently(experiment: Experiment) -> None:
    """What is placed lies where the declared numbers put it; what is suspected is placed nowhere."""
    for _, row in experiment:
        assert ("datum_suspect" in row["flags"]) == (row["suspected_datum"] is not None)
        if row["suspected_datum"] is not None:
            assert row["road_id"] is None
            assert row["placement"] in {"unmatched", "none"}
        if row["road_id"] is not None:
            assert row["offset_m"] <= 210  # the reach of the worst known line; a shift is 550 m and more


def test_rightly_declared_position_is_the_fix_itself(experiment: Experiment) -> None:
    right = [report for report, _ in experiment if report.way.suspected is None]
    assert len(right) == 384
    readings = read_positions([report.sent["xy"] for report in right], [report.sent["datum"] for report in right])
    for report, reading in zip(right, readings, strict=True):
        assert reading.declared is not None
        assert metres_apart(reading.declared, report.fix) < 0.02


def test_rightly_declared_reports_are_hardly_ever_suspected(experiment: Experiment) -> None:
    right = [row for report, row in experiment if report.way.suspected is None]
    suspected = sum(row["suspected_datum"] is not None for row in right)
    assert suspected <= MOST_FALSE_SUSPICIONS * len(right)
    assert sum(row["placement"] in {"matched", "ambiguous"} for row in right) >= 0.98 * len(right)


def test_rightly_declared_reports_land_on_their_own_road(experiment: Experiment) -> None:
    right = [(report, row) for report, row in experiment if report.way.suspected is None and row["road_id"]]
    assert sum(report.road_id == row["road_id"] for report, row in right) >= 0.99 * len(right)


def test_wrongly_declared_reports_are_suspected_of_what_they_are(experiment: Experiment) -> None:
    wrong = [(report, row) for report, row in experiment if report.way.suspected is not None]
    found = [(report, row) for report, row in wrong if row["suspected_datum"] == report.way.suspected]
    assert len(found) >= LEAST_FOUND * len(wrong)
    for report, row in found:
        assert metres_apart((row["suspected_lon"], row["suspected_lat"]), report.fix) < 0.02


def test_numbers_that_cannot_be_degrees_of_the_district_are_always_suspected(experiment: Experiment) -> None:
    impossible = [(r, row) for r, row in experiment if "swapped" in r.way.truth or "EPSG" in r.way.truth]
    assert len(impossible) == 768
    assert all(row["suspected_datum"] is not None for _, row in impossible)


def test_every_way_of_sending_is_counted(experiment: Experiment) -> None:
    table = confusion([report for report, _ in experiment], [row for _, row in experiment])
    assert [sum(counts.values()) for counts in table.values()] == [96] * 16


SPOT_OFF_ROADS = (113.636, 34.716)  # 1.2 km from both long roads, 620 m from 航海路


def one(connection: Connection, xy: tuple[float, float], **said: object) -> RowMapping:
    (row,) = place(connection, DISTRICT, [{"xy": xy, **said}])
    return row


def test_swapped_axes_off_every_road_are_suspected_as_the_district_lies_there(seeded_connection: Connection) -> None:
    row = one(seeded_connection, SPOT_OFF_ROADS[::-1])
    assert (row["placement"], row["suspected_datum"]) == ("none", "wgs84_swapped")
    assert (row["suspected_lon"], row["suspected_lat"]) == SPOT_OFF_ROADS
    assert row["flags"] == ["datum_suspect"]


def test_position_off_every_road_is_not_suspected(seeded_connection: Connection) -> None:
    row = one(seeded_connection, SPOT_OFF_ROADS)
    assert (row["placement"], row["suspected_datum"], row["flags"]) == ("unmatched", None, [])


def test_declared_task_tells_a_shift_that_ends_on_another_road(seeded_connection: Connection) -> None:
    # at the crossing of 嵩山路 and 航海路 a GCJ-02 position lies 553 m east, 130 m south of the truth
    lon, lat = read_positions([(113.6221, 34.7195)], ["wgs84"])[0].declared or (0.0, 0.0)
    shifted = (lon + 553 / 91_500, lat - 132 / 110_950)
    row = one(seeded_connection, shifted, task_id="songshan-08-carriageway", accuracy_m=10)
    assert row["suspected_datum"] == "gcj02"
    assert row["flags"] == ["far_from_declared", "datum_suspect"]
    assert row["segment_id"] == "songshan-08"


def test_swapped_numbers_of_nowhere_are_outside_the_district(seeded_connection: Connection) -> None:
    row = one(seeded_connection, (39.91, 116.39))  # Beijing, axes swapped
    assert (row["placement"], row["suspected_datum"], row["flags"]) == ("none", None, ["outside_district"])
