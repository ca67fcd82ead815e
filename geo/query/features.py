"""Statements whose answer is finished GeoJSON text (RFC 7946, WGS 84, 7 decimals = 1 cm)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause

from geo import types
from geo.crs import WGS84_SRID
from geo.errors import InvalidInputError
from geo.query.layer import Layer, json_object
from geo.query.view import View

DECIMALS = 7


def items_page(
    layer: Layer, view: View, *, limit: int, after: str | None = None, bbox: types.BBox | None = None
) -> Select[tuple[str, int, str | None]]:
    """Select one page of features in the order of their ids: ``(features, number_returned, next_after)``.

    ``features`` is the text between the brackets of a GeoJSON ``features`` array ('' when there are none).
    The page starts behind the id ``after``; ``next_after`` is the last id when more rows follow, else None.
    Raises InvalidInputError when ``after`` cannot be an id of the layer.
    """
    rows = layer.rows(view).subquery("rows")
    wanted = (
        select(rows, func.row_number().over(order_by=rows.c.id).label("position"))
        .where(_after(rows, after), _in_bbox(layer, rows, bbox))
        .order_by(rows.c.id)
        .limit(limit + 1)
        .subquery("wanted")
    )
    on_page = wanted.c.position <= limit
    in_order: ColumnElement[str] = aggregate_order_by(literal_column("','"), wanted.c.position)
    more = func.bool_or(wanted.c.position > limit)
    last_id = func.max(cast(wanted.c.id, Text)).filter(wanted.c.position == limit)
    return select(
        func.coalesce(func.string_agg(_feature(layer, wanted), in_order).filter(on_page), ""),
        func.count().filter(on_page),
        case((more, last_id)),
    )


def item(layer: Layer, view: View, feature_id: str) -> Select[tuple[str]]:
    """Select the GeoJSON text of one feature; no row when there is none (or the id cannot be one of the layer)."""
    rows = layer.rows(view).subquery("rows")
    key = _key(rows, feature_id)
    found = literal_column("false") if key is None else rows.c.id == key
    return select(_feature(layer, rows)).where(found)


def _feature(layer: Layer, rows: FromClause) -> ColumnElement[str]:
    """Write one GeoJSON feature; PostgreSQL quotes every text of it."""
    geometry = (
        "null" if layer.geometry_type is None else func.coalesce(func.ST_AsGeoJSON(rows.c.geom, DECIMALS), "null")
    )
    properties = json_object(rows, " ".join(layer.property_names()))
    return func.concat(
        '{"type":"Feature","id":', func.to_json(cast(rows.c.id, Text)),
        ',"geometry":', geometry,
        ',"properties":', properties, "}",
    )  # fmt: skip


def _after(rows: FromClause, after: str | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    key = _key(rows, after)
    if key is None:
        raise InvalidInputError(
            types.Text(
                "翻页标记无效，请从第一页重新开始。", "The page mark is not valid; start again from the first page."
            ),
            field="after",
        )
    condition: ColumnElement[bool] = rows.c.id > key
    return condition


def _key(rows: FromClause, text: str) -> Any:
    """Return an id as the type of its column, or None when it cannot be one (PostgreSQL's text has no NUL)."""
    if not isinstance(rows.c.id.type, Uuid):
        return None if "\0" in text else text
    try:
        return UUID(text)
    except ValueError:
        return None


def _in_bbox(layer: Layer, rows: FromClause, bbox: types.BBox | None) -> ColumnElement[bool]:
    """Keep features that touch the box; one without geometry never does (OGC 17-069r4, 7.15.3)."""
    if bbox is None:
        return true()
    if layer.geometry_type is None:
        return literal_column("false")
    # The box is the constant side, in the column's own CRS, so that the spatial index serves.
    return or_(*(func.ST_Intersects(rows.c.geom, _shape(half)) for half in _halves(bbox)))


def _shape(box: types.BBox) -> ColumnElement[Any]:
    """Build the polygon of a box; of a box without width or height the line or point that it is.

    (A polygon without area touches nothing.)
    """
    return func.ST_Envelope(func.ST_MakeEnvelope(*box, WGS84_SRID))


def _halves(bbox: types.BBox) -> list[types.BBox]:
    """Cut a box that crosses the antimeridian in two."""
    if bbox.west <= bbox.east:
        return [bbox]
    return [bbox._replace(east=180.0), bbox._replace(west=-180.0)]
