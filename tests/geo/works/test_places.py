"""The last report on a place, and places as of a past day."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from geo.query.view import View
from tests.geo.reading import properties_of
from tests.geo.sample import DISTRICT, OTHER, add, set_values, settings

START = datetime(2030, 6, 1, tzinfo=timezone.utc)
PLACES = [("segment_progress", "segment"), ("site_progress", "site"), ("checkpoint_status", "checkpoint")]


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def report(connection: Connection, number: int, column: str, at: float, **values: Any) -> None:
    given = {"status": "accepted", "note": str(number), "observed_at": hour(at), "received_at": hour(at)} | values
    key = column.removesuffix("_id")
    add(connection, "reports", id=UUID(int=number), **{column: key}, **given)


def last(connection: Connection, layer: str, key: str, at: float | None) -> tuple[str | None, str | None]:
    found = properties_of(connection, layer, View(DISTRICT, None if at is None else hour(at)), key)
    return found["last_report_note"], found["last_report_at"]


@pytest.mark.parametrize(("layer", "key"), PLACES)
def test_newest_accepted_report_is_shown(world: Connection, layer: str, key: str) -> None:
    settings(world, clock=hour(0).isoformat())
    column = f"{key}_id"
    report(world, 2, column, 2)
    report(world, 1, column, 1)
    report(world, 3, column, 3, status="received")
    report(world, 4, column, 4, status="rejected")
    report(world, 5, column, 5, district=OTHER)
    report(world, 7, column, 7)
    assert last(world, layer, key, 6)[0] == "2"
    assert last(world, layer, key, 2)[0] == "2"
    assert last(world, layer, key, 1.9)[0] == "1"
    assert last(world, layer, key, 0.9) == (None, None)
    assert last(world, layer, key, 7)[0] == "7"
    # The moment of observation is published as such.
    assert datetime.fromisoformat(str(last(world, layer, key, 6)[1])) == hour(2)


@pytest.mark.parametrize(("layer", "key"), PLACES)
def test_report_counts_from_its_acceptance_to_its_rejection(world: Connection, layer: str, key: str) -> None:
    settings(world, clock=hour(2).isoformat())
    report(world, 9, f"{key}_id", 1, status="received")
    for at, status in ((3, "accepted"), (5, "rejected")):
        settings(world, clock=hour(at).isoformat())
        world.execute(text("UPDATE reports SET status = :status WHERE note = '9'"), {"status": status})
    found = {at: last(world, layer, key, at)[0] for at in (1.5, 2.5, 3, 4.9, 5)}
    assert found == {1.5: None, 2.5: None, 3: "9", 4.9: "9", 5: None}


@pytest.mark.parametrize(("layer", "key"), PLACES)
def test_of_two_reports_of_one_moment_the_later_received_is_the_newest(world: Connection, layer: str, key: str) -> None:
    for number, received in ((1, 4), (2, 3)):
        report(world, number, f"{key}_id", -100_000, received_at=hour(received - 100_000))
    assert last(world, layer, key, None)[0] == "1"


def test_state_is_that_of_the_day_asked_for(world: Connection) -> None:
    add(world, "tasks", id="sole", segment_id=None, site_id="site")
    add(world, "planned_dates", task_id="sole", planned_start=hour(0).date(), planned_finish=hour(24 * 9).date())
    for at, percent in ((24, 5), (72, 100)):
        settings(world, clock=hour(at).isoformat())
        set_values(world, "tasks", "sole", f"progress_percent = {percent}")
    found = [
        properties_of(world, "site_progress", View(DISTRICT, hour(at)), "site")["state"] for at in (-24, 12, 48, 96)
    ]
    # By hand: before the plan; due but not reported; 20 % planned against 5; complete.
    assert found == ["not_due", "unconfirmed", "behind", "done"]


def test_segment_shows_its_road_and_range(world: Connection) -> None:
    found = properties_of(world, "segment_progress", View(DISTRICT), "segment")
    assert (found["road_id"], found["road_en"]) == ("road", "A")
    assert (found["from_m"], found["to_m"], found["chainage"]) == (100, 200, "K0+100–K0+200")
    assert found["colour"] == "neutral"
