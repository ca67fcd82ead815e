"""The published columns of the tables of flood control; a column that is not named here is never published."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, select

from geo.model import Checkpoint, Reading, Response, ResponseRule, SupplyPoint, SupplyRoute, Threshold, WeatherSignal
from geo.model.vocabularies import ResponseLevel, SignalColour, ThresholdKind, WarningKind
from geo.query.layer import labels, pick
from geo.query.published import POSITION, TRACE
from geo.query.view import View


def warnings(view: View) -> Select[Any]:
    """Publish weather warning signals, lifted ones too."""
    signal = view.rows(WeatherSignal)
    return (
        select(
            signal.c.id,
            signal.c.kind,
            *labels(WarningKind, "kind"),
            signal.c.signal_colour,
            *labels(SignalColour, "signal_colour"),
            SignalColour.colour,
            *pick(signal, "issuer issued_at lifted_at basis source", TRACE),
        )
        .join_from(signal, WarningKind, WarningKind.code == signal.c.kind)
        .join(SignalColour, SignalColour.code == signal.c.signal_colour)
    )


def responses(view: View) -> Select[Any]:
    """Publish response levels, those that ended too."""
    response = view.rows(Response)
    return select(
        response.c.id,
        response.c.level,
        *labels(ResponseLevel, "level"),
        *pick(response, "issuer basis started_at ended_at warning_id source", TRACE),
    ).join_from(response, ResponseLevel, ResponseLevel.code == response.c.level)


def response_rules(view: View) -> Select[Any]:
    """Publish which level a signal leads to."""
    rule = view.rows(ResponseRule)
    return (
        select(
            rule.c.id,
            rule.c.kind,
            *labels(WarningKind, "kind"),
            rule.c.signal_colour,
            *labels(SignalColour, "signal_colour"),
            rule.c.level,
            *labels(ResponseLevel, "level"),
            *pick(rule, "issuer basis valid_from source", TRACE),
        )
        .join_from(rule, WarningKind, WarningKind.code == rule.c.kind)
        .join(SignalColour, SignalColour.code == rule.c.signal_colour)
        .join(ResponseLevel, ResponseLevel.code == rule.c.level)
    )


def thresholds(view: View) -> Select[Any]:
    """Publish the water levels that mean something, each with its checkpoint's name."""
    threshold, checkpoint = view.rows(Threshold), view.rows(Checkpoint)
    return (
        select(
            threshold.c.id,
            threshold.c.checkpoint_id,
            checkpoint.c.name_zh.label("checkpoint_zh"),
            checkpoint.c.name_en.label("checkpoint_en"),
            threshold.c.kind,
            *labels(ThresholdKind, "kind"),
            *pick(threshold, "value_m vertical_datum source", TRACE),
        )
        .join_from(threshold, ThresholdKind, ThresholdKind.code == threshold.c.kind)
        .join(checkpoint, checkpoint.c.id == threshold.c.checkpoint_id)
    )


def supply_points(view: View) -> Select[Any]:
    """Publish the stores of emergency supplies."""
    point = view.rows(SupplyPoint)
    return select(point.c.id, point.c.geom, *pick(point, "name_zh name_en unit_id contents", POSITION, TRACE))


def supply_routes(view: View) -> Select[Any]:
    """Publish the ways from stores to checkpoints, with the names of both ends."""
    route, store, checkpoint = view.rows(SupplyRoute), view.rows(SupplyPoint), view.rows(Checkpoint)
    return (
        select(
            route.c.id,
            route.c.geom,
            *pick(route, "name_zh name_en supply_point_id"),
            store.c.name_zh.label("supply_point_zh"),
            store.c.name_en.label("supply_point_en"),
            route.c.checkpoint_id,
            checkpoint.c.name_zh.label("checkpoint_zh"),
            checkpoint.c.name_en.label("checkpoint_en"),
            *pick(route, "length_m", POSITION, TRACE),
        )
        .join_from(route, store, store.c.id == route.c.supply_point_id)
        .join(checkpoint, checkpoint.c.id == route.c.checkpoint_id)
    )


def readings(view: View) -> Select[Any]:
    """Publish what was measured at checkpoints, as far as it had been observed and taken in by the moment."""
    checkpoint = view.rows(Checkpoint)
    return (
        select(
            reading_id().label("id"),
            checkpoint.c.geom,
            Reading.checkpoint_id,
            checkpoint.c.name_zh.label("checkpoint_zh"),
            checkpoint.c.name_en.label("checkpoint_en"),
            Reading.quantity,
            Reading.observed_at,
            Reading.value,
            Reading.unit.label("unit_of_measure"),
            Reading.vertical_datum,
            cast(Reading.report_id, String).label("report_id"),
            Reading.recorded_at,
            Reading.demonstration,
        )
        .join_from(Reading, checkpoint, checkpoint.c.id == Reading.checkpoint_id)
        .where(Reading.district == view.district, *known(view))
    )


def reading_id() -> ColumnElement[str]:
    """Write the key of a reading as one text, such as ``gate:water_level:20200720T011000.000000Z``."""
    moment = func.to_char(func.timezone("UTC", Reading.observed_at), 'YYYYMMDD"T"HH24MISS.US"Z"')
    return Reading.checkpoint_id + ":" + Reading.quantity + ":" + moment


def known(view: View) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Keep the readings that had been made, and had come in, by the moment."""
    return Reading.observed_at <= view.instant(), Reading.recorded_at <= view.instant()
