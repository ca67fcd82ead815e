"""The order of a page, and the mark from which the next page goes on (keyset paging).

The id comes last in every order, so the order is total: a row that exists throughout is on exactly one page, whatever
is inserted or deleted between the pages. NULLs come last.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, func, or_
from sqlalchemy.sql.expression import FromClause


class SortKey(NamedTuple):
    """A property to sort by."""

    name: str
    descending: bool = False


def order(rows: FromClause, sort: tuple[SortKey, ...]) -> list[ColumnElement[Any]]:
    """Return the terms of ORDER BY."""
    terms = [(rows.c[key.name].desc() if key.descending else rows.c[key.name].asc()).nulls_last() for key in sort]
    return [*terms, rows.c.id.asc()]


def behind(rows: FromClause, sort: tuple[SortKey, ...]) -> ColumnElement[bool]:
    """Keep the rows behind the page mark, whose values are the parameters ``after_0``, ``after_1`` … and ``after``."""
    last = rows.c.id > bindparam("after", type_=rows.c.id.type)
    if not sort:
        return last
    steps: list[ColumnElement[bool]] = []
    equal_so_far: list[ColumnElement[bool]] = []
    for number, key in enumerate(sort):
        column = rows.c[key.name]
        mark = bindparam(f"after_{number}", type_=column.type)
        beyond = column < mark if key.descending else column > mark
        steps.append(and_(*equal_so_far, mark.is_not(None), or_(beyond, column.is_(None))))
        equal_so_far.append(column.is_not_distinct_from(mark))
    return or_(*steps, and_(*equal_so_far, last))


def page_mark(rows: FromClause, sort: tuple[SortKey, ...]) -> ColumnElement[str]:
    """Write the mark of a row: its id, or a JSON array of its sort values and id."""
    if not sort:
        return cast(rows.c.id, Text)
    return cast(func.json_build_array(*(rows.c[key.name] for key in sort), rows.c.id), Text)
