"""Crowds of a tile: points counted by the cells of a grid, lines put together by their state."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Float,
    Integer,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause

from geo.crs import WEB_MERCATOR_SRID, WGS84_SRID
from geo.query.features import Filter
from geo.query.layer import Layer, text_constant
from geo.query.tile_features import constant, holds, in_tile, rows_of, simplified_geometry, touches
from geo.query.view import View

LINES = 2  # ST_CollectionExtract's number of them
CATEGORIES = ("state", "kind", "status")  # what a layer's features are counted or put together by: the first it has


def category_of(layer: Layer) -> str | None:
    """Return the property by which the features of a crowded tile are counted or put together."""
    return next((name for name in CATEGORIES if name in layer.property_names()), None)


def groups_of(layer: Layer) -> tuple[str, ...]:
    """Return the properties that lines put together have in common."""
    return tuple(name for name in layer.property_names() if name in {category_of(layer), "colour"})


def counted(layer: Layer, view: View, condition: Filter | None = None) -> Subquery:
    """Select how many points of each category are in each cell of the tile's grid, and the sums of their degrees."""
    name = category_of(layer)
    rows = rows_of(layer, view, () if name is None else (name,), condition)
    category = text_constant("feature") if name is None else func.coalesce(rows.c[name], text_constant("none"))
    lon, lat = func.ST_X(rows.c.geom), func.ST_Y(rows.c.geom)
    # Written as in the index of reports, which then answers alone.
    cell = func.erqi_cell(lon, lat, type_=BigInteger)
    inside = (cell >= bindparam("first", type_=BigInteger), cell < bindparam("behind", type_=BigInteger))
    named = {"category": category, "lon": lon, "lat": lat}
    member = (
        select(
            cell.op(">>")(bindparam("shift", type_=Integer)).label("cell"),
            *(part.label(name) for name, part in named.items()),
        )
        .where(*inside, *holds(layer, rows, condition))
        .subquery("member")
    )
    sums = (func.sum(member.c[name]).label(name) for name in ("lon", "lat"))
    return (
        select(member.c.cell, member.c.category, func.count().label("number"), *sums)
        .group_by(member.c.cell, member.c.category)
        .subquery("counted")
    )


def coarser(numbers: FromClause, levels: int) -> Subquery:
    """Add up counted points in cells whose sides are 2^levels times as long."""
    cell = numbers.c.cell.op(">>")(constant(2 * levels))
    number = cast(func.sum(numbers.c.number), BigInteger)
    sums = (func.sum(numbers.c[name]).label(name) for name in ("lon", "lat"))
    return (
        select(cell.label("cell"), numbers.c.category, number.label("number"), *sums)
        .group_by(cell, numbers.c.category)
        .subquery("counted")
    )


def cells(numbers: FromClause) -> Subquery:
    """Select one feature for each cell that holds a counted point."""
    total = func.sum(numbers.c.number)
    mean = func.ST_MakePoint(*(func.sum(numbers.c[name]) / cast(total, Float) for name in ("lon", "lat")))
    place = func.ST_Transform(func.ST_SetSRID(mean, constant(WGS84_SRID)), constant(WEB_MERCATOR_SRID))
    counts = func.jsonb_object_agg(text_constant("count_").concat(numbers.c.category), numbers.c.number)
    return (
        select(
            # Unclipped: the mean of points at the very edge may be rounded out of the tile.
            in_tile(place, literal_column("false")).label("geom"),
            cast(total, BigInteger).label("point_count"),
            counts.label("counts"),
        )
        .group_by(numbers.c.cell)
        .order_by(numbers.c.cell)
        .subquery("feature")
    )


def joined(layer: Layer, view: View, condition: Filter | None = None, rows: FromClause | None = None) -> Subquery:
    """Select one feature for all lines of a state; ``rows`` are the layer's, where they are known already."""
    names = groups_of(layer)
    if rows is None:
        rows = rows_of(layer, view, names, condition)
    groups = [rows.c[name] for name in names]
    line = func.ST_Collect(simplified_geometry(layer, rows))
    return (
        select(in_tile(line, true()).label("geom"), func.count().label("line_count"), *groups)
        .where(touches(rows), *holds(layer, rows, condition))
        .group_by(*groups)
        .subquery("feature")
    )


def joined_coarsely(layer: Layer, lines: FromClause, *, tolerance: int) -> Subquery:
    """Put together lines in units of the tile, simplified by ``tolerance`` units."""
    groups = [lines.c[name] for name in groups_of(layer)]
    # Among them are lines that the tile's edge has cut into several.
    parts = func.ST_Collect(aggregate_order_by(lines.c.geom, lines.c.id))
    whole = func.ST_CollectionExtract(parts, constant(LINES))
    line = func.ST_Simplify(whole, constant(tolerance), true())
    feature = select(line.label("geom"), func.count().label("line_count"), *groups)
    return feature.group_by(*groups).order_by(*groups).subquery("feature")


def joined_on_grid(layer: Layer, lines: FromClause, *, side: int) -> Subquery:
    """Put together lines in units of the tile as the edges of a grid that they follow, each edge once.

    However many the lines are, a point of the grid begins at most four edges, and a stroke for lines too short for one.
    """
    groups = [lines.c[name] for name in groups_of(layer)]
    snapped = func.ST_SnapToGrid(func.ST_Segmentize(lines.c.geom, constant(side)), constant(side))
    start = func.ST_SnapToGrid(
        func.ST_PointN(func.ST_GeometryN(lines.c.geom, constant(1)), constant(1)), constant(side)
    )
    stroke = func.ST_MakeLine(start, func.ST_Translate(start, constant(1), constant(0)))
    path = func.ST_Collect(case((func.ST_IsEmpty(snapped), stroke), else_=snapped))
    drawn = select(path.label("path"), func.count().label("line_count"), *groups).group_by(*groups).subquery("drawn")
    edge = func.ST_DumpSegments(drawn.c.path).table_valued("path", "geom", name="edge")
    edges = select(func.ST_Collect(func.ST_Normalize(edge.c.geom).distinct())).select_from(edge).scalar_subquery()
    names = [drawn.c[each.name] for each in groups]
    return select(edges.label("geom"), drawn.c.line_count, *names).order_by(*names).subquery("feature")
