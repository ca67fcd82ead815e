"""How many segments each choice of a filter has, for maps that load only a part of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, func, select, union_all

from geo.query.layer import text_constant
from geo.query.view import View
from geo.works.places import segment_progress
from geo.works.plan import planned_tasks

OF_PLACES, OF_TASKS, FLAGS = ("state",), ("programme_id", "unit_id"), ("is_overdue", "is_unseen", "begin_due")


def segment_choices(view: View) -> Select[Any]:
    """Select ``(property, value, number)``: how many segments have the value themselves, or have a task that has it.

    A flag is there as ``true`` alone. What no segment has is left out.
    """
    return select(union_all(*_of_places(view), *_of_tasks(view)).subquery())


def _of_places(view: View) -> Iterator[Select[Any]]:
    place = segment_progress(replace(view, reads=frozenset(OF_PLACES))).subquery()
    for name in OF_PLACES:
        value = place.c[name]
        yield _named(name, value, func.count()).where(value.is_not(None)).group_by(value)


def _of_tasks(view: View) -> Iterator[Select[Any]]:
    task = planned_tasks(view)
    places = func.count(task.c.segment_id.distinct())
    for name in OF_TASKS:
        value = task.c[name]
        yield _named(name, value, places).where(task.c.segment_id.is_not(None), value.is_not(None)).group_by(value)
    for name in FLAGS:
        yield _named(name, text_constant("true"), places).where(task.c[name]).having(places > 0)


def _named(name: str, value: Any, number: Any) -> Select[Any]:
    return select(text_constant(name).label("property"), value.label("value"), number.label("number"))
