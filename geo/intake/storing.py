"""The one statement that stores reports: checks what they refer to, places them, keeps them and what was sent.

It is a whole transaction by itself: the moment and the reason of the change, the rows, their history. So it costs one
round trip and one commit, whether it carries one report or a thousand, of one sender or of many.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

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
from geo.intake.sent_rows import EXTENT, TEXTS, sent_rows, signed_by
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
    *("vertical_datum", "hazard_kind", "note", "datum", "position_accuracy_m", "changed_by"),
    *EXTENT,
)
AS_PLACED = ("road_id", "measure_m", "offset_m", "side", "segment_id", "checkpoint_id", "site_id")
AS_DOUBTED = ("placement", "candidates", "suspected_datum", "suspected_geom")
OF_A_SUBMISSION = ("channel", "token_id", "body", "body_sha256", "photo_sha256")
ANSWERED = ("placement", "road_id", "measure_m", "side", "segment_id", "checkpoint_id", "site_id")


class Shape(NamedTuple):
    """What the reports of a statement have; a statement without what none of them has is begun in half the time."""

    of_things: bool = True  # any of geo.intake.sent_rows.THINGS
    photos: bool = True
    extents: bool = True  # any that is of a stretch of its segment


def store_statement(district: str, shape: Shape = Shape()) -> Select[Any]:  # noqa: B008 - it never changes
    """Store the reports of the parameter ``rows`` (JSON text, ids distinct), each as its sender's, for a ``reason``.

    One row for each, by ``ordinal``. ``fault`` names the member that refers to nothing; such a report is not stored.
    ``sequence`` is NULL, too, where another report already has the id. Otherwise it is stored,
    and ``placement``, ``road_id``, ``measure_m``, ``side``, ``segment_id``, ``checkpoint_id``, ``site_id``, ``flags``
    and ``outstanding`` (hex of the photos that are not here yet) say as what.
    """
    sent = sent_rows(district, of_things=shape.of_things, extents=shape.extents)
    ready = _ready(district, sent, signed_by(), shape)
    report = _insert_reports(district, ready).returning(Report.id).cte("report")
    submission = _insert_submissions(district, ready, report).cte("submission")
    missing = outstanding(district, sent.c.photo_sha256) if shape.photos else cast([], TEXTS)
    found = (
        select(
            sent.c.ordinal,
            sent.c.fault,
            submission.c.sequence,
            *(ready.c[name] for name in ("received_at", "flags", *ANSWERED)),
            missing.label("outstanding"),
        )
        .outerjoin_from(sent, ready, ready.c.ordinal == sent.c.ordinal)
        .outerjoin(submission, submission.c.report_id == sent.c.id)
    )
    if not shape.photos:
        return found
    return found.add_cte(_insert_photos(district, ready, report).returning(ReportPhoto.position).cte("named"))


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


def _ready(district: str, sent: CTE, signed: CTE, shape: Shape) -> CTE:
    """Select the reports that refer to nothing in vain as they are to be kept: with their place, moment and flags."""
    # "IS NULL" would say the same; of it the planner expects one row, and joins a thousand with a thousand by loops.
    faultless = func.coalesce(sent.c.fault, "") <= ""
    good = select(sent).where(faultless).cte("good").prefix_with("MATERIALIZED")
    place = placed(district, good, of_things=shape.of_things)
    said = [name for name in (*AS_SENT, *OF_A_SUBMISSION) if name in good.c]
    early = case((good.c.observed_at > signed.c.at, cast(["clock_skew"], TEXTS)), else_=cast([], TEXTS))
    return (
        select(
            *(good.c[name] for name in ("ordinal", *said)),
            *(place.c[name] for name in (*AS_PLACED, *AS_DOUBTED)),
            (func.coalesce(good.c.point, good.c.post) if shape.of_things else good.c.point).label("geom"),
            reduce(func.array_cat, (place.c.flags, good.c.flags, early)).label("flags"),
            signed.c.at.label("received_at"),
        )
        .select_from(signed)
        .join(good, true())
        .join(place, place.c.ordinal == good.c.ordinal)
        .cte("ready")
        .prefix_with("MATERIALIZED")
    )


def _insert_reports(district: str, ready: CTE) -> Any:
    # In the order of ids, so that of two who send the same reports one waits for the other, and never both.
    names = [name for name in (*AS_SENT, *AS_PLACED, "received_at", "geom") if name in ready.c]
    rows = select(literal(district), *(ready.c[name] for name in names)).order_by(ready.c.id)
    return insert(Report).from_select(["district", *names], rows, include_defaults=False).on_conflict_do_nothing()


def _insert_submissions(district: str, ready: CTE, report: CTE) -> Any:
    names = (*OF_A_SUBMISSION, *AS_DOUBTED, "received_at", "flags")
    rows = (
        select(literal(district), ready.c.id, *(ready.c[name] for name in names))
        .join(report, report.c.id == ready.c.id)
        .order_by(ready.c.ordinal)
    )
    kept = insert(Submission).from_select(["district", "report_id", *names], rows, include_defaults=False)
    return kept.returning(Submission.report_id, Submission.sequence)


def _insert_photos(district: str, ready: CTE, report: CTE) -> Any:
    photo = _photos_of(ready.c.photo_sha256)
    rows = select(literal(district), ready.c.id, photo.c.sha256, photo.c.position).select_from(
        ready.join(report, report.c.id == ready.c.id).join(photo, true())
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
