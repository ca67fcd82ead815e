"""What differs between two moments: counted by hand, and held against the layers as read at both moments."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, DateTime, Select, bindparam, text

from geo.collections import layer_of
from geo.differences import COMPARED, changes_by_day, differences, last_planned_day
from geo.query.features import PLAIN, items_statement
from geo.query.view import View, parametric_view
from tests.geo.sample import DISTRICT, OTHER, add, set_values, settings

START = datetime(2030, 6, 1, tzinfo=timezone.utc)  # after everything that the small world was made of
Entry = dict[str, Any]


@cache
def statement(name: str) -> Select[Any]:
    """Build a statement once for all moments, which takes longer than to run it."""
    moments = (bindparam(name, type_=DateTime(timezone=True)) for name in ("earlier", "later"))
    return differences(COMPARED[name], *(View(DISTRICT, moment) for moment in moments))


def read(connection: Connection, name: str, earlier: datetime, later: datetime) -> list[Entry]:
    row = connection.execute(statement(name), {"earlier": earlier, "later": later}).one()
    entries: list[Entry] = json.loads(row.entries)
    counts = {"appeared": row.appeared, "gone": row.gone, "changed": row.changed}
    assert counts == {kind: sum(each["change"] == kind for each in entries) for kind in counts}
    return entries


@cache
def items(layer: str) -> Select[Any]:
    return items_statement(layer_of(layer), parametric_view(View("").thresholds, with_moment=True), PLAIN)


def features(connection: Connection, layer: str, moment: datetime) -> dict[str, Any]:
    """Return the features of a layer by their ids, as a client reads them."""
    values = {"district": DISTRICT, "moment": moment, "limit": 1000}
    body = connection.execute(items(layer), values).one().body
    return {feature["id"]: feature for feature in json.loads(b"[" + bytes(body) + b"]")}


def plainly(connection: Connection, name: str, earlier: datetime, later: datetime) -> list[Entry]:
    """The oracle: compare the two answers of the layer, feature by feature."""
    compared = COMPARED[name]
    before, after = (features(connection, compared.layer_id, moment) for moment in (earlier, later))
    found = []
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        sides = [
            None if each is None else {told: each["properties"][of] for told, of in compared.told.items()}
            for each in (old, new)
        ]
        what = []
        if old and new and sides[0] and sides[1]:
            what = [aspect for aspect in compared.changes if sides[0][aspect] != sides[1][aspect]]
            what += ["position"] if old["geometry"] != new["geometry"] else []
            if not what:
                continue
        names = (new or old or {})["properties"]
        found.append(
            {
                "id": key,
                "name_zh": names[compared.name.format("zh")],
                "name_en": names[compared.name.format("en")],
                "change": "appeared" if old is None else "gone" if new is None else "changed",
                "what": what,
                "before": sides[0],
                "after": sides[1],
                "of_state": (sides[0] or {}).get("state") != (sides[1] or {}).get("state"),
            }
        )
    found.sort(key=lambda entry: (not entry["of_state"], entry["id"]))
    return [{name: value for name, value in entry.items() if name != "of_state"} for entry in found]


def without_records(entries: list[Entry]) -> list[Entry]:
    return [{name: value for name, value in entry.items() if name != "recorded_at"} for entry in entries]


# An hour, what happens, to which of two, and a number that says how.
Event = tuple[int, str, str, int]
KINDS = ("segment", "gone", "progress", "blocked", "plan", "case", "deadline", "inspected", "moved")
EVENTS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(KINDS), st.sampled_from("ab"), st.integers(0, 4)), max_size=14
).map(lambda events: sorted(events, key=lambda event: event[0]))


def happen(connection: Connection, event: Event, there: set[str]) -> None:
    """Let an event happen at its hour, where it can."""
    hour, kind, key, number = event
    settings(connection, clock=(START + timedelta(hours=hour)).isoformat())
    segment, entry = f"segment {key}", f"case {key}"
    if kind == "segment" and segment not in there:
        there.add(segment)
        at = 300 if key == "a" else 500
        add(connection, "segments", id=segment, from_m=at, to_m=at + 50)
        add(connection, "tasks", id=segment, segment_id=segment)
        add(
            connection,
            "planned_dates",
            task_id=segment,
            planned_finish=date(2030, 6, 2),
            planned_start=date(2030, 6, 1),
        )
    elif kind == "case" and entry not in there:
        there.add(entry)
        add(connection, "cases", id=entry, number=entry)
    elif kind == "gone" and segment in there:
        there.discard(segment)
        for table, column in (("planned_dates", "task_id"), ("tasks", "id"), ("segments", "id")):
            connection.execute(
                text(f"DELETE FROM {table} WHERE district = :district AND {column} = :key"),  # noqa: S608 - our own text
                {"district": DISTRICT, "key": segment},
            )
    elif kind == "progress" and segment in there:
        set_values(connection, "tasks", segment, f"progress_percent = {25 * number}")
    elif kind == "blocked" and segment in there:
        reason = ["NULL", "'管线'"][number % 2]
        set_values(connection, "tasks", segment, f"blocked_reason = {reason}")
    elif kind == "deadline" and entry in there:
        set_values(connection, "cases", entry, f"due_on = '2030-07-0{number + 1}'")
    elif kind == "inspected":
        state = ("normal", "attention", "danger", "normal", "danger")[number]
        seen = (START + timedelta(hours=hour - number)).isoformat()
        set_values(connection, "checkpoints", "checkpoint", f"state = '{state}', seen_at = '{seen}'")
    elif kind == "moved":
        set_values(connection, "sites", "site", f"geom = ST_SetSRID(ST_Point(113.65, 34.7{number}), 4326)")


@example_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, hours=st.tuples(st.integers(-1, 61), st.integers(0, 61)).map(sorted))
def test_differences_are_those_between_the_answers_of_both_moments(
    world: Connection, events: list[Event], hours: list[int]
) -> None:
    earlier, later = (START + timedelta(hours=hour, minutes=30) for hour in hours)
    with world.begin_nested() as savepoint:
        there: set[str] = set()
        for event in events:
            happen(world, event, there)
        for name in COMPARED:
            assert without_records(read(world, name, earlier, later)) == plainly(world, name, earlier, later), name
        savepoint.rollback()


def test_season_differs_as_its_layers_do(demonstration_connection: Connection) -> None:
    moments = [datetime.fromisoformat(f"2020-{day}T09:00:00+08:00") for day in ("06-15", "07-20")]
    for name in COMPARED:
        found = read(demonstration_connection, name, *moments)
        assert without_records(found) == plainly(demonstration_connection, name, *moments)
        assert found


def test_segment_that_falls_behind_by_time_alone_has_no_record(world: Connection) -> None:
    settings(world, clock=START.isoformat())
    add(world, "segments", id="late", from_m=300, to_m=400)
    add(world, "tasks", id="late", segment_id="late", progress_percent=50)
    add(world, "planned_dates", task_id="late", planned_start=date(2030, 6, 1), planned_finish=date(2030, 6, 10))
    # Ten planned days: 40 % after four of them, 80 % after eight; done 50 % throughout.
    on_plan, behind = (datetime(2030, 6, day, 16, tzinfo=timezone.utc) for day in (4, 8))
    (found,) = read(world, "segments", on_plan, behind)
    assert (found["id"], found["change"], found["what"], found["recorded_at"]) == ("late", "changed", ["state"], None)
    assert [found[side]["state"] for side in ("before", "after")] == ["on_plan", "seriously_behind"]
    assert [found[side]["planned_percent"] for side in ("before", "after")] == [40, 80]
    assert "落后 30.0 个百分点" in found["after"]["why_zh"]


def test_newest_record_of_the_place_or_its_tasks_is_told(world: Connection) -> None:
    for hour, percent in ((1, 20), (2, 40), (5, 60)):
        settings(world, clock=(START + timedelta(hours=hour)).isoformat())
        set_values(world, "tasks", "task", f"progress_percent = {percent}")
    (found,) = read(world, "segments", START, START + timedelta(hours=3))
    assert datetime.fromisoformat(found["recorded_at"]) == START + timedelta(hours=2)
    assert [found[side]["actual_percent"] for side in ("before", "after")][1] == pytest.approx(40 / 3, abs=0.1)


def test_place_that_appears_and_one_that_goes_have_one_side(world: Connection) -> None:
    settings(world, clock=(START + timedelta(hours=1)).isoformat())
    add(world, "sites", id="new")
    settings(world, clock=(START + timedelta(hours=3)).isoformat())
    world.execute(text("DELETE FROM sites WHERE id = 'new' AND district = :district"), {"district": DISTRICT})
    add(world, "sites", id="foreign", district=OTHER)
    hours = [START + timedelta(hours=hour) for hour in (0, 2, 4)]
    (appeared,) = read(world, "sites", hours[0], hours[1])
    assert (appeared["id"], appeared["change"], appeared["before"], appeared["what"]) == ("new", "appeared", None, [])
    (gone,) = read(world, "sites", hours[1], hours[2])
    assert (gone["change"], gone["after"], gone["before"]) == ("gone", None, appeared["after"])
    assert read(world, "sites", hours[0], hours[2]) == []


def test_changes_are_counted_by_the_local_day(world: Connection) -> None:
    # 15:59 UTC is the same day in Shanghai, 16:00 the next.
    for minute, percent in (
        ("2030-06-01T15:59:00+00:00", 1),
        ("2030-06-01T16:00:00+00:00", 2),
        ("2030-06-02T15:00:00+00:00", 3),
    ):
        settings(world, clock=minute)
        set_values(world, "tasks", "task", f"progress_percent = {percent}")
    counted = [(row.collection, row.day, row.changes) for row in world.execute(changes_by_day(View(DISTRICT)))]
    assert counted[-2:] == [("tasks", date(2030, 6, 1), 1), ("tasks", date(2030, 6, 2), 2)]
    add(world, "programmes", id="last", ends_on=date(2031, 5, 1))
    assert world.execute(last_planned_day(View(DISTRICT))).scalar_one() == date(2031, 5, 1)
