"""Statements whose answer is a finished page or feature (GeoJSON: RFC 7946).

A statement is built for a *shape* of request, with named parameters for everything that differs between requests of
one shape, so that it is compiled and planned once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol
from typing import cast as cast_type

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import FromClause

from geo import types
from geo.crs import WGS84_SRID, Crs
from geo.errors import InvalidInputError
from geo.model import Base
from geo.query import validity
from geo.query.encodings import Content, Encoding, as_bytes, csv_text, flatgeobuf, json_sequence, json_text
from geo.query.geometry import box_values, decimals_of, geojson, halves, in_boxes, in_crs
from geo.query.layer import Layer, json_object, text_constant
from geo.query.queryables import stored_columns
from geo.query.sorting import SortKey, behind, key_of, mark_values, order, page_mark
from geo.query.view import View


class Filter(Protocol):
    """A condition on a layer's rows; equal filters differ only in the values of their parameters."""

    @property
    def columns(self) -> frozenset[str]:
        """Return the names of the columns that the condition reads."""

    def condition(self, layer: Layer, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition on ``rows``, with its values as named parameters."""

    def __hash__(self) -> int:
        """Return the same number for filters that share a statement."""


@dataclass(frozen=True)
class Shape:
    """What kind of page is asked for. ``names`` None means all properties; ``boxes`` is 2 across the antimeridian.

    ``during`` keeps what was valid in the time from the parameter ``since`` to ``until``; ``counted`` asks for the
    number of all features that match.
    """

    boxes: int = 0
    after: bool = False
    crs: Crs = Crs.WGS84
    names: tuple[str, ...] | None = None
    geometry: bool = True
    sort: tuple[SortKey, ...] = ()
    filter: Filter | None = None
    during: bool = False
    counted: bool = False
    encoding: Encoding = Encoding.GEOJSON

    @property
    def is_plain(self) -> bool:
        """Tell whether the finished text beside the row says just what is asked for."""
        is_json = self.encoding in {Encoding.GEOJSON, Encoding.GEOJSON_SEQUENCE}
        return is_json and self.crs is Crs.WGS84 and self.names is None and self.geometry


PLAIN = Shape()


def items_statement(layer: Layer, view: View, shape: Shape) -> Select[Any]:
    """Select one page: ``(body, returned, next_mark)``, with parameters ``limit``, ``after…``, ``west0…``.

    ``body`` is in the shape's encoding; for GeoJSON it is the UTF-8 text between the brackets of a ``features`` array
    (empty when there are none). A counted shape adds ``matched``, FlatGeobuf ``held`` (see ``geo.query.flatgeobuf``).
    """
    rows = _rows(layer, view, shape)
    conditions = _conditions(layer, rows, shape)
    wanted = _wanted(layer, view, rows, shape, conditions)
    limit = bindparam("limit", type_=Integer)
    on_page = wanted.c.position <= limit
    body, held, source = _encoded(layer, view, wanted, shape, on_page)
    mark = func.max(page_mark(wanted, shape.sort)).filter(wanted.c.position == limit)
    columns: list[ColumnElement[Any]] = [
        body.label("body"),
        func.count().filter(on_page).label("returned"),
        case((func.bool_or(wanted.c.position > limit), mark)).label("next_mark"),
    ]
    if shape.counted:
        number = select(func.count()).select_from(rows).where(*conditions)
        columns.append(number.scalar_subquery().label("matched"))
    if held is not None:
        columns.append(held.label("held"))
    return select(*columns).select_from(source)


def items_page(
    layer: Layer, view: View, *, limit: int, after: str | None = None, bbox: types.BBox | None = None
) -> Select[Any]:
    """Select one page in the order of ids with its values in place, for callers that run a statement once.

    Raises InvalidInputError when ``after`` cannot be an id of the layer.
    """
    shape = Shape(boxes=len(halves(bbox)), after=after is not None)
    values = {"limit": limit} | page_values(layer, after=after, bbox=bbox)
    return items_statement(layer, view, shape).params(values)


def page_values(
    layer: Layer, *, after: str | None, bbox: types.BBox | None, sort: tuple[SortKey, ...] = ()
) -> dict[str, Any]:
    """Return the parameters of a page; raise InvalidInputError for a mark that is none of its order."""
    return ({} if after is None else mark_values(layer, sort, after)) | box_values(bbox)


def items_by_key_statement(layer: Layer, view: View, shape: Shape = PLAIN) -> Select[Any]:
    """Select ``(id, body, version, changed_at)`` of the features whose ids are the parameter ``keys``.

    ``body`` is the GeoJSON text (UTF-8). A layer without versions (one made by a rule) says 0 and no time.
    """
    keys = bindparam("keys", type_=ARRAY(layer.key_type()))
    rows = _rows(layer, replace(view, within=lambda places: places.c.id == func.any(keys)), shape)
    trace = (
        (rows.c.version, rows.c.changed_at)
        if "version" in rows.c
        else (literal_column("0").label("version"), literal_column("NULL::timestamptz").label("changed_at"))
    )
    body = as_bytes(_text(layer, rows, view, shape)).label("body")
    return select(rows.c.id, body, *trace).where(rows.c.id == func.any(keys))


def layer_key(layer: Layer, text: str) -> Any:
    """Return an id as the type of the layer's key, or None when it cannot be one (PostgreSQL's text has no NUL)."""
    try:
        return key_of(layer, text)
    except InvalidInputError:
        return None


def feature_text(layer: Layer, rows: FromClause, shape: Shape = PLAIN) -> ColumnElement[str]:
    """Write one GeoJSON feature; PostgreSQL quotes every text of it."""
    shown = layer.geometry_type is not None and shape.geometry
    return func.concat(
        text_constant('{"type":"Feature","id":'), func.to_json(cast(rows.c.id, Text)),
        text_constant(',"geometry":'), geojson(rows.c.geom, shape.crs) if shown else text_constant("null"),
        text_constant(',"properties":'), json_object(rows, published_names(layer, shape)),
        text_constant("}"),
    )  # fmt: skip


def content_of(layer: Layer, rows: FromClause, shape: Shape) -> Content:
    """Return what goes into each line of a table; FlatGeobuf has the easting first in every CRS."""
    names = published_names(layer, shape)
    if layer.geometry_type is None or not shape.geometry:
        nothing: ColumnElement[Any] = literal_column("NULL::geometry")
        return Content(names, layer.columns(), None, nothing, decimals_of(shape.crs))
    geometry = in_crs(rows.c.geom, shape.crs, east_first=shape.encoding is Encoding.FLATGEOBUF)
    srid = WGS84_SRID if shape.crs is Crs.WGS84 else shape.crs.srid
    empty: ColumnElement[Any] = literal_column(f"'SRID={srid};{layer.geometry_type.upper()} EMPTY'::geometry")
    return Content(names, layer.columns(), geometry, empty, decimals_of(shape.crs))


def published_names(layer: Layer, shape: Shape) -> tuple[str, ...]:
    """Return the names of the properties that are asked for, in order."""
    return layer.property_names() if shape.names is None else shape.names


def _rows(layer: Layer, view: View, shape: Shape) -> FromClause:
    """Select the rows that the page is made of: the stored table alone where its columns will do."""
    if _is_stored(layer, view, shape) and _is_found_in_table(layer, shape):
        return view.rows(cast_type(type[Base], layer.stored))
    if shape.names is not None:
        view = replace(view, reads=frozenset(shape.names) | _needed(shape))
    if shape.boxes:
        view = replace(view, within=lambda places: in_boxes(layer, places, shape.boxes))
    return layer.rows(view).subquery("rows")


def _wanted(
    layer: Layer, view: View, rows: FromClause, shape: Shape, conditions: list[ColumnElement[bool]]
) -> FromClause:
    """Select the page's rows and one more, numbered; where their text is finished, only what finds it."""
    needed = {"id": rows.c.id} | {key.name: rows.c[key.name] for key in shape.sort}
    columns = [*needed.values()] if _is_joined(layer, view, shape) else [*rows.c]
    in_order = order(layer, rows, shape.sort)
    return (
        select(*columns, func.row_number().over(order_by=in_order).label("position"))
        .where(behind(layer, rows, shape.sort) if shape.after else true(), *conditions)
        .order_by(*in_order)
        .limit(bindparam("limit", type_=Integer) + 1)
        .subquery("wanted")
    )


def _encoded(
    layer: Layer, view: View, wanted: FromClause, shape: Shape, on_page: ColumnElement[bool]
) -> tuple[ColumnElement[bytes], ColumnElement[str] | None, FromClause]:
    """Return the bytes of the page, what FlatGeobuf needs beside them, and what to select them from."""
    if shape.encoding is Encoding.FLATGEOBUF:
        return flatgeobuf(content_of(layer, wanted, shape), wanted, on_page)
    if shape.encoding is Encoding.CSV:
        return csv_text(content_of(layer, wanted, shape), wanted, on_page), None, wanted
    join = json_text if shape.encoding is Encoding.GEOJSON else json_sequence
    if _is_joined(layer, view, shape):
        kept = view.rows(cast_type(type[Base], layer.stored))
        return join(kept.c.feature, wanted, on_page), None, wanted.join(kept, kept.c.id == wanted.c.id)
    return join(_text(layer, wanted, view, shape), wanted, on_page, in_order=True), None, wanted


def _text(layer: Layer, rows: FromClause, view: View, shape: Shape) -> ColumnElement[str]:
    if _is_stored(layer, view, shape) and not _is_joined(layer, view, shape):
        stored: ColumnElement[str] = rows.c.feature
        return stored
    return feature_text(layer, rows, shape)


def _is_stored(layer: Layer, view: View, shape: Shape) -> bool:
    return layer.stored is not None and shape.is_plain and view.moment is None


def _is_found_in_table(layer: Layer, shape: Shape) -> bool:
    """Tell whether the stored table has every column that the page is found and ordered by."""
    needed = _needed(shape) | (frozenset(layer.valid_time or ()) if shape.during else frozenset())
    return needed <= stored_columns(layer)


def _needed(shape: Shape) -> frozenset[str]:
    """Return the columns that a page is ordered and filtered by."""
    return frozenset(key.name for key in shape.sort) | (shape.filter.columns if shape.filter else frozenset())


def _is_joined(layer: Layer, view: View, shape: Shape) -> bool:
    """Tell whether finished text is joined to the page: rows come from elsewhere, or a sort would carry it along."""
    return _is_stored(layer, view, shape) and (bool(shape.sort) or not _is_found_in_table(layer, shape))


def _conditions(layer: Layer, rows: FromClause, shape: Shape) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if shape.filter is None else [shape.filter.condition(layer, rows)]
    if shape.boxes:
        found.append(in_boxes(layer, rows, shape.boxes))
    if shape.during:
        found.append(validity.during(layer, rows))
    return found
