"""The one statement that stores reports: checks what they refer to, places them, keeps them and what was sent.

It is a whole transaction by itself: the setting of who changes rows, the rows, their history. So it costs one round
trip and one commit, whether it carries one report or a thousand.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    LargeBinary,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from geo.intake.placing import placed
from geo.intake.sent_rows import TEXTS, sent_rows, signed_by
from geo.model import (
    Photo,
    Report,
    ReportPhoto,
    Submission,
)

MOST = 1000  # reports of one statement

# Columns of a report that come just as they were sent.
AS_SENT = (
    *("id", "kind", "observed_at", "unit_id", "reporter_id", "task_id", "case_id", "progress_percent"),
    *("blocked_reason", "checkpoint_state", "supplies_state", "hazard_survey_state", "drill_state", "water_level_m"),
    *("vertical_datum", "hazard_kind", "note", "datum", "position_accuracy_m"),
)
AS_PLACED = ("road_id", "measure_m", "offset_m", "side", "segment_id", "checkpoint_id", "site_id")
OF_A_SUBMISSION = ("channel", "token_id", "body", "body_sha256", "photo_sha256")
ANSWERED = ("placement", "road_id", "measure_m", "side", "segment_id", "checkpoint_id", "site_id")


def store_statement(district: str) -> Select[Any]:
    """Store the reports of the parameter ``rows`` (JSON text, ids distinct) as ``actor``, for a ``reason``.

    One row for each, by ``ordinal``. ``fault`` names the member that refers to nothing; such a report is not stored.
    ``sequence`` and ``received_at`` are NULL, too, where another report already has the id. Otherwise it is stored,
    and ``placement``, ``road_id``, ``measure_m``, ``side``, ``segment_id``, ``checkpoint_id``, ``site_id``, ``flags``
    and ``outstanding`` (hex of the photos that are not here yet) say as what.
    """
    signed = signed_by()
    sent = sent_rows(district)
    good = select(sent).where(sent.c.fault.is_(None)).cte("good").prefix_with("MATERIALIZED")
    place = select(placed(district, good)).cte("place").prefix_with("MATERIALIZED")
    report = _insert_reports(district, signed, good, place).returning(Report.id).cte("report")
    kept = _insert_submissions(district, signed, good, place, report)
    submission = kept.returning(
        Submission.report_id, Submission.sequence, Submission.received_at, Submission.flags
    ).cte("submission")
    named = _insert_photos(district, good, report).returning(ReportPhoto.position).cte("named")
    return (
        select(
            sent.c.ordinal,
            sent.c.fault,
            *(submission.c[name] for name in ("sequence", "received_at", "flags")),
            *(place.c[name] for name in ANSWERED),
            outstanding(district, sent.c.photo_sha256).label("outstanding"),
        )
        .add_cte(named)
        .outerjoin_from(sent, place, place.c.ordinal == sent.c.ordinal)
        .outerjoin(submission, submission.c.report_id == sent.c.id)
    )


def present_statement(district: str) -> Select[Any]:
    """Select what is stored under the ids of the parameter ``keys`` (uuid array), as an answer needs it.

    ``body`` is NULL for a report that no submission brought.
    """
    return (
        select(
            Report.id,
            Report.reporter_id,
            *(column_of(name) for name in ANSWERED),
            Submission.token_id,
            cast(Submission.body, Text).label("body"),
            Submission.body_sha256,
            Submission.photo_sha256,
            Submission.sequence,
            Submission.received_at,
            Submission.flags,
            outstanding(district, Submission.photo_sha256).label("outstanding"),
        )
        .outerjoin(Submission, and_(Submission.district == Report.district, Submission.report_id == Report.id))
        .where(Report.district == district, Report.id == func.any(bindparam("keys", type_=ARRAY(Uuid))))
    )


def column_of(name: str) -> Any:
    """Return the column that an answer's member comes from: the submission's, or the report's as it is now."""
    return getattr(Submission if name == "placement" else Report, name)


def _insert_reports(district: str, signed: CTE, good: CTE, place: CTE) -> Any:
    values: dict[str, Any] = {
        "district": literal(district),
        **{name: good.c[name] for name in AS_SENT},
        **{name: place.c[name] for name in AS_PLACED},
        "received_at": signed.c.at,
        "geom": func.coalesce(good.c.point, good.c.post),
    }
    # In the order of ids, so that of two who send the same reports one waits for the other, and never both.
    rows = (
        select(*values.values())
        .select_from(signed)
        .join(good, true())
        .join(place, place.c.ordinal == good.c.ordinal)
        .order_by(good.c.id)
    )
    return insert(Report).from_select(list(values), rows, include_defaults=False).on_conflict_do_nothing()


def _insert_submissions(district: str, signed: CTE, good: CTE, place: CTE, report: CTE) -> Any:
    early = case((good.c.observed_at > signed.c.at, cast(["clock_skew"], TEXTS)), else_=cast([], TEXTS))
    flags = reduce(func.array_cat, (place.c.flags, good.c.flags, early))
    values: dict[str, Any] = {
        "district": literal(district),
        "report_id": good.c.id,
        **{name: good.c[name] for name in OF_A_SUBMISSION},
        **{name: place.c[name] for name in ("placement", "candidates", "suspected_datum", "suspected_geom")},
        "received_at": signed.c.at,
        "flags": flags,
    }
    rows = (
        select(*values.values())
        .select_from(signed)
        .join(good, true())
        .join(place, place.c.ordinal == good.c.ordinal)
        .join(report, report.c.id == good.c.id)
        .order_by(good.c.ordinal)
    )
    return insert(Submission).from_select(list(values), rows, include_defaults=False)


def _insert_photos(district: str, good: CTE, report: CTE) -> Any:
    photo = _photos_of(good.c.photo_sha256)
    rows = select(literal(district), good.c.id, photo.c.sha256, photo.c.position).select_from(
        good.join(report, report.c.id == good.c.id).join(photo, true())
    )
    return insert(ReportPhoto).from_select(["district", "report_id", "sha256", "position"], rows)


def outstanding(district: str, photos: Any) -> Any:
    """Build the list of those photos, in hexadecimal, that are not stored yet."""
    photo = _photos_of(photos)
    here = exists(select(literal(1)).where(Photo.district == district, Photo.sha256 == photo.c.sha256))
    missing = select(func.encode(photo.c.sha256, "hex")).where(~here).order_by(photo.c.position)
    return func.array(missing.scalar_subquery(), type_=TEXTS)


def _photos_of(photos: Any) -> Any:
    return (
        func.unnest(photos)
        .table_valued(column("sha256", LargeBinary), with_ordinality="position", name="photo")
        .render_derived()
        .lateral()
    )
