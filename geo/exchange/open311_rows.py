"""Service requests as the public layer of reports shows them: what was seen, where and when, and never by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, and_, case, func, literal, or_, select

from geo.exchange.open311 import PROBLEM, PROBLEM_NAMES
from geo.model import Case, Road
from geo.model.vocabularies import HazardKind
from geo.query import published
from geo.query.view import View

MOST = 1000
OPEN, CLOSED = "open", "closed"
SETTLED = ("rejected", "duplicate")
# The standard's members that nothing is known of here.
EMPTY = ("agency_responsible", "service_notice", "expected_datetime", "address_id", "zipcode", "media_url")


@dataclass(frozen=True)
class Wanted:
    """Which requests are asked for; None: whichever. ``ids`` overrides the others, as the standard has it."""

    ids: Sequence[UUID] | None = None
    codes: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    start: datetime | None = None
    end: datetime | None = None


def hazards_statement() -> Select[Any]:
    """Select the kinds of hazard in their order."""
    return select(HazardKind.code, HazardKind.label_zh, HazardKind.label_en).order_by(HazardKind.sort_order)


def requests_statement(district: str, wanted: Wanted) -> Select[Any]:
    """Select up to 1,000 requests, those received last first.

    A request is closed when its report is rejected or found to be another's duplicate, or when its entry of the
    ledger is struck off.
    """
    view = View(district)
    report, ledger, road = published.reports(view).subquery("report"), view.rows(Case), view.rows(Road)
    code = case((report.c.kind == PROBLEM, PROBLEM), else_=report.c.hazard_kind)
    closed = or_(_one_of(report.c.status, SETTLED), ledger.c.closed_at.is_not(None))
    status = case((closed, CLOSED), else_=OPEN)
    return (
        select(
            report.c.id,
            status.label("status"),
            func.concat_ws(" ", report.c.status_zh, report.c.status_en).label("status_notes"),
            _service_name().label("service_name"),
            code.label("service_code"),
            report.c.note.label("description"),
            report.c.received_at.label("requested_datetime"),
            report.c.changed_at.label("updated_datetime"),
            func.nullif(func.concat_ws(" ", road.c.name_zh, report.c.chainage), "").label("address"),
            func.ST_Y(report.c.geom).label("lat"),
            func.ST_X(report.c.geom).label("long"),
        )
        .select_from(report)
        .outerjoin(ledger, ledger.c.id == report.c.case_id)
        .outerjoin(road, road.c.id == report.c.road_id)
        .outerjoin(HazardKind, HazardKind.code == code)
        .where(_one_of(report.c.kind, ("hazard", PROBLEM)), *_conditions(wanted, report, code, status))
        .order_by(report.c.received_at.desc(), report.c.id)
        .limit(MOST)
    )


def shown_request(row: Any) -> dict[str, Any]:
    """Return a row as the standard writes a request."""
    known = {name: row[name] for name in row.keys() if name != "id"}  # noqa: SIM118 - a row iterates over its values
    times = {name: row[name].isoformat() for name in ("requested_datetime", "updated_datetime")}
    return {"service_request_id": str(row.id), **known, **times, **dict.fromkeys(EMPTY)}


def _service_name() -> ColumnElement[Any]:
    names = func.concat_ws(" ", HazardKind.label_zh, HazardKind.label_en)
    return func.coalesce(func.nullif(names, ""), f"{PROBLEM_NAMES.zh} {PROBLEM_NAMES.en}")


def _conditions(wanted: Wanted, report: Any, code: Any, status: Any) -> list[ColumnElement[bool]]:
    if wanted.ids is not None:
        return [report.c.id == func.any(literal(list(wanted.ids), ARRAY(Uuid)))]
    found: list[ColumnElement[bool]] = []
    if wanted.start is not None and wanted.end is not None:
        found.append(and_(report.c.received_at >= wanted.start, report.c.received_at <= wanted.end))
    if wanted.codes is not None:
        found.append(_one_of(code, wanted.codes))
    if wanted.statuses is not None:
        found.append(_one_of(status, wanted.statuses))
    return found


def _one_of(value: Any, known: Sequence[str]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = value == func.any(literal(list(known), ARRAY(Text)))
    return found
