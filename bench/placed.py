"""Ask where reports lie without storing them: what the bench and the tests of placing share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    Connection,
    Float,
    Integer,
    RowMapping,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)

from geo.crs import WGS84_SRID
from geo.intake.datum_readings import read_positions
from geo.intake.placing import placed

BATCH = 1000
DECLARED = ("road_id", "side", "segment_id", "checkpoint_id", "site_id", "task_id")
MEMBERS: dict[str, Any] = {
    "ordinal": Integer,
    "own_lon": Float,
    "own_lat": Float,
    "accuracy_m": Float,
    "heading_deg": Float,
    "measure_m": Float,
    **dict.fromkeys(DECLARED, Text),
    "lon": ARRAY(Float),
    "lat": ARRAY(Float),
    "name": ARRAY(Text),
}


def place(connection: Connection, district: str, reports: Sequence[dict[str, Any]]) -> list[RowMapping]:
    """Return a row of ``placed`` for each report, in order, with ``suspected_lon`` and ``suspected_lat``.

    A report has ``xy`` and ``datum`` (default wgs84), or neither, and any other column of ``sent`` by its name.
    """
    statement = place_statement(district)
    rows: list[RowMapping] = []
    for first in range(0, len(reports), BATCH):
        sent = orjson.dumps([_sent(*numbered) for numbered in enumerate(reports[first : first + BATCH])])
        rows += connection.execute(statement, {"rows": sent.decode()}).mappings().all()
    return rows


def place_statement(district: str) -> Select[Any]:
    """Select from ``placed`` over the reports of the parameter ``rows``, a JSON text."""
    columns = [column(name, kind) for name, kind in MEMBERS.items()]
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON)).table_valued(*columns)
    row = rows.render_derived("row", with_types=True).c
    point = func.ST_SetSRID(func.ST_MakePoint(row.own_lon, row.own_lat), WGS84_SRID).label("point")
    sent = select(*(row[name] for name in MEMBERS), point).cte("sent").prefix_with("MATERIALIZED")
    result = placed(district, sent).c
    suspected = result.suspected_geom
    return select(
        *(value for value in result if value is not suspected),
        func.ST_X(suspected).label("suspected_lon"),
        func.ST_Y(suspected).label("suspected_lat"),
    ).order_by(result.ordinal)


def _sent(ordinal: int, report: dict[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in report.items() if name in MEMBERS} | {"ordinal": ordinal}
    if "xy" not in report:
        return row
    (read,) = read_positions([report["xy"]], [report.get("datum", "wgs84")])
    own_lon, own_lat = read.declared or (None, None)
    return row | {"own_lon": own_lon, "own_lat": own_lat, "lon": read.lon, "lat": read.lat, "name": read.name}
