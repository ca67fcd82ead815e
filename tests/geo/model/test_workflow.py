"""The steps of a case, and rules that must hold between two transactions at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import product

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from geo.model import Case
from geo.store.engine import make_engine
from tests.conftest import TestServer
from tests.data.seed import codes, table
from tests.geo import sample
from tests.geo.sample import DISTRICT, NOON, REPORT, add, reason_of, refused, set_values, settings

STEPS = {(row["from_status"], row["to_status"]): row["needs_report"] == "true" for row in table("case_transitions")}
STATUSES = sorted(codes("case_status"))


def closed_at(connection: Connection) -> datetime | None:
    moment: datetime | None = connection.scalar(select(Case.closed_at).where(Case.id == "new"))
    return moment


def open_case(connection: Connection, status: str) -> None:
    add(connection, "cases", status=status, closed_at=NOON if status == "struck_off" else None)


def step(connection: Connection, status: str, *, report: bool) -> str:
    """Return why the step was refused, or ''."""
    settings(connection, report=str(REPORT) if report else "", clock="2020-07-01T12:00:00+08:00")
    try:
        with connection.begin_nested():
            set_values(connection, "cases", "new", "status = :status", status=status)
    except DBAPIError as error:
        return reason_of(error)
    return ""


@pytest.mark.parametrize("before", STATUSES)
def test_case_goes_only_along_the_workflow(world: Connection, before: str) -> None:
    open_case(world, before)
    for after, report in product(STATUSES, (False, True)):
        with world.begin_nested() as savepoint:
            refusal = step(world, after, report=report)
            savepoint.rollback()
        if after == before or (STEPS.get((before, after)) in {False, report}):
            assert refusal == "", after
        else:
            assert refusal == ("ck_cases_evidence" if (before, after) in STEPS else "ck_cases_workflow"), after


def test_striking_off_dates_it_and_reopening_undoes_that(world: Connection) -> None:
    open_case(world, "strike_off_requested")
    assert closed_at(world) is None
    assert step(world, "struck_off", report=True) == ""
    assert closed_at(world) == datetime.fromisoformat("2020-07-01T12:00:00+08:00")
    assert step(world, "in_progress", report=True) == ""
    assert closed_at(world) is None


def test_striking_off_keeps_a_given_date(world: Connection) -> None:
    open_case(world, "strike_off_requested")
    settings(world, report=str(REPORT))
    set_values(world, "cases", "new", "status = 'struck_off', closed_at = :at", at=NOON)
    assert closed_at(world) == NOON


def test_date_of_striking_off_cannot_be_taken_away(world: Connection) -> None:
    open_case(world, "struck_off")
    with refused() as error:
        set_values(world, "cases", "new", "closed_at = NULL")
    assert reason_of(error.value) == "ck_cases_closed_when_struck_off"


def test_other_columns_change_without_a_step(world: Connection) -> None:
    open_case(world, "assigned")
    set_values(world, "cases", "new", "title_en = 'Another', status = 'assigned'")


@pytest.fixture
def shared(server: TestServer, empty_url: str) -> Iterator[Engine]:
    """A small world of its own, for transactions that commit."""
    assert empty_url
    engine = make_engine(server.create("shared", template="empty"))
    with engine.begin() as connection:
        sample.build(connection)
    yield engine
    engine.dispose()
    server.drop("shared")


def test_two_halves_of_a_circle_at_once_are_refused(shared: Engine) -> None:
    def second_half() -> None:
        with shared.begin() as connection:
            add(connection, "task_dependencies", task_id="second", predecessor_id="task")

    with ThreadPoolExecutor(1) as pool:
        with shared.begin() as connection:
            add(connection, "task_dependencies", task_id="task", predecessor_id="second")
            waiting = pool.submit(second_half)
            _wait_for_a_lock(shared)
        with refused() as error:
            waiting.result()
    assert reason_of(error.value) == "ck_task_dependencies_no_circle"


def test_two_updates_at_once_both_count(shared: Engine) -> None:
    def rename() -> None:
        with shared.begin() as connection:
            set_values(connection, "sites", "site", "name_en = name_en || '!'")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(rename) for _ in range(8)]:
            done.result()
    with shared.connect() as connection:
        query = text("SELECT version FROM changes WHERE feature_id = 'site' AND district = :d ORDER BY 1")
        assert list(connection.scalars(query, {"d": DISTRICT})) == list(range(1, 10))


def test_segment_waits_for_a_road_that_is_being_changed(shared: Engine) -> None:
    def new_segment() -> None:
        with shared.begin() as connection:
            add(connection, "segments", from_m=900, to_m=1000)

    with ThreadPoolExecutor(1) as pool:
        with shared.begin() as connection:
            shorter = "geom = 'SRID=4326;LINESTRING M (113 34 0, 114 34 500)'"
            set_values(connection, "roads", "road", shorter)
            waiting = pool.submit(new_segment)
            _wait_for_a_lock(shared)
        with refused() as error:
            waiting.result()
    assert reason_of(error.value) == "ck_segments_inside_road"


def _wait_for_a_lock(engine: Engine) -> None:
    """Return when some transaction of this database waits for another."""
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE NOT granted AND datname = current_database()"
    )
    while True:
        with engine.connect() as connection:
            if connection.scalar(waiting):
                return
