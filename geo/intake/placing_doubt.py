"""Whether a position fits what lies there, and whether another reading of its numbers fits clearly better.

The misfit of a reading is its distance from what it should lie at over the distance that would still count: 1 is just
near enough. The score and its thresholds: docs/decisions/0015-placing-and-datums.md.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Subquery, Text, and_, case, column, func, or_, select
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import NullType

from geo.chainage import Expression, offset_m
from geo.crs import WGS84_SRID
from geo.intake.datum_readings import SWAPPED
from geo.intake.placing_near import misfit_near, outer
from geo.model import District
from geo.types import Metres

CLEARLY = 2.0  # another reading has to fit this many times better than the declared one
FAR_OUTSIDE_M: Metres = 3_000  # more than twice the largest shift between two datums


def own_fit(district: str, badly: Expression) -> LateralFromClause:
    """Select, where ``badly`` is true, the misfit of the position as declared and how far outside the district it is.

    ``misfit`` is NULL where nothing is near, ``outside_m`` where the position or the district's outline is unknown.
    """
    point, reach_m = outer("report", "point"), outer("report", "reach_m")
    nearest = misfit_near(district, point, reach_m, times=CLEARLY)
    aimed = outer("aim", "distance_m") / outer("aim", "tolerance_m")
    return (
        select(
            case((outer("aim", "tolerance_m").is_not(None), aimed), else_=nearest).label("misfit"),
            _outside_m(point).label("outside_m"),
            (reach_m + func.coalesce(District.position_accuracy_m, 0)).label("edge_m"),
        )
        .where(District.district == district, badly)
        .limit(1)  # so that nothing is worked out for a report that is where it should be
        .lateral("own")
    )


def other_reading(district: str) -> LateralFromClause:
    """Select the other reading that is likeliest: name, point, ``better`` and whether ``any_inside`` the district.

    No row where the position fits (``own`` has none), or where no other reading is possible.
    """
    read = _read(district)
    fits = and_(read.c.misfit <= 1, or_(outer("own", "misfit").is_(None), _clearly_better(read.c.misfit)))
    elsewhere = or_(outer("report", "point").is_(None), outer("own", "outside_m") > FAR_OUTSIDE_M)
    better = case((fits, 2), (and_(elsewhere, read.c.inside), 1), else_=0)
    swapped = read.c.name.endswith(SWAPPED, autoescape=True)
    # Among swapped readings the first that fits is the simplest; plain ones assume one mistake each, the best counts.
    simplest = (swapped, case((swapped, read.c.place)), read.c.misfit)
    return (
        select(
            read.c.name,
            read.c.point,
            (better > 0).label("better"),
            func.bool_or(read.c.inside).over().label("any_inside"),
        )
        .order_by(better.desc(), *simplest, read.c.place)
        .limit(1)
        .lateral("other")
    )


def _clearly_better(misfit: Expression) -> ColumnElement[Any]:
    return misfit * CLEARLY <= outer("own", "misfit")


def _read(district: str) -> Subquery:
    """Select each other reading with its misfit and whether it lies in the district."""
    row = (
        func.unnest(outer("report", "lon"), outer("report", "lat"), outer("report", "name"))
        .table_valued(column("lon", Float), column("lat", Float), column("name", Text), with_ordinality="place")
        .render_derived("reading")
    )
    point = func.ST_SetSRID(func.ST_MakePoint(row.c.lon, row.c.lat), WGS84_SRID, type_=NullType())
    rows = select(row.c.name, row.c.place, point.label("point")).where(outer("own", "edge_m").is_not(None))
    said = rows.offset(0).subquery("said")
    aimed = offset_m(outer("aim", "geom"), said.c.point) / outer("aim", "tolerance_m")
    nearest = misfit_near(district, outer("said", "point"), outer("report", "reach_m"))
    inside = _outside_m(said.c.point) <= outer("own", "edge_m")
    return (
        select(
            said,
            case((outer("aim", "tolerance_m").is_not(None), aimed), else_=nearest).label("misfit"),
            inside.label("inside"),
        )
        .join_from(said, District, District.district == district)
        .offset(0)
        .subquery("read")
    )


def _outside_m(point: Expression) -> ColumnElement[Any]:
    """Build the distance from the district to ``point``, 0 inside."""
    return case((func.ST_Intersects(District.geom, point), 0.0), else_=offset_m(District.geom, point))
