"""Where a position lies along the district's roads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, func, select
from sqlalchemy.sql.selectable import LateralFromClause

from geo.chainage import METRES_PER_DEGREE, Expression, locally_metric, measure_of, offset_m
from geo.model import Road
from geo.types import Metres

NEAR_M: Metres = 200
LEAST_METRES_PER_DEGREE = 110_000.0  # of latitude, or of longitude on the equator: on WGS 84 both are longer


def nearest_road(district: str, point: ColumnElement[Any], *, within_m: Metres = NEAR_M) -> LateralFromClause:
    """Select the road nearest to ``point`` (WGS 84) as ``(road_id, measure_m, offset_m)``, to be joined laterally.

    No row when no road of the district lies within ``within_m`` (geodesic metres), or when the point is NULL.
    """
    distance = offset_m(Road.__table__.c.geom, point)
    return (
        select(
            Road.id.label("road_id"),
            measure_of(Road.__table__.c.geom, point).label("measure_m"),
            distance.label("offset_m"),
        )
        .where(Road.district == district, Road.geom.op("&&")(around(point, within_m)), distance <= within_m)
        .order_by(distance)
        .limit(1)
        .lateral("nearest_road")
    )


def around(point: Expression, within_m: Expression | Metres) -> ColumnElement[Any]:
    """Build a box around ``point``, a little too large, in the column's own CRS, so that the spatial index serves."""
    lat_deg = within_m / LEAST_METRES_PER_DEGREE
    return func.ST_Expand(point, lat_deg / func.cos(func.radians(func.ST_Y(point)), type_=Float), lat_deg)


def roughly_m(geom: Expression, point: Expression) -> ColumnElement[float]:
    """Build the distance in metres to within one percent, up to some kilometres, at a tenth of a geodesic's cost."""
    distance = func.ST_Distance(locally_metric(geom, point), locally_metric(point, point), type_=Float)
    metres: ColumnElement[float] = distance * METRES_PER_DEGREE
    return metres
