"""As of a moment: random histories against a dictionary that lived through the same."""

from __future__ import annotations

import gc
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import CTE, Connection, column, inspect, select, text

from geo.model import Base, Programme, Site, Versioned
from geo.query.view import View
from tests.geo.sample import DISTRICT, OTHER, add, set_values, settings

START = datetime(2020, 6, 1, tzinfo=timezone.utc)
HOURS = 12
MODELS = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__name__)
VERSIONED = [model for model in MODELS if issubclass(model, Versioned)]

# An hour, a district, a row, and the name it gets (None: it is deleted).
Event = tuple[int, str, str, str | None]
EVENTS = st.lists(
    st.tuples(
        st.integers(0, HOURS),
        st.sampled_from([DISTRICT, OTHER]),
        st.sampled_from("ab"),
        st.none() | st.sampled_from("xyz"),
    ),
    max_size=12,
).map(lambda events: sorted(events, key=lambda event: event[0]))


def names(connection: Connection, district: str, moment: datetime | None) -> dict[str, str]:
    rows = View(district, moment).rows(Programme)
    return {row.id: row.name_en for row in connection.execute(select(rows.c.id, rows.c.name_en))}


def live(connection: Connection, event: Event, present: set[tuple[str, str]]) -> None:
    hour, district, key, name = event
    settings(connection, clock=(START + timedelta(hours=hour)).isoformat())
    where = {"district": district, "id": key, "name": name}
    if name is None:
        connection.execute(text("DELETE FROM programmes WHERE district = :district AND id = :id"), where)
        present.discard((district, key))
    elif (district, key) in present:
        connection.execute(text("UPDATE programmes SET name_en = :name WHERE district = :district AND id = :id"), where)
    else:
        add(connection, "programmes", district=district, id=key, name_en=name)
        present.add((district, key))


def as_of(events: list[Event], district: str, hour: float) -> dict[str, str]:
    """The oracle: replay the events up to the hour into a dictionary."""
    state: dict[str, str] = {}
    for when, where, key, name in events:
        if where == district and when <= hour:
            state.pop(key, None)
            if name is not None:
                state[key] = name
    return state


@example_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=EVENTS, hours=st.lists(st.sampled_from([i / 2 for i in range(-1, 2 * HOURS + 2)]), min_size=1, max_size=4)
)
def test_past_rows_are_those_that_were_there(world: Connection, events: list[Event], hours: list[float]) -> None:
    with world.begin_nested() as savepoint:
        present: set[tuple[str, str]] = set()
        for event in events:
            live(world, event, present)
        for district in (DISTRICT, OTHER):
            for hour in hours:
                found = names(world, district, START + timedelta(hours=hour))
                assert found == as_of(events, district, hour), (district, hour)
            now = names(world, district, None)
            assert {key: name for key, name in now.items() if key in "ab"} == as_of(events, district, HOURS)
        savepoint.rollback()


def test_row_is_absent_before_its_insert_and_after_its_delete(world: Connection) -> None:
    for hour, name in ((1, "x"), (2, "y"), (3, None)):
        live(world, (hour, DISTRICT, "a", name), set() if hour == 1 else {(DISTRICT, "a")})
    moments = {hour: START + timedelta(hours=hour) for hour in (0.999, 1, 1.999, 2, 3, 4)}
    found = {hour: names(world, DISTRICT, moment).get("a") for hour, moment in moments.items()}
    assert found == {0.999: None, 1: "x", 1.999: "x", 2: "y", 3: None, 4: None}
    assert names(world, OTHER, moments[2]) == {}


def test_moment_in_another_zone_is_the_same_moment(world: Connection) -> None:
    live(world, (1, DISTRICT, "a", "x"), set())
    shanghai = timezone(timedelta(hours=8))
    assert names(world, DISTRICT, (START + timedelta(hours=1)).astimezone(shanghai)) == {"a": "x"}
    assert names(world, DISTRICT, (START + timedelta(minutes=59)).astimezone(shanghai)) == {}


def test_last_of_several_changes_at_one_moment_counts(world: Connection) -> None:
    present: set[tuple[str, str]] = set()
    for name in ("x", None, "y", "z"):
        live(world, (1, DISTRICT, "a", name), present)
    assert names(world, DISTRICT, START + timedelta(hours=1)) == {"a": "z"}


@pytest.mark.parametrize("model", VERSIONED, ids=lambda model: model.__name__)
def test_history_up_to_now_equals_the_table(demonstration_connection: Connection, model: type[Base]) -> None:
    later = datetime.now(timezone.utc) + timedelta(days=1)
    past, present = (rows_of(demonstration_connection, model, moment) for moment in (later, None))
    assert past == present
    assert past


def rows_of(connection: Connection, model: type[Base], moment: datetime | None) -> list[Any]:
    rows = View(DISTRICT, moment).rows(model)
    follows = {"feature", "geom_3857"}  # from the rest
    kept = [(name, each) for name, each in rows.c.items() if name not in follows]
    columns = [column(name).cast(each.type) if name == "geom" else column(name) for name, each in kept]
    assert list(rows.c.keys()) == [each.name for each in inspect(model).local_table.c]
    key = "id" if "id" in rows.c else "district"
    return list(connection.execute(select(*columns).select_from(rows).order_by(column(key))).all())


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2020-06-01T16:30:00+00:00", "2020-06-02"),
        ("2020-06-01T15:59:59+00:00", "2020-06-01"),
        ("2020-06-01T16:00:00+00:00", "2020-06-02"),
        ("2020-06-01T23:59:59+08:00", "2020-06-01"),
        ("2020-05-31T23:00:00-09:00", "2020-06-01"),
    ],
)
def test_local_date_is_that_of_the_district(connection: Connection, moment: str, day: str) -> None:
    view = View(DISTRICT, datetime.fromisoformat(moment))
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'America/New_York'")
    assert str(connection.scalar(select(view.local_date()))) == day


def test_site_moves_in_the_past_too(world: Connection) -> None:
    settings(world, clock=START.isoformat())
    add(world, "sites", geom="SRID=4326;POINT (113 34)")
    settings(world, clock=(START + timedelta(days=1)).isoformat())
    set_values(world, "sites", "new", "geom = 'SRID=4326;POINT (114 35)'")
    found = []
    for days in (0, 0.5, 1):
        rows = View(DISTRICT, START + timedelta(days=days)).rows(Site)
        found.append(world.scalar(select(rows.c.geom.ST_AsText())))
    assert found == ["POINT(113 34)", "POINT(113 34)", "POINT(114 35)"]


def test_name_of_past_rows_belongs_to_them_as_long_as_they_live() -> None:
    """SQLAlchemy names them by an address in memory: once it is free, other rows of the statement may get the name."""
    rows = View(DISTRICT, START).rows(Programme)
    assert isinstance(rows, CTE)
    gc.collect()
    (address,) = re.findall(r"[0-9]+", str.__str__(rows.name))
    assert int(address) in {id(each) for each in gc.get_objects()}
