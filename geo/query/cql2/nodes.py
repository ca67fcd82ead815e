"""What a filter is made of once it is checked: typed nodes without values, and the SQL of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Float,
    LargeBinary,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    collate,
    func,
    literal_column,
    not_,
    or_,
)
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import TypeEngine

from geo.query.layer import text_constant
from geo.query.queryables import Kind

SQL_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(),
    Kind.UUID: Uuid(),
    Kind.NUMBER: Float(),
    Kind.BOOLEAN: Boolean(),
    Kind.DATE: Date(),
    Kind.TIMESTAMP: DateTime(timezone=True),
    Kind.GEOMETRY: LargeBinary(),
}
Sql = ColumnElement[Any]


@dataclass(frozen=True)
class Property:
    """A column of the layer."""

    column: str
    kind: Kind

    def sql(self, rows: FromClause) -> Sql:
        """Return the column."""
        return rows.c[self.column]


@dataclass(frozen=True)
class Value:
    """A value that is given with each request, or ``many`` of them as one array."""

    name: str
    kind: Kind
    many: bool = False

    def sql(self, _: FromClause) -> Sql:
        """Return the parameter, typed, since PostgreSQL would otherwise guess."""
        sql_type = SQL_TYPES[self.kind]
        parameter = bindparam(self.name, type_=ARRAY(sql_type) if self.many else sql_type)
        if self.kind is Kind.GEOMETRY:
            return func.geometry(parameter)
        return parameter


@dataclass(frozen=True)
class Constant:
    """``true``, ``false``, or an open end of time."""

    text: str
    kind: Kind

    def sql(self, _: FromClause) -> Sql:
        """Return the constant as part of the statement."""
        if self.kind is Kind.BOOLEAN:
            return literal_column(self.text, Boolean())  # SQLAlchemy's own true() takes part in no comparison
        return cast(text_constant(self.text), SQL_TYPES[self.kind])


@dataclass(frozen=True)
class Call:
    """An operator or function with its operands."""

    name: str
    args: tuple[Node, ...]
    kind: Kind = Kind.BOOLEAN

    def sql(self, rows: FromClause) -> Sql:
        """Return the operator over the SQL of its operands."""
        return OPERATORS[self.name](*(each.sql(rows) for each in self.args))


Node = Property | Value | Constant | Call


def columns_in(node: Node) -> Iterator[str]:
    """Give the columns that a node reads."""
    if isinstance(node, Property):
        yield node.column
    elif isinstance(node, Call):
        for each in node.args:
            yield from columns_in(each)


def renamed(node: Node, names: dict[str, str]) -> Node:
    """Name the parameters in the order in which they come, so that equal structures are equal; note the names given."""
    if isinstance(node, Value):
        return replace(node, name=names.setdefault(node.name, f"filter_{len(names)}"))
    return replace(node, args=tuple(renamed(each, names) for each in node.args)) if isinstance(node, Call) else node


def _number(value: Sql) -> Sql:
    """Compute in double precision, as the standard's numbers are; integers would be cut in a division."""
    return cast(value, Float)


def _quotient(left: Sql, right: Sql) -> Sql:
    return _number(left) / func.nullif(_number(right), 0)


def _remainder(left: Sql, right: Sql) -> Sql:
    return _number(left) - _number(right) * func.trunc(_quotient(left, right))


def _power(left: Sql, right: Sql) -> Sql:
    """Raise to a power; NULL where there is no real result, which PostgreSQL would refuse the statement for."""
    base, exponent = _number(left), _number(right)
    unreal = or_(and_(base < 0, exponent != func.trunc(exponent)), and_(base == 0, exponent < 0))
    return case((not_(unreal), func.power(base, exponent)))


def folded(text: Sql) -> Sql:
    """Fold case fully (Unicode 15, 5.18): what is equal without regard to case becomes the same text.

    PostgreSQL 15 has no case folding. Upper, then lower case does it with two exceptions: dotless i, whose capital is
    that of another letter, waits as a character that no text holds, and the sigma at a word's end is undone. The
    second round is for letters whose capitals are capitals of several, such as ẞ.
    """
    dotless, waiting = "\u0131", "\ufdd0"
    kept = collate(func.replace(text, text_constant(dotless), text_constant(waiting)), "und-x-icu")
    twice = func.lower(func.upper(func.lower(func.upper(kept))))
    return func.translate(twice, text_constant("\u03c2" + waiting), text_constant("\u03c3" + dotless), type_=Text)


def _day(moment: Sql) -> Sql:
    return cast(func.timezone(text_constant("UTC"), moment), Date)


def _spatial(name: str) -> Callable[..., Sql]:
    def predicate(left: Sql, right: Sql) -> Sql:
        found: Sql = getattr(func, name)(left, right, type_=Boolean)
        return found

    return predicate


def _is_during(inner_start: Sql, inner_end: Sql, outer_start: Sql, outer_end: Sql) -> Sql:
    return and_(inner_start > outer_start, inner_end < outer_end)


def _overlaps(start: Sql, end: Sql, other_start: Sql, other_end: Sql) -> Sql:
    return and_(start < other_start, end > other_start, end < other_end)


# OGC 21-065r2, tables 7 and 8, after Time Ontology in OWL; each takes start and end of the one and of the other.
TEMPORAL: dict[str, Callable[[Sql, Sql, Sql, Sql], Sql]] = {
    "t_after": lambda a, _, __, d: a > d,
    "t_before": lambda _, b, c, __: b < c,
    "t_disjoint": lambda a, b, c, d: or_(b < c, a > d),
    "t_equals": lambda a, b, c, d: and_(a == c, b == d),
    "t_intersects": lambda a, b, c, d: and_(a <= d, b >= c),
    "t_contains": lambda a, b, c, d: _is_during(c, d, a, b),
    "t_during": _is_during,
    "t_finishedby": lambda a, b, c, d: and_(a < c, b == d),
    "t_finishes": lambda a, b, c, d: and_(a > c, b == d),
    "t_meets": lambda _, b, c, __: b == c,
    "t_metby": lambda a, _, __, d: a == d,
    "t_overlappedby": lambda a, b, c, d: _overlaps(c, d, a, b),
    "t_overlaps": _overlaps,
    "t_startedby": lambda a, b, c, d: and_(a == c, b > d),
    "t_starts": lambda a, b, c, d: and_(a == c, b < d),
}
SPATIAL: dict[str, Callable[..., Sql]] = {
    f"s_{name}": _spatial(f"ST_{name.title()}")
    for name in ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
}
COMPARISONS: dict[str, Callable[[Sql, Sql], Sql]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
ARITHMETIC: dict[str, Callable[[Sql, Sql], Sql]] = {
    "+": lambda left, right: _number(left) + _number(right),
    "-": lambda left, right: _number(left) - _number(right),
    "*": lambda left, right: _number(left) * _number(right),
    "/": _quotient,
    "div": lambda left, right: func.trunc(_quotient(left, right)),
    "%": _remainder,
    "^": _power,
}
OPERATORS: dict[str, Callable[..., Sql]] = {
    **COMPARISONS,
    **ARITHMETIC,
    **SPATIAL,
    **TEMPORAL,
    "and": and_,
    "or": or_,
    "not": not_,
    "isnull": lambda *values: reduce(or_, (value.is_(None) for value in values)),
    "like": lambda value, like: value.like(like),
    "between": lambda value, low, high: value.between(low, high),
    "in": lambda value, many: value == any_(many),
    "given": lambda predicate, *ends: case((and_(*(end.is_not(None) for end in ends)), predicate)),
    "casei": folded,
    "day": _day,
    "text": lambda value: cast(value, Text),
}
