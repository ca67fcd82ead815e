"""The state of a checkpoint, how fresh it is, its newest level and its open cases."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection

from geo.query.view import Thresholds, View
from tests.geo.reading import properties_of, read_page
from tests.geo.sample import DISTRICT, OTHER, REPORT, add, set_values, settings

NOW = datetime(2030, 6, 5, 8, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def status(connection: Connection, *, at: datetime = NOW, hours: float = 24, key: str = "checkpoint") -> dict[str, Any]:
    return properties_of(connection, "checkpoint_status", View(DISTRICT, at, Thresholds(freshness_hours=hours)), key)


def inspect(connection: Connection, at: datetime, state: str = "attention") -> None:
    set_values(connection, "checkpoints", "checkpoint", "state = :state, seen_at = :at", state=state, at=at)


def test_checkpoint_nobody_has_inspected_is_unconfirmed(world: Connection) -> None:
    found = status(world)
    assert (found["state"], found["state_zh"], found["rule"]) == ("unconfirmed", "未确认", "checkpoint-1")
    assert (found["freshness"], found["freshness_zh"], found["age_hours"]) == ("never", "从未上报", None)
    assert "not confirmed" in found["why_en"]
    assert "未确认" in found["why_zh"]


@pytest.mark.parametrize(
    ("age", "hours", "freshness", "rule"),
    [
        (timedelta(0), 24, "fresh", "checkpoint-3"),
        (timedelta(hours=24), 24, "fresh", "checkpoint-3"),
        (timedelta(hours=24) + SECOND, 24, "stale", "checkpoint-2"),
        (timedelta(days=400), 24, "stale", "checkpoint-2"),
        (timedelta(minutes=90), 1.5, "fresh", "checkpoint-3"),
        (timedelta(minutes=90) + SECOND, 1.5, "stale", "checkpoint-2"),
    ],
)
def test_inspection_is_fresh_up_to_its_threshold(
    world: Connection, age: timedelta, hours: float, freshness: str, rule: str
) -> None:
    inspect(world, NOW - age)
    found = status(world, hours=hours)
    assert (found["freshness"], found["rule"], found["freshness_hours"]) == (freshness, rule, hours)
    # It never decays into another state.
    assert (found["state"], found["colour"]) == ("attention", "state-attention")
    assert found["age_hours"] == round(age / timedelta(hours=1), 1)


def test_sentence_names_state_age_and_threshold(world: Connection) -> None:
    inspect(world, NOW - timedelta(hours=3, minutes=15), "danger")
    for hours in (4, 2.5):
        found = status(world, hours=hours)
        assert all(each in found["why_zh"] for each in ("险情", "3.3", f"{hours:g}"))
        assert all(each in found["why_en"] for each in ("danger", "3.3", f"{hours:g}"))


def test_state_is_the_one_known_at_the_moment(world: Connection) -> None:
    for hours, state in ((10, "danger"), (2, "normal")):
        settings(world, clock=(NOW - timedelta(hours=hours)).isoformat())
        inspect(world, NOW - timedelta(hours=hours), state)
    found = [status(world, at=NOW - timedelta(hours=hours)) for hours in (11, 10, 3, 2, 0)]
    assert [each["state"] for each in found] == ["unconfirmed", "danger", "danger", "normal", "normal"]
    assert [each["age_hours"] for each in found] == [None, 0, 7, 0, 2]


def test_newest_level_up_to_the_moment_is_shown(world: Connection) -> None:
    for hours, value in ((5, 1.1), (3, 1.3), (-1, 9.9)):
        add(world, "readings", observed_at=NOW - timedelta(hours=hours), value=value, vertical_datum="1985")
    add(world, "readings", observed_at=NOW, value=7.7, district=OTHER)
    add(world, "readings", observed_at=NOW, value=8.8, quantity="rain_24h", unit="mm")
    found = [status(world, at=NOW - timedelta(hours=hours)) for hours in (6, 5, 4, 3, 0, -1)]
    assert [each["water_level_m"] for each in found] == [None, 1.1, 1.1, 1.3, 1.3, 9.9]
    assert found[4]["vertical_datum"] == "1985"
    assert datetime.fromisoformat(found[4]["water_level_at"]) == NOW - timedelta(hours=3)


def test_unlocated_checkpoint_is_listed(world: Connection) -> None:
    add(world, "checkpoints", geom=None, position_status="unlocated", position_accuracy_m=None, canal_id=None)
    features = {feature["id"]: feature for feature in read_page(world, "checkpoint_status", View(DISTRICT)).features}
    assert features["new"]["geometry"] is None
    assert features["new"]["properties"]["position_status"] == "unlocated"
    assert features["new"]["properties"]["canal_zh"] is None
    assert features["checkpoint"]["properties"]["canal_zh"] == "甲"


def test_open_cases_are_counted(world: Connection) -> None:
    assert status(world)["open_cases"] == 0
    for key, state in (("a", "registered"), ("b", "suspended"), ("c", "struck_off")):
        closed = NOW if state == "struck_off" else None
        add(world, "cases", id=key, number=key, checkpoint_id="checkpoint", status=state, closed_at=closed)
    add(world, "cases", id="d", number="d", site_id="site")
    add(world, "cases", id="e", number="e", checkpoint_id="checkpoint", district=OTHER)
    assert status(world)["open_cases"] == 2


def test_case_is_open_until_it_was_struck_off(world: Connection) -> None:
    settings(world, clock=(NOW - timedelta(hours=9)).isoformat(), report=str(REPORT))
    add(world, "cases", checkpoint_id="checkpoint", status="strike_off_requested")
    settings(world, clock=(NOW - timedelta(hours=5)).isoformat())
    set_values(world, "cases", "new", "status = 'struck_off'")
    found = [status(world, at=NOW - timedelta(hours=hours))["open_cases"] for hours in (10, 9, 6, 5, 0)]
    assert found == [0, 1, 1, 0, 0]


def test_three_inspections_are_shown_each_with_its_label(world: Connection) -> None:
    assignments = "supplies_state = 'deficient', hazard_survey_state = 'satisfactory'"
    set_values(world, "checkpoints", "checkpoint", assignments)
    found = status(world)
    names = ("supplies_state", "hazard_survey_state", "drill_state")
    assert [(found[name], found[f"{name}_zh"], found[f"{name}_en"]) for name in names] == [
        ("deficient", "不足", "Deficient"),
        ("satisfactory", "合格", "Satisfactory"),
        ("unconfirmed", "未确认", "Unconfirmed"),
    ]


def test_each_checkpoint_is_one_row_however_much_is_told_of_it(demonstration_connection: Connection) -> None:
    for moment in (None, datetime(2020, 8, 1, tzinfo=timezone.utc)):
        ids = read_page(demonstration_connection, "checkpoint_status", View(DISTRICT, moment)).ids
        assert ids == ["jiazhai_siphon", "jinghu_aqueduct", "xingyuan_aqueduct", "yanhe_north_sluice"]
