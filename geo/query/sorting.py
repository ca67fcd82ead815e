"""The order of a page, and the mark from which the next page goes on (keyset paging).

The id comes last in every order, so the order is total: a row that exists throughout is on exactly one page, whatever
is inserted or deleted between the pages. NULLs come last. Texts are compared by their first characters, so that a mark
stays short enough for an address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    true,
)
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import Boolean, TypeEngine

from geo import types
from geo.errors import InvalidInputError
from geo.query.layer import Layer

BAD_MARK = types.Text(
    "翻页标记无效，请从第一页重新开始。", "The page mark is not valid; start again from the first page."
)
COMPARED = 120  # characters of a text
LARGEST_INTEGER = 2**31
LARGEST_EXPONENT = 400  # of ten; no number of ours is near it
NOT_FINITE = ("NaN", "Infinity", "-Infinity")  # as PostgreSQL writes them into JSON
YEARS = range(2, 9999)  # in which every offset leaves a date that Python and PostgreSQL know
SORTABLE = (String, Uuid, Numeric, Integer, Boolean, Date, DateTime)


class SortKey(NamedTuple):
    """A property to sort by."""

    name: str
    descending: bool = False


def sortable_names(layer: Layer) -> tuple[str, ...]:
    """Return the properties that a page can be sorted by: those of one value, not lists and objects."""
    types_of = layer.columns()
    return tuple(name for name in layer.property_names() if isinstance(types_of[name], SORTABLE))


def order(layer: Layer, rows: FromClause, sort: tuple[SortKey, ...]) -> list[ColumnElement[Any]]:
    """Return the terms of ORDER BY."""
    return [*(_term(layer, rows, key) for key in sort), rows.c.id.asc()]


def behind(layer: Layer, rows: FromClause, sort: tuple[SortKey, ...]) -> ColumnElement[bool]:
    """Keep the rows behind the page mark, whose values are the parameters ``after_0``, ``after_1`` … and ``after``."""
    last = rows.c.id > bindparam("after", type_=rows.c.id.type)
    if not sort:
        return last
    steps: list[ColumnElement[bool]] = []
    equal_so_far: list[ColumnElement[bool]] = []
    for number, key in enumerate(sort):
        column, mark = _compared(rows, key.name), _mark(rows, key.name, number)
        beyond = column < mark if key.descending else column > mark
        steps.append(and_(*equal_so_far, mark.is_not(None), or_(beyond, column.is_(None))))
        equal_so_far.append(column.is_not_distinct_from(mark))
    return and_(_bound(layer, rows, sort[0]), or_(*steps, and_(*equal_so_far, last)))


def page_mark(rows: FromClause, sort: tuple[SortKey, ...]) -> ColumnElement[str]:
    """Write the mark of a row: its id, or a JSON array of its sort values and id, each of them exact."""
    if not sort:
        return cast(rows.c.id, Text)
    return cast(func.json_build_array(*(_compared(rows, key.name) for key in sort), rows.c.id), Text)


def mark_values(layer: Layer, sort: tuple[SortKey, ...], mark: str) -> dict[str, Any]:
    """Return the parameters of :func:`behind`; raise InvalidInputError for a mark that is none of this order."""
    names = [*(key.name for key in sort), "id"]
    try:
        values = json.loads(mark, parse_float=Decimal) if sort else [mark]
    except (ValueError, RecursionError) as error:
        raise _bad_mark() from error
    if not isinstance(values, list) or len(values) != len(names):
        raise _bad_mark()
    parameters = [*(f"after_{number}" for number in range(len(sort))), "after"]
    return {
        parameter: None if value is None and name != "id" else _read(layer.columns()[name], value)
        for parameter, name, value in zip(parameters, names, values, strict=True)
    }


def key_of(layer: Layer, text: str) -> Any:
    """Return an id as the type of the layer's key; raise InvalidInputError when it cannot be one."""
    return _read(layer.key_type(), text)


def _term(layer: Layer, rows: FromClause, key: SortKey) -> ColumnElement[Any]:
    column = _compared(rows, key.name)
    term = column.desc() if key.descending else column.asc()
    # An index that is read backwards has its NULLs first; where there are none it need not matter.
    return term if never_null(layer, key.name) else term.nulls_last()


def _bound(layer: Layer, rows: FromClause, key: SortKey) -> ColumnElement[bool]:
    """Repeat of the first step what an index can be searched by."""
    if not never_null(layer, key.name):
        return true()
    column, mark = _compared(rows, key.name), _mark(rows, key.name, 0)
    return column <= mark if key.descending else column >= mark


def never_null(layer: Layer, name: str) -> bool:
    """Tell for certain that a property has a value in every row: a column of the stored table that must have one."""
    if layer.stored is None:
        return False
    columns = layer.stored.__table__.c
    return name in columns and not columns[name].nullable


def _mark(rows: FromClause, name: str, number: int) -> ColumnElement[Any]:
    kind = rows.c[name].type
    # With its type said, for nothing else tells it where the mark is NULL.
    return cast(bindparam(f"after_{number}", type_=kind), kind)


def _compared(rows: FromClause, name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = rows.c[name]
    return func.left(column, literal_column(str(COMPARED)), type_=Text) if isinstance(column.type, String) else column


def _read(kind: TypeEngine[Any], value: Any) -> Any:
    """Read one value of a mark as what the database compares with; raise InvalidInputError for any other."""
    try:
        return next(read for types_read, read in READERS.items() if isinstance(kind, types_read))(value)
    except (ValueError, TypeError, ArithmeticError, StopIteration) as error:
        raise _bad_mark() from error


def _bad_mark() -> InvalidInputError:
    return InvalidInputError(BAD_MARK, field="after")


def _text(value: Any) -> str:
    text: str = _of(str, value)
    if "\0" in text:
        raise ValueError
    text.encode()  # refuses half of a surrogate pair
    return text


def _of(kind: type[Any], value: Any) -> Any:
    # JSON's true is a number to Python and none to the database.
    if type(value) is not kind:
        raise TypeError
    return value


def _decimal(value: Any) -> Decimal:
    if value in NOT_FINITE:
        return Decimal(value)
    number = Decimal(_of(int, value)) if isinstance(value, int) else _of(Decimal, value)
    if not -LARGEST_EXPONENT < number.adjusted() < LARGEST_EXPONENT:
        raise ValueError
    return number


def _integer(value: Any) -> int:
    number: int = _of(int, value)
    if not -LARGEST_INTEGER <= number < LARGEST_INTEGER:
        raise ValueError
    return number


def _instant(value: Any) -> datetime:
    # PostgreSQL leaves out zeros at the end of a fraction, which Python 3.10 does not read.
    text = re.sub(r"\.(\d{1,6})", lambda found: "." + found[1].ljust(6, "0"), _of(str, value))
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or instant.year not in YEARS:
        raise ValueError
    return instant


READERS: Mapping[tuple[type[TypeEngine[Any]], ...], Callable[[Any], Any]] = {
    (Uuid,): lambda value: UUID(_of(str, value)),
    (String,): _text,
    (Boolean,): lambda value: _of(bool, value),
    (Integer,): _integer,
    (Float,): lambda value: float(_decimal(value)),
    (Numeric,): _decimal,
    (DateTime,): _instant,
    (Date,): lambda value: date.fromisoformat(_of(str, value)),
}
