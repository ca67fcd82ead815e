"""The newest report on each place."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.sql.expression import FromClause

from geo.model import Report
from geo.query.view import View


def newest_report(view: View, column: str, place: Any) -> tuple[FromClause, ColumnElement[bool]]:
    """Select ``(observed_at, note)`` of the newest report on a place, and the condition to join it to the place by.

    ``column`` is the report's column that refers to ``place`` (rows with an ``id``). As of a past moment only what had
    been seen, received and accepted by then counts, whatever was judged of it later. Of two reports of one moment
    the one received later is the newer.
    """
    report = view.rows(Report)
    of = report.c[column]
    newest = select(report.c.observed_at, report.c.note).where(
        report.c.status == "accepted", report.c.observed_at <= view.instant()
    )
    order = (report.c.observed_at.desc(), report.c.received_at.desc(), report.c.id.desc())
    if view.moment is None:
        return newest.where(of == place.c.id).order_by(*order).limit(1).lateral("last_report"), true()
    # a past state has no index to look the reports of each place up by: those of all places are found at once
    each = newest.add_columns(of.label("place_id")).where(of.is_not(None)).distinct(of).order_by(of, *order)
    found = each.subquery("last_report")
    return found, found.c.place_id == place.c.id
