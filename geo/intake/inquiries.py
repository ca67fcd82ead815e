"""What a sender, or a reviewer, reads of reports that came in: how they stand, and what was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, and_, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.sql.selectable import ScalarSelect

from geo.intake.storing import ANSWERED, column_of, outstanding
from geo.model import AccessToken, Report, Review, Submission

SHOWN = (
    *("id", "kind", "status", "observed_at", "received_at", "unit_id", "reporter_id", "task_id", "case_id", "offset_m"),
    "note",
)


def stored_reports(district: str) -> Select[Any]:
    """Select reports with what was sent of them, as an answer needs it, of one district.

    ``body`` (JSON text) and all else of the submission is NULL for a report that no submission brought; ``reviews``
    is a JSON list in the order of the decisions; ``outstanding`` has the photos, in hex, that are not here yet.
    """
    return (
        select(
            *(getattr(Report, name) for name in SHOWN),
            *(column_of(name) for name in ANSWERED),
            *(getattr(Submission, name) for name in ("token_id", "body_sha256", "photo_sha256", "sequence", "flags")),
            Submission.channel,
            cast(Submission.body, Text).label("body"),
            outstanding(district, Submission.photo_sha256).label("outstanding"),
            cast(_reviews(), Text).label("reviews"),
        )
        .outerjoin(Submission, and_(Submission.district == Report.district, Submission.report_id == Report.id))
        .where(Report.district == district)
    )


def report_by_id(district: str) -> Select[Any]:
    """Select the report of the parameter ``id``, see :func:`stored_reports`; no row: there is none."""
    return stored_reports(district).where(Report.id == bindparam("id", type_=Uuid))


def own_reports(
    district: str, token_id: str, person_id: str | None, *, after: tuple[datetime, UUID] | None, limit: int
) -> Select[Any]:
    """Select what came by a token, or by any of the same person, the newest first, from before a moment and id on."""
    conditions: list[ColumnElement[bool]] = [_sent_by(district, token_id, person_id)]
    if after is not None:
        conditions.append(func.row(Submission.received_at, Submission.report_id) < func.row(*after))
    newest = (Submission.received_at.desc(), Submission.report_id.desc())
    return stored_reports(district).where(*conditions).order_by(*newest).limit(limit)


def _sent_by(district: str, token_id: str, person_id: str | None) -> ColumnElement[bool]:
    own = and_(Submission.district == district, Submission.token_id == token_id)
    if person_id is None:
        return own
    tokens = select(AccessToken.id).where(AccessToken.district == district, AccessToken.person_id == person_id)
    return and_(Submission.district == district, or_(Submission.token_id == token_id, Submission.token_id.in_(tokens)))


def _reviews() -> ScalarSelect[Any]:
    entry = func.jsonb_build_object(
        *("number", Review.number, "from", Review.from_status, "to", Review.to_status),
        *("reason", Review.reason, "decided_at", Review.decided_at),
    )
    return (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(entry, Review.number)), cast("[]", JSONB)))
        .where(Review.district == Report.district, Review.report_id == Report.id)
        .scalar_subquery()
    )
