"""Filters on a layer's JSON lists, such as the tasks of a place, and filters put together."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, func, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import FromClause

from geo.query.features import Filter
from geo.query.layer import Layer, text_constant


@dataclass(frozen=True)
class AnyElement:
    """A condition that one and the same object in the JSON list ``column`` meets.

    Each of its ``members`` is one of the values of the parameter ``inside_<member>`` (a list of texts), and one of
    ``flags`` is true; without flags, none need be.
    """

    column: str
    members: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Return the one column that is read."""
        return frozenset({self.column})

    def condition(self, _: Layer, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition on ``rows``; an empty list meets none."""
        element = func.json_array_elements(rows.c[self.column]).table_valued("value").alias("element")

        def text(name: str) -> ColumnElement[str]:
            said: ColumnElement[str] = element.c.value.op("->>")(text_constant(name))
            return said

        wanted = [text(name) == func.any(bindparam(f"inside_{name}", type_=ARRAY(String))) for name in self.members]
        if self.flags:
            wanted.append(or_(*(text(name) == "true" for name in self.flags)))
        return exists().select_from(element).where(and_(true(), *wanted))


@dataclass(frozen=True)
class Every:
    """Filters that must all hold; their parameters have different names."""

    parts: tuple[Filter, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that the filters read."""
        return frozenset[str]().union(*(part.columns for part in self.parts))

    def condition(self, layer: Layer, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition on ``rows``."""
        return and_(true(), *(part.condition(layer, rows) for part in self.parts))
