"""The boxes of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CompoundSelect, func, literal, select, union_all

from geo.query.layer import Layer
from geo.query.view import View


def extent(layers: Sequence[Layer], view: View) -> CompoundSelect[Any]:
    """Select ``(id, west, south, east, north)`` in WGS 84 degrees of each layer with geometry; NULLs when empty."""
    return union_all(*(_box(layer, view) for layer in layers if layer.geometry_type is not None))


def _box(layer: Layer, view: View) -> Any:
    rows = layer.rows(view).subquery()
    box = func.ST_Extent(rows.c.geom)
    return select(
        literal(layer.id).label("id"),
        func.ST_XMin(box).label("west"),
        func.ST_YMin(box).label("south"),
        func.ST_XMax(box).label("east"),
        func.ST_YMax(box).label("north"),
    )
