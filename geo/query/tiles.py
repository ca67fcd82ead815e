"""Statements whose answer is a finished vector tile (Mapbox Vector Tile 2.1) of one layer, in WebMercatorQuad.

A crowded tile leaves nothing out at random. Its points are counted on a grid of 64 x 64 cells: each cell that has any
shows one point at their mean position, with ``point_count`` and the number of each kind. Every point is counted in
exactly one tile of a zoom, for the tiles' bounds are half-open there (``erqi_cell``). Its lines are put together, one
feature for each state, with ``line_count``. What a tile carries depends on its zoom and on what it holds; it is the
first of these that has room:

======  ==========  ==================  ==================================================
zoom    layer       up to features      carries
======  ==========  ==================  ==================================================
>= 15   points      500                 every published property
any     points      4,000               id and what a style needs (``STYLE_NAMES``)
any     points      4,096 cells         counts
>= 15   lines       4,000               every published property
< 15    lines       4,000               id and what a style needs, simplified
any     lines       one for each state  state and count, simplified
>= 15   areas       all                 every published property
< 15    areas       all                 id and what a style needs, simplified
======  ==========  ==================  ==================================================

Room is 500 kB in each case.
"""

from __future__ import annotations

from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    Integer,
    Numeric,
    ScalarSelect,
    Select,
    String,
    Subquery,
    Table,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql.expression import FromClause

from geo.crs import WEB_MERCATOR_SRID, WGS84_SRID
from geo.query.layer import Layer, text_constant
from geo.query.tile_grid import BUFFER, EXTENT
from geo.query.view import View

MAX_BYTES = 500_000
DETAIL_ZOOM = 15  # 1.2 km a side at the equator: from here a tile holds few features
FEW, MANY = 500, 4_000
STYLE_NAMES = ("name_zh", "name_en", "kind", "category", "status", "state", "colour", "freshness", "demonstration")
CATEGORIES = ("state", "kind", "status")  # what a layer's features are counted or put together by: the first it has
SAFE_INTEGER = 2**53 - 1  # JavaScript reads no larger one exactly


def tile_statement(layer: Layer, view: View, *, detailed: bool) -> Select[tuple[bytes]]:
    """Select the bytes of a tile (none: it is empty) with the parameters of :meth:`Tile.values`.

    ``detailed`` is for tiles from ``DETAIL_ZOOM`` on.
    """
    few = FEW if layer.geometry_type == "Point" else MANY
    steps = [(tile_names(layer, detailed=True), few)] if detailed else []
    if layer.geometry_type == "Point" or not detailed:
        steps.append((tile_names(layer, detailed=False), MANY))
    if layer.geometry_type == "MultiPolygon":
        ((names, _),) = steps
        return select(_encoded(layer, _features(layer, view, names, simplified=not detailed)))
    answer = select(_encoded(layer, _crowd(layer, view)))
    for names, limit in reversed(steps):
        wanted = _features(layer, view, names, limit=limit, simplified=not detailed)
        tile = select(_encoded(layer, wanted).label("tile"), func.count().label("found")).subquery("encoded")
        fits = (tile.c.found <= limit) & (func.octet_length(tile.c.tile) <= MAX_BYTES)
        answer = select(case((fits, tile.c.tile), else_=answer.scalar_subquery()))
    return answer


def tile_names(layer: Layer, *, detailed: bool) -> tuple[str, ...]:
    """Return the properties that a tile's features have beside ``id``, in order."""
    names = layer.property_names()
    return names if detailed else tuple(name for name in names if name in STYLE_NAMES)


def category_of(layer: Layer) -> str | None:
    """Return the property by which the features of a crowded tile are counted or put together."""
    return next((name for name in CATEGORIES if name in layer.property_names()), None)


def _crowd(layer: Layer, view: View) -> Subquery:
    name = category_of(layer)
    if layer.geometry_type == "Point":
        rows = _rows(layer, view, () if name is None else (name,))
        category = text_constant("feature") if name is None else func.coalesce(rows.c[name], text_constant("none"))
        return _counted(rows, category)
    groups = tuple(each for each in layer.property_names() if each in {name, "colour"})
    return _joined(layer, _rows(layer, view, groups), groups)


def _counted(rows: FromClause, category: ColumnElement[str]) -> Subquery:
    """Select one feature for each cell of the tile's grid that holds a point."""
    lon, lat = func.ST_X(rows.c.geom), func.ST_Y(rows.c.geom)
    # Written as in the index of reports, which then answers alone.
    cell = func.erqi_cell(lon, lat, type_=BigInteger)
    in_tile = (cell >= bindparam("first", type_=BigInteger), cell < bindparam("behind", type_=BigInteger))
    named = {"category": category, "lon": lon, "lat": lat}
    member = (
        select(
            cell.op(">>")(bindparam("shift", type_=Integer)).label("cell"),
            *(column.label(name) for name, column in named.items()),
        )
        .where(*in_tile)
        .subquery("member")
    )
    sums = (func.sum(member.c[name]).label(name) for name in ("lon", "lat"))
    counted = (
        select(member.c.cell, member.c.category, func.count().label("number"), *sums)
        .group_by(member.c.cell, member.c.category)
        .subquery("counted")
    )
    total = func.sum(counted.c.number)
    mean = func.ST_MakePoint(*(func.sum(counted.c[name]) / cast(total, Float) for name in ("lon", "lat")))
    place = func.ST_Transform(func.ST_SetSRID(mean, _constant(WGS84_SRID)), _constant(WEB_MERCATOR_SRID))
    counts = func.jsonb_object_agg(text_constant("count_").concat(counted.c.category), counted.c.number)
    return (
        select(
            # Unclipped: the mean of points at the very edge may be rounded out of the tile.
            _in_tile(place, literal_column("false")).label("geom"),
            cast(total, BigInteger).label("point_count"),
            counts.label("counts"),
        )
        .group_by(counted.c.cell)
        .subquery("feature")
    )


def _joined(layer: Layer, rows: FromClause, names: tuple[str, ...]) -> Subquery:
    """Select one feature for all lines of a state."""
    groups = [rows.c[name] for name in names]
    line = func.ST_Collect(_simplified(layer, _projected(rows)))
    return (
        select(_in_tile(line, true()).label("geom"), func.count().label("line_count"), *groups)
        .where(_touches(rows))
        .group_by(*groups)
        .subquery("feature")
    )


def _encoded(layer: Layer, features: Subquery) -> ColumnElement[bytes]:
    number = ("feature_number",) if "feature_number" in features.c else ()
    texts = (text_constant(text) for text in ("geom", *number))
    return func.ST_AsMVT(features.table_valued(), text_constant(layer.id), _constant(EXTENT), *texts)


def _features(
    layer: Layer, view: View, names: tuple[str, ...], *, limit: int | None = None, simplified: bool
) -> Subquery:
    """Select the features that touch the tile or its margin, one more than ``limit`` where there are more."""
    rows = _rows(layer, view, names)
    geometry = _simplified(layer, _projected(rows)) if simplified else _projected(rows)
    statement = select(
        _in_tile(geometry, true()).label("geom"),
        _number(rows).label("feature_number"),
        cast(rows.c.id, Text).label("id"),
        *(_value(rows.c[name]).label(name) for name in names),
    ).where(_touches(rows))
    return (statement if limit is None else statement.limit(_constant(limit + 1))).subquery("feature")


def _touches(rows: FromClause) -> ColumnElement[bool]:
    west, south, east, north = (bindparam(side, type_=Float) for side in ("west", "south", "east", "north"))
    # The box is the constant side, in the column's own CRS, so that the spatial index serves.
    touches: ColumnElement[bool] = rows.c.geom.op("&&", is_comparison=True)(
        func.ST_MakeEnvelope(west, south, east, north, _constant(WGS84_SRID))
    )
    return touches


def _rows(layer: Layer, view: View, names: tuple[str, ...]) -> FromClause:
    """Select from the layer's own table where that has all that is wanted, else as the layer is published."""
    if layer.stored is not None and view.moment is None:
        columns = cast_type(Table, layer.stored.__table__).c
        if all(name in columns for name in names):
            return view.rows(layer.stored)
    return layer.rows(view).subquery("rows")


def _projected(rows: FromClause) -> ColumnElement[Any]:
    if "geom_3857" in rows.c:
        stored: ColumnElement[Any] = rows.c.geom_3857
        return stored
    return func.ST_Transform(rows.c.geom, _constant(WEB_MERCATOR_SRID))


def _simplified(layer: Layer, geometry: ColumnElement[Any]) -> ColumnElement[Any]:
    tolerance = bindparam("tolerance", type_=Float)
    if layer.geometry_type == "Point":
        return geometry
    if layer.geometry_type == "LineString":
        return func.ST_Simplify(geometry, tolerance, true())
    return func.ST_SimplifyPreserveTopology(geometry, tolerance)


def _in_tile(geometry: ColumnElement[Any], clip: ColumnElement[bool]) -> ColumnElement[Any]:
    zoom, column, row = (bindparam(name, type_=Integer) for name in ("zoom", "column", "row"))
    # In a query of its own it is worked out once and not for each row.
    bounds: ScalarSelect[Any] = select(func.Box2D(func.ST_TileEnvelope(zoom, column, row))).scalar_subquery()
    return func.ST_AsMVTGeom(geometry, bounds, _constant(EXTENT), _constant(BUFFER), clip)


def _number(rows: FromClause) -> ColumnElement[int]:
    """Make a whole number of an id, for a tile's features have no other ids; the id itself is a property.

    Two of n features of a layer have the same with a probability of n² / 2^54: 1 in 18,000 of a million.
    """
    hashed: ColumnElement[int] = func.hashtextextended(cast(rows.c.id, Text), _constant(0))
    return hashed.op("&")(_constant(SAFE_INTEGER))


def _value(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write a property as one of a tile's types; a moment, a list or an object as the text that GeoJSON has for it."""
    if isinstance(column.type, Integer | Float | Boolean | String):
        return column
    if isinstance(column.type, Numeric):
        return cast(column, Float)
    return func.to_json(column).op("#>>")(literal_column("'{}'"))


def _constant(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer())
