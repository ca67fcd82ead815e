"""A published layer: the one description that OGC API, tiles, exports and maps all read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, literal_column
from sqlalchemy import Text as SqlText
from sqlalchemy.types import TypeEngine

from geo.model import Base
from geo.query.view import View
from geo.types import Text

GeometryType = Literal["Point", "LineString", "MultiPolygon"]
KEPT_BY_TRIGGERS = {"version", "changed_at", "changed_by", "demonstration"}


@dataclass(frozen=True, eq=False)  # one object a layer: compared and hashed as such, many times a request
class Layer:
    """One layer of the register.

    ``rows(view)`` selects its features: a column ``id``, a column ``geom`` (WGS 84) when ``geometry_type`` is not
    None, and one column for each property, in the order in which they are published. ``tables`` are those whose
    change can change the layer, and ``by_clock`` says that time passing changes it too. A ``stored`` table holds
    the finished text of each feature in its column ``feature``. ``edits`` is the table that writers write to (None:
    the layer is read only), of which the columns in ``kept`` follow from something else and are not theirs.
    ``valid_time`` names the properties between which the thing was so (twice the same for a moment); None: as long as
    its history says.
    """

    id: str
    title: Text
    description: Text
    geometry_type: GeometryType | None
    rows: Callable[[View], Select[Any]]
    tables: tuple[str, ...]
    stored: type[Base] | None = None
    by_clock: bool = False
    edits: type[Base] | None = None
    kept: frozenset[str] = frozenset()
    valid_time: tuple[str, str] | None = None

    def columns(self) -> Mapping[str, TypeEngine[Any]]:
        """Return the name and type of every column of the layer, ``id`` and ``geom`` among them."""
        return _columns(self)

    def property_names(self) -> tuple[str, ...]:
        """Return the names of the published properties, in order."""
        return tuple(name for name in self.columns() if name not in {"id", "geom"})

    def writable(self) -> frozenset[str]:
        """Return the published properties that a writer may set; the geometry is not among them."""
        if self.edits is None:
            return frozenset()
        columns = self.edits.__table__.c
        ours = {column.name for column in columns if column.computed is not None} | KEPT_BY_TRIGGERS | self.kept
        return frozenset(name for name in self.property_names() if name in columns and name not in ours)

    @property
    def geometry_is_writable(self) -> bool:
        """Tell whether a writer may set the geometry: not where there is none, nor where it is cut from another."""
        return self.geometry_type is not None and self.edits is not None and "geom" not in self.kept

    def key_type(self) -> TypeEngine[Any]:
        """Return the type of the features' ids in the database."""
        return self.columns()["id"]


@cache
def _columns(layer: Layer) -> Mapping[str, TypeEngine[Any]]:
    """Read the columns off a statement; building one takes some 10 ms, so each layer is asked once."""
    return {name: column.type for name, column in layer.rows(View("")).selected_columns.items()}


def labels(term: Any, name: str) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Publish a vocabulary term's labels as ``name_zh`` and ``name_en``."""
    return term.label_zh.label(f"{name}_zh"), term.label_en.label(f"{name}_en")


def pick(rows: Any, *names: str) -> list[Any]:
    """Return the columns named, each text holding several names with spaces between."""
    return [rows.c[name] for text in names for name in text.split()]


def json_object(rows: Any, names: Sequence[str]) -> ColumnElement[Any]:
    """Write the columns named as one JSON object, in that order."""
    return func.json_build_object(*(part for name in names for part in (text_constant(name), rows.c[name])))


def text_constant(text: str) -> ColumnElement[str]:
    """Write a text that is the same in every request into the statement itself, not as a parameter."""
    quoted = text.replace("'", "''")
    return literal_column(f"'{quoted}'", SqlText())
