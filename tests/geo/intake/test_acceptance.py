"""What accepted reports make of tasks and checkpoints, in PostGIS, whatever the order in which they come."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import permutations
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Row, func, insert, select, text

from geo.intake.acceptance import acceptance
from geo.model import Change, Checkpoint, District, Programme, Reading, Report, Task
from geo.store.engine import make_engine

DISTRICT = "410103"
TASK = "songshan-01-carriageway"
CHECKPOINT = "jinghu_aqueduct"
MORNING = datetime(2020, 6, 1, 1, 0, tzinfo=timezone.utc)  # 9:00 in Shanghai


class Databases(Protocol):
    """What these tests ask of the run's server."""

    def create(self, name: str, template: str = "") -> str: ...


def day(number: int) -> datetime:
    """Return 9:00 of a day of June 2020 in Shanghai."""
    return MORNING + timedelta(days=number - 1)


def store(connection: Connection, **said: Any) -> dict[str, Any]:
    """Store an accepted report without its effects."""
    defaults = {"district": DISTRICT, "id": uuid4(), "status": "accepted", "datum": "wgs84", "demonstration": False}
    row = defaults | {"received_at": said["observed_at"] + timedelta(minutes=5)} | said
    columns = Report.__table__.c
    connection.execute(insert(Report).values({name: row[name] for name in row if name in columns}))
    return row


def take_effect(connection: Connection, report: dict[str, Any]) -> None:
    for statement, parameters in acceptance(report):
        connection.execute(statement, parameters)


def accept(connection: Connection, **said: Any) -> UUID:
    report = store(connection, **said)
    take_effect(connection, report)
    identity: UUID = report["id"]
    return identity


def progress(connection: Connection, percent: float, observed_at: datetime, **said: Any) -> UUID:
    values = {"kind": "task_progress", "task_id": TASK, "progress_percent": percent, "observed_at": observed_at}
    return accept(connection, **values | said)


def inspection(connection: Connection, state: str, observed_at: datetime, **looks: Any) -> UUID:
    values = {"kind": "checkpoint_inspection", "checkpoint_id": CHECKPOINT, "checkpoint_state": state}
    return accept(connection, **values | {"observed_at": observed_at} | looks)


def task(connection: Connection, *, district: str = DISTRICT) -> Row[Any]:
    told = (Task.progress_percent, Task.actual_start, Task.actual_finish, Task.blocked_reason, Task.last_report_id)
    statement = select(*told, Task.demonstration, Task.version)
    return connection.execute(statement.where(Task.district == district, Task.id == TASK)).one()


def checkpoint(connection: Connection) -> Row[Any]:
    looks = (Checkpoint.supplies_state, Checkpoint.hazard_survey_state, Checkpoint.drill_state)
    statement = select(Checkpoint.state, *looks, Checkpoint.seen_at, Checkpoint.last_report_id)
    return connection.execute(statement.where(Checkpoint.district == DISTRICT, Checkpoint.id == CHECKPOINT)).one()


def test_first_progress_starts_the_task_on_its_local_day(seeded_connection: Connection) -> None:
    late_evening = datetime(2020, 6, 1, 17, 30, tzinfo=timezone.utc)  # 1:30 of 2 June in Shanghai
    report = progress(seeded_connection, 12.5, late_evening)
    assert task(seeded_connection)[:5] == (Decimal("12.50"), date(2020, 6, 2), None, None, report)


def test_progress_of_zero_starts_nothing(seeded_connection: Connection) -> None:
    progress(seeded_connection, 0, day(1))
    assert task(seeded_connection)[:3] == (0, None, None)


def test_start_is_the_first_day_of_progress(seeded_connection: Connection) -> None:
    progress(seeded_connection, 0, day(1))
    progress(seeded_connection, 10, day(3))
    progress(seeded_connection, 40, day(9))
    assert task(seeded_connection).actual_start == date(2020, 6, 3)


def test_completion_finishes_the_task_on_the_first_such_day(seeded_connection: Connection) -> None:
    progress(seeded_connection, 50, day(2))
    progress(seeded_connection, 100, day(8))
    progress(seeded_connection, 100, day(11))
    assert task(seeded_connection)[:3] == (100, date(2020, 6, 2), date(2020, 6, 8))


def test_completion_in_one_report_starts_and_finishes_on_one_day(seeded_connection: Connection) -> None:
    progress(seeded_connection, 100, day(8))
    assert task(seeded_connection)[:3] == (100, date(2020, 6, 8), date(2020, 6, 8))


def test_correction_below_complete_clears_the_finish(seeded_connection: Connection) -> None:
    progress(seeded_connection, 100, day(8))
    progress(seeded_connection, 85, day(9))
    assert task(seeded_connection)[:3] == (85, date(2020, 6, 8), None)
    progress(seeded_connection, 100, day(12))
    assert task(seeded_connection)[:3] == (100, date(2020, 6, 8), date(2020, 6, 12))


def test_correction_to_zero_clears_the_start(seeded_connection: Connection) -> None:
    progress(seeded_connection, 30, day(1))
    progress(seeded_connection, 0, day(2))
    assert task(seeded_connection)[:3] == (0, None, None)
    progress(seeded_connection, 5, day(4))
    assert task(seeded_connection)[:3] == (5, date(2020, 6, 4), None)


def test_reason_blocks_and_a_newer_report_without_one_unblocks(seeded_connection: Connection) -> None:
    progress(seeded_connection, 30, day(1), blocked_reason="燃气管线未迁改")
    assert task(seeded_connection).blocked_reason == "燃气管线未迁改"
    progress(seeded_connection, 30, day(2))
    assert task(seeded_connection).blocked_reason is None


def test_older_observation_does_not_overwrite_but_shows_an_earlier_start(seeded_connection: Connection) -> None:
    newer = progress(seeded_connection, 60, day(10))
    progress(seeded_connection, 20, day(4), received_at=day(12), blocked_reason="停工")
    assert task(seeded_connection)[:5] == (60, date(2020, 6, 4), None, None, newer)


def test_of_two_reports_of_one_moment_the_later_received_counts(seeded_connection: Connection) -> None:
    progress(seeded_connection, 60, day(10), received_at=day(10) + timedelta(hours=5))
    progress(seeded_connection, 40, day(10), received_at=day(10) + timedelta(hours=1))
    assert task(seeded_connection).progress_percent == 60


@pytest.mark.parametrize("status", ["received", "triaged", "needs_information", "rejected", "duplicate"])
def test_report_that_is_not_accepted_counts_for_nothing(seeded_connection: Connection, status: str) -> None:
    told = {"kind": "task_progress", "task_id": TASK, "progress_percent": 90}
    store(seeded_connection, **told, observed_at=day(9), status=status)
    progress(seeded_connection, 15, day(5))
    assert task(seeded_connection).progress_percent == 15


def test_accepting_twice_makes_no_new_version(seeded_connection: Connection) -> None:
    said = {"kind": "task_progress", "task_id": TASK, "progress_percent": 15, "observed_at": day(5)}
    report = store(seeded_connection, **said)
    take_effect(seeded_connection, report)
    take_effect(seeded_connection, report)
    assert task(seeded_connection).version == 2  # loaded, then accepted once


def test_task_is_marked_when_a_demonstration_report_changes_it(seeded_connection: Connection) -> None:
    progress(seeded_connection, 15, day(5))
    assert not task(seeded_connection).demonstration
    progress(seeded_connection, 25, day(6), demonstration=True)
    assert task(seeded_connection).demonstration


def test_task_of_the_same_id_in_another_district_stays(seeded_connection: Connection) -> None:
    other = {"district": "410102", "name_zh": "他区", "name_en": "Another"}
    seeded_connection.execute(insert(District).values(**other, position_status="unlocated"))
    seeded_connection.execute(insert(Programme).values(**other, id="road_phase_one", kind="roads"))
    planned = {"id": TASK, "programme_id": "road_phase_one", "stage": "carriageway"}
    seeded_connection.execute(insert(Task).values(**other, **planned))
    progress(seeded_connection, 70, day(3))
    assert task(seeded_connection, district="410102").progress_percent is None
    assert task(seeded_connection).progress_percent == 70


def reported(orders: Iterable[Sequence[dict[str, Any]]], connection: Connection) -> list[tuple[Any, ...]]:
    """Accept the same reports in each order, each time from the start; return what the task then says."""
    answers = []
    for order in orders:
        attempt = connection.begin_nested()
        for said in order:
            accept(connection, **said)
        answers.append(tuple(task(connection)[:5]))
        attempt.rollback()
    return answers


def test_order_of_acceptance_does_not_matter(seeded_connection: Connection) -> None:
    told = [(20, 2, None), (100, 5, None), (80, 6, "返工"), (100, 9, None), (100, 10, None)]
    reports = [
        {
            "kind": "task_progress",
            "task_id": TASK,
            "id": uuid4(),
            "progress_percent": percent,
            "observed_at": day(number),
            "blocked_reason": reason,
        }
        for percent, number, reason in told
    ]
    answers = reported(permutations(reports), seeded_connection)
    assert len(answers) == 120
    assert set(answers) == {(100, date(2020, 6, 2), date(2020, 6, 9), None, reports[-1]["id"])}


def test_inspection_sets_the_state_and_only_what_it_looked_at(seeded_connection: Connection) -> None:
    inspection(seeded_connection, "normal", day(1), supplies_state="deficient", drill_state="satisfactory")
    newer = inspection(seeded_connection, "attention", day(2), supplies_state="satisfactory")
    assert checkpoint(seeded_connection)[:6] == (
        "attention", "satisfactory", "unconfirmed", "satisfactory", day(2), newer,
    )  # fmt: skip


def test_older_inspection_does_not_overwrite_but_fills_in_what_newer_ones_left_out(
    seeded_connection: Connection,
) -> None:
    newer = inspection(seeded_connection, "danger", day(8), supplies_state="satisfactory")
    looks = {"supplies_state": "deficient", "hazard_survey_state": "deficient"}
    inspection(seeded_connection, "normal", day(7), received_at=day(9), **looks)
    assert checkpoint(seeded_connection)[:6] == (
        "danger", "satisfactory", "deficient", "unconfirmed", day(8), newer,
    )  # fmt: skip


def test_history_says_which_states_an_inspection_made(seeded_connection: Connection) -> None:
    inspection(seeded_connection, "normal", day(1))
    inspection(seeded_connection, "normal", day(0))
    states = select(Change.version, Change.state["state"].astext).where(
        Change.collection == "checkpoints", Change.feature_id == CHECKPOINT
    )
    rows = seeded_connection.execute(states.order_by(Change.version)).all()
    assert [tuple(row) for row in rows] == [(1, "unconfirmed"), (2, "normal")]


def level(connection: Connection, metres: float, observed_at: datetime) -> UUID:
    said = {"kind": "water_level", "checkpoint_id": CHECKPOINT, "water_level_m": metres, "observed_at": observed_at}
    return accept(connection, **said, vertical_datum="某高程基准")


def test_water_level_becomes_a_reading(seeded_connection: Connection) -> None:
    report = level(seeded_connection, 117.42, day(1))
    row = seeded_connection.execute(select(Reading.__table__)).one()
    assert row.recorded_at == seeded_connection.scalar(select(func.erqi_clock()))
    assert tuple(row)[:-1] == (
        DISTRICT, CHECKPOINT, "water_level", day(1), 117.42, "m", "某高程基准", report, False,
    )  # fmt: skip
    assert checkpoint(seeded_connection).seen_at is None


def test_second_level_of_one_moment_changes_no_reading(seeded_connection: Connection) -> None:
    level(seeded_connection, 117.42, day(1))
    level(seeded_connection, 999, day(1))
    assert seeded_connection.scalars(select(Reading.value)).all() == [117.42]


@pytest.mark.parametrize("kind", ["hazard", "problem", "position_fix", "note"])
def test_other_kinds_change_nothing(kind: str) -> None:
    assert acceptance({"kind": kind, "district": DISTRICT, "id": uuid4()}) == []


def test_of_two_acceptances_at_once_the_newer_observation_stays(server: Databases, seeded_url: str) -> None:
    assert seeded_url  # the template below has been made
    engine = make_engine(server.create("acceptance", template="seeded"))
    told = {"kind": "task_progress", "task_id": TASK, "status": "received"}
    with engine.begin() as setup:
        newer = store(setup, **told, progress_percent=70, observed_at=day(9))
        older = store(setup, **told, progress_percent=30, observed_at=day(3))
    with engine.connect() as first, engine.connect() as second:
        judge(first, newer)
        waiting = second.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other = threading.Thread(target=judge, args=(second, older), kwargs={"commit": True})
        other.start()
        with engine.connect() as watcher:
            until_blocked(watcher, waiting)
        first.commit()
        other.join(timeout=30)
        assert task(first)[:2] == (70, date(2020, 6, 3))
    engine.dispose()


def judge(connection: Connection, report: dict[str, Any], *, commit: bool = False) -> None:
    connection.execute(text("UPDATE reports SET status = 'accepted' WHERE id = :id"), {"id": report["id"]})
    take_effect(connection, report)
    if commit:
        connection.commit()


def until_blocked(watcher: Connection, pid: int) -> None:
    """Wait until the backend waits for another's lock."""
    for _ in range(3000):
        if watcher.scalar(select(func.cardinality(func.pg_blocking_pids(pid)))):
            return
        watcher.execute(text("SELECT pg_sleep(0.01)"))
    pytest.fail("the second acceptance did not wait for the first")
