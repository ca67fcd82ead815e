"""Statements behind the pages: the district itself and the vocabularies."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select, String, column, exists, func, literal, select, table, union_all

from geo.model import SCHEMES, Base, Case, District, Report, Task
from geo.query.view import View


def district_card(view: View) -> Select[Any]:
    """Select the district's names, its box, the moment at which it opens, and whether demonstration rows are in it."""
    box = func.Box3D(District.geom)
    marked = [
        exists().where(model.district == District.district, model.demonstration) for model in (Report, Task, Case)
    ]
    return select(
        District.name_zh,
        District.name_en,
        District.opens_at,
        func.ST_XMin(box).label("west"),
        func.ST_YMin(box).label("south"),
        func.ST_XMax(box).label("east"),
        func.ST_YMax(box).label("north"),
        (District.demonstration | marked[0] | marked[1] | marked[2]).label("demonstration"),
    ).where(District.district == view.district)


def vocabulary_terms() -> CompoundSelect[Any]:
    """Select ``(scheme, code, label_zh, label_en, colour)`` of every vocabulary, in order."""
    terms = union_all(*(_terms(scheme, model) for scheme, model in SCHEMES.items()))
    return terms.order_by("scheme", "sort_order")


def schema_revision() -> Select[tuple[str]]:
    """Select the revision of the schema that the database is at."""
    return select(column("version_num", String)).select_from(table("alembic_version"))


def _terms(scheme: str, model: type[Base]) -> Select[Any]:
    terms = model.__table__
    names = ("code", "label_zh", "label_en", "colour", "sort_order")
    return select(literal(scheme).label("scheme"), *(terms.c[name] for name in names))
