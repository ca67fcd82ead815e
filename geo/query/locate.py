"""Find a place by the words people use: a crossing, a K-post on a road, or a landmark.

``parse_place`` reads the text without knowing any name; ``locate_statement`` looks the names up. Confidence (0 to 1) is
the grade of each name, multiplied, and by ``TAIL_FACTOR`` if words like 附近 or 向南50米 lead away from the place:

- 1.0 the very name, Chinese or English; 0.95 one of its aliases;
- 0.8 a road that differs only in its direction word (航海东路 for 航海路);
- below 0.9, in proportion to the length in common: a part of a landmark's name; below 0.7: more than its name.

What grades under ``LEAST_CONFIDENCE`` is not answered.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    Numeric,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import LateralFromClause

from geo.chainage import format_chainage, measure_of, offset_m, point_at
from geo.model import Checkpoint, Landmark, Road, Site, Unit
from geo.query.place_text import PlaceText, parse_place

__all__ = ["PlaceText", "locate_statement", "parse_place"]

MAX_ANSWERS = 5
LEAST_CONFIDENCE = 0.3
ALIAS_GRADE, TRUNK_GRADE = 0.95, 0.8
PART_GRADE, EXCESS_GRADE = 0.9, 0.7
TAIL_FACTOR = 0.9
LANDMARK: ColumnElement[str] = literal("landmark")
NO_ROAD = cast(null(), Text)
END_SLACK_M = 0.5  # the end of a road, printed to the metre, may lie this much beyond it
_TRUNK = r"^(..+)[东南西北中](路|街|大道)$"


def locate_statement(district: str, place: PlaceText) -> Select[Any]:
    """Select the places that ``place`` may mean, best first, at most ``MAX_ANSWERS``; ``dict(row)`` is the answer.

    Columns: kind (crossing, chainage, landmark), collection, id, name_zh, name_en, lon, lat (WGS 84, null where the
    place is unlocated), road_id, measure_m and offset_m (the road it belongs to, else the nearest of ours within the
    place's accuracy, else null), confidence, position_accuracy_m, position_status. A range answers with its middle.
    """
    found = (_on_road(district, place) if place.kind == "chainage" else _named(district, place)).subquery("found")
    best = (
        select(found)
        .where(found.c.confidence >= LEAST_CONFIDENCE)
        .order_by(*_best_first(found))
        .limit(MAX_ANSWERS)
        .subquery("best")
    )
    near = _road_of(district, best)
    columns = [best.c[name] for name in ("confidence", "position_accuracy_m", "position_status")]
    return (
        select(
            *(best.c[name] for name in ("kind", "collection", "id", "name_zh", "name_en")),
            func.ST_X(best.c.point).label("lon"),
            func.ST_Y(best.c.point).label("lat"),
            near.c.road_id,
            func.coalesce(best.c.measure_m, near.c.measure_m).label("measure_m"),
            near.c.offset_m,
            *columns,
        )
        .outerjoin(near, true())
        .order_by(*_best_first(best))
    )


def _best_first(rows: Subquery) -> tuple[ColumnElement[Any], ...]:
    return rows.c.confidence.desc(), rows.c.position_accuracy_m.nulls_last(), rows.c.collection, rows.c.id


def _road_of(district: str, places: Subquery) -> LateralFromClause:
    """Select for each place the road it names, else the nearest one of ours within its accuracy."""
    point, road_id = places.c.point, places.c.road_id
    within = func.ST_DWithin(func.geography(Road.geom), func.geography(point), places.c.position_accuracy_m)
    offset = offset_m(Road.geom, point)
    return (
        select(Road.id.label("road_id"), measure_of(Road.geom, point).label("measure_m"), offset.label("offset_m"))
        .where(Road.district == district, or_(Road.id == road_id, and_(road_id.is_(None), within)))
        .order_by(offset)
        .limit(1)
        .lateral("near")
    )


def _on_road(district: str, place: PlaceText) -> Select[Any]:
    """Select the K-post, or the middle of the range, on every road that bears the name."""
    middle = place.from_m if place.to_m is None else (place.from_m + place.to_m) / 2
    measure = func.least(cast(middle, Float), Road.length_m)
    posts = format_chainage(place.from_m) + ("" if place.to_m is None else f"-{format_chainage(place.to_m)}")
    return select(
        literal("chainage").label("kind"),
        literal("roads").label("collection"),
        Road.id,
        (Road.name_zh + f" {posts}").label("name_zh"),
        (Road.name_en + f" {posts}").label("name_en"),
        point_at(Road.geom, measure).label("point"),
        Road.id.label("road_id"),
        measure.label("measure_m"),
        _confidence(_road_grade(_key(place.road)) * _tail_factor(place)),
        Road.position_accuracy_m,
        Road.position_status,
    ).where(Road.district == district, Road.length_m + END_SLACK_M >= (place.to_m or place.from_m))


def _road_grade(name: str) -> ColumnElement[float]:
    return case(
        (or_(_folded(Road.name_zh) == name, _folded(Road.name_en) == name), 1.0),
        (_folded_all(Road.aliases).overlap([name]), ALIAS_GRADE),
        (_trunk(_folded(Road.name_zh)) == _trunk(literal(name)), TRUNK_GRADE),
        else_=0.0,
    )


def _named(district: str, place: PlaceText) -> CompoundSelect[Any]:
    """Select from all collections of named points, graded by name, and crossings by the names of their roads too."""
    by_roads = [_pair_grade(district, pair) * _tail_factor(place) for pair in place.pairs]
    landmark = func.greatest(_name_grade(Landmark, place), *by_roads)
    landmark_kind = case((Landmark.kind == "crossing", "crossing"), else_="landmark")
    return union_all(
        _points(district, Landmark, grade=landmark, kind=landmark_kind, road_id=Landmark.road_id),
        *(_points(district, model, grade=_name_grade(model, place)) for model in (Site, Checkpoint, Unit)),
    )


def _points(
    district: str,
    model: Any,
    *,
    grade: ColumnElement[float],
    kind: ColumnElement[str] = LANDMARK,
    road_id: Any = NO_ROAD,
) -> Select[Any]:
    return select(
        kind.label("kind"),
        literal(model.__tablename__).label("collection"),
        model.id,
        model.name_zh,
        model.name_en,
        model.geom.label("point"),
        road_id.label("road_id"),
        cast(null(), Float).label("measure_m"),
        _confidence(grade),
        model.position_accuracy_m,
        model.position_status,
    ).where(model.district == district)


def _name_grade(model: Any, place: PlaceText) -> ColumnElement[float]:
    """Grade a row by its names against the whole text, and against the text without its tail."""
    whole, name = _key(place.text), _key(place.name)
    return func.greatest(_key_grade(model, whole), _key_grade(model, name) * _tail_factor(place))


def _key_grade(model: Any, key: str) -> ColumnElement[float]:
    """Grade a row by one spelling: its name, an alias, or the share that name and spelling have in common."""
    zh, en = _folded(model.name_zh), _folded(model.name_en)
    size, length = float(len(key)), cast(func.char_length(zh), Float)
    cases: list[tuple[ColumnElement[bool], Any]] = [(or_(zh == key, en == key), 1.0)]
    if hasattr(model, "aliases"):
        cases.append((_folded_all(model.aliases).overlap([key]), ALIAS_GRADE))
    cases.append((func.strpos(zh, key) > 0, PART_GRADE * size / length))
    cases.append((func.strpos(key, zh) > 0, EXCESS_GRADE * length / size))
    return case(*cases, else_=0.0)


def _pair_grade(district: str, pair: tuple[str, str]) -> ColumnElement[float]:
    """Grade a crossing by the best way to find the two names among the roads that cross there."""
    first = func.unnest(Landmark.crosses, type_=Text).column_valued("first_road")
    second = func.unnest(Landmark.crosses, type_=Text).column_valued("second_road")
    grade = _crossing_grade(district, first, _key(pair[0])) * _crossing_grade(district, second, _key(pair[1]))
    best = select(func.max(grade)).where(first != second).scalar_subquery()
    return func.coalesce(best, 0.0)


def _crossing_grade(district: str, road: ColumnElement[str], name: str) -> ColumnElement[float]:
    also_called = or_(_folded_all(Road.aliases).overlap([name]), _folded(Road.name_en) == name)
    ours = select(Road.name_zh).where(Road.district == district, also_called)
    return case(
        (_folded(road) == name, 1.0),
        (road.in_(ours), ALIAS_GRADE),
        (_trunk(_folded(road)) == _trunk(literal(name)), TRUNK_GRADE),
        else_=0.0,
    )


def _tail_factor(place: PlaceText) -> float:
    return 1.0 if place.is_at_the_place else TAIL_FACTOR


def _confidence(grade: ColumnElement[float]) -> ColumnElement[float]:
    return cast(func.round(cast(grade, Numeric), 2), Float).label("confidence")


def _key(name: str) -> str:
    """Fold a name as ``_folded`` does in SQL."""
    return unicodedata.normalize("NFKC", name).replace(" ", "").lower()


def _folded(name: Any) -> ColumnElement[str]:
    return func.lower(func.replace(func.normalize(name, literal_column("NFKC")), " ", ""), type_=Text)


def _folded_all(names: Any) -> Any:
    """Fold every name of an array."""
    return func.string_to_array(_folded(func.array_to_string(names, "\n")), "\n", type_=ARRAY(Text))


def _trunk(name: ColumnElement[str]) -> ColumnElement[str]:
    """Build a road's name without its direction word."""
    return func.regexp_replace(name, _TRUNK, r"\1\2", type_=Text)
