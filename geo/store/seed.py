"""Load the seed files of a district into an empty database.

The seed is history that was published in May 2020, so it is loaded with that date as the moment of change; who
looks at the maps as of a day of that season then finds the places there.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text

from geo.model import SCHEMES, Base, District
from geo.store.engine import make_engine
from geo.types import Text

DATA = Path(__file__).parents[2] / "data"
PUBLISHED = "2020-05-01T00:00:00+08:00"
SOURCE_NOTE = "seed: published facts of May 2020"
RULES_NOTE = "seed: how Zhengzhou answered signals, as reported"

# The files in the order in which their rows refer to each other.
FILES = (
    "districts.geojson",
    "units.geojson",
    "roads.geojson",
    "canals.geojson",
    "segments.csv",
    "sites.geojson",
    "checkpoints.geojson",
    "landmarks.geojson",
    "programmes.csv",
    "baselines.csv",
    "tasks.csv",
    "planned_dates.csv",
    "task_dependencies.csv",
    "cases.csv",
)

Row = dict[str, Any]


@dataclass(frozen=True)
class SeedReport:
    """What seeding did: the rows loaded by table (empty when the database held a district already)."""

    rows: Mapping[str, int]
    demonstration: bool

    @property
    def text(self) -> Text:
        """Say it in a sentence."""
        if not self.rows:
            return Text("数据库已有数据，未作改动。", "The database holds data already; nothing was changed.")
        total = sum(self.rows.values())
        if self.demonstration:
            return Text(
                f"已载入 {total} 行：二七区地点和 2020 年演示数据（虚构）。不要演示数据请用 --no-demo 启动。",
                f"Loaded {total} rows: the places of Erqi and the demonstration season of 2020 (fiction). "
                "To start without it: --no-demo.",
            )
        return Text(f"已载入 {total} 行：二七区地点。", f"Loaded {total} rows: the places of Erqi.")


def seed_if_empty(url: str, *, demonstration: bool, district: str = "410103") -> SeedReport:
    """Load vocabularies and places, and the demonstration season if asked, unless a district is there already."""
    from geo.store.demonstration import load_season  # noqa: PLC0415 - it builds on this module

    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            # The lock makes a second start wait until the first has seeded.
            connection.execute(text("LOCK TABLE districts IN SHARE ROW EXCLUSIVE MODE"))
            if connection.scalar(select(func.count()).select_from(District)):
                return SeedReport({}, demonstration=False)
            rows = load_places(connection, district)
            if demonstration:
                rows = rows | load_season(connection, district)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    finally:
        engine.dispose()
    return SeedReport(rows, demonstration=demonstration)


def load_places(connection: Connection, district: str) -> dict[str, int]:
    """Load vocabularies and the published places; return the number of rows by table."""
    set_change(connection, moment=PUBLISHED, actor="seed", reason=SOURCE_NOTE)
    counts = load_vocabularies(connection, DATA / "erqi")
    for name in FILES:
        path = DATA / "erqi" / name
        counts[path.stem] = insert_rows(connection, Base.metadata.tables[path.stem], district, read_rows(path))
    counts["response_rules"] = load_rules(connection, district)
    return counts


def load_rules(connection: Connection, district: str) -> int:
    """Load the rules on responses, each at the start of the day from which it is known; return their number."""
    rows = list(read_rows(DATA / "erqi" / "response_rules.csv"))
    for row in rows:
        moment = f"{row['valid_from']}T00:00:00+08:00"
        set_change(connection, moment=moment, actor="seed", reason=RULES_NOTE)
        insert_rows(connection, Base.metadata.tables["response_rules"], district, [row])
    return len(rows)


_SET_CHANGE = select(
    *(func.set_config(f"erqi.{name}", bindparam(name), True) for name in ("clock", "actor", "reason", "report"))
)


def set_change(connection: Connection, *, moment: str, actor: str, reason: str, report: str = "") -> None:
    """Say for the rest of the transaction when, by whom, why and on which report rows are changed."""
    connection.execute(_SET_CHANGE, {"clock": moment, "actor": actor, "reason": reason, "report": report})


def load_vocabularies(connection: Connection, folder: Path) -> dict[str, int]:
    """Load every vocabulary's terms and the steps of the case workflow."""
    terms = list(_read_csv(folder / "vocabularies.csv"))
    for scheme, model in SCHEMES.items():
        table = Base.metadata.tables[model.__tablename__]
        connection.execute(insert(table), [typed_row(table, term) for term in terms if term["scheme"] == scheme])
    workflow = Base.metadata.tables["case_transitions"]
    steps = [typed_row(workflow, step) for step in _read_csv(folder / "case_transitions.csv")]
    connection.execute(insert(workflow), steps)
    return {"vocabularies": len(terms), "case_transitions": len(steps)}


def read_rows(path: Path) -> Iterator[Row]:
    """Read the rows of a CSV file, or the properties of a GeoJSON file with the geometry as ``geom`` (text)."""
    if path.suffix == ".csv":
        yield from _read_csv(path)
        return
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        geometry = feature["geometry"]
        yield feature["properties"] | {"geom": None if geometry is None else json.dumps(geometry)}


def insert_rows(connection: Connection, table: Table, district: str, rows: Iterable[Row], **fixed: Any) -> int:
    """Insert rows of text into a table of ``district``; '' is NULL, ``fixed`` values are the same in each row."""
    values = [typed_row(table, {"district": district} | row | fixed) for row in rows]
    if not values:
        return 0
    statement = insert(table)
    if "geom" in values[0]:
        statement = statement.values(geom=_geometry(table))
        for value in values:
            value["geojson"] = value.pop("geom")
    connection.execute(statement, values)
    return len(values)


def _geometry(table: Table) -> Any:
    """Read the bound GeoJSON text; a measured line gets its measures, a polygon becomes a multi-polygon."""
    shape = func.ST_GeomFromGeoJSON(bindparam("geojson"))
    column: Any = table.c.geom
    made: dict[str, Any] = {"LINESTRINGM": func.erqi_measured(shape), "MULTIPOLYGON": func.ST_Multi(shape)}
    return made.get(column.type.geometry_type, shape)


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


PARSERS: dict[type, Callable[[str], Any]] = {
    bool: lambda value: {"true": True, "false": False}[value],
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
    float: float,
    int: int,
    UUID: UUID,
}


def typed_row(table: Table, row: Mapping[str, Any]) -> Row:
    """Return the columns of ``table`` in a row of text as values of their types; '' is None."""
    return {name: _value(table, name, value) for name, value in _completed(table, row).items() if name in table.c}


def _value(table: Table, name: str, value: Any) -> Any:
    if value == "":
        return None
    kind = table.c[name].type.python_type if name != "geom" else str
    return PARSERS[kind](value) if isinstance(value, str) and kind in PARSERS else value


def _completed(table: Table, row: Mapping[str, Any]) -> Row:
    """Add the values that follow from others: ids made of parts, the moment a case was opened."""
    made: Row = dict(row)
    parts: dict[str, Sequence[str]] = {
        "planned_dates": ("baseline_id", "task_id"),
        "task_dependencies": ("task_id", "predecessor_id"),
    }
    if table.name in parts:
        made["id"] = ":".join(row[part] for part in parts[table.name])
    if "opened_on" in row:
        made["opened_at"] = f"{row['opened_on']}T00:00:00+08:00"
    return made
