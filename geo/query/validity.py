"""The valid time of features: when what they tell of was so, by their own properties (decision 10)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, and_, bindparam, cast, func, or_
from sqlalchemy.sql.expression import FromClause

from geo.query.layer import Layer
from geo.query.sorting import never_null
from geo.query.view import LOCAL_TIME_ZONE

# What stands for an end that is open: further away than any date of ours.
BEGINNING = datetime(1800, 1, 1, tzinfo=timezone.utc)
END = datetime(9500, 1, 1, tzinfo=timezone.utc)


def during(layer: Layer, rows: FromClause) -> ColumnElement[bool]:
    """Keep features whose valid time touches the time from the parameter ``since`` to ``until``, both included.

    A valid time without an end is still running; a feature with neither end has none and is always kept
    (OGC 17-069r4, requirement /req/core/fc-time-response, C).
    """
    assert layer.valid_time is not None  # noqa: S101 - only such layers are asked for a time
    start, end = layer.valid_time
    begun = rows.c[start] <= _bound("until", rows.c[start])
    not_over = rows.c[end] >= _bound("since", rows.c[end])
    return and_(_or_open(layer, rows, start, begun), _or_open(layer, rows, end, not_over))


def _or_open(layer: Layer, rows: FromClause, name: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Where there are no NULLs the index serves only without the other case.
    return condition if never_null(layer, name) else or_(rows.c[name].is_(None), condition)


def _bound(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return one end as what the column is compared with: an instant, or the local day on which it lies."""
    instant = cast(bindparam(name, type_=DateTime(timezone=True)), DateTime(timezone=True))
    return func.date(func.timezone(LOCAL_TIME_ZONE, instant)) if isinstance(column.type, Date) else instant
