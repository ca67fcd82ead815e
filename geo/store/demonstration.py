"""Replay the demonstration season (fiction, ``data/demo``) on top of a district's places.

Each step of the season - a plan adopted, a report received or reviewed, a case moved on - is made at its own moment
and in the name of its own actor, so that the history tells the season as if it had been lived. Every row that it adds
or changes is marked as demonstration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Float,
    Insert,
    bindparam,
    func,
    insert,
    select,
    true,
    update,
)

from geo.crs import WGS84_SRID
from geo.intake.acceptance import acceptance
from geo.intake.matching import nearest_road
from geo.model import Base, Baseline, Case, District, Report
from geo.store.flood_season import flood_steps
from geo.store.season import ACTOR, Files, Step, season_row
from geo.store.seed import DATA, Row, read_rows, set_change

FOLDER = DATA / "demo"
MATCHED = ("road_id", "measure_m", "offset_m")

JUDGED = (
    update(Report)
    .where(Report.district == bindparam("of_district"), Report.id == bindparam("of_id"))
    .values(status=bindparam("judged"))
)


def load_season(connection: Connection, district: str) -> dict[str, int]:
    """Replay the season in the order of time; return the number of rows of each file, as ``demo/<file>``.

    What the transaction changes afterwards is no longer in the season's name.
    """
    files = {path.stem: list(read_rows(path)) for path in sorted(FOLDER.glob("*.csv"))}
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():  # no step reads an answer, and waiting for 5000 of them would take half of the time
        for step in sorted(_steps(files, district), key=lambda step: step.at):
            set_change(connection, moment=step.at.isoformat(), actor=step.actor, reason=step.reason, report=step.report)
            for statement, rows in step.statements:
                connection.execute(statement, rows[0] if len(rows) == 1 else rows or None)
        set_change(connection, moment="", actor="", reason="")
    return {f"demo/{name}": len(rows) for name, rows in files.items()}


def _steps(files: Files, district: str) -> Iterator[Step]:
    """Yield every step; of those at one moment the one that is yielded first happens first."""
    season = json.loads((FOLDER / "season.json").read_text(encoding="utf-8"))
    begins = datetime.fromisoformat(season["starts_at"])
    yield _opening(files, district, season)
    for baseline in files["baselines"]:
        yield _adoption(baseline, files["planned_dates"], district)
    stored = _report_insert(district)
    for report in files["reports"]:
        yield _arrival(report, stored, district)
    for report in files["reports"]:
        if report["reviewed_at"]:
            yield _review(report, district)
    cases = {row["id"]: row for row in files["cases"]}
    for event in files["case_events"]:
        opened = event["to_status"] == "registered"
        yield _registration(event, cases[event["case_id"]], district) if opened else _case_step(event, district)
    yield from flood_steps(files, district, begins)


def _opening(files: Files, district: str, season: Row) -> Step:
    """Say at which moment the district's maps open, and bring in the season's people and further tasks."""
    opens = update(District).where(District.district == district)
    return Step(
        at=datetime.fromisoformat(season["starts_at"]),
        actor=ACTOR,
        reason=f"{season['title_zh']} {season['title_en']}",
        report="",
        statements=[
            (opens.values(opens_at=datetime.fromisoformat(season["opens_at"]), demonstration=True), []),
            *(_insert(name, files[name], district) for name in ("people", "tasks", "task_dependencies")),
        ],
    )


def _adoption(baseline: Row, planned_dates: list[Row], district: str) -> Step:
    """Adopt a plan: the one in force until then stays, with its dates, but is no longer current."""
    replaced = update(Baseline).where(
        Baseline.district == district, Baseline.programme_id == baseline["programme_id"], Baseline.is_current
    )
    dates = [row for row in planned_dates if row["baseline_id"] == baseline["id"]]
    return Step(
        at=datetime.fromisoformat(f"{baseline['adopted_on']}T09:00:00+08:00"),
        actor=ACTOR,
        reason=f"批准{baseline['name_zh']}",
        report="",
        statements=[
            (replaced.values(is_current=False, demonstration=True), []),
            _insert("baselines", [baseline], district),
            _insert("planned_dates", dates, district),
        ],
    )


def _arrival(report: Row, stored: Insert, district: str) -> Step:
    """Receive a report, hours late where the phone had no signal; nobody has judged it yet."""
    row = season_row("reports", report, district) | {"status": "received", **_position(report)}
    return Step(
        at=datetime.fromisoformat(report["received_at"]),
        actor=report["reporter_id"],
        reason="现场上报",
        report=report["id"],
        statements=[(stored, [row])],
    )


def _review(report: Row, district: str) -> Step:
    """Judge a report; an accepted one takes effect."""
    row = season_row("reports", report, district)
    judgement = {"of_district": district, "of_id": row["id"], "judged": row["status"]}
    effects = acceptance(row) if row["status"] == "accepted" else []
    return Step(
        at=datetime.fromisoformat(report["reviewed_at"]),
        actor=report["reviewed_by"],
        reason=report["review_reason"],
        report=report["id"],
        statements=[(JUDGED, [judgement]), *((statement, [values]) for statement, values in effects)],
    )


def _registration(event: Row, entry: Row, district: str) -> Step:
    """Enter a case in the ledger."""
    row = season_row("cases", entry, district) | {"opened_at": datetime.fromisoformat(event["at"]), **_position(entry)}
    return _case_event(event, insert(Case).values(geom=_point()), [row])


def _case_step(event: Row, district: str) -> Step:
    """Move a case on in its workflow."""
    struck_off = event["to_status"] == "struck_off"
    moved = update(Case).where(Case.district == district, Case.id == event["case_id"])
    closed_at = datetime.fromisoformat(event["at"]) if struck_off else None
    return _case_event(event, moved.values(status=event["to_status"], closed_at=closed_at, demonstration=True), [])


def _case_event(event: Row, statement: Executable, rows: list[Row]) -> Step:
    at = datetime.fromisoformat(event["at"])
    return Step(at, event["actor"], event["reason"], event["report_id"], [(statement, rows)])


def _report_insert(district: str) -> Insert:
    """Build the INSERT of a report that also finds its place on the nearest road."""
    columns = Base.metadata.tables["reports"].c
    made = {
        *MATCHED,
        "side",
        "geom",
        "version",
        "changed_at",
        "changed_by",
        "feature",
    }  # by the database, or not at all
    said = [column for column in columns if column.name not in made]
    place = select(_point().label("geom")).subquery("place")
    road = nearest_road(district, place.c.geom)
    row = select(
        *(bindparam(column.name, type_=column.type) for column in said),
        *(road.c[name] for name in MATCHED),
        place.c.geom,
    ).select_from(place.outerjoin(road, true()))
    return insert(Report).from_select([*(column.name for column in said), *MATCHED, "geom"], row)


def _point() -> ColumnElement[Any]:
    """Build the point of the bound ``lon`` and ``lat`` in WGS 84; NULL without them."""
    return func.ST_SetSRID(func.ST_MakePoint(bindparam("lon", type_=Float), bindparam("lat", type_=Float)), WGS84_SRID)


def _position(row: Row) -> Row:
    return {name: float(row[name]) if row[name] else None for name in ("lon", "lat")}


def _insert(table: str, rows: list[Row], district: str) -> tuple[Executable, list[Row]]:
    return insert(Base.metadata.tables[table]), [season_row(table, row, district) for row in rows]
