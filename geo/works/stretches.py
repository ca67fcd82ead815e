"""Which accepted report says how far which part of a segment is: dynamic segmentation by chainage.

A report of progress is of a stretch of its task's segment on the left carriageway, the right one or both, located by
two measures along the road (linear referencing, ISO 19148); a report without a stretch is of the whole segment, both
carriageways. The ends of all stretches cut each carriageway into *pieces* inside which nothing changes (dynamic
segmentation). On a piece the newest report that covers it *decides*, in the order of observation, then receipt; what
none covers, nobody has seen. Neighbouring pieces of one content are put together again, one entry for each constant set
of properties, as the Work Zone Data Exchange specification asks of its road events.

How far the whole task is, is the mean over both carriageways by length: with pieces ``i`` of length ``l`` on each
carriageway ``c``, ``sum(l_i * p_ic) / (2 * sum(l_i))``, where what nobody has seen counts 0.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Numeric,
    Select,
    Text,
    and_,
    column,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import array

LANES = ("left", "right")
BOTH = "both"
IN_ORDER = ("observed_at", "received_at", "id")


def newest_first(rows: Any) -> tuple[ColumnElement[Any], ...]:
    """Return the order of reports, the one that counts most first."""
    return tuple(rows.c[name].desc() for name in IN_ORDER)


def lanes() -> FromClause:
    """Return the two carriageways as rows of a column ``lane``; no VALUES, which SQLAlchemy compiles anew each time."""
    return func.unnest(array(LANES, type_=Text)).table_valued(column("lane", Text)).render_derived(name="lanes")


def spans(seen: Any) -> Select[Any]:
    """Lay each report on the carriageways that it speaks of: the columns of ``seen``, ``lane``, ``starts``, ``stops``.

    ``seen`` are accepted reports of progress with ``begins_m`` and ``ends_m`` of their segment. A stretch is cut at the
    ends of the segment; what lies beyond them altogether is left out.
    """
    lane = lanes()
    starts = func.greatest(func.coalesce(seen.c.from_m, seen.c.begins_m), seen.c.begins_m, type_=Numeric)
    stops = func.least(func.coalesce(seen.c.to_m, seen.c.ends_m), seen.c.ends_m, type_=Numeric)
    on_it = or_(seen.c.carriageway.is_(None), seen.c.carriageway == BOTH, seen.c.carriageway == lane.c.lane)
    return select(*seen.c, lane.c.lane, starts.label("starts"), stops.label("stops")).join_from(
        seen, lane, on_it & (starts < stops)
    )


def pieces(span: Any, key: str) -> CTE:
    """Cut each ``key`` (a column of ``span``) at every end: ``key``, ``from_m``, ``to_m`` of the pieces."""
    names = ("starts", "stops", "begins_m", "ends_m")
    ends = union(*(select(span.c[key], span.c[name].label("at")) for name in names)).subquery("ends")
    following = func.lead(ends.c["at"], type_=Numeric).over(partition_by=ends.c[key], order_by=ends.c["at"])
    cut = select(ends.c[key], ends.c["at"].label("from_m"), following.label("to_m")).subquery("cut")
    return select(cut).where(cut.c.to_m.is_not(None)).cte()


def covers(span: Any, piece: Any, key: str) -> ColumnElement[bool]:
    """Tell whether a span covers a piece."""
    return and_(span.c[key] == piece.c[key], span.c.starts <= piece.c.from_m, span.c.stops >= piece.c.to_m)


def deciding(span: Any, piece: Any, key: str) -> Select[Any]:
    """Select of each piece, lane and task the report that decides: the columns of ``span``, ``at_m`` of the piece."""
    named = (piece.c[key], piece.c.from_m, span.c.lane, span.c.task_id)
    return (
        select(*(each for each in span.c if each.name not in {"from_m", "to_m"}), piece.c.from_m.label("at_m"))
        .join_from(piece, span, covers(span, piece, key))
        .distinct(*named)
        .order_by(*named, *newest_first(span))
    )


def reached(seen: Any) -> Select[Any]:
    """Select how far a whole task was after each of its reports: ``id``, ``reached`` (exact), ``decides``.

    ``seen`` as for :func:`spans`, of one task. ``decides``: the report is still the newest somewhere.
    """
    span = spans(seen).cte()
    piece = pieces(span, "task_id")

    def beside(function: Any) -> Any:
        """Look at the report before or after on the same piece and lane."""
        order = (span.c.observed_at, span.c.received_at, span.c.id)
        return function.over(partition_by=(piece.c.from_m, span.c.lane), order_by=order)

    before = func.coalesce(beside(func.lag(span.c.progress_percent)), 0)
    step = (
        select(
            span.c.id,
            ((span.c.progress_percent - before) * (piece.c.to_m - piece.c.from_m)).label("gain"),
            beside(func.lead(span.c.id)).is_(None).label("decides"),
        )
        .join_from(piece, span, covers(span, piece, "task_id"))
        .subquery("step")
    )
    gained = (
        select(step.c.id, func.sum(step.c.gain).label("gain"), func.bool_or(step.c.decides).label("decides"))
        .group_by(step.c.id)
        .subquery("gained")
    )
    so_far = func.sum(func.coalesce(gained.c.gain, 0)).over(
        order_by=(seen.c.observed_at, seen.c.received_at, seen.c.id), rows=(None, 0)
    )
    return select(
        seen.c.id,
        (so_far / (len(LANES) * (seen.c.ends_m - seen.c.begins_m))).label("reached"),
        func.coalesce(gained.c.decides, False).label("decides"),
    ).outerjoin_from(seen, gained, gained.c.id == seen.c.id)
