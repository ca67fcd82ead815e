"""Which earlier reports may be of the same thing as a report: a list for a person to judge; nothing is merged.

The score is the chance, as three independent witnesses would give it, that both are of one thing:
``1 - (1 - place) * (1 - time) * (1 - photo)``. Each falls in proportion, from its greatest weight at no difference to
nothing at the limit: 0.6 for the place, 0.3 for the time, 0.9 for the photos, for which 0 of 64 bits differ if one was
sent twice, and about 32 if they have nothing to do with each other.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT, array
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from geo.intake.names import position
from geo.model import Photo, Report, ReportPhoto
from geo.types import Metres

NEAR_M: Metres = 100  # two people rarely describe one hole from farther apart
ALIKE_BITS = 10  # of the 64 of a difference hash: the usual bound for a picture taken, scaled or compressed again
PLACE_WEIGHT, TIME_WEIGHT, PHOTO_WEIGHT = 0.6, 0.3, 0.9
LEAST_SCORE = 0.3
MOST_SUGGESTIONS = 10
# A state that changes is reported again and again, rightly: only what was seen at almost the same time is one sighting.
WINDOW_HOURS = {"task_progress": 1, "checkpoint_inspection": 1, "water_level": 1}
OTHER_WINDOW_HOURS = 72
SHOWN = (
    *("id", "kind", "status", "observed_at", "note", "unit_id", "lon", "lat"),
    *("distance_m", "hours_apart", "photo_bits"),
)
SET_ASIDE = ("rejected", "duplicate")

Expression = ColumnElement[Any]


def duplicates_statement(district: str, report_id: UUID, *, unit_id: str | None = None) -> Select[Any]:
    """Select the earlier reports that may be of what the report is of, likeliest first, at most ``MOST_SUGGESTIONS``.

    ``unit_id``: only those of this unit; None: of all.

    Columns: id, kind, status, observed_at, note, unit_id, lon, lat, ``distance_m`` (along the road if both are on one,
    else straight; NULL if unknown), ``hours_apart``, ``photo_bits`` (of the two photos most alike; NULL without
    photos), ``score`` (0 to 1) and ``reasons``: text[] of along_road, near, same_place, same_time, photo_alike. Earlier
    is what was received earlier, whenever it was seen. No rows for an unknown report.
    """
    mine, other = aliased(Report, name="mine"), aliased(Report, name="other")
    photos = _most_alike(district, mine.id, other.id)
    found = _compared(mine, other, photos).where(
        mine.district == district,
        mine.id == report_id,
        other.district == district,
        tuple_(other.received_at, other.id) < tuple_(mine.received_at, mine.id),
        *(other.status != status for status in SET_ASIDE),
        other.kind == mine.kind,
        other.hazard_kind.is_not_distinct_from(mine.hazard_kind),
        other.observed_at.between(mine.observed_at - _window(mine.kind), mine.observed_at + _window(mine.kind)),
        literal(True) if unit_id is None else other.unit_id == unit_id,
    )
    pair = found.subquery("pair").c
    scored = select(
        *(pair[name] for name in SHOWN),
        _score(pair).label("score"),
        _reasons(pair).label("reasons"),
    ).where(or_(pair.same_place, pair.distance_m <= NEAR_M, pair.photo_bits <= ALIKE_BITS))
    answer = scored.subquery("scored")
    return (
        select(answer)
        .where(answer.c.score >= LEAST_SCORE)
        .order_by(answer.c.score.desc(), answer.c.observed_at.desc(), answer.c.id)
        .limit(MOST_SUGGESTIONS)
    )


def _hours(kind: Any) -> Expression:
    return case(WINDOW_HOURS, value=kind, else_=OTHER_WINDOW_HOURS)


def _window(kind: Any) -> Expression:
    return func.make_interval(0, 0, 0, 0, cast(_hours(kind), Integer))


def _most_alike(district: str, mine: Any, other: Any) -> LateralFromClause:
    """Select how many bits of their hashes differ, for the two photos that are most alike."""
    own, own_photo = aliased(ReportPhoto), aliased(Photo)
    its, its_photo = aliased(ReportPhoto), aliased(Photo)
    differing = own_photo.perceptual_hash.op("#", return_type=BigInteger())(its_photo.perceptual_hash)
    bits = func.bit_count(cast(differing, BIT(64)), type_=Integer)
    return (
        select(func.min(bits).label("bits"))
        .select_from(own)
        .join(own_photo, and_(own_photo.district == own.district, own_photo.sha256 == own.sha256))
        .join(its, and_(its.district == own.district, its.report_id == other))
        .join(its_photo, and_(its_photo.district == its.district, its_photo.sha256 == its.sha256))
        .where(own.district == district, own.report_id == mine)
        .lateral("photos")
    )


def _compared(mine: Any, other: Any, photos: Any) -> Select[Any]:
    along = and_(mine.road_id == other.road_id, mine.measure_m.is_not(None), other.measure_m.is_not(None))
    straight = func.ST_Distance(func.geography(mine.geom), func.geography(other.geom), type_=Float)
    apart = func.abs(func.extract("epoch", mine.observed_at - other.observed_at)) / literal(3600.0)
    things = ("task_id", "checkpoint_id", "site_id", "case_id")
    return (
        select(
            *(other.id, other.kind, other.status, other.observed_at, other.note, other.unit_id),
            *position(other.geom),
            func.coalesce(along, False).label("along"),
            case((along, cast(func.abs(mine.measure_m - other.measure_m), Float)), else_=straight).label("distance_m"),
            or_(*(getattr(mine, name) == getattr(other, name) for name in things)).is_(True).label("same_place"),
            cast(apart, Float).label("hours_apart"),
            cast(_hours(mine.kind), Float).label("window_hours"),
            photos.c.bits.label("photo_bits"),
        )
        .join_from(mine, other, true())
        .join(photos, true())
    )


def _score(pair: Any) -> Expression:
    """Let place, time and photos witness, see above; a thing that both name is no distance away."""
    distance = case((pair.same_place, 0.0), else_=pair.distance_m)
    witnesses = (
        PLACE_WEIGHT * _closeness(distance, NEAR_M),
        TIME_WEIGHT * _closeness(pair.hours_apart, pair.window_hours),
        PHOTO_WEIGHT * _closeness(pair.photo_bits, ALIKE_BITS + 1),
    )
    doubt: Expression = literal(1.0)
    for witness in witnesses:
        doubt = doubt * (literal(1.0) - witness)
    return func.round(cast(literal(1.0) - doubt, Float) * 100) / 100


def _closeness(difference: Any, limit: Any) -> Expression:
    """Build 1 for no difference, falling to 0 at the limit; 0 for an unknown one."""
    return func.greatest(
        literal(1.0) - func.coalesce(cast(difference, Float), cast(limit, Float)) / limit, 0.0, type_=Float
    )


def _reasons(pair: Any) -> Expression:
    near = pair.distance_m <= NEAR_M
    reasons = {
        "along_road": and_(near, pair.along),
        "near": and_(near, ~pair.along),
        "same_place": pair.same_place,
        "same_time": pair.hours_apart <= 1,
        "photo_alike": pair.photo_bits <= ALIKE_BITS,
    }
    return func.array_remove(array([case((holds, name)) for name, holds in reasons.items()]), null(), type_=ARRAY(Text))
