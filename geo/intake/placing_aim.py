"""What a report was declared to be of: a chainage, a segment, a checkpoint or a site, by itself or by its task."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, Select, Text, case, cast, func, literal, literal_column, null, or_, select, union_all
from sqlalchemy.sql.selectable import LateralFromClause

from geo.chainage import offset_m, point_at
from geo.intake.placing_near import END_M, FLOOR_M, outer, segment_at, with_foot
from geo.model import Checkpoint, Road, Segment, Site


def aim(district: str) -> LateralFromClause:
    """Select the declared thing of ``report``, of several the one whose place is known best; no row without any.

    Columns: ``geom`` (NULL for a place that nobody has located), ``distance_m`` of the position from it (NULL without
    either), ``tolerance_m``: from how far on they contradict each other; ``segment_id`` of what lies on a road, and
    if position and declaration agree, ``road_id``, ``measure_m``, ``offset_m`` and ``stub``. A declared chainage
    keeps its ``road_id`` and ``measure_m`` whatever the position.
    """
    places = ((Checkpoint, "checkpoint_id"), (Site, "site_id"))
    declared = union_all(_chainage(district), _segment(district), *(_place(district, *place) for place in places))
    thing = declared.subquery("declared").c
    point = outer("report", "point")
    tolerance = outer("report", "known_m") + FLOOR_M + func.coalesce(thing.accuracy_m, 0)
    first = select(
        *(thing.geom.label("aimed"), thing.road_id, thing.segment_id, thing.declared_m, thing.road_geom),
        offset_m(thing.geom, point).label("distance_m"),
        tolerance.label("tolerance_m"),
    )
    chosen = first.order_by(thing.rank).limit(1).subquery("first").c
    agrees = chosen.distance_m <= chosen.tolerance_m
    rows = select(
        *(chosen.aimed, chosen.segment_id, chosen.declared_m, chosen.distance_m, chosen.tolerance_m),
        case((or_(agrees, chosen.declared_m.is_not(None)), chosen.road_id)).label("road_id"),
        case((agrees, chosen.road_geom)).label("geom"),
        case((agrees, point)).label("point"),
    )
    foot = with_foot(rows.offset(0).subquery("agreed")).c
    return select(
        *(foot.segment_id, foot.distance_m, foot.tolerance_m, foot.road_id, foot.offset_m, foot.stub),
        func.coalesce(foot.declared_m, foot.measure_m).label("measure_m"),
        foot.aimed.label("geom"),
    ).lateral("aim")


def no_aim() -> LateralFromClause:
    """Select what ``aim`` has of reports that are declared to be of nothing: one row of NULL, which costs nothing."""
    texts, lengths = ("segment_id", "road_id"), ("distance_m", "tolerance_m", "offset_m", "measure_m")
    return select(
        *(cast(null(), Text).label(name) for name in texts),
        *(cast(null(), Float).label(name) for name in lengths),
        *(literal_column("NULL::geometry").label(name) for name in ("geom", "stub")),
    ).lateral("aim")


def _chainage(district: str) -> Select[Any]:
    at = func.least(outer("report", "measure_m"), Road.length_m)
    segment = segment_at(district, Road.id, func.least(at, Road.length_m - END_M))
    return select(
        literal(1).label("rank"),
        point_at(Road.geom, at).label("geom"),
        Road.position_accuracy_m.label("accuracy_m"),
        Road.id.label("road_id"),
        func.coalesce(outer("report", "segment_id"), segment).label("segment_id"),
        at.label("declared_m"),
        Road.geom.label("road_geom"),
    ).where(Road.district == district, Road.id == outer("report", "road_id"))


def _segment(district: str) -> Select[Any]:
    found = (Segment.geom, Segment.position_accuracy_m, Segment.road_id, Segment.id)
    road = select(Road.geom).where(Road.district == district, Road.id == Segment.road_id).scalar_subquery()
    return select(literal(2), *found, cast(null(), Float), road).where(
        Segment.district == district, Segment.id == outer("report", "segment_id")
    )


def _place(district: str, model: Any, name: str) -> Select[Any]:
    nothing = (cast(null(), Text), cast(null(), Text), cast(null(), Float), null())
    return select(literal(3), model.geom, model.position_accuracy_m, *nothing).where(
        model.district == district, model.id == outer("report", name)
    )
