"""What the storing statement reads of each report: its members, the sender's, and its position in every reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from geo.access.rules import Caller
from geo.errors import UnprocessableError
from geo.intake.canonical import body_sha256
from geo.intake.datum_readings import Readings, read_positions
from geo.intake.report_body import ReportBody
from geo.intake.sent_rows import EXTENT, THINGS
from geo.intake.storing import Shape
from geo.types import Text

AS_WRITTEN = (
    *("task_id", "segment_id", "site_id", "checkpoint_id", "case_id", "progress_percent", "blocked_reason"),
    *("checkpoint_state", "supplies_state", "hazard_survey_state", "drill_state", "water_level_m", "vertical_datum"),
    *("hazard_kind", "note"),
)
NO_READINGS = Readings(None, [], [], [])
CONFIDENT, AHEAD = 0.9, 0.15  # of the best answer to a place text, and how far the next has to be behind


@dataclass(frozen=True)
class Place:
    """Where a place text lies: on a road at a measure, or at a position (WGS 84) with its accuracy."""

    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    road_id: str | None = None
    measure_m: float | None = None


@dataclass(frozen=True)
class Sent:
    """A report that may be stored: its body as read and as sent, who sent it and by which door."""

    body: ReportBody
    value: Any
    sha256: bytes
    caller: Caller
    channel: str
    place: Place | None = None


def sent_by(caller: Caller, body: ReportBody, value: Any, channel: str, place: Place | None) -> Sent:
    """Return a report to store; raise UnprocessableError for a body without a canonical form."""
    return Sent(body, value, body_sha256(value), caller, channel, place)


def place_of(answers: Sequence[Any]) -> Place | None:
    """Return where a place text lies, from the rows of ``geo.query.locate`` for it; None unless one is the place."""
    if not answers or answers[0].confidence < CONFIDENT:
        return None
    best, *others = answers
    if others and others[0].confidence > best.confidence - AHEAD and others[0].id != best.id:
        return None
    if best.kind == "chainage":
        return Place(road_id=best.road_id, measure_m=best.measure_m)
    return None if best.lon is None else Place(best.lon, best.lat, best.position_accuracy_m)


def needs_place(body: ReportBody) -> bool:
    """Tell whether a report has only words for where it is."""
    return body.place is not None and body.position is None and body.chainage is None


def read_all(reports: Sequence[Sent]) -> list[Readings]:
    """Return the readings of every report's position, all worked out at once; reports without one have none."""
    positions = [each.body.position for each in reports]
    given = [each for each in positions if each is not None]
    if not given:
        return [NO_READINGS] * len(reports)
    found = iter(read_positions([(each.x, each.y) for each in given], [each.datum for each in given]))
    return [NO_READINGS if each is None else next(found) for each in positions]


def impossible(report: Sent, readings: Readings) -> UnprocessableError | None:
    """Return the refusal of a position fix whose numbers are no position in the datum that it declares."""
    if report.body.kind != "position_fix" or readings.declared is not None:
        return None
    return UnprocessableError(
        Text(
            "“position”在所声明的坐标系中不是有效位置，请检查坐标系和坐标顺序。",
            "“position” is none in the datum declared; check the datum and the order of the axes.",
        ),
        field="position",
    )


def rows_of(reports: Sequence[Sent], readings: Sequence[Readings]) -> tuple[str, Shape]:
    """Write reports as the storing statement's JSON, ``ordinal`` their place in the list; say what they have."""
    rows = [_row(n, report, found) for n, (report, found) in enumerate(zip(reports, readings, strict=True))]
    of_things = any(row.get(name) is not None for row in rows for name in THINGS)
    extents = any(report.body.extent is not None for report in reports)
    shape = Shape(of_things, photos=any(row["photo_sha256"] for row in rows), extents=extents)
    return orjson.dumps(rows).decode(), shape


def _row(ordinal: int, report: Sent, readings: Readings) -> dict[str, Any]:
    body, caller = report.body, report.caller
    row = {name: getattr(body, name) for name in AS_WRITTEN}
    row |= {
        "ordinal": ordinal,
        "id": body.id,
        "kind": body.kind,
        "observed_at": body.observed_at,
        "unit_id": body.unit_id or caller.unit_id,
        "reporter_id": caller.person_id,
        "channel": report.channel,
        "token_id": caller.token_id,
        "changed_by": caller.actor,
        "body": report.value,
        "body_sha256": _bytea(report.sha256.hex()),
        "photo_sha256": [_bytea(each) for each in body.photos],
        "datum": "wgs84",
        "flags": [],
    }
    if body.extent is not None:
        row |= {name: getattr(body.extent, name) for name in EXTENT}
    return row | _where(report, readings)


def _where(report: Sent, readings: Readings) -> dict[str, Any]:
    body, place = report.body, report.place
    if place is not None:
        found = {"declared_lon": place.lon, "declared_lat": place.lat, "position_accuracy_m": place.accuracy_m}
        return {**found, "road": place.road_id, "measure_m": place.measure_m, "flags": ["located_by_text"]}
    row: dict[str, Any] = {}
    if body.chainage is not None:
        row |= {"road": body.chainage.road, "measure_m": body.chainage.measure_m, "side": body.chainage.side}
    if body.position is not None:
        lon, lat = readings.declared or (None, None)
        row |= {"declared_lon": lon, "declared_lat": lat, "flags": [] if readings.declared else ["position_impossible"]}
        row |= {"datum": body.position.datum, "heading_deg": body.position.heading_deg}
        row |= {"position_accuracy_m": body.position.accuracy_m, **_others(readings)}
    return row


def _others(readings: Readings) -> dict[str, list[Any]]:
    return {"lon": readings.lon, "lat": readings.lat, "name": readings.name}


def _bytea(digits: str) -> str:
    return f"\\x{digits}"
