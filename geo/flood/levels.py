"""What a water level means at its checkpoint: the readings of the last days, the thresholds, and the sentence.

A level says nothing alone. It is compared with the thresholds of its checkpoint that stand in the same vertical datum,
and with no other: a metre in one is not a metre in another.

============  ==========================================================================================
level_state   holds when (the first that does)
============  ==========================================================================================
none          there is no reading
no_threshold  no threshold is known for the checkpoint
other_datum   none of them stands in the datum of the reading, or the reading does not say its own
(a kind)      the level has reached a threshold: the kind of the highest one that it has
below         it has reached none
============  ==========================================================================================

A reading older than the freshness threshold is stale: the sentence says so, and never that all is well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Numeric, Subquery, and_, case, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.sql.selectable import LateralFromClause

from geo.flood.tables import known
from geo.model import Reading, Threshold
from geo.model.vocabularies import ThresholdKind
from geo.query.layer import json_object, labels
from geo.query.view import View

CHART_DAYS = 7
LONG_HOURS = 48
MOST_READINGS = 200  # in one chart; the newest are kept
THRESHOLD_PARTS = ("kind", "kind_zh", "kind_en", "value_m", "vertical_datum", "source")


class Level(NamedTuple):
    """What is joined to a checkpoint: its newest reading, its thresholds, and the readings of the last days."""

    newest: LateralFromClause
    thresholds: LateralFromClause
    days: LateralFromClause


def level_of(view: View, checkpoint: FromClause) -> Level:
    """Select newest reading, thresholds and readings of each checkpoint, to be joined laterally."""
    newest = _newest(view, checkpoint)
    return Level(newest, _against(view, checkpoint, newest), _days(view, checkpoint))


def level_columns(view: View, level: Level) -> list[ColumnElement[Any]]:
    """Return ``water_level_m … levels``: the newest level, what it means in words, and what a chart is drawn from."""
    newest, against = level.newest, level.thresholds
    state, zh, en = _meaning(newest, against)
    stale = newest.c.observed_at < view.instant() - func.make_interval(0, 0, 0, 0, 0, 0, _budget_s(view))
    old_zh, old_en = _age(view, newest)
    return [
        newest.c.value.label("water_level_m"),
        newest.c.observed_at.label("water_level_at"),
        newest.c.vertical_datum,
        state.label("level_state"),
        case((newest.c.value.is_(None), None), (stale, "stale"), else_="fresh").label("level_freshness"),
        (zh + case((stale, old_zh), else_="")).label("level_zh"),
        (en + case((stale, old_en), else_="")).label("level_en"),
        func.coalesce(against.c.thresholds, func.json_build_array()).label("thresholds"),
        func.coalesce(level.days.c.levels, func.json_build_array()).label("levels"),
    ]


def _age(view: View, newest: FromClause) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Say how long ago it was read: in hours, from two days on in days."""
    hours = cast(func.extract("epoch", view.instant() - newest.c.observed_at) / 3600, Numeric)
    is_long = hours >= LONG_HOURS
    number = func.round(case((is_long, hours / 24), else_=hours), 0)
    units = (case((is_long, "天"), else_="小时"), case((is_long, "days"), else_="hours"))
    return (
        func.format("；读数已过 %s %s，现在的水位不明", number, units[0]),
        func.format("; read %s %s ago, what it is now is not known", number, units[1]),
    )


def _budget_s(view: View) -> float:
    return view.thresholds.freshness_hours * 3600


def _newest(view: View, checkpoint: FromClause) -> LateralFromClause:
    return (
        select(Reading.value, Reading.observed_at, Reading.vertical_datum)
        .where(*_at(view, checkpoint))
        .order_by(Reading.observed_at.desc())
        .limit(1)
        .lateral("level")
    )


def _at(view: View, checkpoint: FromClause) -> tuple[ColumnElement[bool], ...]:
    of_checkpoint = Reading.checkpoint_id == checkpoint.c.id
    return (Reading.district == view.district, of_checkpoint, Reading.quantity == "water_level", *known(view))


def _days(view: View, checkpoint: FromClause) -> LateralFromClause:
    last = (
        select(Reading.observed_at.label("at"), Reading.value.label("value_m"), Reading.vertical_datum)
        .where(*_at(view, checkpoint), Reading.observed_at > view.instant() - timedelta(days=CHART_DAYS))
        .order_by(Reading.observed_at.desc())
        .limit(MOST_READINGS)
        .correlate(checkpoint)
        .subquery("last")
    )
    row = json_object(last, ("at", "value_m", "vertical_datum"))
    return select(func.json_agg(aggregate_order_by(row, last.c.at)).label("levels")).lateral("days")


def _against(view: View, checkpoint: FromClause, newest: LateralFromClause) -> LateralFromClause:
    """Select the thresholds as JSON, their datums, the highest reached and the lowest of those that can be compared."""
    own = _own(view)
    same = own.c.vertical_datum == newest.c.vertical_datum
    reached = and_(same, own.c.value_m <= newest.c.value)
    upward = (own.c.value_m, own.c.sort_order)
    row = json_object(own, THRESHOLD_PARTS)
    highest = {
        f"reached_{name}": _first(own.c[name], reached, [each.desc() for each in upward])
        for name in ("kind", "kind_zh", "kind_en", "value_m")
    }
    lowest = {f"lowest_{name}": _first(own.c[name], same, upward) for name in ("kind_zh", "kind_en", "value_m")}
    columns = {
        "thresholds": func.json_agg(aggregate_order_by(row, *upward)),
        "known": func.count(),
        "comparable": func.count().filter(same),
        "datums": func.string_agg(own.c.vertical_datum.distinct(), "、"),
        **highest,
        **lowest,
    }
    return (
        select(*(column.label(name) for name, column in columns.items()))
        .where(own.c.checkpoint_id == checkpoint.c.id)
        .lateral("against")
    )


def _own(view: View) -> Subquery:
    threshold = view.rows(Threshold)
    return (
        select(threshold, *labels(ThresholdKind, "kind"), ThresholdKind.sort_order)
        .join_from(threshold, ThresholdKind, ThresholdKind.code == threshold.c.kind)
        .subquery("own")
    )


def _first(column: ColumnElement[Any], condition: ColumnElement[bool], order: Any) -> ColumnElement[Any]:
    """Return a column of the first row in an order among those that meet the condition, NULL without one."""
    taken = func.array_agg(aggregate_order_by(column, *order), type_=ARRAY(column.type)).filter(condition)
    first: ColumnElement[Any] = taken[1]
    return first


def _meaning(
    newest: FromClause, against: FromClause
) -> tuple[ColumnElement[str], ColumnElement[str], ColumnElement[str]]:
    """Return the state, and the sentence in Chinese and in English."""
    metres = "FM999990.00"
    above = func.to_char(cast(newest.c.value - against.c.reached_value_m, Numeric), metres)
    below = func.to_char(cast(against.c.lowest_value_m - newest.c.value, Numeric), metres)
    own_datum = func.coalesce(newest.c.vertical_datum, "—")
    no_reading = newest.c.value.is_(None)
    no_threshold = func.coalesce(against.c.known, 0) == 0
    other = against.c.comparable == 0
    reached = against.c.reached_kind.is_not(None)
    state = case(
        (no_reading, "none"), (no_threshold, "no_threshold"), (other, "other_datum"), (reached, against.c.reached_kind),
        else_="below",
    )  # fmt: skip
    zh = case(
        (no_reading, "没有水位读数"),
        (no_threshold, "没有已知的特征水位，单看水位说明不了什么"),
        (other, func.format("读数的高程基准（%s）与特征水位的（%s）不同，不能比较", own_datum, against.c.datums)),
        (reached, func.format("高于%s %s m", against.c.reached_kind_zh, above)),
        else_=func.format("低于%s %s m，未达任何特征水位", against.c.lowest_kind_zh, below),
    )
    en = case(
        (no_reading, "No water level has been read"),
        (no_threshold, "No threshold known: a level says nothing alone"),
        (other, func.format("Read in another vertical datum (%s) than the thresholds (%s): not compared", own_datum,
                            against.c.datums)),
        (reached, func.format("%s m above the %s", above, func.lower(against.c.reached_kind_en))),
        else_=func.format("%s m below the %s, the lowest", below, func.lower(against.c.lowest_kind_en)),
    )  # fmt: skip
    return state, zh, en
