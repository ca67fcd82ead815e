"""Statements whose answer is a finished vector tile (Mapbox Vector Tile 2.1) of one layer, in WebMercatorQuad.

A crowded tile leaves nothing out at random. Its points are counted on a grid of 64 x 64 cells: each cell that has any
shows one point at their mean position, with ``point_count`` and the number of each kind. Every point is counted in
exactly one tile of a zoom, for the tiles' bounds are half-open there (``erqi_cell``). Its lines are put together, one
feature for each state, with ``line_count``. What a tile carries depends on its zoom and on what it holds; it is the
first of these that has room:

======  ==========  ==================  ==================================================
zoom    layer       up to features      carries
======  ==========  ==================  ==================================================
>= 15   points      500                 every published property
any     points      4,000               id and what a style needs (``STYLE_NAMES``)
any     points      4,096 cells         counts
>= 15   lines       4,000               every published property
< 15    lines       4,000               id and what a style needs, simplified
any     lines       one for each state  state and count, simplified
>= 15   areas       all                 every published property
< 15    areas       all                 id and what a style needs, simplified
======  ==========  ==================  ==================================================

Room is 500 kB in each case. :func:`narrow_tile_statement` is for a tile that has less, because several crowded layers
share it (:mod:`api.ogc.tile_serving`). Its steps go on where these end, and those in front carry less:

======  =============================  ==========================================================
layer   up to features                 carries
======  =============================  ==========================================================
points  500, 4,000, 4,000              as above; then id and state only
points  4,096, 1,024, 256, 64 cells    counts
lines   4,000, 4,000, 4,000            as above; then id and state only
lines   one for each state             state and count, simplified by 1 and by 4 units of the tile
lines   one for each state             state and count, on a grid of 64, 128, 256, 512 units
areas   all                            id and what a style needs, simplified
======  =============================  ==========================================================

The last of them are small however much there is: 64 cells, or 405 strokes for each state, of ten bytes each. An even
share of 500 kB has room for that. Of areas there is one, the district.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, Subquery, bindparam, case, func, select

from geo.query.features import Filter
from geo.query.layer import Layer
from geo.query.tile_crowds import cells, coarser, counted, groups_of, joined, joined_coarsely, joined_on_grid
from geo.query.tile_features import constant, encoded, features_of, found_once
from geo.query.view import View

MAX_BYTES = 500_000
DETAIL_ZOOM = 15  # 1.2 km a side at the equator: from here a tile holds few features
FEW, MANY = 500, 4_000
STYLE_NAMES = ("name_zh", "name_en", "kind", "category", "status", "state", "colour", "freshness", "demonstration")
# What the steps of a tile with little room do to crowds: halve the sides of the grid of cells so many times; simplify
# lines by so many units of the tile, and draw them on a grid whose cells have sides of so many units.
HALVINGS, TOLERANCES, SIDES = (1, 2, 3), (1, 4), (64, 128, 256, 512)


@dataclass(frozen=True)
class Wish:
    """What is wanted of a layer: these properties (None: what the zoom has room for), and what passes a filter."""

    names: tuple[str, ...] | None = None
    condition: Filter | None = None


EVERYTHING = Wish()


def tile_statement(layer: Layer, view: View, *, detailed: bool, wish: Wish = EVERYTHING) -> Select[tuple[bytes]]:
    """Select the bytes of a tile (none: it is empty) with the parameters of :meth:`Tile.values`.

    ``detailed`` is for tiles from ``DETAIL_ZOOM`` on.
    """
    condition, few = wish.condition, FEW if layer.geometry_type == "Point" else MANY
    steps = [(_names(layer, wish, detailed=True), few)] if detailed else []
    if layer.geometry_type == "Point" or not detailed:
        steps.append((_names(layer, wish, detailed=False), MANY))
    if layer.geometry_type == "MultiPolygon":
        ((names, _),) = steps
        areas = features_of(layer, view, names, simplified=not detailed, condition=condition).subquery("feature")
        return select(encoded(layer, areas))
    rows = None
    if layer.geometry_type == "Point":
        crowd = cells(counted(layer, view, condition))
    else:
        (names, _) = steps[0]
        rows = found_once(layer, view, (*names, *groups_of(layer)), condition)
        condition = condition if rows is None else None
        crowd = joined(layer, view, condition, rows)
    answer = select(encoded(layer, crowd))
    for names, limit in reversed(steps):
        features = features_of(layer, view, names, simplified=not detailed, condition=condition, rows=rows)
        wanted = _at_most(limit, features)
        answer = _else(answer, layer, wanted, constant(MAX_BYTES), limit)
    return answer


def narrow_tile_statement(layer: Layer, view: View, *, detailed: bool, wish: Wish = EVERYTHING) -> Select[tuple[bytes]]:
    """Select the bytes of a tile that has only the parameter ``room`` (bytes), beside those of :meth:`Tile.values`."""
    condition = wish.condition
    if layer.geometry_type == "MultiPolygon":
        names = _names(layer, wish, detailed=False)
        areas = features_of(layer, view, names, simplified=True, condition=condition).subquery("feature")
        return select(encoded(layer, areas))
    room = bindparam("room", type_=Integer)
    names = _names(layer, wish, detailed=detailed)
    # Read once, and only as far as a step needs it; crowds are told apart by what lines put together share.
    read = tuple(dict.fromkeys((*names, *groups_of(layer))))
    whole = features_of(layer, view, read, simplified=not detailed, condition=condition).cte("whole")
    *crowds, last = _crowds(layer, view, whole, condition)
    answer = select(encoded(layer, last))
    for crowd in reversed(crowds):
        answer = _else(answer, layer, crowd, room)
    few = FEW if detailed and layer.geometry_type == "Point" else MANY
    style = tuple(name for name in names if name in STYLE_NAMES)
    for chosen, limit in ((groups_of(layer), MANY), (style, MANY), (names, few)):
        named = (whole.c[name] for name in ("geom", "feature_number", "id", *chosen))
        found = _at_most(limit, select(*named))
        # In the order of their ids, so that the same features always take the same room.
        answer = _else(answer, layer, select(found).order_by(found.c.id).subquery("feature"), room, limit)
    return answer


def tile_names(layer: Layer, *, detailed: bool) -> tuple[str, ...]:
    """Return the properties that a tile's features have beside ``id``, in order."""
    names = layer.property_names()
    return names if detailed else tuple(name for name in names if name in STYLE_NAMES)


def _names(layer: Layer, wish: Wish, *, detailed: bool) -> tuple[str, ...]:
    return tile_names(layer, detailed=detailed) if wish.names is None else wish.names


def _crowds(layer: Layer, view: View, whole: CTE, condition: Filter | None) -> Iterator[Subquery]:
    """Select a layer's crowd in its forms, each smaller than the one before."""
    if layer.geometry_type == "Point":
        numbers = select(counted(layer, view, condition)).cte("numbers")  # read once, too
        yield cells(numbers)
        for levels in HALVINGS:
            yield cells(coarser(numbers, levels))
        return
    for tolerance in TOLERANCES:
        yield joined_coarsely(layer, whole, tolerance=tolerance)
    for side in SIDES:
        yield joined_on_grid(layer, whole, side=side)


def _at_most(limit: int, features: Select[Any]) -> Subquery:
    """Select one feature more than ``limit`` where there are more."""
    return features.limit(constant(limit + 1)).subquery("feature")


def _else(
    answer: Select[tuple[bytes]], layer: Layer, features: Subquery, room: ColumnElement[int], limit: int | None = None
) -> Select[tuple[bytes]]:
    """Select the tile of some features if it fits into ``room`` (bytes) and ``limit`` (features), else ``answer``."""
    tile = select(encoded(layer, features).label("tile"), func.count().label("found")).subquery("encoded")
    fits = func.octet_length(tile.c.tile) <= room
    if limit is not None:
        fits = (tile.c.found <= limit) & fits
    return select(case((fits, tile.c.tile), else_=answer.scalar_subquery()))
