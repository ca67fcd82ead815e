"""Earned value: how much of the work was planned to be done, how much is, for any group of tasks.

A task's budget is its share in its place: the place's size times the task's weight over the weights of all tasks there.
The size of a road segment is its length in metres, so that roads, units and programmes are weighted by length; a
site, a checkpoint or a task without a place has no length and counts as one place. Metres and places are never added
up: each group has one row for each *measure*.

Planned value is the budget times the planned percentage on the morning of the day, earned value the budget times the
reported percentage (none reported: 0), and the schedule performance index their quotient, EV / PV (ISO 21508:2018, 5;
there budgets are money, here they are work, for the district's plans have no costs). A percentage is a value over the
budget; the lag is the difference of the two rounded percentages, as in :mod:`geo.works.progress`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Numeric, Select, Subquery, case, cast, func, select

from geo.model import Base, Checkpoint, Programme, Road, Segment, Site, Unit
from geo.model.vocabularies import Stage
from geo.query.layer import text_constant
from geo.query.view import View
from geo.works.plan import COMPLETE, planned_tasks

METRES, PLACES = "length_m", "places"
COUNTS = ("places", "tasks", "done", "due", "seen", "unseen", "overdue", "blocked")


class Grouping(NamedTuple):
    """What tasks are summed by: their column, and the table with the groups' names (None: all are one group)."""

    column: str
    names: type[Base] | None


GROUPINGS: Mapping[str, Grouping] = {
    "district": Grouping("district", None),
    "programme": Grouping("programme_id", Programme),
    "road": Grouping("road_id", Road),
    "unit": Grouping("unit_id", Unit),
    "stage": Grouping("stage", None),
    "segment": Grouping("segment_id", Segment),
    "site": Grouping("site_id", Site),
    "checkpoint": Grouping("checkpoint_id", Checkpoint),
}


def valued_tasks(view: View, baseline_id: str | BindParameter[str] | None = None) -> Subquery:
    """Add to each planned task its ``measure``, ``budget``, ``place`` and ``road_id``."""
    task, segment = planned_tasks(view, baseline_id), view.rows(Segment)
    kinds = {
        "segment": task.c.segment_id,
        "site": task.c.site_id,
        "checkpoint": task.c.checkpoint_id,
        "task": task.c.id,
    }
    place = func.coalesce(*(text_constant(f"{kind}:") + column for kind, column in kinds.items()))
    weights = func.sum(task.c.weight).over(partition_by=place)
    size = func.coalesce(segment.c.to_m - segment.c.from_m, 1)
    return (
        select(
            task,
            place.label("place"),
            segment.c.road_id,
            case((segment.c.id.is_not(None), text_constant(METRES)), else_=text_constant(PLACES)).label("measure"),
            (size * task.c.weight / weights).label("budget"),
        )
        .select_from(task.outerjoin(segment, segment.c.id == task.c.segment_id))
        .subquery("valued")
    )


def figures(view: View, by: str, baseline_id: str | BindParameter[str] | None = None) -> Select[Any]:
    """Select the figures of each group that has tasks: one row for each group and measure, in the groups' order.

    ``by`` is a name of ``GROUPINGS``. Counts are of tasks. ``planned_percent``, ``lag_points`` and ``spi`` are NULL
    where nothing has planned dates (or nothing was planned yet, for ``spi``); ``evidence_percent`` is the share of
    the budget that should have begun and of which anything was reported, NULL where nothing should have.
    """
    valued = valued_tasks(view, baseline_id)
    grouped = _sums(valued, GROUPINGS[by])
    planned, actual = (percent(grouped.c[name], grouped.c.budget) for name in ("planned_value", "earned_value"))
    key, names, joined = _named(view, grouped, by)
    return (
        select(
            key.label("id"),
            *names,
            *(grouped.c[name] for name in ("measure", *(f"{each}_count" for each in COUNTS))),
            *(func.round(grouped.c[name], 3).label(name) for name in ("budget", "planned_value", "earned_value")),
            planned.label("planned_percent"),
            actual.label("actual_percent"),
            (planned - actual).label("lag_points"),
            func.round(grouped.c.earned_value / func.nullif(grouped.c.planned_value, 0), 2).label("spi"),
            percent(grouped.c.seen_due, grouped.c.due).label("evidence_percent"),
            *(grouped.c[name] for name in ("planned_start", "planned_finish", "baseline_zh", "baseline_en")),
            view.instant().label("as_of"),
            grouped.c.demonstration,
        )
        .select_from(joined)
        .order_by(Stage.sort_order if by == "stage" else key, grouped.c.measure)
    )


def percent(part: ColumnElement[Any], whole: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a share in per cent, rounded to 0.1; the noise of division goes first, lest it decide a tie."""
    share = cast(part, Numeric) * COMPLETE / func.nullif(cast(whole, Numeric), 0)
    return func.round(func.round(share, 9), 1, type_=Numeric)


def _sums(valued: Subquery, grouping: Grouping) -> Subquery:
    task = valued.c
    unfinished = func.coalesce(task.progress_percent, 0) < COMPLETE
    seen = task.progress_percent.is_not(None)
    key = task[grouping.column]
    counted: dict[str, ColumnElement[bool]] = {
        "done_count": ~unfinished,
        "due_count": task.begin_due,
        "seen_count": seen,
        "unseen_count": task.is_unseen,
        "overdue_count": task.is_overdue,
        "blocked_count": task.blocked_reason.is_not(None) & unfinished,
    }
    return (
        select(
            key.label("key"),
            task.measure,
            func.count(func.distinct(task.place)).label("places_count"),
            func.count().label("tasks_count"),
            *(func.count().filter(condition).label(name) for name, condition in counted.items()),
            func.sum(task.budget).label("budget"),
            (func.sum(task.budget * task.planned_percent) / COMPLETE).label("planned_value"),
            (func.sum(task.budget * func.coalesce(task.progress_percent, 0)) / COMPLETE).label("earned_value"),
            func.sum(task.budget).filter(task.begin_due).label("due"),
            func.coalesce(func.sum(task.budget).filter(task.begin_due & seen), 0).label("seen_due"),
            func.min(task.planned_start).label("planned_start"),
            func.max(task.planned_finish).label("planned_finish"),
            _same(task.baseline_zh).label("baseline_zh"),
            _same(task.baseline_en).label("baseline_en"),
            func.bool_or(task.demonstration).label("demonstration"),
        )
        .where(key.is_not(None))
        .group_by(key, task.measure)
        .subquery("sums")
    )


def _same(name: ColumnElement[str]) -> ColumnElement[str]:
    """Return the one value of a group, or all of them one after the other."""
    return func.string_agg(func.distinct(name), " · ")


def _named(view: View, grouped: Subquery, by: str) -> tuple[Any, list[Any], Any]:
    """Return a group's id, its names, and what to select them from."""
    if by == "stage":
        labels = [Stage.label_zh.label("name_zh"), Stage.label_en.label("name_en")]
        return grouped.c.key, labels, grouped.join(Stage, Stage.code == grouped.c.key)
    if (model := GROUPINGS[by].names) is None:
        whole = [text_constant("全区").label("name_zh"), text_constant("Whole district").label("name_en")]
        return grouped.c.key, whole, grouped
    table = view.rows(model)
    return grouped.c.key, [table.c.name_zh, table.c.name_en], grouped.join(table, table.c.id == grouped.c.key)
