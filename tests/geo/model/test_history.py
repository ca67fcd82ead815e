"""Every change leaves a trace: who, when, why, on which report, and the whole row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from geo.model import Base, Canal, Change, Road, Versioned
from geo.query.view import View
from tests.geo.sample import DISTRICT, NOON, REPORT, add, reason_of, refused, set_values, settings


def changes(connection: Connection, collection: str, key: str = "new") -> Sequence[Any]:
    return connection.execute(
        select(Change)
        .where(Change.district == DISTRICT, Change.collection == collection, Change.feature_id == key)
        .order_by(Change.version)
    ).all()


def remove(connection: Connection, table: str, key: str = "new") -> None:
    where = {"district": DISTRICT, "key": key}
    connection.execute(text(f"DELETE FROM {table} WHERE district = :district AND id = :key"), where)  # noqa: S608 - the test's own text


def test_every_versioned_table_is_recorded(world: Connection) -> None:
    mapped = {str(mapper.local_table) for mapper in Base.registry.mappers if issubclass(mapper.class_, Versioned)}
    triggers = world.execute(
        text("SELECT tgrelid::regclass::text AS name, array_agg(tgname::text) FROM pg_trigger GROUP BY 1")
    )
    needed = {"version", "key_is_fixed", "record_insert", "record_update", "record_delete", "no_truncate"}
    assert {table for table, names in triggers if needed <= set(names)} == mapped


def test_change_says_who_when_why_and_on_which_report(world: Connection) -> None:
    settings(world, clock="2020-06-01T12:00:00+08:00", actor="张三", reason="开工", report=str(REPORT))
    add(world, "tasks")
    (change,) = changes(world, "tasks")
    assert (change.operation, change.version, change.changed_by, change.reason) == ("insert", 1, "张三", "开工")
    assert (change.changed_at, change.report_id) == (NOON, REPORT)
    assert change.state["changed_by"] == "张三"
    assert datetime.fromisoformat(change.state["changed_at"]) == NOON


def test_change_by_hand_is_recorded_with_the_database_role(world: Connection) -> None:
    world.exec_driver_sql(
        "INSERT INTO programmes (district, id, name_zh, name_en, kind) VALUES ('410103', 'new', '一', 'One', 'roads')"
    )
    world.exec_driver_sql("UPDATE programmes SET name_en = 'Two' WHERE id = 'new'")
    role = world.scalar(text("SELECT session_user"))
    now = world.scalar(select(func.now()))
    found = changes(world, "programmes")
    assert [change.operation for change in found] == ["insert", "update"]
    assert {change.changed_by for change in found} == {role}
    assert {change.changed_at for change in found} == {now}
    assert {(change.reason, change.report_id) for change in found} == {(None, None)}


def test_insert_update_delete_and_return_go_on_counting(world: Connection) -> None:
    add(world, "sites")
    set_values(world, "sites", "new", "name_en = 'B'")
    remove(world, "sites")
    add(world, "sites", name_en="C")
    set_values(world, "sites", "new", "name_en = 'D'")
    found = [(change.version, change.operation, change.state["name_en"]) for change in changes(world, "sites")]
    assert found == [(1, "insert", "A"), (2, "update", "B"), (3, "delete", "B"), (4, "insert", "C"), (5, "update", "D")]
    assert world.scalar(text("SELECT version FROM sites WHERE district = '410103' AND id = 'new'")) == 5


def test_version_and_author_cannot_be_forged(world: Connection) -> None:
    settings(world, actor="honest", clock="2020-06-01T12:00:00+08:00")
    add(world, "sites", version=99, changed_by="somebody", changed_at=NOON - timedelta(days=9))
    set_values(world, "sites", "new", "version = 7, changed_by = 'nobody', changed_at = '1999-01-01'")
    found = [(change.version, change.changed_by, change.changed_at) for change in changes(world, "sites")]
    assert found == [(1, "honest", NOON), (2, "honest", NOON)]


def test_update_of_many_rows_records_each_once(world: Connection) -> None:
    for key in "abc":
        add(world, "sites", id=key)
    world.exec_driver_sql("UPDATE sites SET name_en = id WHERE id IN ('a', 'b', 'c')")
    world.exec_driver_sql("UPDATE sites SET name_en = 'none' WHERE false")
    for key in "abc":
        assert [(change.version, change.state["name_en"]) for change in changes(world, "sites", key)] == [
            (1, "A"),
            (2, key),
        ]
    assert changes(world, "sites", "site")[-1].version == 1


def test_insert_on_conflict_records_what_it_did(world: Connection) -> None:
    statement = (
        "INSERT INTO programmes (district, id, name_zh, name_en, kind) VALUES ('410103', '{}', '一', 'One', 'roads') "
        "ON CONFLICT (district, id) DO UPDATE SET name_en = EXCLUDED.name_en"
    )
    for key in ("new", "programme"):
        world.exec_driver_sql(statement.format(key))
    assert [change.operation for change in changes(world, "programmes", "new")] == ["insert"]
    assert [change.operation for change in changes(world, "programmes", "programme")] == ["insert", "update"]


def test_recut_segments_are_recorded(world: Connection) -> None:
    set_values(world, "roads", "road", "geom = 'SRID=4326;LINESTRING M (113 34 0, 114 34 1000)'")
    assert [change.operation for change in changes(world, "segments", "segment")] == ["insert", "update"]


@pytest.mark.parametrize(("table", "model"), [("roads", Road), ("canals", Canal)])
def test_measured_line_survives_in_history_to_the_last_bit(world: Connection, table: str, model: Any) -> None:
    # One third has no end in decimals, 1e-9 degrees is lost by GeoJSON, and GeoJSON drops M.
    shape = "SRID=4326;LINESTRING M (113.333333333333314 34.1 0, 113.4000000001 34.2 0.1, 113.5 34.3 333.3333333333333)"
    add(world, table, geom=shape)
    stored = world.scalar(text(f"SELECT geom::text FROM {table} WHERE id = 'new'"))  # noqa: S608 - the test's own text
    assert changes(world, table)[0].state["geom"] == stored
    past = View(DISTRICT, datetime.now(timezone.utc) + timedelta(minutes=1)).rows(model)
    row = world.execute(select(func.ST_AsEWKB(past.c.geom), past.c.length_m).where(past.c.id == "new")).one()
    assert bytes(row[0]).hex().upper() == stored
    assert row.length_m == 333.3333333333333


def test_row_without_geometry_has_none_in_history(world: Connection) -> None:
    add(world, "sites", geom=None, position_status="unlocated", position_accuracy_m=None)
    assert changes(world, "sites")[0].state["geom"] is None


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE changes SET changed_by = 'nobody'", "ck_changes_keeps_trace"),
        ("DELETE FROM changes", "ck_changes_keeps_trace"),
        ("TRUNCATE changes", "ck_changes_keeps_trace"),
        ("TRUNCATE readings", "ck_readings_keeps_trace"),
        ("TRUNCATE task_dependencies", "ck_task_dependencies_keeps_trace"),
        ("UPDATE readings SET value = 2", "ck_readings_keeps_trace"),
        ("DELETE FROM readings", "ck_readings_keeps_trace"),
        ("UPDATE sites SET id = 'renamed'", "ck_sites_key_is_fixed"),
        ("UPDATE districts SET district = '410199'", "ck_districts_key_is_fixed"),
    ],
)
def test_rewriting_is_refused(world: Connection, statement: str, rule: str) -> None:
    add(world, "readings")
    with refused() as error:
        world.exec_driver_sql(statement)
    assert reason_of(error.value) == rule


def test_truncating_everything_at_once_is_refused(world: Connection) -> None:
    with refused() as error:
        world.exec_driver_sql("TRUNCATE districts CASCADE")
    assert reason_of(error.value).endswith("_keeps_trace")
