"""The key figures: counted by hand in the small world, and equal to the layers that the maps draw."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection

from geo.figures import attention_list, case_counts, state_counts
from geo.query.view import View
from tests.geo.reading import read_page
from tests.geo.sample import DISTRICT, NOON, OTHER, add

VIEW = View(DISTRICT)
LAYERS = {"segments": "segment_progress", "sites": "site_progress", "checkpoints": "checkpoint_status"}


@pytest.mark.parametrize("moment", [None, datetime(2020, 8, 1, tzinfo=timezone.utc)], ids=["now", "august"])
def test_states_are_those_of_the_layers(demonstration_connection: Connection, moment: datetime | None) -> None:
    view = View(DISTRICT, moment)
    rows = demonstration_connection.execute(state_counts(view)).all()
    drawn = {
        name: [feature["properties"] for feature in read_page(demonstration_connection, layer, view).features]
        for name, layer in LAYERS.items()
    }
    assert {(row.layer, row.state): row.features for row in rows} == Counter(
        (name, each["state"]) for name, features in drawn.items() for each in features
    )
    metres = sum(each["to_m"] - each["from_m"] for each in drawn["segments"])
    assert float(sum(row.kilometres for row in rows)) == pytest.approx(metres / 1000)


def test_kilometres_are_those_of_the_segments(world: Connection) -> None:
    add(world, "segments", from_m=300, to_m=850.5)
    found = {(row.layer, row.state): (row.features, float(row.kilometres)) for row in world.execute(state_counts(VIEW))}
    # 100 m of the world's own segment and 550.5 m of the new one; neither has a planned date.
    assert found == {
        ("segments", "unconfirmed"): (2, 0.6505),
        ("sites", "unconfirmed"): (1, 0),
        ("checkpoints", "unconfirmed"): (1, 0),
    }


def test_cases_are_counted_by_the_local_day(world: Connection) -> None:
    entries: dict[str, dict[str, Any]] = {
        "a": {"due_on": date(2030, 6, 1)},
        "b": {"due_on": date(2030, 6, 2)},
        "c": {"due_on": date(2030, 5, 1), "status": "struck_off", "closed_at": NOON + timedelta(days=1)},
        "d": {},
    }
    for key, values in entries.items():
        add(world, "cases", id=key, number=key, **values)
        add(world, "cases", id=key, number=key, district=OTHER, **values)
    # With the world's own case four are open; the day after a deadline begins at 16:00 UTC.
    for moment, overdue in (("2030-06-01T15:59:59", 0), ("2030-06-01T16:00:00", 1), ("2030-06-02T16:00:00", 2)):
        view = View(DISTRICT, datetime.fromisoformat(moment).replace(tzinfo=timezone.utc))
        assert tuple(world.execute(case_counts(view)).one()) == (4, overdue, 1)


def test_what_needs_a_look_comes_in_order_of_urgency(world: Connection) -> None:
    wanted = [("blocked", 5, "x"), ("worst", 0, None), ("bad", 10, None), ("behind", 80, None), ("fine", 95, None)]
    for i, (key, percent, reason) in enumerate(wanted):
        add(world, "segments", id=key, from_m=300 + i, to_m=301 + i)
        add(world, "tasks", id=key, segment_id=key, progress_percent=percent, blocked_reason=reason)
        add(world, "planned_dates", task_id=key, planned_finish=date(2030, 6, 1))
    view = View(DISTRICT, datetime(2030, 6, 10, tzinfo=timezone.utc))
    rows = world.execute(attention_list(view, limit=10)).all()
    # The world's own checkpoint, segment and site have no report.
    assert [row.id for row in rows] == ["blocked", "worst", "bad", "behind", "checkpoint", "segment", "site"]
    assert [row.id for row in world.execute(attention_list(view, limit=2))] == ["blocked", "worst"]
    assert [row.lag_points for row in rows[:4]] == [95, 100, 90, 20]
