"""Ask a layer by a filter, and for everything, so that a test can compare the one with its own choice of the other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.sql.expression import FromClause

from geo.collections import layer_of
from geo.crs import Crs
from geo.query.cql2 import Language, read_filter
from geo.query.view import View
from tests.geo.reading import Feature, read_page
from tests.geo.sample import DISTRICT

VIEW = View(DISTRICT)


def matching(
    connection: Connection, layer: str, text: str, *, language: Language = "cql2-text", crs: Crs = Crs.WGS84
) -> set[str]:
    """Return the ids of the features that a filter keeps."""
    found, values = read_filter(layer_of(layer), text, language=language, crs=crs)
    rows: FromClause = layer_of(layer).rows(VIEW).subquery("rows")
    statement = select(rows.c.id).where(found.condition(layer_of(layer), rows))
    return {str(key) for key in connection.scalars(statement, values)}


def everything(connection: Connection, layer: str) -> list[Feature]:
    """Return every feature of a layer."""
    return read_page(connection, layer, VIEW, limit=10_000).features


def parameters(layer: str, text: str, **options: Any) -> dict[str, Any]:
    """Return the values that a filter hands to its statement."""
    return read_filter(layer_of(layer), text, **options)[1]
