"""The progress rule: by hand for each line of its table, and against the same rule written in plain Python."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from geo.query.view import Thresholds, View
from tests.geo.reading import properties_of
from tests.geo.sample import DISTRICT, add

SHANGHAI = timezone(timedelta(hours=8))
TODAY = date(2030, 6, 5)  # the small world is made now, so its plans lie ahead


def june(day: int) -> date:
    return date(2030, 5, 31) + timedelta(days=day)


class Work(NamedTuple):
    """A task: days of June 2030 (None: not planned), percent (None: not reported), weight, why it is blocked."""

    start: int | None
    finish: int | None
    percent: float | None = None
    weight: float = 1
    blocked: str | None = None


# Ten days from the 1st to the 10th of June: on the morning of the 5th four of them are over, 40 %.
TEN_DAYS = Work(1, 10)


def plan(connection: Connection, works: list[Work], *, programme: str = "programme") -> None:
    """Put the tasks on a segment of their own; another plan that is not in force says something else."""
    add(connection, "segments")
    add(connection, "baselines", id="replaced")
    for i, work in enumerate(works):
        task = f"work-{i}"
        add(
            connection,
            "tasks",
            id=task,
            programme_id=programme,
            segment_id="new",
            progress_percent=work.percent,
            weight=work.weight,
            blocked_reason=work.blocked,
        )
        add(connection, "planned_dates", baseline_id="replaced", task_id=task, planned_finish=june(-300))
        if work.finish is not None:
            start = None if work.start is None else june(work.start)
            add(connection, "planned_dates", task_id=task, planned_start=start, planned_finish=june(work.finish))


def progress(
    connection: Connection, *, on: date = TODAY, thresholds: Thresholds | None = None, segment: str = "new"
) -> dict[str, Any]:
    moment = datetime.combine(on, datetime.min.time(), SHANGHAI) + timedelta(hours=9)
    view = View(DISTRICT, moment, thresholds or Thresholds())
    return properties_of(connection, "segment_progress", view, segment)


BY_HAND: list[tuple[str, list[Work], str, tuple[float | None, float | None, float | None]]] = [
    # 1: blocked, even when all else is well; a finished task is no longer blocked
    ("blocked", [Work(1, 10, 80, blocked="管线未迁"), Work(1, 10, 100)], "progress-1", (40, 90, -50)),
    ("blocked", [Work(20, 30, None, blocked="未交地")], "progress-1", (0, None, None)),
    ("done", [Work(1, 10, 100, blocked="旧事")], "progress-2", (40, 100, -60)),
    # 2: done
    ("done", [Work(1, 10, 100), Work(20, 30, 100), Work(None, None, 100)], "progress-2", (13.3, 100, -86.7)),
    ("on_plan", [Work(1, 10, 99.99)], "progress-7", (40, 100, -60)),
    # 3: not due; the day of the planned start is the first on which it is
    ("not_due", [Work(6, 10)], "progress-3", (0, None, None)),
    ("not_due", [Work(None, 5)], "progress-3", (0, None, None)),
    ("not_due", [Work(6, 10), Work(None, None)], "progress-3", (0, None, None)),
    # 4: unconfirmed
    ("unconfirmed", [Work(5, 10)], "progress-4", (0, None, None)),
    ("unconfirmed", [Work(None, 4)], "progress-4", (100, None, None)),
    ("unconfirmed", [Work(1, 2), Work(20, 30)], "progress-4", (50, None, None)),
    ("unconfirmed", [Work(None, None)], "progress-4", (None, None, None)),
    ("unconfirmed", [], "progress-4", (None, None, None)),
    # 5 to 7: the lag in points, the thresholds included
    ("seriously_behind", [TEN_DAYS._replace(percent=0)], "progress-5", (40, 0, 40)),
    ("seriously_behind", [TEN_DAYS._replace(percent=10)], "progress-5", (40, 10, 30)),
    ("seriously_behind", [TEN_DAYS._replace(percent=10.04)], "progress-5", (40, 10, 30)),
    ("behind", [TEN_DAYS._replace(percent=10.05)], "progress-6", (40, 10.1, 29.9)),
    ("behind", [TEN_DAYS._replace(percent=30)], "progress-6", (40, 30, 10)),
    ("on_plan", [TEN_DAYS._replace(percent=30.05)], "progress-7", (40, 30.1, 9.9)),
    ("on_plan", [TEN_DAYS._replace(percent=40)], "progress-7", (40, 40, 0)),
    ("on_plan", [Work(None, None, 5)], "progress-7", (None, 5, None)),
    # one third of three parts and none of a fourth are exactly 25 %
    ("behind", [Work(4, 6, 0, weight=3), Work(6, 9, 60)], "progress-6", (25, 15, 10)),
    # not reported counts as nothing done once anything is reported: (3 x 50 + 1 x 0) / 4 against (3 x 40 + 1 x 100) / 4
    ("behind", [TEN_DAYS._replace(percent=50, weight=3), Work(1, 4)], "progress-6", (55, 37.5, 17.5)),
    # the last planned day is not over before its evening: 9 of 10 days on the 5th
    ("on_plan", [Work(-4, 5, 85)], "progress-7", (90, 85, 5)),
    ("on_plan", [Work(-5, 4, 95)], "progress-7", (100, 95, 5)),
    ("on_plan", [Work(5, 5, 0)], "progress-7", (0, 0, 0)),
    ("seriously_behind", [Work(4, 4, 0)], "progress-5", (100, 0, 100)),
]


@pytest.mark.parametrize(("state", "works", "rule", "figures"), BY_HAND)
def test_rule_by_hand(
    world: Connection, state: str, works: list[Work], rule: str, figures: tuple[float | None, ...]
) -> None:
    plan(world, works)
    found = progress(world)
    assert (found["state"], found["rule"]) == (state, rule)
    assert (found["planned_percent"], found["actual_percent"], found["lag_points"]) == figures


def exact_plan(work: Work, today: int) -> Fraction:
    """Return the planned percent of a task on the morning of a day of June."""
    if work.finish is None or today <= (work.finish if work.start is None else work.start):
        return Fraction(0)
    if today > work.finish:
        return Fraction(100)
    assert work.start is not None
    return Fraction(100 * (today - work.start), work.finish - work.start + 1)


def exact_mean(works: list[Work], percents: list[Fraction]) -> Fraction:
    weights = [Fraction(work.weight) for work in works]
    return sum((w * p for w, p in zip(weights, percents, strict=True)), Fraction(0)) / sum(weights)


def ruled(works: list[Work], today: int, lag: float | None) -> str:
    """Ask the rules in order; ``lag`` is the difference of the rounded figures."""
    reported = [work for work in works if work.percent is not None]
    dated = [work for work in works if work.finish is not None]
    begun = [work for work in dated if today > (work.finish or 0) or (work.start is not None and today >= work.start)]
    if any(work.blocked is not None and work.percent != 100 for work in works):
        return "blocked"
    if all(work.percent == 100 for work in works):
        return "done"
    if not reported:
        return "not_due" if dated and not begun else "unconfirmed"
    if lag is None or lag < 10:
        return "on_plan"
    return "seriously_behind" if lag >= 30 else "behind"


SPANS = st.tuples(st.none() | st.integers(-12, 20), st.integers(0, 15)).map(
    lambda span: (span[0], (span[0] or 0) + span[1])
) | st.just((None, None))
PERCENTS = st.none() | st.sampled_from([0.0, 100.0]) | st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
BLOCKED = st.sampled_from([None, None, None, None, "受阻"])
WORKS = st.tuples(SPANS, PERCENTS, st.sampled_from([0.5, 1, 2, 3]), BLOCKED).map(
    lambda drawn: Work(drawn[0][0], drawn[0][1], *drawn[1:])
)


@example_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(works=st.lists(WORKS, min_size=1, max_size=4))
def test_rule_equals_the_rule_in_plain_python(world: Connection, works: list[Work]) -> None:
    with world.begin_nested() as savepoint:
        plan(world, works)
        found = progress(world)
        savepoint.rollback()
    today = 5
    planned, actual, lag = (found[name] for name in ("planned_percent", "actual_percent", "lag_points"))
    # Half a tenth is what rounding may take; which way a tie goes is not the rule's business.
    half = Fraction(5, 100) + Fraction(1, 10**9)
    if any(work.finish is not None for work in works):
        wanted = exact_mean(works, [exact_plan(work, today) for work in works])
        assert abs(Fraction(str(planned)) - wanted) <= half
    else:
        assert planned is None
    if any(work.percent is not None for work in works):
        wanted = exact_mean(works, [Fraction(str(work.percent or 0)) for work in works])
        assert abs(Fraction(str(actual)) - wanted) <= half
    else:
        assert actual is None
    assert lag == (None if None in {planned, actual} else float(Fraction(str(planned)) - Fraction(str(actual))))
    assert found["state"] == ruled(works, today, lag)


def test_thresholds_are_the_views(world: Connection) -> None:
    plan(world, [TEN_DAYS._replace(percent=33)])  # 7 points behind
    for limits, state in (
        (Thresholds(7, 8), "behind"),
        (Thresholds(1, 7), "seriously_behind"),
        (Thresholds(8, 9), "on_plan"),
    ):
        found = progress(world, thresholds=limits)
        assert found["state"] == state
    assert "8" in found["why_en"]


def test_day_begins_at_midnight_in_shanghai(world: Connection) -> None:
    plan(world, [Work(6, 10)])
    for moment, state in (("2030-06-05T15:59:59", "not_due"), ("2030-06-05T16:30:00", "unconfirmed")):
        view = View(DISTRICT, datetime.fromisoformat(moment).replace(tzinfo=timezone.utc))
        assert properties_of(world, "segment_progress", view, "new")["state"] == state


@pytest.mark.parametrize(
    ("works", "inputs"),
    [
        ([Work(1, 10, 10, blocked="100% \"blocked\" 'by' %s {} \\ 管线")], ["100% \"blocked\" 'by' %s {} \\ 管线"]),
        ([Work(1, 10, 100), Work(1, 10, 100)], ["2"]),
        ([Work(6, 10), Work(7, 10), Work(8, 10)], ["3"]),
        ([Work(1, 10), Work(1, 10), Work(8, 10)], ["2", "3"]),
        ([Work(1, 10, 7.5)], ["40.0%", "7.5%", "32.5", "30"]),
        ([Work(1, 10, 27.5)], ["40.0%", "27.5%", "12.5", "10"]),
        ([Work(1, 10, 42.5)], ["40.0%", "42.5%", "2.5"]),
        ([Work(None, None, 42.5)], ["42.5%"]),
    ],
)
def test_sentence_names_its_inputs_in_both_languages(world: Connection, works: list[Work], inputs: list[str]) -> None:
    plan(world, works)
    found = progress(world)
    for sentence in (found["why_zh"], found["why_en"]):
        assert [each for each in inputs if each not in sentence] == []
        assert "%%" not in sentence
        assert " %," not in sentence


def test_place_without_tasks_says_that_nothing_is_planned(world: Connection) -> None:
    plan(world, [])
    found = progress(world)
    assert found["tasks"] == []
    assert found["why_en"] == "No planned dates and no report: not confirmed"


def test_first_of_several_reasons_is_named_and_none_of_finished_tasks(world: Connection) -> None:
    plan(world, [Work(1, 2, 100, blocked="a"), Work(1, 2, 5, blocked="c"), Work(1, 2, None, blocked="b")])
    assert progress(world)["why_en"] == "Blocked: b"


def test_plan_in_force_at_the_moment_counts(world: Connection) -> None:
    plan(world, [TEN_DAYS._replace(percent=40)], programme="programme")
    assert progress(world)["baseline_en"] == "A"
    # Without a plan in force there is nothing to lag behind.
    world.exec_driver_sql("UPDATE baselines SET is_current = false")
    found = progress(world)
    assert (found["baseline_en"], found["planned_percent"], found["state"]) == (None, None, "on_plan")


def test_tasks_are_listed_in_the_order_of_their_stages(world: Connection) -> None:
    plan(world, [])
    for stage in ("handover", "demolition", "tender"):
        add(world, "tasks", id=stage, stage=stage, segment_id="new")
    found = progress(world)["tasks"]
    assert [task["stage"] for task in found] == ["demolition", "tender", "handover"]
    assert found[1] == {
        "id": "tender", "stage": "tender", "stage_zh": "招投标", "stage_en": "Tender", "planned_start": None,
        "planned_finish": None, "actual_start": None, "actual_finish": None, "progress_percent": None,
        "blocked_reason": None, "unit_id": None, "programme_id": "programme",
        "begin_due": False, "is_overdue": False, "is_unseen": False,
    }  # fmt: skip


def test_site_follows_the_same_rule_with_its_own_tasks(world: Connection) -> None:
    add(world, "tasks", id="on-site", segment_id=None, site_id="site", progress_percent=0)
    add(world, "planned_dates", task_id="on-site", planned_start=june(1), planned_finish=june(10))
    view = View(DISTRICT, datetime(2030, 6, 5, 9, tzinfo=SHANGHAI))
    found = properties_of(world, "site_progress", view, "site")
    assert (found["state"], found["lag_points"], len(found["tasks"])) == ("seriously_behind", 40, 1)
    assert (found["state_zh"], found["kind"]) == ("严重滞后", "park")
