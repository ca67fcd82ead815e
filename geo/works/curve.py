"""The S-curve: planned and earned value, day by day, of any group of tasks.

The plan of a task is a ramp from its planned start to its finish (see :mod:`geo.works.plan`), or a step after its
finish where it has no start. A sum of ramps is worked out from where they begin and end, not task by task for each
day: twenty thousand segments take no longer to draw than their dates take to read.

What was earned on a day is what the store had accepted by its end, with the budgets of the view's moment; the day of
the view itself ends with its moment, so that the curve's last point is the figure of that moment.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Interval,
    Numeric,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.types import Text

from geo.model import Change, Task
from geo.query.view import LOCAL_TIME_ZONE, View
from geo.works.earned_value import COMPLETE, GROUPINGS, valued_tasks

NOTHING: ColumnElement[Any] = literal_column("0::numeric")


def curve(
    view: View,
    by: str,
    key: str | BindParameter[str],
    measure: str | BindParameter[str],
    baseline_id: str | BindParameter[str] | None = None,
) -> Select[Any]:
    """Select ``(day, planned_value, earned_value)`` of one group in one measure, in the order of days.

    Days run from the day before the first planned or reported one to the last planned one, or to the view's own if
    that is later; ``planned_value`` is that of the day's morning, ``earned_value`` that of its end, NULL after the
    view's day. No row where nothing is planned or reported.
    """
    valued = valued_tasks(view, baseline_id)
    column = valued.c[GROUPINGS[by].column]
    tasks = select(valued).where(column == key, valued.c.measure == measure).cte("tasks").prefix_with("MATERIALIZED")
    plan, earned = _bends(tasks), _earnings(view, tasks)
    today = view.local_date()
    days = _days(today, plan, earned)
    slope, jump, gain = (func.coalesce(part, NOTHING) for part in (plan.c.slope, plan.c.jump, earned.c.gain))
    slopes = (
        select(
            days.c.day,
            func.sum(jump).over(order_by=days.c.day).label("jumps"),
            func.sum(slope).over(order_by=days.c.day).label("slope"),
            func.sum(gain).over(order_by=days.c.day).label("earned"),
        )
        .select_from(days.outerjoin(plan, plan.c.day == days.c.day).outerjoin(earned, earned.c.day == days.c.day))
        .subquery("slopes")
    )
    climbed = func.coalesce(func.sum(slopes.c.slope).over(order_by=slopes.c.day, rows=(None, -1)), NOTHING)
    return select(
        slopes.c.day,
        func.round(climbed + slopes.c.jumps, 3).label("planned_value"),
        case((slopes.c.day <= today, func.round(slopes.c.earned, 3))).label("earned_value"),
    ).order_by(slopes.c.day)


def _bends(tasks: Any) -> Subquery:
    """Sum up, for each day on which the plan bends, by how much its slope changes and what is due at one stroke."""
    start, finish, budget = tasks.c.planned_start, tasks.c.planned_finish, tasks.c.budget
    rate = budget / cast(finish - start + 1, Numeric)
    ramp = and_(start.is_not(None), finish.is_not(None))
    bends = union_all(
        select(start.label("day"), rate.label("slope"), NOTHING.label("jump")).where(ramp),
        select(finish + 1, -rate, NOTHING).where(ramp),
        select(finish + 1, NOTHING, budget).where(start.is_(None), finish.is_not(None)),
    ).subquery("bends")
    sums = (func.sum(bends.c[name]).label(name) for name in ("slope", "jump"))
    return select(bends.c.day, *sums).group_by(bends.c.day).subquery("plan")


def _earnings(view: View, tasks: Any) -> Subquery:
    """Sum up what each day's accepted reports added to the earned value, or took from it."""
    percent = func.coalesce(cast(Change.state["progress_percent"].astext, Numeric), 0)
    before = func.lag(percent, 1, 0).over(partition_by=Change.feature_id, order_by=Change.version)
    steps = (
        select(
            cast(func.timezone(LOCAL_TIME_ZONE, Change.changed_at), Date).label("day"),
            ((percent - before) * tasks.c.budget / COMPLETE).label("gain"),
        )
        .join_from(Change, tasks, tasks.c.id == Change.feature_id)
        .where(
            Change.district == view.district,
            Change.collection == Task.__tablename__,
            Change.changed_at <= view.instant(),
        )
        .subquery("steps")
    )
    return select(steps.c.day, func.sum(steps.c.gain).label("gain")).group_by(steps.c.day).subquery("earned")


def _days(today: ColumnElement[Any], plan: Subquery, earned: Subquery) -> Subquery:
    ends = union_all(
        select(func.min(plan.c.day).label("first"), func.max(plan.c.day).label("last")),
        select(func.min(earned.c.day).filter(earned.c.gain != 0), cast(today, Date)),
    ).subquery("ends")
    first, last = func.min(ends.c.first), func.max(ends.c.last)
    step = cast(literal_column("'1 day'", Text), Interval)
    series = func.generate_series(first - 1, last, step)
    spans = select(series.label("moment")).select_from(ends).having(first.is_not(None)).subquery("spans")
    return select(cast(spans.c.moment, Date).label("day")).subquery("days")
