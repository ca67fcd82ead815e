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
    JSON,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
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
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.selectable import LateralFromClause

from geo.chainage import point_at
from geo.crs import WGS84_SRID
from geo.intake.placing import placed
from geo.model import (
    Case,
    Checkpoint,
    Photo,
    Report,
    ReportPhoto,
    Road,
    Segment,
    Site,
    Submission,
    Task,
    Unit,
)
from geo.model.vocabularies import CheckpointState, HazardKind, InspectionState

MOST = 1000  # reports of one statement
END_SLACK_M = 0.5  # the end of a road, printed to the metre, may lie this much beyond it
TEXTS = ARRAY(Text)

# One report in the statement's JSON, see geo/intake/sent.py, which writes it.
MEMBERS: dict[str, Any] = {
    "ordinal": Integer,
    "id": Uuid,
    "kind": Text,
    "observed_at": DateTime(timezone=True),
    "unit_id": Text,
    "reporter_id": Text,
    "task_id": Text,
    "segment_id": Text,
    "site_id": Text,
    "checkpoint_id": Text,
    "case_id": Text,
    "progress_percent": Numeric,
    "blocked_reason": Text,
    "checkpoint_state": Text,
    "supplies_state": Text,
    "hazard_survey_state": Text,
    "drill_state": Text,
    "water_level_m": Float,
    "vertical_datum": Text,
    "hazard_kind": Text,
    "note": Text,
    "datum": Text,
    "position_accuracy_m": Float,
    "heading_deg": Float,
    "declared_lon": Float,
    "declared_lat": Float,
    "road": Text,
    "measure_m": Float,
    "side": Text,
    "lon": ARRAY(Float),
    "lat": ARRAY(Float),
    "name": TEXTS,
    "flags": TEXTS,
    "channel": Text,
    "token_id": Text,
    "body": JSONB,
    "body_sha256": LargeBinary,
    "photo_sha256": ARRAY(LargeBinary),
}
# Columns of a report that come just as they were sent.
AS_SENT = (
    *("id", "kind", "observed_at", "unit_id", "reporter_id", "task_id", "case_id", "progress_percent"),
    *("blocked_reason", "checkpoint_state", "supplies_state", "hazard_survey_state", "drill_state", "water_level_m"),
    *("vertical_datum", "hazard_kind", "note", "datum", "position_accuracy_m"),
)
AS_PLACED = ("road_id", "measure_m", "offset_m", "side", "segment_id", "checkpoint_id", "site_id")
OF_A_SUBMISSION = ("channel", "token_id", "body", "body_sha256", "photo_sha256")
ANSWERED = ("placement", "road_id", "measure_m", "side", "segment_id", "checkpoint_id", "site_id")
REFERENCES: dict[str, Any] = {
    "task_id": Task,
    "segment_id": Segment,
    "site_id": Site,
    "checkpoint_id": Checkpoint,
    "case_id": Case,
    "unit_id": Unit,
}
CODES: dict[str, Any] = {
    "checkpoint_state": CheckpointState,
    "supplies_state": InspectionState,
    "hazard_survey_state": InspectionState,
    "drill_state": InspectionState,
    "hazard_kind": HazardKind,
}


def store_statement(district: str) -> Select[Any]:
    """Store the reports of the parameter ``rows`` (JSON text, ids distinct) as ``actor``, for a ``reason``.

    One row for each, by ``ordinal``. ``fault`` names the member that refers to nothing; such a report is not stored.
    ``sequence`` and ``received_at`` are NULL, too, where another report already has the id. Otherwise it is stored,
    and ``placement``, ``road_id``, ``measure_m``, ``side``, ``segment_id``, ``checkpoint_id``, ``site_id``, ``flags``
    and ``outstanding`` (hex of the photos that are not here yet) say as what.
    """
    signed = _signed()
    sent = _sent(district)
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
            _outstanding(district, sent.c.photo_sha256).label("outstanding"),
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
            _outstanding(district, Submission.photo_sha256).label("outstanding"),
        )
        .outerjoin(Submission, and_(Submission.district == Report.district, Submission.report_id == Report.id))
        .where(Report.district == district, Report.id == func.any(bindparam("keys", type_=ARRAY(Uuid))))
    )


def column_of(name: str) -> Any:
    """Return the column that an answer's member comes from: the submission's, or the report's as it is now."""
    return getattr(Submission if name == "placement" else Report, name)


def _signed() -> CTE:
    """Say who changes rows in this transaction, why and when; whoever reads this row does so after it was said."""
    now = select(func.clock_timestamp(type_=DateTime(timezone=True)).label("at"))
    moment = now.cte("moment").prefix_with("MATERIALIZED")
    said = {"clock": cast(moment.c.at, Text), "actor": _text("actor"), "reason": _text("reason")}
    settings = [func.set_config(f"erqi.{name}", value, true()).label(name) for name, value in said.items()]
    return select(moment.c.at, *settings).cte("signed").prefix_with("MATERIALIZED")


def _text(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text)


def _sent(district: str) -> CTE:
    """Read the reports, find the roads that they name, and look up what they refer to."""
    columns = [column(name, kind) for name, kind in MEMBERS.items()]
    row = (
        func.json_to_recordset(cast(_text("rows"), JSON))
        .table_valued(*columns)
        .render_derived("given", with_types=True)
    )
    road = _named_road(district, row.c.road)
    point = func.ST_SetSRID(func.ST_MakePoint(row.c.declared_lon, row.c.declared_lat), WGS84_SRID)
    return (
        select(
            *(row.c[name] for name in MEMBERS),
            row.c.position_accuracy_m.label("accuracy_m"),
            point.label("point"),
            point_at(road.c.geom, func.least(row.c.measure_m, road.c.length_m)).label("post"),
            road.c.road_id,
            _fault(district, row.c, road.c).label("fault"),
        )
        .outerjoin_from(row, road, true())
        .cte("sent")
        .prefix_with("MATERIALIZED")
    )


def _named_road(district: str, name: Any) -> LateralFromClause:
    """Select the road that an id, a name or an alias means; the id counts most."""
    called = or_(Road.id == name, Road.name_zh == name, Road.name_en == name, name == func.any(Road.aliases))
    return (
        select(Road.id.label("road_id"), Road.geom, Road.length_m)
        .where(Road.district == district, name.is_not(None), called)
        .order_by((Road.id == name).desc(), (Road.name_zh == name).desc(), Road.id)
        .limit(1)
        .lateral("road")
    )


def _fault(district: str, row: Any, road: Any) -> ColumnElement[Any]:
    """Name the first member that refers to nothing; NULL when all is there."""
    there = {
        name: exists(select(literal(1)).where(model.district == district, model.id == row[name])).correlate_except(
            model
        )
        for name, model in REFERENCES.items()
    } | {
        name: exists(select(literal(1)).where(model.code == row[name])).correlate_except(model)
        for name, model in CODES.items()
    }
    return case(
        *((and_(row[name].is_not(None), ~found), name) for name, found in there.items()),
        (and_(row.road.is_not(None), road.road_id.is_(None)), "chainage.road"),
        (row.measure_m > road.length_m + END_SLACK_M, "chainage.at"),
    )


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


def _outstanding(district: str, photos: Any) -> Any:
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
