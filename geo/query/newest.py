"""The newest report on each place."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.sql.selectable import LateralFromClause

from geo.model import Report
from geo.query.view import View


def newest_report(view: View, column: str, place: Any) -> LateralFromClause:
    """Select ``(observed_at, note)`` of the newest report on a place, to be joined laterally; no row when none.

    ``column`` is the report's column that refers to ``place`` (rows with an ``id``). As of a past moment only what had
    been seen, received and accepted by then counts, whatever was judged of it later. Of two reports of one moment
    the one received later is the newer.
    """
    report = view.rows(Report)
    return (
        select(report.c.observed_at, report.c.note)
        .where(
            report.c[column] == place.c.id,
            report.c.status == "accepted",
            report.c.observed_at <= view.instant(),
        )
        .order_by(report.c.observed_at.desc(), report.c.received_at.desc(), report.c.id.desc())
        .limit(1)
        .lateral("last_report")
    )
