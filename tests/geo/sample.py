"""A small world with one row of each kind in each of two districts, for tests that need rows but no seed files.

``EXAMPLES`` holds one more valid row of each table; a test changes what it is about and inserts that.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table, func, insert, text
from sqlalchemy.exc import DBAPIError

from geo.model import Base
from geo.store.seed import DATA, load_vocabularies

DISTRICT, OTHER = "410103", "410104"
NOON = datetime(2020, 6, 1, 4, tzinfo=timezone.utc)  # 12:00 in Shanghai
REPORT = UUID("11111111-1111-4111-8111-111111111111")
ROAD_M = "SRID=4326;LINESTRING M (113.65 34.74 0, 113.66 34.74 1000)"
POINT = "SRID=4326;POINT (113.65 34.74)"

Row = dict[str, Any]

_NAMES: Row = {"name_zh": "甲", "name_en": "A"}
_LOCATED: Row = {"position_status": "estimated", "position_accuracy_m": 50.0, "geom": POINT}
_ON_ROAD: Row = _NAMES | {"position_status": "estimated", "position_accuracy_m": 50.0}
_CHAINAGE: Row = {"road_id": "road", "from_m": 300, "to_m": 400}
_ENDS: Row = {"from_zh": "起", "from_en": "from", "to_zh": "止", "to_en": "to"}

EXAMPLES: dict[str, Row] = {
    "districts": _NAMES | {"position_status": "unlocated"},
    "units": _NAMES | _LOCATED | {"kind": "department"},
    "people": {"unit_id": "unit", "name": "张三", "role": "field", "phone": "13800000000"},
    "roads": _ON_ROAD | {"geom": ROAD_M},
    "canals": _ON_ROAD | {"geom": ROAD_M},
    "segments": _ON_ROAD | _CHAINAGE | _ENDS,
    "sites": _NAMES | _LOCATED | {"kind": "park"},
    "checkpoints": _NAMES | _LOCATED | {"kind": "sluice", "canal_id": "canal"},
    "landmarks": _NAMES | _LOCATED | {"kind": "crossing"},
    "programmes": _NAMES | {"kind": "roads"},
    "baselines": _NAMES | {"programme_id": "programme", "is_current": False},
    "tasks": _NAMES | {"programme_id": "programme", "stage": "carriageway", "segment_id": "segment"},
    "planned_dates": {"baseline_id": "baseline", "task_id": "second", "planned_finish": date(2020, 6, 30)},
    "task_dependencies": {"task_id": "task", "predecessor_id": "second", "kind": "FS", "basis": "test"},
    "reports": {"kind": "note", "note": "看到", "observed_at": NOON},
    "cases": {
        "number": "2020-001",
        "programme_id": "programme",
        "category": "other",
        "title_zh": "题",
        "title_en": "title",
        "opened_at": NOON,
    },
    "warnings": {"kind": "rainstorm", "signal_colour": "yellow", "issuer": "台", "issued_at": NOON},
    "responses": {"level": "IV", "issuer": "指", "basis": "信号", "started_at": NOON},
    "response_rules": {
        "kind": "rainstorm",
        "signal_colour": "yellow",
        "level": "IV",
        "issuer": "指",
        "basis": "案",
        "valid_from": date(2020, 5, 15),
    },
    "thresholds": {"checkpoint_id": "checkpoint", "kind": "warning", "value_m": 2.0, "vertical_datum": "1985"},
    "supply_points": _NAMES | _LOCATED | {"contents": "沙袋"},
    "supply_routes": _ON_ROAD
    | {
        "supply_point_id": "store",
        "checkpoint_id": "checkpoint",
        "geom": "SRID=4326;LINESTRING(113.65 34.74, 113.655 34.74)",
    },
    "readings": {"quantity": "water_level", "unit": "m", "value": 1.5, "checkpoint_id": "checkpoint"},
}

# What stands in each district; each of them is the example of its table with another id (and chainage).
_WORLD: tuple[tuple[str, Row], ...] = (
    ("units", {"id": "unit"}),
    ("people", {"id": "person"}),
    ("roads", {"id": "road"}),
    ("canals", {"id": "canal"}),
    ("segments", {"id": "segment", "from_m": 100, "to_m": 200}),
    ("sites", {"id": "site"}),
    ("checkpoints", {"id": "checkpoint"}),
    ("programmes", {"id": "programme"}),
    ("baselines", {"id": "baseline", "is_current": True}),
    ("tasks", {"id": "task"}),
    ("tasks", {"id": "second"}),
    ("tasks", {"id": "third"}),
    ("cases", {"id": "case", "number": "2020-000"}),
    ("reports", {"id": REPORT}),
    ("supply_points", {"id": "store"}),
)


def build(connection: Connection) -> None:
    """Load the vocabularies and both districts."""
    load_vocabularies(connection, DATA / "erqi")
    for district in (DISTRICT, OTHER):
        add(connection, "districts", district=district)
        for table, values in _WORLD:
            add(connection, table, district=district, **values)


def add(connection: Connection, table: str, **values: Any) -> None:
    """Insert the example of ``table`` with these values; the id is ``new`` unless one is given."""
    row = {"district": DISTRICT, "id": "new"} | EXAMPLES[table] | values
    if table == "reports" and row["id"] == "new":
        row["id"] = UUID(int=1)
    if table in {"planned_dates", "task_dependencies"} and "id" not in values:
        row["id"] = ":".join(row[part] for part in list(EXAMPLES[table])[:2])
    if table == "readings":
        row.setdefault("observed_at", NOON)
    columns: Table = Base.metadata.tables[table]
    values = {name: value for name, value in row.items() if name in columns.c}
    if values.get("geom") is not None:
        values["geom"] = func.geometry(values["geom"])
    connection.execute(insert(columns).values(values))


def set_values(connection: Connection, table: str, key: str, assignments: str, **values: Any) -> None:
    """Update one row of our district by an SQL list of assignments."""
    values |= {"district": DISTRICT, "key": key}
    connection.execute(text(f"UPDATE {table} SET {assignments} WHERE district = :district AND id = :key"), values)  # noqa: S608 - the test's own text


def settings(connection: Connection, **values: str) -> None:
    """Set ``erqi.clock``, ``erqi.actor``, ``erqi.reason`` or ``erqi.report`` for the transaction."""
    for name, value in values.items():
        connection.execute(text("SELECT set_config('erqi.' || :name, :value, true)"), {"name": name, "value": value})


def refused() -> Any:
    """Expect a statement to be refused; ``.value.orig`` holds the driver's error."""
    return pytest.raises(DBAPIError)


def reason_of(error: DBAPIError) -> str:
    """Return the name of the constraint that refused, else the SQLSTATE."""
    diagnosis: Any = error.orig
    return str(diagnosis.diag.constraint_name or diagnosis.sqlstate)
