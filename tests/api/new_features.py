"""Features to add, one for each collection that can be written to; each call makes one unlike the others."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta, timezone
from typing import Any

ROAD = "road_for_segments"
STORE = "store_for_routes"
BASELINE = "road_city_2019_12"

PLACED = {"position_status": "surveyed", "position_accuracy_m": 5, "source": "test", "note": None}
NAMELESS = {"cases", "planned_dates", "thresholds", "warnings", "responses", "response_rules"}
_NUMBERS = itertools.count(1)


def new_feature(collection: str, **properties: Any) -> dict[str, Any]:
    """Return a feature that the collection takes, with some properties set otherwise."""
    number = next(_NUMBERS)
    geometry, own = _MAKERS[collection](number)
    names = {} if collection in NAMELESS else {"name_zh": f"新{number}", "name_en": f"New {number}"}
    return {"type": "Feature", "geometry": geometry, "properties": {**names, **own, **properties}}


def _point(number: int) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [113.62, round(34.7 + number / 10_000, 4)]}


def _line(number: int) -> dict[str, Any]:
    north = round(34.7 + number / 10_000, 4)
    return {"type": "LineString", "coordinates": [[113.60, north], [113.61, north], [113.62, north]]}


def _segment(number: int) -> dict[str, Any]:
    return {
        "road_id": ROAD,
        "from_m": number,
        "to_m": number + 0.5,
        "from_zh": "甲路",
        "from_en": "A Road",
        "to_zh": "乙路",
        "to_en": "B Road",
        **PLACED,
    }


def _case(number: int) -> dict[str, Any]:
    return {
        "number": f"新-{number}",
        "programme_id": "flood_season_2020",
        "category": "hazard",
        "hazard_kind": "urban_flooding",
        "title_zh": "积水",
        "title_en": "Standing water",
        "opened_at": "2020-06-01T08:30:00+08:00",
        "position_accuracy_m": 5,
    }


def _threshold(number: int) -> dict[str, Any]:
    return {
        "checkpoint_id": "jinghu_aqueduct",
        "kind": "warning",
        "value_m": 118.5,
        "vertical_datum": f"datum {number}",
    }


def _rule(number: int) -> dict[str, Any]:
    day = date(2030, 1, 1) + timedelta(days=number)
    return {
        "kind": "rainstorm",
        "signal_colour": "red",
        "level": "II",
        "issuer": "指",
        "basis": "案",
        "valid_from": day.isoformat(),
    }


def _hours(begun: str, number: int) -> dict[str, str]:
    """Take an hour of its own for each, since no two may be in force at once."""
    start = datetime(2031, 1, 1, tzinfo=timezone.utc) + timedelta(hours=number)
    ended = {"issued": "lifted_at", "started": "ended_at"}[begun]
    return {f"{begun}_at": start.isoformat(), ended: (start + timedelta(hours=1)).isoformat()}


_MAKERS: dict[str, Any] = {
    "roads": lambda n: (_line(n), {"aliases": ["新路"], **PLACED}),
    "canals": lambda n: (_line(n), dict(PLACED)),
    "segments": lambda n: (None, _segment(n)),
    "sites": lambda n: (_point(n), {"kind": "park", "territorial_unit_id": "songshanlu", **PLACED}),
    "checkpoints": lambda n: (_point(n), {"kind": "sluice", "canal_id": "south_north_main", **PLACED}),
    "landmarks": lambda n: (_point(n), {"kind": "crossing", "crosses": ["嵩山路", "航海路"], **PLACED}),
    "units": lambda n: (_point(n), {"kind": "department", **PLACED}),
    "programmes": lambda _: (None, {"kind": "roads", "starts_on": "2020-05-31", "ends_on": "2020-10-31"}),
    "baselines": lambda _: (None, {"programme_id": "road_phase_one", "adopted_on": "2020-06-01", "is_current": False}),
    "tasks": lambda _: (None, {"programme_id": "road_phase_one", "stage": "demolition", "weight": 2.5}),
    "planned_dates": lambda _: (None, {"baseline_id": BASELINE, "planned_finish": "2020-10-31"}),
    "cases": lambda n: (_point(n), _case(n)),
    "thresholds": lambda n: (None, _threshold(n)),
    "warnings": lambda n: (None, {"kind": "rainstorm", "signal_colour": "red", "issuer": "台", **_hours("issued", n)}),
    "responses": lambda n: (None, {"level": "II", "issuer": "指", "basis": "信号", **_hours("started", n)}),
    "response_rules": lambda n: (None, _rule(n)),
    "supply_points": lambda n: (_point(n), {"unit_id": "emergency_management", "contents": "编织袋", **PLACED}),
    "supply_routes": lambda n: (_line(n), {"supply_point_id": STORE, "checkpoint_id": "jinghu_aqueduct", **PLACED}),
}
COLLECTIONS = tuple(_MAKERS)
