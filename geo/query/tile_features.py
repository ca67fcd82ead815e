"""What a tile's features are made of: rows that touch the tile, their geometry in its units, ids and properties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    CTE,
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
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql.expression import FromClause

from geo.crs import WEB_MERCATOR_SRID, WGS84_SRID
from geo.query.features import Filter
from geo.query.layer import Layer, text_constant
from geo.query.queryables import stored_columns
from geo.query.tile_grid import BUFFER, EXTENT
from geo.query.view import View

SAFE_INTEGER = 2**53 - 1  # JavaScript reads no larger one exactly


def encoded(layer: Layer, features: Subquery) -> ColumnElement[bytes]:
    """Write features as the layer's part of a tile."""
    number = ("feature_number",) if "feature_number" in features.c else ()
    texts = (text_constant(text) for text in ("geom", *number))
    return func.ST_AsMVT(features.table_valued(), text_constant(layer.id), constant(EXTENT), *texts)


def features_of(
    layer: Layer,
    view: View,
    names: tuple[str, ...],
    *,
    simplified: bool,
    condition: Filter | None = None,
    rows: FromClause | None = None,
) -> Select[Any]:
    """Select the features that touch the tile or its margin, with the properties named beside ``id``.

    ``rows`` are the layer's, where they are known already (:func:`found_once`).
    """
    if rows is None:
        rows = rows_of(layer, view, names, condition)
    geometry = simplified_geometry(layer, rows) if simplified else _projected(rows)
    return select(
        in_tile(geometry, true()).label("geom"),
        _number(rows).label("feature_number"),
        cast(rows.c.id, Text).label("id"),
        *(_value(rows.c[name]).label(name) for name in names),
    ).where(touches(rows), *holds(layer, rows, condition))


def touches(rows: FromClause) -> ColumnElement[bool]:
    """Tell which rows' boxes touch the tile or its margin."""
    west, south, east, north = (bindparam(side, type_=Float) for side in ("west", "south", "east", "north"))
    # The box is the constant side, in the column's own CRS, so that the spatial index serves.
    touching: ColumnElement[bool] = rows.c.geom.op("&&", is_comparison=True)(
        func.ST_MakeEnvelope(west, south, east, north, constant(WGS84_SRID))
    )
    return touching


def rows_of(layer: Layer, view: View, names: tuple[str, ...], condition: Filter | None = None) -> FromClause:
    """Select from the layer's own table where that has all that is wanted, else as the layer is published."""
    if layer.stored is not None and view.moment is None:
        columns = cast_type(Table, layer.stored.__table__).c
        is_found = condition is None or condition.columns <= stored_columns(layer)
        if is_found and all(name in columns for name in names):
            return view.rows(layer.stored)
    reads = frozenset(names) | (frozenset() if condition is None else condition.columns)
    return layer.rows(replace(view, within=touches, reads=reads)).subquery("rows")


def found_once(layer: Layer, view: View, names: tuple[str, ...], condition: Filter | None) -> CTE | None:
    """Select the rows that touch the tile, to be worked out once for all the forms that the tile may take.

    None for what a stored table gives: reading that again costs less than keeping it.
    """
    rows = rows_of(layer, view, names, condition)
    if not isinstance(rows, Subquery) or "geom_3857" in rows.c:
        return None
    columns = [rows.c[name] for name in dict.fromkeys(("id", "geom", *names))]
    return (
        select(*columns).where(touches(rows), *holds(layer, rows, condition)).cte("found").prefix_with("MATERIALIZED")
    )


def holds(layer: Layer, rows: FromClause, condition: Filter | None) -> tuple[ColumnElement[bool], ...]:
    """Return the filter on ``rows``, where there is one."""
    return () if condition is None else (condition.condition(layer, rows),)


def simplified_geometry(layer: Layer, rows: FromClause) -> ColumnElement[Any]:
    """Return the rows' geometry in Web Mercator, with lines and areas simplified by ``tolerance``."""
    geometry, tolerance = _projected(rows), bindparam("tolerance", type_=Float)
    if layer.geometry_type == "Point":
        return geometry
    if layer.geometry_type == "LineString":
        return func.ST_Simplify(geometry, tolerance, true())
    return func.ST_SimplifyPreserveTopology(geometry, tolerance)


def in_tile(geometry: ColumnElement[Any], clip: ColumnElement[bool]) -> ColumnElement[Any]:
    """Move a geometry in Web Mercator into the tile's units, and cut it off at the margin where ``clip`` says so."""
    zoom, column, row = (bindparam(name, type_=Integer) for name in ("zoom", "column", "row"))
    # In a query of its own it is worked out once and not for each row.
    bounds: ScalarSelect[Any] = select(func.Box2D(func.ST_TileEnvelope(zoom, column, row))).scalar_subquery()
    return func.ST_AsMVTGeom(geometry, bounds, constant(EXTENT), constant(BUFFER), clip)


def _projected(rows: FromClause) -> ColumnElement[Any]:
    if "geom_3857" in rows.c:
        stored: ColumnElement[Any] = rows.c.geom_3857
        return stored
    return func.ST_Transform(rows.c.geom, constant(WEB_MERCATOR_SRID))


def _number(rows: FromClause) -> ColumnElement[int]:
    """Make a whole number of an id, for a tile's features have no other ids; the id itself is a property.

    Two of n features of a layer have the same with a probability of n² / 2^54: 1 in 18,000 of a million.
    """
    hashed: ColumnElement[int] = func.hashtextextended(cast(rows.c.id, Text), constant(0))
    return hashed.op("&")(constant(SAFE_INTEGER))


def _value(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write a property as one of a tile's types; a moment, a list or an object as the text that GeoJSON has for it."""
    if isinstance(column.type, Integer | Float | Boolean | String):
        return column
    if isinstance(column.type, Numeric):
        return cast(column, Float)
    return func.to_json(column).op("#>>")(literal_column("'{}'"))


def constant(number: int) -> ColumnElement[int]:
    """Write a number that is the same in every request into the statement itself, not as a parameter."""
    return literal_column(str(number), Integer())
