"""A report goes where it lies by its suspected datum, once a reviewer has said so; never before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Select,
    Text,
    Update,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from geo.intake.placing import placed
from geo.model import Report, Submission

AS_PLACED = ("road_id", "measure_m", "offset_m", "side", "segment_id", "checkpoint_id", "site_id")
DECLARED = ("segment_id", "checkpoint_id", "site_id")
DATUM_OF_GRID = {"epsg4547": "cgcs2000", "epsg4526": "cgcs2000"}


def moved(district: str, report_id: UUID) -> Update:
    """Put a report at its suspected position, and find its place there by the same rules as when it came in.

    Its datum becomes the suspected one. What the report itself declares (chainage, segment, checkpoint, site) stays.
    """
    sent = _sent(district, report_id)
    place = placed(district, sent)
    found = (
        select(sent.c.point, _datum(sent.c.suspected).label("datum"), *(place.c[name] for name in AS_PLACED))
        .join_from(sent, place, true())
        .subquery("found")
    )
    values = {"geom": found.c.point, "datum": found.c.datum} | {name: found.c[name] for name in AS_PLACED}
    return update(Report).where(Report.district == district, Report.id == report_id).values(values)


def position_of(district: str, report_id: UUID) -> Select[Any]:
    """Select where a report lies: ``lon``, ``lat`` (WGS 84; NULL without a position), ``datum`` and its place."""
    return select(
        func.ST_X(Report.geom, type_=Float).label("lon"),
        func.ST_Y(Report.geom, type_=Float).label("lat"),
        Report.datum,
        *(cast(getattr(Report, name), Float if name.endswith("_m") else Text).label(name) for name in AS_PLACED),
    ).where(Report.district == district, Report.id == report_id)


def _sent(district: str, report_id: UUID) -> CTE:
    """Select the report as :func:`geo.intake.placing.placed` reads it, with its suspected position as its own."""
    body = Submission.body
    chainage = case((func.jsonb_typeof(body["chainage"]) == "object", Report.road_id))
    return (
        select(
            literal(1).label("ordinal"),
            Submission.suspected_geom.label("point"),
            Submission.suspected_datum.label("suspected"),
            Report.position_accuracy_m.label("accuracy_m"),
            body["position"]["heading_deg"].as_float().label("heading_deg"),
            chainage.label("road_id"),
            cast(case((chainage.is_not(None), Report.measure_m)), Float).label("measure_m"),
            body["chainage"]["side"].as_string().label("side"),
            *(body[name].as_string().label(name) for name in DECLARED),
            Report.task_id,
            *(cast(null(), ARRAY(Float)).label(name) for name in ("lon", "lat")),
            cast(null(), ARRAY(Text)).label("name"),
        )
        .join(Submission, and_(Submission.district == Report.district, Submission.report_id == Report.id))
        .where(Report.district == district, Report.id == report_id)
        .cte("sent")
        .prefix_with("MATERIALIZED")
    )


def _datum(suspected: Any) -> ColumnElement[Any]:
    """Name the datum of a reading, such as ``bd09_swapped`` or ``epsg4547``, as reports declare datums."""
    plain = func.split_part(suspected, "_", 1)
    return case(DATUM_OF_GRID, value=plain, else_=plain)
