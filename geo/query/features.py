"""Statements whose answer is finished GeoJSON (RFC 7946; 7 decimals of a degree = 1 cm, 3 of a metre = 1 mm).

A statement is built for a *shape* of request, with named parameters for everything that differs between requests of
one shape, so that it is compiled and planned once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from typing import cast as cast_type
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause

from geo import types
from geo.crs import WGS84_SRID, Crs
from geo.errors import InvalidInputError
from geo.model import Base
from geo.query.layer import Layer, json_object, text_constant
from geo.query.sorting import SortKey, behind, order, page_mark
from geo.query.view import View

DEGREE_DECIMALS, METRE_DECIMALS = 7, 3
CORNERS = ("west", "south", "east", "north")
UTF8 = text_constant("UTF8")
COMMA = text_constant(",")
BAD_MARK = types.Text(
    "翻页标记无效，请从第一页重新开始。", "The page mark is not valid; start again from the first page."
)


class Filter(Protocol):
    """A condition on a layer's rows; equal filters differ only in the values of their parameters."""

    def condition(self, layer: Layer, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition on ``rows``, with its values as named parameters."""

    def __hash__(self) -> int:
        """Return the same number for filters that share a statement."""


@dataclass(frozen=True)
class Shape:
    """What kind of page is asked for. ``names`` None means all properties; ``boxes`` is 2 across the antimeridian."""

    boxes: int = 0
    after: bool = False
    crs: Crs = Crs.WGS84
    names: tuple[str, ...] | None = None
    geometry: bool = True
    sort: tuple[SortKey, ...] = ()
    filter: Filter | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether the finished text beside the row says just what is asked for."""
        return self.crs is Crs.WGS84 and self.names is None and self.geometry

    @property
    def is_simple(self) -> bool:
        """Tell whether the page needs no other column than id and geometry to be found."""
        return self.filter is None and not self.sort


PLAIN = Shape()


def items_statement(layer: Layer, view: View, shape: Shape) -> Select[tuple[bytes, int, str | None]]:
    """Select one page: ``(features, number_returned, next_mark)`` with parameters ``limit``, ``after…``, ``west0…``.

    ``features`` is the UTF-8 text between the brackets of a GeoJSON ``features`` array (empty when there are none).
    """
    rows = _rows(layer, view, shape)
    wanted = (
        select(rows, func.row_number().over(order_by=order(rows, shape.sort)).label("position"))
        .where(behind(rows, shape.sort) if shape.after else true(), *_conditions(layer, rows, shape))
        .order_by(*order(rows, shape.sort))
        .limit(bindparam("limit", type_=Integer) + 1)
        .subquery("wanted")
    )
    limit = bindparam("limit", type_=Integer)
    on_page = wanted.c.position <= limit
    text = func.string_agg(_text(layer, wanted, view, shape), aggregate_order_by(COMMA, wanted.c.position)).filter(
        on_page
    )
    mark = func.max(page_mark(wanted, shape.sort)).filter(wanted.c.position == limit)
    return select(
        func.convert_to(func.coalesce(text, text_constant("")), UTF8),
        func.count().filter(on_page),
        case((func.bool_or(wanted.c.position > limit), mark)),
    )


def items_page(
    layer: Layer, view: View, *, limit: int, after: str | None = None, bbox: types.BBox | None = None
) -> Select[tuple[bytes, int, str | None]]:
    """Select one page in the order of ids with its values in place, for callers that run a statement once.

    Raises InvalidInputError when ``after`` cannot be an id of the layer.
    """
    shape = Shape(boxes=len(halves(bbox)), after=after is not None)
    values = {"limit": limit} | page_values(layer, after=after, bbox=bbox)
    return items_statement(layer, view, shape).params(values)


def page_values(layer: Layer, *, after: str | None, bbox: types.BBox | None) -> dict[str, Any]:
    """Return the parameters of a page in the order of ids; raise InvalidInputError for a mark that is none."""
    values: dict[str, Any] = {}
    if after is not None:
        values["after"] = layer_key(layer, after)
        if values["after"] is None:
            raise InvalidInputError(BAD_MARK, field="after")
    for number, box in enumerate(halves(bbox)):
        values |= {f"{corner}{number}": value for corner, value in zip(CORNERS, box, strict=True)}
    return values


def item_statement(layer: Layer, view: View, shape: Shape = PLAIN) -> Select[tuple[bytes]]:
    """Select the GeoJSON text (UTF-8) of the feature whose id is the parameter ``key``; no row when there is none."""
    rows = _rows(layer, view, shape)
    key = bindparam("key", type_=rows.c.id.type)
    return select(func.convert_to(_text(layer, rows, view, shape), UTF8)).where(rows.c.id == key)


def item(layer: Layer, view: View, feature_id: str) -> Select[tuple[bytes]]:
    """Select one feature with its id in place; an id that cannot be one of the layer finds no row."""
    key = layer_key(layer, feature_id)
    statement = item_statement(layer, view)
    return statement.where(false()).params(key=None) if key is None else statement.params(key=key)


def layer_key(layer: Layer, text: str) -> Any:
    """Return an id as the type of the layer's key, or None when it cannot be one (PostgreSQL's text has no NUL)."""
    if not isinstance(layer.key_type(), Uuid):
        return None if "\0" in text else text
    try:
        return UUID(text)
    except ValueError:
        return None


def feature_text(layer: Layer, rows: FromClause, shape: Shape = PLAIN) -> ColumnElement[str]:
    """Write one GeoJSON feature; PostgreSQL quotes every text of it."""
    names = layer.property_names() if shape.names is None else shape.names
    return func.concat(
        text_constant('{"type":"Feature","id":'), func.to_json(cast(rows.c.id, Text)),
        text_constant(',"geometry":'), _geometry(layer, rows, shape),
        text_constant(',"properties":'), json_object(rows, names),
        text_constant("}"),
    )  # fmt: skip


def _rows(layer: Layer, view: View, shape: Shape) -> FromClause:
    """Select the rows that the page is made of: the table alone where the finished text beside it will do."""
    if _is_stored(layer, view, shape) and shape.is_simple:
        return view.rows(cast_type(type[Base], layer.stored))
    return layer.rows(view).subquery("rows")


def _text(layer: Layer, rows: FromClause, view: View, shape: Shape) -> ColumnElement[str]:
    if _is_stored(layer, view, shape) and shape.is_simple:
        stored: ColumnElement[str] = rows.c.feature
        return stored
    return feature_text(layer, rows, shape)


def _is_stored(layer: Layer, view: View, shape: Shape) -> bool:
    return layer.stored is not None and shape.is_plain and view.moment is None


def _geometry(layer: Layer, rows: FromClause, shape: Shape) -> ColumnElement[str]:
    if layer.geometry_type is None or not shape.geometry:
        return text_constant("null")
    geometry: ColumnElement[Any] = rows.c.geom
    decimals = DEGREE_DECIMALS
    if shape.crs is not Crs.WGS84:
        geometry = func.ST_Transform(geometry, literal_column(str(shape.crs.srid)))
        geometry = geometry if shape.crs.east_first else func.ST_FlipCoordinates(geometry)
        decimals = METRE_DECIMALS if shape.crs.unit == "metre" else DEGREE_DECIMALS
    # Option 0: without it PostGIS adds the name of any CRS but WGS 84, which RFC 7946 has no place for.
    return func.coalesce(
        func.ST_AsGeoJSON(geometry, literal_column(str(decimals)), literal_column("0")), text_constant("null")
    )


def _conditions(layer: Layer, rows: FromClause, shape: Shape) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if shape.filter is None else [shape.filter.condition(layer, rows)]
    if shape.boxes:
        found.append(or_(*(_in_box(layer, rows, number) for number in range(shape.boxes))))
    return found


def _in_box(layer: Layer, rows: FromClause, number: int) -> ColumnElement[bool]:
    """Keep features that touch the box; one without geometry never does (OGC 17-069r4, 7.15.3)."""
    if layer.geometry_type is None:
        return false()
    west, south, east, north = (bindparam(f"{corner}{number}", type_=Float) for corner in CORNERS)
    # The box is the constant side, in the column's own CRS, so that the spatial index serves.
    box = func.ST_MakeEnvelope(west, south, east, north, literal_column(str(WGS84_SRID)))
    if layer.geometry_type == "Point":
        # Cheaper than ST_Intersects and as exact; && alone compares in single precision.
        inside = (func.ST_X(rows.c.geom).between(west, east), func.ST_Y(rows.c.geom).between(south, north))
        return and_(rows.c.geom.op("&&")(box), *inside)
    # A polygon without area touches nothing; its envelope is the line or point that such a box is.
    return func.ST_Intersects(rows.c.geom, func.ST_Envelope(box))


def halves(bbox: types.BBox | None) -> list[types.BBox]:
    """Return the box as it is, or cut in two where it crosses the antimeridian; [] for None."""
    if bbox is None:
        return []
    if bbox.west <= bbox.east:
        return [bbox]
    return [bbox._replace(east=180.0), bbox._replace(west=-180.0)]
