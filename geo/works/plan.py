"""The plan: each task with its stage and its dates in a named baseline."""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, Numeric, Subquery, and_, case, cast, func, select

from geo.model import Baseline, PlannedDate, Task
from geo.model.vocabularies import Stage
from geo.query.view import View

COMPLETE = 100  # per cent


def planned_tasks(view: View, baseline_id: str | BindParameter[str] | None = None) -> Subquery:
    """Join each task to its stage and to its dates in a baseline, without one in its programme's current one.

    Added columns: ``planned_start planned_finish planned_percent begin_due`` (as on the morning of the view's day),
    ``is_overdue`` (not complete though its finish has passed), ``is_unseen`` (it should have begun, and nobody has
    reported), ``baseline_id baseline_zh baseline_en plan_changed_at stage_zh stage_en stage_order``. A task that the
    baseline does not name has no dates, and none of what follows from them.
    """
    task, dates, baseline = view.rows(Task), view.rows(PlannedDate), view.rows(Baseline)
    start, finish = dates.c.planned_start, dates.c.planned_finish
    today = view.local_date()
    chosen: ColumnElement[bool] = baseline.c.is_current if baseline_id is None else baseline.c.id == baseline_id
    days = cast(finish - start + 1, Numeric)
    begin_due = func.coalesce(today >= start, today > finish, False)
    complete = func.coalesce(task.c.progress_percent, 0) == COMPLETE
    planned = case(
        (today > finish, 100),
        (today > start, cast(today - start, Numeric) * 100 / days),
        (finish.is_not(None), 0),
    )
    return (
        select(
            task,
            start.label("planned_start"),
            finish.label("planned_finish"),
            cast(planned, Numeric).label("planned_percent"),
            begin_due.label("begin_due"),
            and_(func.coalesce(finish < today, False), ~complete).label("is_overdue"),
            and_(begin_due, task.c.progress_percent.is_(None)).label("is_unseen"),
            baseline.c.id.label("baseline_id"),
            baseline.c.name_zh.label("baseline_zh"),
            baseline.c.name_en.label("baseline_en"),
            func.greatest(dates.c.changed_at, baseline.c.changed_at).label("plan_changed_at"),
            Stage.label_zh.label("stage_zh"),
            Stage.label_en.label("stage_en"),
            Stage.sort_order.label("stage_order"),
        )
        .join_from(task, Stage, Stage.code == task.c.stage)
        .outerjoin(baseline, and_(baseline.c.programme_id == task.c.programme_id, chosen))
        .outerjoin(dates, and_(dates.c.baseline_id == baseline.c.id, dates.c.task_id == task.c.id))
        .subquery("task")
    )
