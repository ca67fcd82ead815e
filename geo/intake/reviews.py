"""The statements of a review: lock the report, look at what it is about, decide, apply, keep the decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Insert,
    Select,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.intake.decision import Decision, NewCase
from geo.intake.merging import Target
from geo.model import Base, Case, Change, Checkpoint, Report, Review, Site, Submission

UNKNOWN_ACCURACY_M = 50.0  # of a case whose report does not say how good its position is
SURVEYED_WITHIN_M = 60.0  # see the vocabulary of position statuses
TITLE_LENGTH = 80


def sign(actor: str, reason: str, report_id: UUID) -> Select[Any]:
    """Say who changes rows from here to the end of the transaction, why, on which report, and that it is now."""
    values = {"actor": actor, "reason": reason, "report": str(report_id)}
    settings = [
        func.set_config(f"erqi.{name}", bindparam(None, value, type_=Text()), True) for name, value in values.items()
    ]
    return select(*settings, func.set_config("erqi.clock", cast(func.clock_timestamp(), Text), True))


def locked_report(district: str, report_id: UUID) -> Select[Any]:
    """Select a report with what its submission adds, and hold it until the transaction ends."""
    body = Submission.body
    return (
        select(
            Report.__table__,
            func.coalesce(Submission.flags, cast(literal("{}"), Submission.flags.type)).label("flags"),
            Submission.token_id,
            body["base_version"].as_integer().label("base_version"),
        )
        .join(Submission, and_(Submission.district == Report.district, Submission.report_id == Report.id), isouter=True)
        .where(Report.district == district, Report.id == report_id)
        .with_for_update(of=Report)
    )


def decided_so_far(district: str, report_id: UUID) -> Select[Any]:
    """Count the decisions on a report, as ``decided``."""
    here = and_(Review.district == district, Review.report_id == report_id)
    return select(func.count().label("decided")).select_from(Review).where(here)


def moment() -> Select[Any]:
    """Select the moment that ``sign`` has set, as ``moment``."""
    return select(func.erqi_clock(type_=DateTime(timezone=True)).label("moment"))


def judged(district: str, report_id: UUID, status: str) -> Update:
    """Set the status of a report."""
    return _report(district, report_id).values(status=status)


def kept_values(district: str, report_id: UUID, values: Mapping[str, Any]) -> Update:
    """Let a report say what is so already, in the fields in which a reviewer keeps the present value."""
    return _report(district, report_id).values(dict(values))


def present_state(target: Target, district: str, target_id: str) -> Select[Any]:
    """Select the row of a task or checkpoint as JSON and hold it until the transaction ends."""
    table = _table(target.model)
    return (
        select(func.to_jsonb(table.table_valued()).label("state"))
        .where(table.c.district == district, table.c.id == target_id)
        .with_for_update()
    )


def seen_state(target: Target, district: str, target_id: str, version: int) -> Select[Any]:
    """Select the row as it was in a version, as JSON; no row when there was no such version."""
    return select(Change.state).where(
        Change.district == district,
        Change.collection == _table(target.model).name,
        Change.feature_id == target_id,
        Change.version == version,
    )


def repeated(district: str, report_id: UUID) -> Select[Any]:
    """Select the status and unit of the report that another repeats."""
    return select(Report.status, Report.unit_id).where(Report.district == district, Report.id == report_id)


def improved_place(report: Mapping[str, Any]) -> Update:
    """Put a site or checkpoint where a position fix found it, unless its position is known better already.

    Returns the id of the place; no row when there is nothing to improve.
    """
    model: Any = Checkpoint if report["checkpoint_id"] is not None else Site
    place_id = report["checkpoint_id"] or report["site_id"]
    fix = select(Report.geom).where(Report.district == report["district"], Report.id == report["id"]).scalar_subquery()
    accuracy: float = report["position_accuracy_m"]
    return (
        update(model)
        .where(
            model.district == report["district"],
            model.id == place_id,
            or_(model.position_accuracy_m.is_(None), model.position_accuracy_m > accuracy),
        )
        .values(
            geom=fix,
            position_accuracy_m=accuracy,
            position_status="surveyed" if accuracy <= SURVEYED_WITHIN_M else "estimated",
        )
        .returning(model.id)
    )


def opened_case(report: Mapping[str, Any], new: NewCase, opened_at: datetime) -> Insert:
    """Enter the case that a report opens in the problem ledger, at the report's place."""
    here = and_(Report.district == report["district"], Report.id == report["id"])
    geom = select(Report.geom).where(here).scalar_subquery()
    note = (report["note"] or "").strip()
    place = next((name for name in ("checkpoint_id", "site_id", "segment_id") if report[name] is not None), None)
    values = {
        "district": report["district"],
        "id": case_id(report["id"]),
        "number": f"XC{opened_at:%Y%m%d}-{report['id'].hex[:8]}",
        "programme_id": new.programme_id,
        "category": new.category,
        "hazard_kind": report["hazard_kind"] if new.category == "hazard" else None,
        "title_zh": new.title or note[:TITLE_LENGTH] or "现场上报",
        "title_en": new.title_en or "Reported from the field",
        "description_zh": note or None,
        "territorial_unit_id": new.territorial_unit_id,
        "sector_unit_id": new.sector_unit_id,
        "person_id": new.person_id,
        "opened_at": opened_at,
        "due_on": new.due_on,
        "source": f"report {report['id']}",
        "geom": geom,
        "position_accuracy_m": None if report["geom"] is None else report["position_accuracy_m"] or UNKNOWN_ACCURACY_M,
    }
    return insert(Case).values(values | ({} if place is None else {place: report[place]}))


def case_id(report_id: UUID) -> str:
    """Return the id of the case that a report opens; always the same."""
    return f"case-{report_id.hex[:12]}"


def linked_case(district: str, report_id: UUID) -> Update:
    """Let a report name the case that it has opened."""
    return _report(district, report_id).values(case_id=case_id(report_id))


def accepted_by(district: str, report_id: UUID) -> Select[Any]:
    """Select who has accepted a report, as ``actor``; no row while nobody has."""
    here = and_(Review.district == district, Review.report_id == report_id)
    return select(Review.decided_by.label("actor")).where(here, Review.to_status == "accepted")


def recorded(
    report: Mapping[str, Any], decision: Decision, actor: str, applied: Mapping[str, Any], conflicts: list[Any]
) -> Insert:
    """Keep a decision, counted from 1 for its report, returning ``number`` and ``decided_at``."""
    earlier = select(func.coalesce(func.max(Review.number), 0) + 1).where(
        Review.district == report["district"], Review.report_id == report["id"]
    )
    return (
        insert(Review)
        .values(
            district=report["district"],
            report_id=report["id"],
            number=earlier.scalar_subquery(),
            from_status=report["status"],
            to_status=decision.to,
            reason=decision.reason,
            decided_by=actor,
            applied=cast(json.dumps(applied), JSONB),
            conflicts=cast(json.dumps(conflicts), JSONB),
        )
        .returning(Review.number, Review.decided_at)
    )


def _report(district: str, report_id: UUID) -> Update:
    return update(Report).where(Report.district == district, Report.id == report_id)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every mapped class of ours has a table of its own
    return table
