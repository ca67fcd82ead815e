"""A published layer: the one description that OGC API, tiles, exports and maps all read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func

from geo.query.view import View
from geo.types import Text

GeometryType = Literal["Point", "LineString", "MultiPolygon"]


@dataclass(frozen=True)
class Layer:
    """One layer of the register.

    ``rows(view)`` selects its features: a column ``id``, a column ``geom`` (WGS 84) when ``geometry_type`` is not
    None, and one column for each property, in the order in which they are published.
    """

    id: str
    title: Text
    description: Text
    geometry_type: GeometryType | None
    rows: Callable[[View], Select[Any]]

    def property_names(self) -> list[str]:
        """Return the names of the published properties, in order."""
        return list(_property_names(self))


@cache
def _property_names(layer: Layer) -> tuple[str, ...]:
    """Read the names off a statement; building one takes some 10 ms, so each layer is asked once."""
    names = layer.rows(View("")).selected_columns.keys()
    return tuple(name for name in names if name not in {"id", "geom"})


def labels(term: Any, name: str) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Publish a vocabulary term's labels as ``name_zh`` and ``name_en``."""
    return term.label_zh.label(f"{name}_zh"), term.label_en.label(f"{name}_en")


def pick(rows: Any, *names: str) -> list[Any]:
    """Return the columns named, each text holding several names with spaces between."""
    return [rows.c[name] for text in names for name in text.split()]


def json_object(rows: Any, names: str) -> ColumnElement[Any]:
    """Write the columns named as one JSON object, in that order."""
    return func.json_build_object(*(part for name in names.split() for part in (name, rows.c[name])))
