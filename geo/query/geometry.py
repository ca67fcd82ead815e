"""The geometry of a layer's features: where they are, and how they are given in another CRS."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, and_, bindparam, false, func, literal_column, or_, true
from sqlalchemy.sql.expression import FromClause

from geo.crs import WGS84_SRID, Crs
from geo.model import Base
from geo.query.layer import Layer, text_constant
from geo.types import BBox

DEGREE_DECIMALS, METRE_DECIMALS = 7, 3  # 1 cm, 1 mm
CORNERS = ("west", "south", "east", "north")


def decimals_of(crs: Crs) -> int:
    """Return how many decimals a coordinate is given with."""
    return METRE_DECIMALS if crs.unit == "metre" else DEGREE_DECIMALS


def in_crs(geometry: ColumnElement[Any], crs: Crs, *, east_first: bool = False) -> ColumnElement[Any]:
    """Give a WGS 84 geometry in ``crs``, in its own axis order or, ``east_first``, with the easting first."""
    if crs is Crs.WGS84:
        return geometry
    moved: ColumnElement[Any] = func.ST_Transform(geometry, literal_column(str(crs.srid)))
    return moved if east_first or crs.east_first else func.ST_FlipCoordinates(moved)


def geojson(geometry: ColumnElement[Any], crs: Crs) -> ColumnElement[str]:
    """Write a WGS 84 geometry as GeoJSON in ``crs``; ``null`` for NULL."""
    # Option 0: without it PostGIS adds the name of any CRS but WGS 84, which RFC 7946 has no place for.
    text = func.ST_AsGeoJSON(in_crs(geometry, crs), literal_column(str(decimals_of(crs))), literal_column("0"))
    return func.coalesce(text, text_constant("null"))


def in_boxes(layer: Layer, rows: FromClause, boxes: int) -> ColumnElement[bool]:
    """Keep features that touch one of the boxes with parameters ``west0`` …, and those without geometry.

    OGC 17-069r4, requirement 24 C (/req/core/fc-bbox-response).
    """
    if layer.geometry_type is None:
        return true()
    inside = [_in_box(layer, rows, number) for number in range(boxes)]
    return or_(*inside) if is_always_located(layer) else or_(rows.c.geom.is_(None), *inside)


def is_always_located(layer: Layer) -> bool:
    """Tell whether every feature of a layer has a geometry; the first of its tables is where its features are."""
    return not Base.metadata.tables[layer.tables[0]].c.geom.nullable


def _in_box(layer: Layer, rows: FromClause, number: int) -> ColumnElement[bool]:
    """Keep features that touch the box."""
    west, south, east, north = (bindparam(f"{corner}{number}", type_=Float) for corner in CORNERS)
    # The box is the constant side, in the column's own CRS, so that the spatial index serves.
    box = func.ST_MakeEnvelope(west, south, east, north, literal_column(str(WGS84_SRID)))
    if layer.geometry_type == "Point":
        # Cheaper than ST_Intersects and as exact; && alone compares in single precision. The planner knows from its
        # statistics what && keeps and takes each comparison for a strict one: COALESCE hides how many there are. Else
        # it expects a single row of a box over the whole district, and finds and sorts all of them for a page.
        inside = and_(func.ST_X(rows.c.geom).between(west, east), func.ST_Y(rows.c.geom).between(south, north))
        return and_(rows.c.geom.op("&&")(box), func.coalesce(inside, false()))
    # A polygon without area touches nothing; its envelope is the line or point that such a box is.
    return func.ST_Intersects(rows.c.geom, func.ST_Envelope(box))


def halves(bbox: BBox | None) -> list[BBox]:
    """Return the box as it is, or cut in two where it crosses the antimeridian; [] for None."""
    if bbox is None:
        return []
    if bbox.west <= bbox.east:
        return [bbox]
    return [bbox._replace(east=180.0), bbox._replace(west=-180.0)]


def box_values(bbox: BBox | None) -> dict[str, float]:
    """Return the parameters of :func:`in_boxes`."""
    return {
        f"{corner}{number}": value
        for number, box in enumerate(halves(bbox))
        for corner, value in zip(CORNERS, box, strict=True)
    }
