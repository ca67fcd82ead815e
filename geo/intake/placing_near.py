"""The roads, sites and checkpoints about a position, each with its distance and the reach within which it counts.

Nested selects name columns of outer ones as text (``outer``): SQLAlchemy would add the outer table to their own FROM.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    Numeric,
    Select,
    Subquery,
    Text,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from geo.chainage import Expression, measure_of, offset_m
from geo.intake.matching import around, roughly_m
from geo.model import Checkpoint, Road, RoadPiece, Segment, Site
from geo.types import Metres

UNKNOWN_ACCURACY_M: Metres = 30  # a phone's fix between buildings, when the sender says nothing
FLOOR_M: Metres = 60  # half the width between the facades of a trunk road, and an everyday fix
MOST_REACH_M: Metres = 500  # a worse fix says nothing of a road
LINE_ERROR_M: Metres = 200  # a line that is known worse than this is trusted no farther
PLACE_ERROR_M: Metres = 1000  # likewise a site or checkpoint
END_M = 0.5  # ranges are printed to the decimetre: the end of a road belongs to its last segment
STUB_M: Metres = 5  # how much of a road about the foot tells its side and its course
ROUGH = 1.02  # more than the error of ``roughly_m``


def outer(stage: str, name: str) -> ColumnElement[Any]:
    """Name a column of an earlier stage of the statement; what ends in ``_m`` is a length."""
    return literal_column(f"{stage}.{name}", Float if name.endswith("_m") else None)


def reach_of(accuracy_m: Expression) -> ColumnElement[Any]:
    """Build how far from a position of this accuracy a thing may lie to be meant."""
    return func.least(func.greatest(accuracy_m, FLOOR_M), MOST_REACH_M, type_=Float)


def things_near(district: str, point: Expression, reach_m: Expression, wanted: Expression) -> CompoundSelect[Any]:
    """Select what lies about ``point``, nothing where ``wanted`` is not true.

    Columns: collection, id, offset_m, near, and of a road measure_m, segment_id and ``stub``, its piece about
    the foot. ``near`` is within reach; the rest are places which, as far as their own position is known, may lie here.
    """
    road = _roads_within(district, point, reach_m, wanted).c
    found = select(
        literal("roads").label("collection"),
        *(road.id, road.offset_m),
        literal(True).label("near"),
        road.measure_m,
        segment_at(district, road.id, func.least(road.measure_m, road.length_m - END_M)).label("segment_id"),
        road.stub,
    ).where(road.offset_m <= road.reach_m)
    return union_all(found, *(_places_near(district, model, point, reach_m, wanted) for model in (Site, Checkpoint)))


def segment_at(district: str, road_id: Expression, measure_m: Expression) -> ColumnElement[Any]:
    """Build the id of the segment whose range holds a measure of a road."""
    at = cast(measure_m, Numeric)
    return (
        select(Segment.id)
        .where(Segment.district == district, Segment.road_id == road_id, Segment.from_m <= at, at < Segment.to_m)
        .order_by(Segment.from_m.desc())  # by the index it is the first that is looked at
        .limit(1)
        .correlate_except(Segment)
        .scalar_subquery()
    )


def with_foot(rows: Subquery) -> Subquery:
    """Add to rows with a road's ``geom`` and a ``point``: measure_m, stub and offset_m of the foot on it.

    The stub is the few metres about the foot. On it the geodesic distance and the side are worked out: on the whole
    line they cost more than all the rest. OFFSET 0 keeps the planner from working out a value once for each place that
    names it.
    """
    measured = select(rows, measure_of(rows.c.geom, rows.c.point).label("measure_m")).offset(0).subquery("measured")
    about = func.ST_LocateBetween(measured.c.geom, measured.c.measure_m - STUB_M, measured.c.measure_m + STUB_M)
    stub = func.ST_GeometryN(func.ST_CollectionExtract(about, 2), 1).label("stub")
    cut = select(measured, stub).offset(0).subquery("cut")
    return select(cut, offset_m(cut.c.stub, cut.c.point).label("offset_m")).offset(0).subquery("foot")


def misfit_near(district: str, point: Expression, reach_m: Expression, *, times: float = 1.0) -> ColumnElement[Any]:
    """Build the least distance from ``point`` to a road or place over its reach; NULL beyond ``times`` the reach."""
    about = _roads_about(district, point, reach_m, times)
    fit = union_all(
        select((about.c.roughly_m / _line_reach(reach_m)).label("misfit"))
        .join_from(about, Road, Road.id == about.c.road_id)
        .where(Road.district == district),
        *(
            select((roughly_m(model.geom, point) / reach_m).label("misfit")).where(
                model.district == district, model.geom.op("&&")(around(point, reach_m * times))
            )
            for model in (Site, Checkpoint)
        ),
    ).subquery("fit")
    return select(func.min(fit.c.misfit).filter(fit.c.misfit <= times)).scalar_subquery()


def _line_reach(reach_m: Expression) -> ColumnElement[float]:
    return func.greatest(reach_m, func.least(Road.position_accuracy_m, LINE_ERROR_M), type_=Float)


def _roads_about(district: str, point: Expression, reach_m: Expression, times: float = 1.0) -> Subquery:
    """Select the roads that may be meant from ``times`` the reach of ``point``: road_id and roughly_m, the distance.

    OFFSET 0 has the pieces measured once, and their roads looked up by the key, whatever the planner expects.
    """
    most_m = func.greatest(reach_m, LINE_ERROR_M, type_=Float) * (times * ROUGH)
    piece = (
        select(RoadPiece.road_id, roughly_m(RoadPiece.geom, point).label("roughly_m"))
        .where(RoadPiece.district == district, RoadPiece.about.op("&&")(around(point, reach_m * times)))
        .offset(0)
        .subquery("piece")
        .c
    )
    return (
        select(piece.road_id, func.min(piece.roughly_m, type_=Float).label("roughly_m"))
        .where(piece.roughly_m <= most_m)
        .group_by(piece.road_id)
        .offset(0)
        .subquery("about_road")
    )


def _roads_within(district: str, point: Expression, reach_m: Expression, wanted: Expression) -> Subquery:
    """Select the roads within reach, or hardly beyond: id, length_m, reach_m and the foot."""
    reach = _line_reach(reach_m)
    about = _roads_about(district, point, reach_m)
    rows = (
        select(Road.id, Road.geom, Road.length_m, reach.label("reach_m"), point.label("point"))
        .join_from(about, Road, Road.id == about.c.road_id)
        .where(wanted, Road.district == district, about.c.roughly_m <= reach * ROUGH)
        .offset(0)
    )
    return with_foot(rows.subquery("about"))


def _places_near(district: str, model: Any, point: Expression, reach_m: Expression, wanted: Expression) -> Select[Any]:
    about = (
        select(model.id, offset_m(model.geom, point).label("offset_m"), model.position_accuracy_m)
        .where(wanted, model.district == district, model.geom.op("&&")(around(point, PLACE_ERROR_M)))
        .offset(0)
        .subquery(f"about_{model.__tablename__}")
        .c
    )
    may_lie_m = func.greatest(reach_m, func.least(about.position_accuracy_m, PLACE_ERROR_M))
    return select(
        literal(model.__tablename__),
        *(about.id, about.offset_m),
        about.offset_m <= reach_m,
        *(cast(null(), Float), cast(null(), Text), null()),
    ).where(about.offset_m <= may_lie_m)
