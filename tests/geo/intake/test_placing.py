"""Where reports are placed on the district's own roads and places; distances by pyproj's geodesics."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from pyproj import Geod
from sqlalchemy import Connection, RowMapping, insert, text

from bench.placed import place, place_statement
from geo.model import District

DISTRICT = "410103"
GEOD = Geod(ellps="WGS84")
# 嵩山路 runs due south here, 航海路 crosses it at 34.7216; data/erqi/roads.geojson
SONGSHAN_LON, STRAIGHT_LAT = 113.6221, 34.7240
CROSSING = (113.6221, 34.7216)
TASK = "songshan-07-carriageway"  # of the segment that ends at the crossing
AQUEDUCT, PARK = (113.631995, 34.692885), (113.616, 34.6808)
PLACED = ("road_id", "measure_m", "offset_m", "side", "segment_id", "checkpoint_id", "site_id")


def one(connection: Connection, **report: Any) -> RowMapping:
    (row,) = place(connection, DISTRICT, [report])
    return row


def beside(lon: float, lat: float, azimuth: float, metres: float) -> tuple[float, float]:
    there = GEOD.fwd(lon, lat, azimuth, metres)
    return float(there[0]), float(there[1])


def nothing(row: RowMapping, *but: str) -> bool:
    return all(row[name] is None for name in PLACED if name not in but)


def test_report_beside_a_road_gets_chainage_offset_side_and_segment(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=beside(SONGSHAN_LON, STRAIGHT_LAT, 90, 22), accuracy_m=8)
    # the vertices of 嵩山路 from its north end to 34.7262, then on to 34.7240
    lons = [113.625, 113.6232, 113.6223, 113.6221, 113.6221, 113.622, 113.622, 113.622, 113.6221, 113.6221, 113.6221]
    lats = [34.7662, 34.7597, 34.7568, 34.7502, 34.7487, 34.7432, 34.7376, 34.73385, 34.7301, 34.7262, STRAIGHT_LAT]
    assert row["placement"] == "matched"
    assert row["road_id"] == "songshan"
    assert row["measure_m"] == pytest.approx(GEOD.line_length(lons, lats), abs=0.5)
    assert row["offset_m"] == pytest.approx(22, abs=0.05)
    assert row["side"] == "left"  # east of a road that runs south
    assert row["segment_id"] == segment_holding(seeded_connection, "songshan", row["measure_m"])
    assert row["candidates"] is None
    assert row["flags"] == []


def segment_holding(connection: Connection, road_id: str, measure_m: float) -> str:
    holds = "SELECT id FROM segments WHERE road_id = :road AND from_m <= :at AND :at < to_m"
    return str(connection.execute(text(holds), {"road": road_id, "at": measure_m}).scalar_one())


def test_west_of_a_road_that_runs_south_is_its_right(seeded_connection: Connection) -> None:
    assert one(seeded_connection, xy=beside(SONGSHAN_LON, STRAIGHT_LAT, 270, 22))["side"] == "right"


def test_declared_side_stays(seeded_connection: Connection) -> None:
    assert one(seeded_connection, xy=beside(SONGSHAN_LON, STRAIGHT_LAT, 270, 22), side="left")["side"] == "left"


def test_end_of_a_road_belongs_to_its_last_segment(seeded_connection: Connection) -> None:
    last = "SELECT id FROM segments WHERE road_id = 'songshan' ORDER BY from_m DESC LIMIT 1"
    row = one(seeded_connection, xy=(113.6215, 34.665))
    assert row["segment_id"] == seeded_connection.execute(text(last)).scalar_one()


def test_crossing_is_ambiguous_and_keeps_both_roads(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=beside(*CROSSING, 45, 15), accuracy_m=10)
    assert row["placement"] == "ambiguous"
    assert nothing(row)
    assert {thing["id"] for thing in row["candidates"]} == {"songshan", "hanghai"}
    offsets = [thing["offset_m"] for thing in row["candidates"]]
    assert offsets == sorted(offsets)
    assert offsets[0] == pytest.approx(15 * math.sin(math.radians(45)), abs=0.3)
    assert all({"collection", "measure_m", "segment_id"} <= set(thing) for thing in row["candidates"])


def test_good_fix_away_from_the_crossing_is_not_ambiguous(seeded_connection: Connection) -> None:
    # 3 m from the one line, 45 m from the other: a fix good to 5 m tells them apart, one good to 50 m does not
    spot = beside(*beside(*CROSSING, 180, 45), 90, 3)
    assert one(seeded_connection, xy=spot, accuracy_m=5)["road_id"] == "songshan"
    assert one(seeded_connection, xy=spot, accuracy_m=50)["placement"] == "ambiguous"


@pytest.mark.parametrize(("heading", "road"), [(2, "songshan"), (182, "songshan"), (95, "hanghai"), (275, "hanghai")])
def test_heading_along_one_road_decides_at_a_crossing(seeded_connection: Connection, heading: float, road: str) -> None:
    row = one(seeded_connection, xy=beside(*CROSSING, 45, 15), accuracy_m=10, heading_deg=heading)
    assert (row["placement"], row["road_id"], row["flags"]) == ("matched", road, ["decided_by_heading"])
    assert len(row["candidates"]) == 2


def test_heading_across_both_roads_decides_nothing(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=beside(*CROSSING, 45, 15), accuracy_m=10, heading_deg=45)
    assert row["placement"] == "ambiguous"


def test_task_decides_at_a_crossing(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=beside(*CROSSING, 45, 15), accuracy_m=10, task_id=TASK)
    assert (row["placement"], row["road_id"], row["segment_id"]) == ("declared", "songshan", "songshan-07")
    assert row["side"] == "left"
    assert row["flags"] == []


def test_position_far_from_its_task_is_flagged_and_gets_no_chainage(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=(SONGSHAN_LON, 34.7487), task_id=TASK, accuracy_m=10)
    assert (row["placement"], row["segment_id"], row["flags"]) == ("declared", "songshan-07", ["far_from_declared"])
    assert nothing(row, "segment_id")


def test_declared_segment_counts_before_the_task(seeded_connection: Connection) -> None:
    row = one(seeded_connection, task_id=TASK, segment_id="songshan-08")
    assert (row["placement"], row["segment_id"], row["road_id"]) == ("declared", "songshan-08", None)


def test_declared_chainage_stays_whatever_the_position(seeded_connection: Connection) -> None:
    row = one(seeded_connection, road_id="songshan", measure_m=1234.5, side="right", xy=(SONGSHAN_LON, STRAIGHT_LAT))
    assert (row["placement"], row["road_id"], row["measure_m"], row["side"]) == (
        "declared",
        "songshan",
        1234.5,
        "right",
    )
    assert row["segment_id"] == segment_holding(seeded_connection, "songshan", 1234.5)
    assert row["offset_m"] is None
    assert row["flags"] == ["far_from_declared"]


def test_chainage_without_position_is_declared(seeded_connection: Connection) -> None:
    row = one(seeded_connection, road_id="songshan", measure_m=1234.5)
    assert (row["placement"], row["measure_m"], row["offset_m"], row["flags"]) == ("declared", 1234.5, None, [])


def test_unknown_accuracy_counts_as_thirty_metres(seeded_connection: Connection) -> None:
    for metres in (20, 35, 49, 51, 70, 130):
        spot = beside(*CROSSING, 200, metres)
        assert one(seeded_connection, xy=spot) == one(seeded_connection, xy=spot, accuracy_m=30)


def test_position_at_a_site_is_matched_to_it(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=beside(*PARK, 300, 40), accuracy_m=10)
    assert (row["placement"], row["site_id"]) == ("matched", "nanyun_park")
    assert nothing(row, "site_id")


def test_place_that_may_lie_here_is_a_candidate_but_no_match(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=beside(*AQUEDUCT, 30, 500), accuracy_m=10)
    assert row["placement"] == "unmatched"
    assert nothing(row)
    (candidate,) = (thing for thing in row["candidates"] if thing["id"] == "jinghu_aqueduct")
    assert candidate == {"collection": "checkpoints", "id": "jinghu_aqueduct", "offset_m": pytest.approx(500, abs=0.1)}


def test_declared_checkpoint_known_to_900_m_is_not_contradicted_by_800(seeded_connection: Connection) -> None:
    near = one(seeded_connection, xy=beside(*AQUEDUCT, 90, 800), accuracy_m=10, checkpoint_id="jinghu_aqueduct")
    assert (near["placement"], near["flags"]) == ("declared", [])
    # 10 m of the fix, 60 m of tolerance and 900 m of the place itself: 970 m
    beyond = one(seeded_connection, xy=beside(*AQUEDUCT, 90, 980), accuracy_m=10, checkpoint_id="jinghu_aqueduct")
    assert "far_from_declared" in beyond["flags"]
    assert beyond["checkpoint_id"] == "jinghu_aqueduct"


def test_unlocated_checkpoint_cannot_be_contradicted(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=(SONGSHAN_LON, STRAIGHT_LAT), checkpoint_id="yanhe_north_sluice")
    assert (row["placement"], row["checkpoint_id"], row["flags"]) == ("declared", "yanhe_north_sluice", [])


def test_report_without_any_place_has_none(seeded_connection: Connection) -> None:
    row = one(seeded_connection)
    assert row["placement"] == "none"
    assert nothing(row)
    assert (row["candidates"], row["suspected_datum"], row["flags"]) == (None, None, [])


@pytest.mark.parametrize("far", [(0.0, 0.0), (113.6, 90.0), (113.6, -90.0), (180.0, 10.0), (116.39, 39.91)])
def test_position_outside_the_district_is_flagged(seeded_connection: Connection, far: tuple[float, float]) -> None:
    row = one(seeded_connection, xy=far, accuracy_m=5)
    assert (row["placement"], row["flags"], row["suspected_datum"]) == ("unmatched", ["outside_district"], None)


def test_absurd_accuracy_is_ambiguous_at_most_within_the_greatest_reach(seeded_connection: Connection) -> None:
    row = one(seeded_connection, xy=(SONGSHAN_LON, STRAIGHT_LAT), accuracy_m=1e9)
    assert row["placement"] == "ambiguous"
    assert all(thing["offset_m"] <= 500 for thing in row["candidates"] if thing["collection"] == "roads")


def test_roads_of_another_district_do_not_count(seeded_connection: Connection) -> None:
    other = {"district": "410102", "name_zh": "他区", "name_en": "Another", "position_status": "unlocated"}
    seeded_connection.execute(insert(District).values(**other))
    (row,) = place(seeded_connection, "410102", [{"xy": (SONGSHAN_LON, STRAIGHT_LAT)}])
    assert (row["placement"], row["flags"]) == ("unmatched", [])  # nobody knows where that district ends


def test_many_are_placed_as_each_by_itself(seeded_connection: Connection) -> None:
    rng = random.Random(4)  # noqa: S311 - places, no secret
    reports: list[dict[str, Any]] = [
        {
            "xy": (rng.uniform(113.60, 113.68), rng.uniform(34.66, 34.77)),
            "datum": rng.choice(["wgs84", "gcj02", "bd09"]),
            "accuracy_m": rng.choice([None, 8, 60]),
            "heading_deg": rng.choice([None, 3, 92]),
            "task_id": rng.choice([None, None, TASK]),
        }
        for _ in range(60)
    ]
    together = place(seeded_connection, DISTRICT, reports)
    assert [row["ordinal"] for row in together] == list(range(60))
    alone = [one(seeded_connection, **report) for report in reports]
    assert [dict(row) | {"ordinal": 0} for row in together] == [dict(row) for row in alone]
    assert {row["placement"] for row in together} >= {"declared", "matched", "unmatched"}


def test_no_reports_give_no_rows(seeded_connection: Connection) -> None:
    assert place(seeded_connection, DISTRICT, []) == []
    assert seeded_connection.execute(place_statement(DISTRICT), {"rows": "[]"}).all() == []
