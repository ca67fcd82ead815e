"""Tasks with place, unit, plan and what follows from it: the rows behind the figures of overdue and unseen work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Select, case, cast, func, select
from sqlalchemy.types import Integer

from geo.model import Checkpoint, Programme, Road, Segment, Site, Unit
from geo.query.layer import pick
from geo.query.view import View
from geo.works.plan import planned_tasks

PLACES = {"segment_id": Segment, "site_id": Site, "checkpoint_id": Checkpoint}


def task_status(view: View) -> Select[Any]:
    """Select every task as planned in its programme's current baseline, without the person.

    ``overdue_days`` counts from the day after the planned finish, NULL where the task is not overdue.
    """
    task, programme, unit, road = planned_tasks(view), view.rows(Programme), view.rows(Unit), view.rows(Road)
    places = {column: view.rows(model) for column, model in PLACES.items()}
    segment = places["segment_id"]
    late = cast(view.local_date() - task.c.planned_finish, Integer)
    joined = (
        task.join(programme, programme.c.id == task.c.programme_id)
        .outerjoin(unit, unit.c.id == task.c.unit_id)
        .outerjoin(segment, segment.c.id == task.c.segment_id)
        .outerjoin(road, road.c.id == segment.c.road_id)
    )
    for column in ("site_id", "checkpoint_id"):
        joined = joined.outerjoin(places[column], places[column].c.id == task.c[column])
    return select(
        *pick(task, "id name_zh name_en programme_id"),
        *_names(programme, "programme"),
        *pick(task, "unit_id"),
        *_names(unit, "unit"),
        *pick(task, "segment_id site_id checkpoint_id"),
        segment.c.road_id,
        *(_first(places.values(), f"name_{lang}").label(f"place_{lang}") for lang in ("zh", "en")),
        *pick(task, "stage stage_zh stage_en planned_start planned_finish actual_start actual_finish"),
        func.round(task.c.planned_percent, 1, type_=Numeric).label("planned_percent"),
        *pick(task, "progress_percent blocked_reason weight begin_due is_overdue"),
        case((task.c.is_overdue, late)).label("overdue_days"),
        *pick(task, "is_unseen baseline_id baseline_zh baseline_en"),
        view.instant().label("as_of"),
        task.c.demonstration,
    ).select_from(joined)  # fmt: skip


def _first(tables: Iterable[Any], name: str) -> ColumnElement[Any]:
    return func.coalesce(*(rows.c[name] for rows in tables))


def _names(rows: Any, stem: str) -> tuple[Any, Any]:
    return rows.c.name_zh.label(f"{stem}_zh"), rows.c.name_en.label(f"{stem}_en")
