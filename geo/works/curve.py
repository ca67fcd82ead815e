"""The S-curve: planned and earned value, day by day, of groups of tasks.

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
    true,
    union_all,
)
from sqlalchemy.types import Text

from geo.model import Change, Task
from geo.query.view import LOCAL_TIME_ZONE, View
from geo.works.earned_value import GROUPINGS, valued_tasks
from geo.works.plan import COMPLETE

NOTHING: ColumnElement[Any] = literal_column("0::numeric")


def curves(
    view: View,
    by: str,
    key: str | BindParameter[str] | None = None,
    baseline_id: str | BindParameter[str] | None = None,
) -> Select[Any]:
    """Select ``(id, measure, day, planned_value, earned_value)`` of each group, or of one, in the order of days.

    ``by`` is a name of ``GROUPINGS``. Days run from the day before the first planned or reported one of all groups to
    their last planned one, or to the view's own if that is later; ``planned_value`` is that of the day's morning,
    ``earned_value`` that of its end, NULL after the view's day. No row where nothing is planned or reported.
    """
    valued = valued_tasks(view, baseline_id)
    column = valued.c[GROUPINGS[by].column]
    asked = column.is_not(None) if key is None else column == key
    tasks = select(valued, column.label("key")).where(asked).cte("tasks").prefix_with("MATERIALIZED")
    plan, earned = _bends(tasks), _earnings(view, tasks)
    today = view.local_date()
    days = _days(today, plan, earned)
    groups = select(tasks.c.key, tasks.c.measure).distinct().subquery("groups")
    each_day = select(groups, days).select_from(groups.join(days, true())).subquery("each_day")
    part = [each_day.c.key, each_day.c.measure]
    slope, jump, gain = (func.coalesce(value, NOTHING) for value in (plan.c.slope, plan.c.jump, earned.c.gain))

    def running(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.sum(value).over(partition_by=part, order_by=each_day.c.day)

    slopes = (
        select(
            each_day,
            running(jump).label("jumps"),
            running(slope).label("slope"),
            running(gain).label("earned"),
        )
        .select_from(each_day.outerjoin(plan, _same(plan, each_day)).outerjoin(earned, _same(earned, each_day)))
        .subquery("slopes")
    )
    before = func.sum(slopes.c.slope).over(
        partition_by=[slopes.c.key, slopes.c.measure], order_by=slopes.c.day, rows=(None, -1)
    )
    return select(
        slopes.c.key.label("id"),
        slopes.c.measure,
        slopes.c.day,
        func.round(func.coalesce(before, NOTHING) + slopes.c.jumps, 3).label("planned_value"),
        case((slopes.c.day <= today, func.round(slopes.c.earned, 3))).label("earned_value"),
    ).order_by(slopes.c.key, slopes.c.measure, slopes.c.day)


def _same(part: Subquery, each_day: Subquery) -> ColumnElement[bool]:
    return and_(*(part.c[name] == each_day.c[name] for name in ("key", "measure", "day")))


def _bends(tasks: Any) -> Subquery:
    """Sum up, for each day on which the plan bends, by how much its slope changes and what is due at one stroke."""
    start, finish, budget = tasks.c.planned_start, tasks.c.planned_finish, tasks.c.budget
    group = (tasks.c.key, tasks.c.measure)
    rate = budget / cast(finish - start + 1, Numeric)
    ramp = and_(start.is_not(None), finish.is_not(None))
    bends = union_all(
        select(*group, start.label("day"), rate.label("slope"), NOTHING.label("jump")).where(ramp),
        select(*group, finish + 1, -rate, NOTHING).where(ramp),
        select(*group, finish + 1, NOTHING, budget).where(start.is_(None), finish.is_not(None)),
    ).subquery("bends")
    sums = (func.sum(bends.c[name]).label(name) for name in ("slope", "jump"))
    keys = (bends.c.key, bends.c.measure, bends.c.day)
    return select(*keys, *sums).group_by(*keys).subquery("plan")


def _earnings(view: View, tasks: Any) -> Subquery:
    """Sum up what each day's accepted reports added to the earned value, or took from it."""
    percent = func.coalesce(cast(Change.state["progress_percent"].astext, Numeric), 0)
    before = func.lag(percent, 1, 0).over(partition_by=Change.feature_id, order_by=Change.version)
    steps = (
        select(
            tasks.c.key,
            tasks.c.measure,
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
    keys = (steps.c.key, steps.c.measure, steps.c.day)
    return select(*keys, func.sum(steps.c.gain).label("gain")).group_by(*keys).subquery("earned")


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
