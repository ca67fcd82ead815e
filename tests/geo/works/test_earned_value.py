"""Figures and curves of groups: by hand, against plain Python over drawn histories, and against the map's own layer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from geo.query.view import View
from geo.works.curve import curves
from geo.works.earned_value import GROUPINGS, figures
from geo.works.places import segment_progress, site_progress
from tests.geo.sample import DISTRICT, add, set_values, settings

SHANGHAI = timezone(timedelta(hours=8))
FIRST = date(2030, 6, 1)
OPENING = datetime(2020, 7, 20, 1, tzinfo=timezone.utc)


class Work(NamedTuple):
    """A task of the drawn world: its segment, weight, planned days of June 2030, and percent told on which days."""

    segment: int
    weight: int
    start: int | None
    finish: int | None
    told: tuple[tuple[int, int], ...]


LENGTHS = {1: 100, 2: 250, 3: 37}  # metres


def build(connection: Connection, works: list[Work]) -> None:
    """Put the works into a programme of their own, and into the history what was told when."""
    add(connection, "programmes", id="drawn")
    add(connection, "baselines", id="drawn", programme_id="drawn", is_current=True)
    begin = 400
    for number, length in LENGTHS.items():
        add(connection, "segments", id=f"part-{number}", from_m=begin, to_m=begin + length)
        begin += length
    for i, work in enumerate(works):
        settings(connection, clock="2030-05-01T00:00:00+08:00")
        task = f"work-{i}"
        add(
            connection,
            "tasks",
            id=task,
            programme_id="drawn",
            segment_id=f"part-{work.segment}",
            weight=work.weight,
        )
        if work.finish is not None:
            start = None if work.start is None else day(work.start)
            add(connection, "planned_dates", baseline_id="drawn", task_id=task, planned_start=start,
                planned_finish=day(work.finish))  # fmt: skip
        for told_on, percent in work.told:
            settings(connection, clock=noon(told_on).isoformat())
            set_values(connection, "tasks", task, "progress_percent = :percent", percent=percent)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def noon(number: int) -> datetime:
    return datetime.combine(day(number), time(12), SHANGHAI)


def rows(connection: Connection, statement: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def whole(connection: Connection, on: int) -> dict[str, Any]:
    found = rows(connection, figures(View(DISTRICT, noon(on)), "programme"))
    return next(row for row in found if row["id"] == "drawn")


def exact_planned(work: Work, on: int) -> Fraction:
    if work.finish is None or on <= (work.finish if work.start is None else work.start):
        return Fraction(0)
    if on > work.finish:
        return Fraction(1)
    assert work.start is not None
    return Fraction(on - work.start, work.finish - work.start + 1)


def exact_earned(work: Work, on: int) -> Fraction:
    told = [percent for told_on, percent in work.told if told_on <= on]
    return Fraction(told[-1], 100) if told else Fraction(0)


def exact(works: list[Work], on: int) -> tuple[Fraction, Fraction, Fraction]:
    """Return budget, planned and earned value in metres."""
    weights = {n: sum(work.weight for work in works if work.segment == n) for n in LENGTHS}
    budgets = [Fraction(LENGTHS[work.segment] * work.weight, weights[work.segment]) for work in works]
    planned = sum((b * exact_planned(work, on) for b, work in zip(budgets, works, strict=True)), Fraction(0))
    earned = sum((b * exact_earned(work, on) for b, work in zip(budgets, works, strict=True)), Fraction(0))
    return sum(budgets, Fraction(0)), planned, earned


def near(found: Decimal | None, wanted: Fraction, tolerance: str = "0.001") -> bool:
    return found is not None and abs(Fraction(found) - wanted) <= Fraction(tolerance)


SPANS = st.tuples(st.none() | st.integers(1, 20), st.integers(0, 9)).map(
    lambda span: (span[0], (span[0] or 10) + span[1])
) | st.just((None, None))
TOLD = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 100)), max_size=3, unique_by=lambda each: each[0])
WORKS = st.builds(
    lambda segment, weight, span, told: Work(segment, weight, span[0], span[1], tuple(sorted(told))),
    st.sampled_from(sorted(LENGTHS)),
    st.integers(1, 4),
    SPANS,
    TOLD,
)


@example_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(works=st.lists(WORKS, min_size=1, max_size=5), on=st.integers(1, 32))
def test_figures_and_curve_equal_plain_python(world: Connection, works: list[Work], on: int) -> None:
    with world.begin_nested() as savepoint:
        build(world, works)
        found = whole(world, on)
        points = rows(world, curves(View(DISTRICT, noon(on)), "programme", "drawn"))
        savepoint.rollback()
    budget, planned, earned = exact(works, on)
    assert near(found["budget"], budget)
    assert near(found["planned_value"] or Decimal(0), planned)
    assert near(found["earned_value"], earned)
    for point in points:
        number = (point["day"] - FIRST).days + 1
        assert near(point["planned_value"], exact(works, number)[1])
        if number > on:
            assert point["earned_value"] is None
        else:
            assert near(point["earned_value"], exact(works, min(number, on))[2])
    days = [point["day"] for point in points]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))] if days else True
    if any(work.finish is not None for work in works):
        assert near(points[-1]["planned_value"], exact(works, 99)[1])


def test_long_segment_counts_for_more_than_a_short_one(world: Connection) -> None:
    """100 m half done, 250 m untouched and not reported: 50 of 350 m, 14.3 %; the plan wanted both whole."""
    build(world, [Work(1, 1, 1, 4, ((3, 50),)), Work(2, 1, 1, 4, ())])
    found = whole(world, 5)
    assert (found["planned_percent"], found["actual_percent"], found["lag_points"]) == (
        100,
        Decimal("14.3"),
        Decimal("85.7"),
    )
    assert (found["spi"], found["evidence_percent"]) == (Decimal("0.14"), Decimal("28.6"))
    counts = {name: found[f"{name}_count"] for name in ("places", "tasks", "done", "due", "seen", "unseen", "overdue")}
    assert counts == {"places": 2, "tasks": 2, "done": 0, "due": 2, "seen": 1, "unseen": 1, "overdue": 2}


def test_other_baseline_gives_other_figures_of_the_plan(world: Connection) -> None:
    build(world, [Work(1, 1, 1, 4, ())])
    add(world, "baselines", id="older", programme_id="drawn")
    add(world, "planned_dates", baseline_id="older", task_id="work-0", planned_start=day(5), planned_finish=day(8))
    (found,) = [
        row for row in rows(world, figures(View(DISTRICT, noon(7)), "programme", "older")) if row["id"] == "drawn"
    ]
    assert found["planned_percent"] == 50
    assert whole(world, 7)["planned_percent"] == 100


@pytest.mark.parametrize("moment", [OPENING, datetime(2020, 6, 1, 1, tzinfo=timezone.utc), None])
def test_figures_of_places_are_those_of_the_map(demonstration_connection: Connection, moment: datetime | None) -> None:
    view = View(DISTRICT, moment)
    for by, layer in (("segment", segment_progress), ("site", site_progress)):
        drawn = {row["id"]: row for row in rows(demonstration_connection, layer(view))}
        found = rows(demonstration_connection, figures(view, by))
        assert found
        for row in found:
            place = drawn[row["id"]]
            assert row["planned_percent"] == place["planned_percent"]
            if place["actual_percent"] is not None:
                assert row["actual_percent"] == place["actual_percent"]


@pytest.mark.parametrize("by", sorted(GROUPINGS))
def test_groups_add_up_to_the_district(demonstration_connection: Connection, by: str) -> None:
    view = View(DISTRICT, OPENING)
    everything = {row["measure"]: row for row in rows(demonstration_connection, figures(view, "district"))}
    found = rows(demonstration_connection, figures(view, by))
    covers_all = by in {"district", "programme", "stage"}
    for measure, total in everything.items():
        parts = [row for row in found if row["measure"] == measure]
        if covers_all or (by in {"road", "segment", "unit"} and measure == "length_m"):
            for name in ("budget", "planned_value", "earned_value"):
                assert near(sum(row[name] for row in parts), Fraction(total[name]), "0.02")
            assert sum(row["tasks_count"] for row in parts) == total["tasks_count"]


@pytest.mark.parametrize("by", ["district", "programme", "road"])
def test_curve_ends_today_in_the_figure_of_today(demonstration_connection: Connection, by: str) -> None:
    view = View(DISTRICT, OPENING)
    drawn = rows(demonstration_connection, curves(view, by))
    for row in rows(demonstration_connection, figures(view, by)):
        points = [each for each in drawn if (each["id"], each["measure"]) == (row["id"], row["measure"])]
        (today,) = [point for point in points if point["day"] == date(2020, 7, 20)]
        assert near(today["planned_value"], Fraction(row["planned_value"]))
        assert near(today["earned_value"], Fraction(row["earned_value"]))
        assert near(points[-1]["planned_value"], Fraction(row["budget"]), "0.01")
