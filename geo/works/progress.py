"""The progress rule: which state a place is in, from its tasks, and the sentence that says why.

Planned progress of a task on a day is linear between its planned dates, both included (0 % on the morning of the
first, 100 % after the last); a task without a planned start counts 0 % until its finish has passed, since its plan
says nothing in between. A place's planned and actual progress are the means of its tasks' by their weight (the
planned and earned value of ISO 21508:2018, divided by the budget), rounded to 0.1; the lag is the difference of those
two, so that the figures people read are the ones compared. The rules are asked in order, the first that holds gives
the state:

==========  ================  ==================================================================================
rule        state             holds when
==========  ================  ==================================================================================
progress-1  blocked           an unfinished task is reported as blocked
progress-2  done              every task is reported complete
progress-3  not_due           nobody has reported, and by their planned dates no task should have begun yet
progress-4  unconfirmed       nobody has reported any task, though one should have begun (or none has planned dates)
progress-5  seriously_behind  actual lags planned by the larger threshold or more, in percentage points
progress-6  behind            actual lags planned by the smaller threshold or more
progress-7  on_plan           otherwise (also when no task has planned dates to lag behind)
==========  ================  ==================================================================================
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause

from geo.query.layer import json_object
from geo.query.view import View
from geo.works.plan import planned_tasks


class Outcome(NamedTuple):
    """The columns that the rule adds to a place; percentages are 0-100, or NULL when unknown."""

    state: ColumnElement[str]
    rule: ColumnElement[str]
    why_zh: ColumnElement[str]
    why_en: ColumnElement[str]
    planned_percent: ColumnElement[Any]
    actual_percent: ColumnElement[Any]
    lag_points: ColumnElement[Any]


def place_progress(view: View, place_column: str, near: Select[Any] | None = None) -> Subquery:
    """Sum up the tasks of each place: one row per value of ``place_column`` (``segment_id`` or ``site_id``).

    ``near`` selects the ids of the places that are looked at; without it, it is all of them.

    Columns: ``place_id planned_percent actual_percent tasks_count seen_count done_count due_count blocked_reason
    baseline_zh baseline_en changed_at tasks`` (JSON, in stage order).
    """
    task = planned_tasks(view)
    place = task.c[place_column]
    tasks = func.json_agg(aggregate_order_by(_task_json(task), task.c.stage_order, task.c.id))
    changed_at = func.max(func.greatest(task.c.changed_at, task.c.plan_changed_at))
    return (
        select(place.label("place_id"), *sums_of(task), changed_at.label("changed_at"), tasks.label("tasks"))
        .where(place.is_not(None) if near is None else place.in_(near))
        .group_by(place)
        .subquery("progress")
    )


def sums_of(task: FromClause) -> list[ColumnElement[Any]]:
    """Return the sums over a group of planned tasks that :func:`outcome` asks."""
    reported = func.count(task.c.progress_percent)
    weighted = func.sum(task.c.weight * func.coalesce(task.c.progress_percent, 0))
    return [
        (func.sum(task.c.weight * task.c.planned_percent) / func.sum(task.c.weight)).label("planned_percent"),
        case((reported > 0, weighted / func.sum(task.c.weight))).label("actual_percent"),
        func.count().label("tasks_count"),
        reported.label("seen_count"),
        func.count().filter(task.c.progress_percent == 100).label("done_count"),  # noqa: PLR2004 - percent
        func.count().filter(task.c.begin_due).label("due_count"),
        func.min(task.c.blocked_reason).filter(_unfinished(task)).label("blocked_reason"),
        func.min(task.c.baseline_zh).label("baseline_zh"),
        func.min(task.c.baseline_en).label("baseline_en"),
    ]


def outcome(view: View, progress: FromClause) -> Outcome:
    """Apply the rules of this module to the sums of :func:`place_progress` (left-joined to the place)."""
    planned, actual = _rounded(progress.c.planned_percent), _rounded(progress.c.actual_percent)
    lag = planned - actual
    nothing_due = and_(progress.c.seen_count == 0, progress.c.due_count == 0, progress.c.planned_percent.is_not(None))
    limits = view.thresholds
    conditions = (
        ("progress-1", "blocked", progress.c.blocked_reason.is_not(None)),
        ("progress-2", "done", progress.c.done_count == progress.c.tasks_count),
        ("progress-3", "not_due", nothing_due),
        ("progress-4", "unconfirmed", or_(progress.c.seen_count.is_(None), progress.c.seen_count == 0)),
        ("progress-5", "seriously_behind", lag >= limits.seriously_behind_points),
        ("progress-6", "behind", lag >= limits.behind_points),
    )
    why_zh, why_en = _sentences(view, progress, [planned, actual, lag])
    return Outcome(
        state=case(*((holds, state) for _, state, holds in conditions), else_="on_plan"),
        rule=case(*((holds, rule) for rule, _, holds in conditions), else_="progress-7"),
        why_zh=case(*((holds, why_zh[state]) for _, state, holds in conditions), else_=why_zh["on_plan"]),
        why_en=case(*((holds, why_en[state]) for _, state, holds in conditions), else_=why_en["on_plan"]),
        planned_percent=planned,
        actual_percent=actual,
        lag_points=lag,
    )


def _unfinished(task: FromClause) -> ColumnElement[bool]:
    return func.coalesce(task.c.progress_percent, 0) < 100  # noqa: PLR2004 - percent


def _task_json(task: FromClause) -> ColumnElement[Any]:
    names = (
        "id stage stage_zh stage_en planned_start planned_finish actual_start actual_finish "
        "progress_percent blocked_reason unit_id programme_id begin_due is_overdue is_unseen"
    )
    return json_object(task, names.split())


def _rounded(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """Round to 0.1; the noise of division goes first, lest it decide a tie."""
    return func.round(func.round(cast(number, Numeric), 9), 1, type_=Numeric)


def _sentences(
    view: View, progress: FromClause, numbers: list[ColumnElement[Any]]
) -> tuple[dict[str, ColumnElement[Any]], dict[str, ColumnElement[Any]]]:
    """Write, for each state, the sentence with the numbers that led to it, in Chinese and English.

    ``numbers`` are the planned and actual percentages and the lag.
    """
    sums = progress.c
    counts = [sums.due_count, sums.tasks_count]
    limits = view.thresholds
    arguments: dict[str, tuple[str, str, list[Any]]] = {
        "blocked": ("受阻：%s", "Blocked: %s", [sums.blocked_reason]),
        "done": ("%s 项工序全部报告完成", "All %s tasks are reported complete", [sums.tasks_count]),
        "not_due": (
            "%s 项工序都未到计划开工日，尚无上报",
            "None of the %s tasks is due to begin, and nobody has reported yet",
            [sums.tasks_count],
        ),
        "unconfirmed": (
            "应已开工 %s 项（共 %s 项），但没有任何上报，情况未确认",
            "%s of %s tasks should have begun, but nobody has reported: not confirmed",
            [func.coalesce(count, 0) for count in counts],
        ),
        "seriously_behind": (
            "计划 %s%%，实际 %s%%，落后 %s 个百分点，达到严重滞后线 %s",
            "Planned %s%%, actual %s%%: %s points behind, at or over the serious threshold of %s",
            [*numbers, _number(limits.seriously_behind_points)],
        ),
        "behind": (
            "计划 %s%%，实际 %s%%，落后 %s 个百分点，达到滞后线 %s",
            "Planned %s%%, actual %s%%: %s points behind, at or over the threshold of %s",
            [*numbers, _number(limits.behind_points)],
        ),
        "on_plan": (
            "计划 %s%%，实际 %s%%，落后 %s 个百分点，未到滞后线 %s",
            "Planned %s%%, actual %s%%: %s points behind, under the threshold of %s",
            [*numbers, _number(limits.behind_points)],
        ),
    }
    without_dates: dict[str, tuple[str, str, list[Any]]] = {
        "unconfirmed": (
            "没有计划日期，也没有任何上报，情况未确认",
            "No planned dates and no report: not confirmed",
            [],
        ),
        "on_plan": ("实际 %s%%，没有计划日期可比", "Actual %s%%, no planned dates to compare with", [numbers[1]]),
    }
    ahead: dict[str, tuple[str, str, list[Any]]] = {
        "on_plan": (
            "计划 %s%%，实际 %s%%，超前 %s 个百分点",
            "Planned %s%%, actual %s%%: %s points ahead",
            [*numbers[:2], func.abs(numbers[2])],
        ),
    }
    sentences: list[dict[str, ColumnElement[Any]]] = [{}, {}]
    for state, forms in arguments.items():
        ways = (without_dates.get(state, forms), ahead.get(state, forms), forms)
        for language in (0, 1):
            undated, early, said = (func.format(each[language], *each[2], type_=Text) for each in ways)
            sentences[language][state] = case(
                (sums.planned_percent.is_(None), undated), (numbers[2] < 0, early), else_=said
            )
    return sentences[0], sentences[1]


def _number(value: float) -> ColumnElement[str]:
    return literal(f"{value:g}")
