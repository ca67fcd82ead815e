"""The flood part of the demonstration season (fiction): rules, thresholds and supplies, signals and responses.

A signal is lifted, and a response ended, by a change of its own at that moment: as of a moment between, both were
in force and nobody knew until when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Executable, bindparam, func, insert, update

from geo.crs import WGS84_SRID
from geo.model import Base, Response, SupplyPoint, SupplyRoute, WeatherSignal
from geo.store.season import ACTOR, Files, Step, season_row
from geo.store.seed import Row

# table, model, its beginning and end, what is said of both in the history
TIMED = (
    ("warnings", WeatherSignal, ("issued_at", "lifted_at"), ("发布预警信号", "解除预警信号")),
    ("responses", Response, ("started_at", "ended_at"), ("启动应急响应", "结束应急响应")),
)
SHAPES = {"supply_points": SupplyPoint, "supply_routes": SupplyRoute}


def flood_steps(files: Files, district: str, begins: datetime) -> Iterator[Step]:
    """Yield what is there when the season begins, and every signal and response at its own moments.

    Of one moment the ends come first, so that what replaces something finds its place free.
    """
    prepared = [_plain(name, files[name], district) for name in ("response_rules", "thresholds")]
    stored = [_shaped(name, files[name], district) for name in SHAPES]
    yield Step(begins, ACTOR, "防汛准备", "", [*prepared, *stored])
    for table, model, (start, end), (begun, ended) in TIMED:
        for row in files[table]:
            yield Step(_at(row[start]), ACTOR, begun, "", [_plain(table, [{**row, end: ""}], district)])
            over = update(model).where(model.district == district, model.id == row["id"])
            yield Step(_at(row[end]), ACTOR, ended, "", [(over.values({end: _at(row[end])}), [])])


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _plain(table: str, rows: list[Row], district: str) -> tuple[Executable, list[Row]]:
    return insert(Base.metadata.tables[table]), [season_row(table, row, district) for row in rows]


def _shaped(table: str, rows: list[Row], district: str) -> tuple[Executable, list[Row]]:
    """Insert rows whose geometry is the WKT of their column ``wkt``."""
    shape = func.ST_GeomFromText(bindparam("wkt"), WGS84_SRID)
    values = [season_row(table, row, district) | {"wkt": row["wkt"]} for row in rows]
    return insert(SHAPES[table]).values(geom=shape), values
