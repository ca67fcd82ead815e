"""The cells of the table: each checked and warmed up first, then measured in rounds whose order moves on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from bench.check import WrongAnswerError, check_answers, entity_tag, statement_bytes
from bench.data import BOX, DISTRICT, connect, remove_written, triggers_off
from bench.load import Measurement, ask_http, ask_sql
from bench.profile import profiling
from bench.report import Result
from bench.rows import Row
from bench.servers import CACHED, Server
from bench.words import say
from geo.store.cluster import PrivateCluster

INSERT = "insert"
INSERT_TITLE = "insert of one report by SQL (ours: with our triggers; plain SQL: without them)"
NOTE = "嵩山路西侧非机动车道井盖松动，现场已放置警示标志，请尽快安排处理。"
WARM_UP_S = 2
WARM_UPS, WARM_UP_ANSWERS = 5, 200  # ours opens its connections when they are first wanted
SETTLE_S = 0.5  # a server still works on the last requests when its load has gone
SETTLE_MOST_S = 60
# What is inserted is marked as demonstration, by which it is found again and removed.
INSERT_SCRIPT = f"""\\set x {BOX.west} + {BOX.east - BOX.west:.6f} * random(0, 1000000) / 1000000.0
\\set y {BOX.south} + {BOX.north - BOX.south:.6f} * random(0, 1000000) / 1000000.0
INSERT INTO reports (district, id, kind, observed_at, note, position_accuracy_m, demonstration, geom)
VALUES ('{DISTRICT}', gen_random_uuid(), 'note', now(), '{NOTE}', 12, true, ST_SetSRID(ST_MakePoint(:x, :y), 4326));
"""  # noqa: S608 - constants of this program

T = TypeVar("T")


@dataclass(frozen=True)
class Cell:
    """One column of one row: ``measure(seconds, round)`` measures it once; ``ours`` is our server, None for others."""

    row: str
    column: str
    measure: Callable[[int, int], Measurement]
    ours: Server | None = None


class Bench:
    """Everything that is measured in one run; ``results`` by row and column."""

    def __init__(
        self, cluster: PrivateCluster, servers: Mapping[str, Server], work: Path, *, rounds: int, seconds: int
    ) -> None:
        self.results: dict[tuple[str, str], Result] = {}
        self._cluster = cluster
        self._servers = servers
        self._work = work
        self._rounds = rounds
        self._seconds = seconds
        self._rows: list[list[Cell]] = []

    def prepare(self, rows: Sequence[Row], *, with_sql: bool, with_insert: bool) -> None:
        """Check what every server answers, note who cannot do what, and warm up the others."""
        for row in rows:
            cells = list(self._http_cells(row))
            if with_sql and row.statement is not None:
                cells.append(self._sql_cell(row, row.statement))
            self._rows.append(cells)
        if with_sql and with_insert:
            self._rows.append([self._insert_cell(column) for column in ("ours", "sql")])
        for cell in self._cells():
            self.results.setdefault((cell.row, cell.column), Result([]))
            _warm_up(cell, self._cluster)

    def profile(self, folder: Path, cache: Path) -> None:
        """Draw a flame graph of what ours does in each row."""
        folder.mkdir(parents=True, exist_ok=True)
        for cell in self._cells():
            if cell.ours is not None:
                say(f"profile {cell.row}")
                with profiling(cell.ours, folder / f"{cell.row}.svg", cache, seconds=self._seconds):
                    cell.measure(self._seconds, 0)

    def measure(self) -> None:
        """Measure every cell once a round; each round begins with another row, and each row with another server."""
        for number in range(self._rounds):
            say(f"round {number + 1} of {self._rounds}")
            for cells in _turned(self._rows, number):
                for cell in _turned(cells, number):
                    self.results[cell.row, cell.column].measurements.append(cell.measure(self._seconds, number))
                    settle(self._cluster)
        if any(cell.row == INSERT for cell in self._cells()):
            remove_written(self._cluster)

    def _cells(self) -> Iterator[Cell]:
        for cells in self._rows:
            yield from cells

    def _http_cells(self, row: Row) -> Iterator[Cell]:
        for name, template in row.paths.items():
            server = self._servers.get(CACHED if name == "ours" and row.cached else name)
            if server is None:
                continue
            try:
                yield self._http_cell(row, name, server, template)
            except WrongAnswerError as error:
                say(f"{row.id}: {name} is not there: {error}")
                self.results[row.id, name] = Result([], refusal=str(error))
        for name in self._servers:
            if name not in {*row.paths, CACHED} and not row.cached:
                self.results[row.id, name] = Result([], refusal="it has no such parameter")

    def _http_cell(self, row: Row, name: str, server: Server, template: str) -> Cell:
        with connect(self._cluster) as connection:
            check_answers(row, server, template, connection)
        paths = [template.format(**values) for values in row.draws.listed()]
        lines = [f"{path}\t{entity_tag(server, path)}" for path in paths] if row.tagged else paths
        requests = self._work / f"{row.id}-{name}.txt"
        requests.write_text("\n".join(lines) + "\n", encoding="utf-8")

        def measure(seconds: int, number: int) -> Measurement:
            # Each round goes on at another place of the list, so that an answer seldom comes twice.
            return ask_http(server.base, requests, seconds=seconds, start=number * len(lines) // self._rounds)

        return Cell(row.id, name, measure, server if name == "ours" else None)

    def _sql_cell(self, row: Row, statement: str) -> Cell:
        with connect(self._cluster) as connection:
            size = statement_bytes(row, connection)
        variables = {name: f":{name}" for name in ("west", "south", "east", "north", "x", "y", "n")}
        script = self._work / f"{row.id}.sql"
        script.write_text(f"{row.draws.drawn}{statement.format(**variables)};\n", encoding="utf-8")
        self.results[row.id, "sql"] = Result([], bytes_each=size)
        return Cell(row.id, "sql", lambda seconds, _: ask_sql(self._cluster, script, seconds=seconds))

    def _insert_cell(self, column: str) -> Cell:
        script = self._work / "insert.sql"
        script.write_text(INSERT_SCRIPT, encoding="utf-8")

        def measure(seconds: int, _number: int) -> Measurement:
            if column == "ours":
                return ask_sql(self._cluster, script, seconds=seconds)
            with triggers_off(self._cluster, "reports"):
                return ask_sql(self._cluster, script, seconds=seconds)

        return Cell(INSERT, column, measure)


def _warm_up(cell: Cell, cluster: PrivateCluster) -> None:
    """Run a cell until it has given enough answers for every connection to be open, at most a few times."""
    answers = 0.0
    for _ in range(WARM_UPS):
        answers += cell.measure(WARM_UP_S, 0).per_second * WARM_UP_S
        settle(cluster)
        if answers >= WARM_UP_ANSWERS:
            return


def settle(cluster: PrivateCluster) -> None:
    """Wait until no server has a statement under way: what one goes on working at is not to slow the next."""
    with connect(cluster) as connection:
        until = time.monotonic() + SETTLE_MOST_S
        time.sleep(SETTLE_S)
        while _statements_under_way(connection) and time.monotonic() < until:
            time.sleep(SETTLE_S)


def _statements_under_way(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    ).fetchone()
    return row is not None and row[0] > 0


def _turned(items: Sequence[T], by: int) -> list[T]:
    """Return the items beginning with another one."""
    first = by % len(items) if items else 0
    return [*items[first:], *items[:first]]
