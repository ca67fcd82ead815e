"""How the rows of a page become finished bytes inside the database: GeoJSON, a sequence of it, CSV, FlatGeobuf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Numeric,
    String,
    Text,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import Boolean, TypeEngine

from geo.query.layer import text_constant

NOTHING, COMMA, QUOTE = (text_constant(each) for each in ("", ",", '"'))
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the local code page
LINE_END = "\r\n"
# What makes a spreadsheet run the text of a cell; the full-width signs do so in Chinese editions.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
WKT = "WKT"  # the name by which GDAL and QGIS know such a column
GEOMETRY = text_constant("geom")
FILE_HEAD = 12  # bytes of a FlatGeobuf file up to its header, whose length the last four of them say


class Encoding(Enum):
    """What the bytes of a page are."""

    GEOJSON = "geojson"
    GEOJSON_SEQUENCE = "geojsonseq"
    CSV = "csv"
    FLATGEOBUF = "fgb"


class Content(NamedTuple):
    """What goes into each feature of a table: properties with their types, and the geometry in the CRS asked for.

    ``geometry`` is None where there is none to give; ``empty`` is then NULL, else an empty geometry of its kind.
    """

    names: Sequence[str]
    types: Mapping[str, TypeEngine[Any]]
    geometry: ColumnElement[Any] | None
    empty: ColumnElement[Any]
    decimals: int


def json_text(
    text: ColumnElement[str], rows: FromClause, on_page: ColumnElement[bool], *, in_order: bool = False
) -> ColumnElement[bytes]:
    """Join features with commas: what stands between the brackets of a GeoJSON ``features`` array.

    ``in_order`` says that the rows come sorted from a subquery without a join; else they are sorted by their position.
    """
    return _joined(text, COMMA, rows, on_page, in_order=in_order)


def json_sequence(
    text: ColumnElement[str], rows: FromClause, on_page: ColumnElement[bool], *, in_order: bool = False
) -> ColumnElement[bytes]:
    """Write each feature between a record separator and a line feed (RFC 8142, 2.1); ``in_order`` as above."""
    record = func.concat(text_constant("\x1e"), text, text_constant("\n"))
    return _joined(record, NOTHING, rows, on_page, in_order=in_order)


def csv_text(content: Content, rows: FromClause, on_page: ColumnElement[bool]) -> ColumnElement[bytes]:
    """Write a table (RFC 4180) for spreadsheets: a byte order mark, names, one line a feature, WKT in the last column.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which numbers never get.
    """
    heading = ["id", *content.names]
    cells = [_cell(rows.c[name], content.types[name]) for name in heading]
    if content.geometry is not None:
        heading.append(WKT)
        cells.append(_quoted(func.ST_AsText(content.geometry, literal_column(str(content.decimals)))))
    parts = [part for cell in cells for part in (COMMA, cell)][1:]
    lines = _joined(func.concat(*parts, text_constant(LINE_END)), NOTHING, rows, on_page)
    head = as_bytes(text_constant(BYTE_ORDER_MARK + ",".join(heading) + LINE_END))
    whole: ColumnElement[bytes] = head.op("||")(lines)
    return whole


def flatgeobuf(
    content: Content, rows: FromClause, on_page: ColumnElement[bool]
) -> tuple[ColumnElement[bytes], ColumnElement[str], FromClause]:
    """Write a FlatGeobuf file, and for each feature which of its columns are not NULL, as zeros and ones.

    PostGIS 3.3 counts the columns of a feature without those that are NULL; with the second value
    ``geo.query.flatgeobuf`` puts the numbers right. The third is what to select both from. A feature without geometry
    gets an empty one, for PostGIS takes the file's kind of geometry from the first feature.
    """
    names = ("id", *content.names)
    typed = {name: _typed(rows.c[name], content.types[name]) for name in names}
    drawn = content.empty if content.geometry is None else func.coalesce(content.geometry, content.empty)
    columns = (value.label(name) for name, value in typed.items())
    one = select(*columns, drawn.label("geom")).correlate(rows).lateral("one")
    held = func.concat(*(cast(cast(one.c[name].is_not(None), Integer), Text) for name in names))
    masks = func.string_agg(held, aggregate_order_by(COMMA, rows.c.position)).filter(on_page)
    # Without an index, which would change the order; a page is small.
    whole = func.ST_AsFlatGeobuf(
        literal_column("one"), literal_column("false"), aggregate_order_by(GEOMETRY, rows.c.position)
    ).filter(on_page)
    return (
        func.coalesce(whole, _empty_file(content, typed)),
        func.coalesce(masks, NOTHING),
        rows.join(one, true()),
    )


def file_types(types: Mapping[str, TypeEngine[Any]], names: Sequence[str]) -> tuple[TypeEngine[Any], ...]:
    """Return the types of a FlatGeobuf file's columns, in order."""
    return tuple(_file_type(types[name]) for name in ("id", *names))


def _joined(
    text: ColumnElement[str],
    between: ColumnElement[str],
    rows: FromClause,
    on_page: ColumnElement[bool],
    *,
    in_order: bool = False,
) -> ColumnElement[bytes]:
    # PostgreSQL 15 sorts for an ordered aggregate, with every text, even what is sorted already (manual, 9.21).
    end = between if in_order else aggregate_order_by(between, rows.c.position)
    return as_bytes(func.coalesce(func.string_agg(text, end).filter(on_page), NOTHING))


def as_bytes(text: ColumnElement[str]) -> ColumnElement[bytes]:
    """Give a text as bytes in the client's encoding, which is UTF-8; convert_to would check each character again."""
    return func.textsend(text)


def _cell(value: ColumnElement[Any], kind: TypeEngine[Any]) -> ColumnElement[str]:
    """Write one value: numbers and truth bare, everything else quoted; NULL is nothing, an empty text two quotes."""
    if isinstance(kind, Numeric | Integer | Boolean):
        return func.coalesce(cast(value, Text), NOTHING)
    if isinstance(kind, String):
        risky = func.left(value, literal_column("1")).in_([text_constant(sign) for sign in FORMULA_SIGNS])
        return _quoted(case((risky, text_constant("'").op("||")(value)), else_=value))
    return _quoted(_plain_text(value))


def _quoted(value: ColumnElement[str]) -> ColumnElement[str]:
    doubled = func.replace(value, QUOTE, text_constant('""'))
    return func.coalesce(QUOTE.op("||")(doubled).op("||")(QUOTE), NOTHING)


def _plain_text(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Write dates as ISO 8601, lists and objects as JSON, and a text as itself."""
    text: ColumnElement[str] = func.to_json(value).op("#>>")(literal_column("'{}'"))
    return text


def _file_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type in which a column goes into a FlatGeobuf file: one that PostGIS writes and GDAL reads."""
    if isinstance(kind, Boolean | BigInteger):
        return kind
    if isinstance(kind, Integer):
        return Integer()  # a count is called one and is longer
    if isinstance(kind, Numeric):  # Float among them
        return Float(53)
    if isinstance(kind, DateTime):
        return DateTime(timezone=True)
    return Text()


def _typed(value: ColumnElement[Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    target = _file_type(kind)
    if isinstance(target, Text) and not isinstance(kind, String):
        return _plain_text(value)
    return cast(value, target)


def _empty_file(content: Content, typed: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bytes]:
    """Write the head of a file alone, for a page without features, of which PostGIS makes no file at all."""
    values = (cast(null(), _file_type(content.types[name])).label(name) for name in typed)
    none = select(*values, content.empty.label("geom")).subquery("none")
    of_none = func.ST_AsFlatGeobuf(literal_column("none"), literal_column("false"), GEOMETRY)
    file = select(of_none.label("file")).select_from(none).subquery("head").c.file
    length = func.get_byte(file, literal_column("8")) + literal_column("256") * func.get_byte(file, literal_column("9"))
    return select(func.substring(file, literal_column("1"), literal_column(str(FILE_HEAD)) + length)).scalar_subquery()
