"""Which reports are suggested as duplicates, on PostGIS, in the small world of ``tests.geo.sample``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, RowMapping, insert

from geo.intake.duplicates import duplicates_statement
from geo.model import Photo, ReportPhoto
from tests.geo.sample import DISTRICT, NOON, OTHER, add

FIRST, SECOND = UUID(int=101), UUID(int=102)
HERE = "SRID=4326;POINT (113.65 34.74)"
HAZARD = {"kind": "hazard", "hazard_kind": "urban_flooding", "note": "积水"}


def report(connection: Connection, number: UUID, *, hours: float = 0, received: float = 0, **said: Any) -> None:
    times = {"observed_at": NOON + timedelta(hours=hours), "received_at": NOON + timedelta(hours=received)}
    add(connection, "reports", **{**HAZARD, **times, "id": number, **said})


def suggested(connection: Connection, number: UUID = SECOND) -> list[RowMapping]:
    return list(connection.execute(duplicates_statement(DISTRICT, number)).mappings())


def photo(connection: Connection, number: UUID, name: bytes, perceptual_hash: int) -> None:
    sha256 = name * 32
    sizes = {"size_bytes": 1, "width": 1, "height": 1, "media_type": "image/jpeg"}
    row = {"district": DISTRICT, "sha256": sha256, "perceptual_hash": perceptual_hash, **sizes}
    connection.execute(insert(Photo).values(row))
    named = {"district": DISTRICT, "report_id": number, "sha256": sha256, "position": 0}
    connection.execute(insert(ReportPhoto).values(named))


def test_same_place_along_the_road_is_suggested_with_its_distance(world: Connection) -> None:
    report(world, FIRST, road_id="road", measure_m=500)
    report(world, SECOND, road_id="road", measure_m=530, hours=36, received=36)
    (row,) = suggested(world)
    assert row["id"] == FIRST
    assert (row["distance_m"], row["hours_apart"], row["photo_bits"]) == (30, 36, None)
    # place 0.6 * (1 - 30/100) = 0.42, time 0.3 * (1 - 36/72) = 0.15: 1 - 0.58 * 0.85 = 0.507
    assert row["score"] == pytest.approx(0.51)
    assert row["reasons"] == ["along_road"]


def test_place_off_the_roads_counts_by_its_straight_distance(world: Connection) -> None:
    report(world, FIRST, geom=HERE)
    report(world, SECOND, geom="SRID=4326;POINT (113.65 34.7405)", received=1)
    (row,) = suggested(world)
    # 0.0005 degrees of latitude at 34.74 N: 0.0005 * 110 927 m = 55.5 m
    assert row["distance_m"] == pytest.approx(55.5, abs=0.1)
    assert row["reasons"] == ["near", "same_time"]


@pytest.mark.parametrize(
    "other",
    [
        {"hazard_kind": "canal_line"},
        {"kind": "note", "hazard_kind": None},
        {"hours": -73},
        {"measure_m": 601},
        {"status": "rejected"},
        {"status": "duplicate"},
        {"received": 2},
        {"district": OTHER},
    ],
)
def test_other_kind_time_place_or_standing_is_not_suggested(world: Connection, other: dict[str, Any]) -> None:
    report(world, FIRST, **{"road_id": "road", "measure_m": 500, **other})
    report(world, SECOND, road_id="road", measure_m=500, received=1)
    assert suggested(world) == []


def test_progress_told_again_the_next_day_is_no_duplicate(world: Connection) -> None:
    told: dict[str, Any] = {"kind": "task_progress", "task_id": "task", "progress_percent": 40, "hazard_kind": None}
    report(world, FIRST, **told)
    report(world, SECOND, **told, hours=24, received=24)
    assert suggested(world) == []


def test_progress_told_twice_at_once_is_suggested_without_any_position(world: Connection) -> None:
    told: dict[str, Any] = {"kind": "task_progress", "task_id": "task", "progress_percent": 40, "hazard_kind": None}
    report(world, FIRST, **told)
    report(world, SECOND, **told, hours=0.5, received=1)
    (row,) = suggested(world)
    assert row["reasons"] == ["same_place", "same_time"]


@pytest.mark.parametrize(("other_hash", "bits"), [(-1, 0), (-1 ^ 0b1111, 4), (0x7FFFFFFFFFFFFFFF, 1)])
def test_photo_alike_is_suggested_wherever_it_was_taken(world: Connection, other_hash: int, bits: int) -> None:
    report(world, FIRST)
    report(world, SECOND, received=1)
    photo(world, FIRST, b"a", -1)
    photo(world, SECOND, b"b", other_hash)
    (row,) = suggested(world)
    assert row["photo_bits"] == bits
    assert row["reasons"] == ["same_time", "photo_alike"]


def test_other_photos_and_no_place_suggest_nothing(world: Connection) -> None:
    report(world, FIRST)
    report(world, SECOND, received=1)
    photo(world, FIRST, b"a", 0)
    photo(world, SECOND, b"b", 0x00000000FFFFFFFF)
    assert suggested(world) == []


def test_likeliest_stands_first_and_the_earlier_has_no_suggestion(world: Connection) -> None:
    report(world, FIRST, road_id="road", measure_m=560)
    report(world, UUID(int=103), road_id="road", measure_m=505)
    report(world, SECOND, road_id="road", measure_m=500, received=1)
    rows = suggested(world)
    assert [row["id"] for row in rows] == [UUID(int=103), FIRST]
    assert rows[0]["score"] > rows[1]["score"]
    assert suggested(world, FIRST) == []


def test_unknown_report_has_no_suggestions(world: Connection) -> None:
    assert suggested(world, UUID(int=999)) == []
