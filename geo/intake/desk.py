"""One report as a reviewer has it on the desk: what was said, where it may be, its photos, what was decided of it.

The parameter ``id`` of each statement is the report's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Float,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from geo.intake.names import joined, names, position
from geo.intake.queue import flags_now, sources
from geo.model import AccessToken, Checkpoint, Photo, Report, ReportPhoto, Review, Road, Segment, Site, Submission
from geo.query.published import k_post

OF_A_REPORT = (
    *("id", "kind", "status", "observed_at", "received_at", "unit_id", "reporter_id", "task_id", "segment_id"),
    *("site_id", "checkpoint_id", "case_id", "road_id", "side", "progress_percent", "blocked_reason"),
    *("checkpoint_state", "supplies_state", "hazard_survey_state", "drill_state", "water_level_m", "vertical_datum"),
    *("hazard_kind", "note", "datum", "position_accuracy_m", "measure_m", "offset_m"),
)
ID: ColumnElement[UUID] = bindparam("id", type_=Uuid)
PLACES: Mapping[str, Any] = {"roads": Road, "segments": Segment, "sites": Site, "checkpoints": Checkpoint}


def on_the_desk(district: str) -> Select[Any]:
    """Select a report with its names, positions and flags as things stand; ``body`` is what was sent, as JSON text.

    ``sender`` is the label of the token that it came by; all of the submission is NULL for a report that none brought.
    """
    label = select(AccessToken.label).where(
        AccessToken.district == Report.district, AccessToken.id == Submission.token_id
    )
    return (
        select(
            *(getattr(Report, name) for name in OF_A_REPORT),
            k_post(Report.measure_m).label("chainage"),
            *position(Report.geom),
            Submission.channel,
            Submission.token_id,
            label.scalar_subquery().label("sender"),
            cast(Submission.body, Text).label("body"),
            Submission.placement,
            Submission.candidates,
            flags_now().label("flags"),
            Submission.suspected_datum,
            *position(Submission.suspected_geom, "suspected_"),
            *names(),
        )
        .select_from(joined(sources()))
        .where(Report.district == district, Report.id == ID)
    )


def place_of(district: str) -> Select[Any]:
    """Select what the place of a report is called, with its K-post: ``chainage``, ``place_zh`` and ``place_en``."""
    called = [name for name in names() if name.name.startswith("place")]
    return (
        select(k_post(Report.measure_m).label("chainage"), *called)
        .select_from(joined(sources()))
        .where(Report.district == district, Report.id == ID)
    )


def photos_of(district: str) -> Select[Any]:
    """Select the photos that a report names, in order, with what their EXIF says.

    ``sha256`` in hex, ``is_here``, ``width``, ``height``, ``taken_at``, ``heading_deg``, ``lon``, ``lat``, and
    ``distance_m`` from the report's position; NULL where it is not known.
    """
    same = and_(Photo.district == ReportPhoto.district, Photo.sha256 == ReportPhoto.sha256)
    of_report = and_(Report.district == ReportPhoto.district, Report.id == ReportPhoto.report_id)
    away = func.ST_Distance(func.geography(Photo.exif_geom), func.geography(Report.geom), type_=Float)
    return (
        select(
            func.encode(ReportPhoto.sha256, "hex").label("sha256"),
            Photo.sha256.is_not(None).label("is_here"),
            Photo.width,
            Photo.height,
            Photo.exif_at.label("taken_at"),
            Photo.exif_heading_deg.label("heading_deg"),
            *position(Photo.exif_geom),
            away.label("distance_m"),
        )
        .join_from(ReportPhoto, Report, of_report)
        .outerjoin(Photo, same)
        .where(ReportPhoto.district == district, ReportPhoto.report_id == ID)
        .order_by(ReportPhoto.position)
    )


def decisions_on(district: str) -> Select[Any]:
    """Select what was decided of a report, in order, with what it changed; ``by`` is the label of the token used."""
    by = and_(AccessToken.district == Review.district, literal("token:").concat(AccessToken.id) == Review.decided_by)
    return (
        select(
            Review.number,
            Review.from_status.label("from"),
            Review.to_status.label("to"),
            Review.reason,
            Review.decided_at,
            Review.decided_by,
            AccessToken.label.label("by"),
            cast(Review.applied, Text).label("applied"),
            cast(Review.conflicts, Text).label("conflicts"),
        )
        .outerjoin_from(Review, AccessToken, by)
        .where(Review.district == district, Review.report_id == ID)
        .order_by(Review.number)
    )


def things_named(district: str) -> CompoundSelect[Any]:
    """Select the roads, segments, sites and checkpoints of some ids: their names, and where each is nearest to it.

    The ids are the parameters ``roads``, ``segments``, ``sites`` and ``checkpoints`` (text[]). Columns:
    ``collection``, ``id``, ``name_zh``, ``name_en``, ``lon``, ``lat`` (NULL for an unlocated one), ``accuracy_m``.
    """
    at = select(Report.geom).where(Report.district == district, Report.id == ID).scalar_subquery()
    return union_all(*(_thing(district, at, name, model) for name, model in PLACES.items()))


def _thing(district: str, at: Any, collection: str, model: Any) -> Select[Any]:
    foot = func.coalesce(func.ST_ClosestPoint(model.geom, at), func.ST_PointOnSurface(model.geom))
    accuracy = cast(null(), Float) if model is Segment else model.position_accuracy_m
    columns = (model.id, model.name_zh, model.name_en, *position(foot), accuracy.label("accuracy_m"))
    wanted = model.id == func.any(bindparam(collection, type_=ARRAY(Text)))
    return select(literal(collection).label("collection"), *columns).where(model.district == district, wanted)
