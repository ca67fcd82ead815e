"""Road works that come close to the canal, or lie on a way by which supplies go to a checkpoint.

A segment counts while work on the ground has begun on it and is not finished. Distances are geodesic, on the WGS 84
ellipsoid. Positions are known to some metres only, so both errors are added to the reach: what may lie within it is
shown, and ``certainty`` says whether it surely does. Each stretch of a segment inside the reach is one row.

==========  ======================================================================================
rule        holds when
==========  ======================================================================================
conflict-1  the stretch lies within ``Thresholds.canal_margin_m`` of the canal's line, errors added
conflict-2  the stretch lies within ``ROUTE_MARGIN_M`` of a supply route's line, errors added
==========  ======================================================================================

The protection zones of the canal in Henan have a width of their own for each kind of reach; those widths are not known
here, so the margin is a setting and no claim about them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Float,
    Integer,
    Numeric,
    Select,
    String,
    Subquery,
    case,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import FromClause

from geo.model import Canal, Checkpoint, Road, Segment, SupplyPoint, SupplyRoute, Task
from geo.model.vocabularies import Stage
from geo.query.layer import pick, text_constant
from geo.query.published import k_post
from geo.query.view import DAY_IN_WORDS, View

ON_THE_GROUND = ("demolition", "carriageway", "facade", "median_greening")
ROUTE_MARGIN_M = 20.0  # half the width of a main road
CIRCLE = "quad_segs=32"  # the ring falls short of the reach by a thousandth at most


class Other(NamedTuple):
    """What works may get in the way of: its rows (``id name_zh name_en geom position_accuracy_m``), reach, words."""

    rule: str
    kind: str
    kind_zh: str
    kind_en: str
    rows: FromClause
    margin_m: float


def conflicts(view: View) -> Select[Any]:
    """Select every stretch of begun, unfinished work that may touch the canal or a supply route, and why."""
    works = _works(view)
    canal = Other("conflict-1", "canal", "临近干渠", "Near the canal", _canals(view), view.thresholds.canal_margin_m)
    route = Other("conflict-2", "route", "占压物资路线", "On a supply route", _routes(view), ROUTE_MARGIN_M)
    found = union_all(*(_touching(view, works, other) for other in (canal, route))).subquery("conflicts")
    return select(found)


def _works(view: View) -> CTE:
    """Select, once, the segments on which work has begun and is not finished: since when, and which stages."""
    segment, task = view.rows(Segment), view.rows(Task)
    begun = (
        select(
            task.c.segment_id,
            func.min(task.c.actual_start).label("since"),
            _listed(Stage.label_zh, "、").label("under_way_zh"),
            _listed(Stage.label_en, ", ").label("under_way_en"),
            func.bool_or(task.c.demonstration).label("demonstration"),
        )
        .join_from(task, Stage, Stage.code == task.c.stage)
        .where(
            task.c.segment_id.is_not(None),
            or_(*(task.c.stage == stage for stage in ON_THE_GROUND)),
            task.c.actual_start <= view.local_date(),
            task.c.actual_finish.is_(None),
        )
        .group_by(task.c.segment_id)
        .subquery("begun")
    )
    return (
        select(
            segment.c.id,
            segment.c.name_zh,
            segment.c.name_en,
            segment.c.geom,
            segment.c.position_accuracy_m,
            segment.c.road_id,
            begun.c.since,
            begun.c.under_way_zh,
            begun.c.under_way_en,
            begun.c.demonstration,
        )
        .join_from(segment, begun, begun.c.segment_id == segment.c.id)
        .cte("works")
        .prefix_with("MATERIALIZED")
    )


def _listed(label: InstrumentedAttribute[str], between: str) -> ColumnElement[str]:
    """Join the stages' names in the order of the work."""
    return func.string_agg(label, aggregate_order_by(literal(between), Stage.sort_order), type_=String)


def _canals(view: View) -> Subquery:
    canal = view.rows(Canal)
    return select(
        canal.c.id,
        canal.c.name_zh,
        canal.c.name_en,
        func.ST_Force2D(canal.c.geom).label("geom"),
        canal.c.position_accuracy_m,
        canal.c.demonstration,
    ).subquery("canal")


def _routes(view: View) -> Subquery:
    """Select the supply routes; their names say from where to where."""
    route, store, checkpoint = view.rows(SupplyRoute), view.rows(SupplyPoint), view.rows(Checkpoint)
    return (
        select(
            route.c.id,
            (store.c.name_zh + "→" + checkpoint.c.name_zh).label("name_zh"),
            (store.c.name_en + " to " + checkpoint.c.name_en).label("name_en"),
            route.c.geom,
            route.c.position_accuracy_m,
            route.c.demonstration,
        )
        .join_from(route, store, store.c.id == route.c.supply_point_id)
        .join(checkpoint, checkpoint.c.id == route.c.checkpoint_id)
        .subquery("route")
    )


def _touching(view: View, works: CTE, other: Other) -> Select[Any]:
    """Select the stretches of works that may lie within the reach of one kind of thing."""
    stretch = _measured(_stretches(works, other), view.rows(Road), other.kind)
    distance = func.round(cast(stretch.c.distance_m, Numeric), 0, type_=Numeric)
    reach = stretch.c.position_accuracy_m + other.margin_m
    surely = stretch.c.distance_m + stretch.c.position_accuracy_m <= other.margin_m
    zh, en = _sentences(stretch, other, distance)
    number = func.row_number().over(partition_by=(stretch.c.segment_id, stretch.c.other_id), order_by=stretch.c.from_m)
    return select(
        (stretch.c.segment_id + ":" + stretch.c.other_id + ":" + cast(number, String)).label("id"),
        stretch.c.geom,
        (stretch.c.name_zh + " × " + stretch.c.other_zh).label("name_zh"),
        (stretch.c.name_en + " × " + stretch.c.other_en).label("name_en"),
        literal(other.kind).label("kind"),
        literal(other.kind_zh).label("kind_zh"),
        literal(other.kind_en).label("kind_en"),
        case((surely, "sure"), else_="possible").label("certainty"),
        case((surely, "确定"), else_="可能（在误差之内）").label("certainty_zh"),
        case((surely, "certain"), else_="possible, within the errors").label("certainty_en"),
        *(stretch.c[name] for name in ("segment_id", "road_id", "road_zh", "road_en")),
        func.round(cast(stretch.c.from_m, Numeric), 1, type_=Numeric).label("from_m"),
        func.round(cast(stretch.c.to_m, Numeric), 1, type_=Numeric).label("to_m"),
        _chainage(stretch).label("chainage"),
        distance.label("distance_m"),
        literal(other.margin_m, Float).label("margin_m"),
        stretch.c.position_accuracy_m,
        *(stretch.c[name] for name in ("since", "under_way_zh", "under_way_en")),
        (stretch.c.other_id if other.kind == "canal" else cast(null(), String)).label("canal_id"),
        (stretch.c.other_id if other.kind == "route" else cast(null(), String)).label("supply_route_id"),
        literal(other.rule).label("rule"),
        zh.label("why_zh"),
        en.label("why_en"),
        view.instant().label("as_of"),
        stretch.c.demonstration,
    ).where(stretch.c.distance_m <= reach)  # a ring is drawn flat: its edge may lie a little further out


def _rings(works: CTE, other: Other) -> CTE:
    """Select each thing with the ring of what may lie within its reach: the margin and both errors.

    Segments are known to few different metres, so few rings do for all of them; a ring about a canal is costly.
    """
    there, known = other.rows, select(works.c.position_accuracy_m).distinct().subquery("known")
    errors = known.c.position_accuracy_m + there.c.position_accuracy_m
    ring = func.geometry(func.ST_Buffer(_on_globe(there.c.geom), errors + other.margin_m, text_constant(CIRCLE)))
    return (
        select(
            *there.c, known.c.position_accuracy_m.label("of_segment_m"), errors.label("errors_m"), ring.label("ring")
        )
        .select_from(there.join(known, true()))
        .cte(f"rings_{other.kind}")
        .prefix_with("MATERIALIZED")
    )


def _stretches(works: CTE, other: Other) -> Subquery:
    """Cut from each segment what lies inside the ring about each thing."""
    there = _rings(works, other)
    near = (there.c.of_segment_m == works.c.position_accuracy_m) & func.ST_Intersects(works.c.geom, there.c.ring)
    inside = func.ST_Dump(func.ST_LineMerge(func.ST_Intersection(works.c.geom, there.c.ring)))
    piece = inside.table_valued(column("path", ARRAY(Integer)), column("geom", Geometry)).lateral("piece")
    return (
        select(
            works.c.id.label("segment_id"),
            *pick(works, "name_zh name_en road_id since under_way_zh under_way_en"),
            there.c.id.label("other_id"),
            there.c.name_zh.label("other_zh"),
            there.c.name_en.label("other_en"),
            there.c.geom.label("other_geom"),
            there.c.errors_m.label("position_accuracy_m"),
            piece.c.geom,
            (works.c.demonstration | there.c.demonstration).label("demonstration"),
        )
        .select_from(works.join(there, near).join(piece, true()))
        .where(func.ST_Dimension(piece.c.geom) == 1)  # a line that only touches the ring's edge is no stretch
        .subquery("stretches")
    )


def _measured(stretches: Subquery, road: FromClause, kind: str) -> CTE:
    """Add the road, chainage and distance of each stretch, worked out once, not for each sentence that says them."""
    ends = [
        func.ST_InterpolatePoint(road.c.geom, end(stretches.c.geom)) for end in (func.ST_StartPoint, func.ST_EndPoint)
    ]
    distance = func.ST_Distance(_on_globe(stretches.c.geom), _on_globe(stretches.c.other_geom))
    return (
        select(
            stretches,
            road.c.name_zh.label("road_zh"),
            road.c.name_en.label("road_en"),
            func.least(*ends).label("from_m"),
            func.greatest(*ends).label("to_m"),
            distance.label("distance_m"),
        )
        .join_from(stretches, road, road.c.id == stretches.c.road_id)
        .cte(f"measured_{kind}")
        .prefix_with("MATERIALIZED")
    )


def _chainage(stretch: FromClause) -> ColumnElement[str]:
    return k_post(cast(stretch.c.from_m, Numeric)) + "–" + k_post(cast(stretch.c.to_m, Numeric))


def _on_globe(shape: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.geography(shape)


def _sentences(
    stretch: FromClause, other: Other, distance: ColumnElement[Any]
) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Return why the stretch is listed, in Chinese and in English."""
    errors = func.round(cast(stretch.c.position_accuracy_m, Numeric), 0)
    margin = literal(f"{other.margin_m:g}")
    since = {lang: func.to_char(stretch.c.since, form) for lang, form in DAY_IN_WORDS.items()}
    numbers = [distance, margin, errors]
    zh = func.format(
        "%s 自 %s 起施工未完（%s），距%s %s m；%s m 以内算有影响，两者位置误差合计 ±%s m",
        _chainage(stretch), since["zh"], stretch.c.under_way_zh, stretch.c.other_zh, *numbers, type_=String,
    )  # fmt: skip
    en = func.format(
        "%s: work since %s, not finished (%s), %s m from %s; up to %s m counts, the errors of both add up to %s m",
        _chainage(stretch), since["en"], func.lower(stretch.c.under_way_en),
        distance, stretch.c.other_en, margin, errors, type_=String,
    )  # fmt: skip
    return zh, en
