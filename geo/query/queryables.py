"""What of a layer can be asked for: each property's kind of value, by the name that clients know it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, cast

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, Numeric, String, Table, Uuid
from sqlalchemy.types import TypeEngine

from geo.query.layer import Layer
from geo.query.view import View
from geo.types import Text

GEOMETRY = "geometry"  # the member of a GeoJSON feature, whatever the column is called


class Kind(Enum):
    """A kind of value, with the words for it."""

    TEXT = Text("文本", "text")
    UUID = Text("标识符（UUID）", "an identifier (UUID)")
    NUMBER = Text("数字", "a number")
    BOOLEAN = Text("真假值", "true or false")
    DATE = Text("日期", "a date")
    TIMESTAMP = Text("时刻", "a moment")
    INTERVAL = Text("时段", "an interval")
    GEOMETRY = Text("几何", "a geometry")

    @property
    def is_instant(self) -> bool:
        """Tell whether values are dates or moments."""
        return self in {Kind.DATE, Kind.TIMESTAMP}


@dataclass(frozen=True)
class Queryable:
    """A property that a filter may name, and the column that it is read from."""

    name: str
    column: str
    kind: Kind


# The first that fits decides: what is an Integer or a Float is a Numeric to SQLAlchemy too.
_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (Geometry, Kind.GEOMETRY),
    (Uuid, Kind.UUID),
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.NUMBER),
    (Float, Kind.NUMBER),
    (Numeric, Kind.NUMBER),
    (Date, Kind.DATE),
    (DateTime, Kind.TIMESTAMP),
    (String, Kind.TEXT),
)


def kind_of(column: TypeEngine[Any]) -> Kind | None:
    """Return the kind of a column's values; None for lists and objects, which no filter compares."""
    if isinstance(column, ARRAY):
        return None
    return next((kind for sql, kind in _KINDS if isinstance(column, sql)), None)


@cache
def queryables(layer: Layer) -> Mapping[str, Queryable]:
    """Return everything that a filter on ``layer`` may name, in the order in which the layer publishes it."""
    found = {}
    for column, sql in layer.columns().items():
        kind, name = kind_of(sql), GEOMETRY if column == "geom" else column
        if kind is not None and (kind is not Kind.GEOMETRY or layer.geometry_type is not None):
            found[name] = Queryable(name, column, kind)
    return found


def comparable_names(layer: Layer) -> tuple[str, ...]:
    """Return the names of the queryables that can be asked to equal a value: all but the geometry."""
    return tuple(name for name, each in queryables(layer).items() if each.kind is not Kind.GEOMETRY)


@cache
def stored_columns(layer: Layer) -> frozenset[str]:
    """Return the columns of a layer that its stored table has just as the layer publishes them."""
    if layer.stored is None:
        return frozenset()
    table = cast("Table", layer.stored.__table__)
    published = layer.rows(View("")).selected_columns
    return frozenset(
        name for name, column in published.items() if name in table.c and table.c[name] in column.base_columns
    )
