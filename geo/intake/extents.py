"""The stretch of a segment that a report of progress is of, as it comes in: inside the segment of its task, or refused.

A K-post is written to the metre and a segment may end between two metres: an end within ``END_SLACK_M`` of the
segment's own is that, so that two halves of a segment are the whole of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.sql.selectable import LateralFromClause

from geo.model import Segment, Task

END_SLACK_M = 0.5


def whole_extent(district: str, row: Any) -> LateralFromClause:
    """Select ``begins_m`` and ``ends_m`` of the segment of a report's task; no row where there is none."""
    return (
        select(Segment.from_m.label("begins_m"), Segment.to_m.label("ends_m"))
        .join(Task, and_(Task.district == Segment.district, Task.segment_id == Segment.id))
        .where(Task.district == district, Task.id == row.task_id, row.from_m.is_not(None))
        .limit(1)
        .lateral("whole")
    )


def snapped(row: Any, whole: Any) -> list[ColumnElement[Any]]:
    """Return ``from_m`` and ``to_m``, each at the segment's end where it is meant to be that."""
    begins = case((func.abs(row.from_m - whole.begins_m) <= END_SLACK_M, whole.begins_m), else_=row.from_m)
    ends = case((func.abs(row.to_m - whole.ends_m) <= END_SLACK_M, whole.ends_m), else_=row.to_m)
    return [begins.label("from_m"), ends.label("to_m")]


def outside(row: Any, whole: Any) -> ColumnElement[Any]:
    """Name the member by which a stretch is none of its task's segment; NULL when all is well or there is none."""
    begins, ends = snapped(row, whole)
    return case(
        (row.from_m.is_(None), None),
        (whole.begins_m.is_(None), "extent"),
        (or_(begins < whole.begins_m, begins >= whole.ends_m), "extent.from"),
        (or_(ends > whole.ends_m, ends <= begins), "extent.to"),
    )
