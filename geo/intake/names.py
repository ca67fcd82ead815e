"""What the thing is called that a report is of, and where it lies: parts of the statements that show reports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Label, and_, func
from sqlalchemy.orm import aliased

from geo.model import Checkpoint, Report, Road, Segment, Site, Task, Unit

# The nearest first: who names a checkpoint means it, whatever road is beside.
THINGS: tuple[tuple[str, Any], ...] = (
    ("checkpoint_id", aliased(Checkpoint, name="of_checkpoint")),
    ("site_id", aliased(Site, name="of_site")),
    ("segment_id", aliased(Segment, name="of_segment")),
    ("road_id", aliased(Road, name="of_road")),
)
OF_UNIT = aliased(Unit, name="of_unit")
OF_TASK = aliased(Task, name="of_task")


def joined(sources: Any) -> Any:
    """Join the unit, task and places of reports to what a statement selects from."""
    for key, thing in (("unit_id", OF_UNIT), ("task_id", OF_TASK), *THINGS):
        same = and_(thing.district == Report.district, thing.id == getattr(Report, key))
        sources = sources.outerjoin(thing, same)
    return sources


def names() -> list[Label[Any]]:
    """Name unit, task and place of a report: ``unit_zh``, ``unit_en``, ``task_zh`` …; NULL for none."""
    named = {"unit": (OF_UNIT,), "task": (OF_TASK,), "place": tuple(thing for _, thing in THINGS)}
    return [
        func.coalesce(*(getattr(thing, f"name_{lang}") for thing in things), None).label(f"{what}_{lang}")
        for what, things in named.items()
        for lang in ("zh", "en")
    ]


def position(geom: Any, prefix: str = "") -> list[ColumnElement[Any]]:
    """Give a point as ``lon`` and ``lat`` (WGS 84), under a prefix; NULL without one."""
    return [
        func.ST_X(geom, type_=Float).label(f"{prefix}lon"),
        func.ST_Y(geom, type_=Float).label(f"{prefix}lat"),
    ]
