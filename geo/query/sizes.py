"""How large the tables are, as far as one has to know to decide what is cheap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, Text, bindparam, func, literal, select, union_all

from geo.model import Base
from geo.query.layer import Layer, text_constant
from geo.query.view import View


def main_table(layer: Layer) -> str:
    """Return the table that has a row for each feature of a layer."""
    return layer.tables[0]


def sizes(layers: Iterable[Layer]) -> CompoundSelect[Any]:
    """Select ``(name, rows)`` of the layers' main tables in the district; none counts further than ``limit``."""
    return union_all(*(_size(name) for name in sorted({main_table(layer) for layer in layers})))


def number_at(layer: Layer, view: View) -> Select[Any]:
    """Select how many rows a layer's main table has as of the view's moment, counted no further than ``limit``."""
    name = main_table(layer)
    model = next(each.class_ for each in Base.registry.mappers if each.class_.__tablename__ == name)
    first = select(literal(1)).select_from(view.rows(model)).limit(bindparam("limit", type_=Integer)).subquery()
    return select(func.count().label("rows")).select_from(first)


def _size(name: str) -> Any:
    table = Base.metadata.tables[name]
    first = (
        select(table.c.district)
        .where(table.c.district == bindparam("district", type_=Text))
        .limit(bindparam("limit", type_=Integer))
        .subquery()
    )
    return select(text_constant(name).label("name"), func.count().label("rows")).select_from(first)
