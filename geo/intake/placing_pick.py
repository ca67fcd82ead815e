"""Which of the things near a position it is of: one, or honestly several."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Numeric, Subquery, and_, case, cast, func, or_, select
from sqlalchemy.sql.selectable import LateralFromClause

from geo.chainage import Expression
from geo.intake.placing_near import outer, things_near
from geo.types import Metres

CARRIAGEWAY_M: Metres = 20  # whoever stands this near to two centre lines stands on both roads
ALONG_DEG, ACROSS_DEG = 30, 60  # a heading goes with a road up to the one angle, against it from the other on


def nearest_thing(district: str) -> LateralFromClause:
    """Select the thing that ``report`` lies at, or the nearest of those that it may lie at; no row where none is.

    Nothing is sought for a report that was declared to be of something (``aim``). Columns: collection, id, offset_m;
    measure_m, segment_id, stub (of a road); ``near`` (it is within reach), ``rivals`` (how many it may be of),
    ``decided`` (it is of this one), ``by_heading`` (the heading has decided) and ``candidates`` (jsonb, nearest first;
    NULL if it is the only one).
    """
    point, reach_m = outer("report", "point"), outer("report", "reach_m")
    wanted = and_(outer("aim", "tolerance_m").is_(None), point.is_not(None))
    things = things_near(district, point, reach_m, wanted).subquery("thing")
    counted = _counted(_rivals(things))
    by_heading = and_(counted.c.rivals > 1, counted.c.along == 1, counted.c.across == counted.c.rivals - 1)
    decided = or_(and_(counted.c.near, counted.c.rivals == 1), by_heading)
    names = ("collection", "id", "offset_m", "measure_m", "segment_id", "stub", "near", "rivals")
    found = {"by_heading": by_heading, "decided": decided, "candidates": _told(counted.c)}
    return (
        select(*(counted.c[name] for name in names), *(value.label(name) for name, value in found.items()))
        .order_by(and_(by_heading, counted.c.goes_along).desc(), counted.c.near.desc(), counted.c.offset_m)
        .limit(1)
        .lateral("near")
    )


def _rivals(things: Subquery) -> Subquery:
    """Mark what may be meant: the nearest, and what a fix this good cannot tell from it."""
    nearest = func.min(things.c.offset_m).filter(things.c.near).over()
    may_lie_m = func.greatest(nearest + outer("report", "known_m"), CARRIAGEWAY_M)
    bearing = case((outer("report", "heading_deg").is_not(None), _bearing(things.c.stub)))
    turned = func.abs(func.cos(bearing - func.radians(outer("report", "heading_deg"))))
    rival = and_(things.c.near, things.c.offset_m <= may_lie_m)
    return select(things, rival.label("rival"), turned.label("turned")).subquery("rival")


def _bearing(stub: Expression) -> ColumnElement[Any]:
    """Build the bearing of a road at the foot in radians, looking along rising measure."""
    return func.ST_Azimuth(func.geography(func.ST_StartPoint(stub)), func.geography(func.ST_EndPoint(stub)))


def _counted(things: Subquery) -> Subquery:
    rival = things.c.rival
    along = func.coalesce(and_(rival, things.c.turned >= func.cosd(ALONG_DEG)), False)
    across = and_(rival, things.c.turned <= func.cosd(ACROSS_DEG))
    return select(
        things,
        along.label("goes_along"),
        *(
            func.count().filter(which).over().label(name)
            for name, which in (("rivals", rival), ("along", along), ("across", across))
        ),
        func.jsonb_agg(_candidate(things.c)).over(order_by=things.c.offset_m, rows=(None, None)).label("all"),
    ).subquery("counted")


def _candidate(thing: Any) -> ColumnElement[Any]:
    told = ("collection", thing.collection, "id", thing.id, "offset_m", _rounded(thing.offset_m))
    on_road = ("measure_m", _rounded(thing.measure_m), "segment_id", thing.segment_id)
    return func.jsonb_strip_nulls(func.jsonb_build_object(*told, *on_road))


def _rounded(metres: Expression) -> ColumnElement[Any]:
    return func.round(cast(metres, Numeric), 2)


def _told(thing: Any) -> ColumnElement[Any]:
    """Leave out a list that says no more than the columns."""
    return case((or_(func.jsonb_array_length(thing.all) > 1, ~thing.near), thing.all))
