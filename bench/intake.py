"""Measure the intake of reports beside plain SQL that inserts and snaps: one by one, and many at once.

Run by hand from the project's folder: ``.venv/bin/python -m bench.intake``. What plain SQL does:
``bench/intake_sql.py``.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from uuid import UUID

import click
from psycopg import sql

from bench.data import BOX, Size, connect, database
from bench.intake_sql import (
    ACCURACY_M,
    NOTE,
    OBSERVED_AT,
    UNIT,
    Made,
    bring,
    insert_many,
    make_tables,
    script_of_one,
)
from bench.load import CLIENTS, Measurement, ask_sql, find_wrk, read_wrk
from bench.measure import settle
from bench.peers import Program, clean_environment
from bench.servers import ROOT, Server, free_port, started
from bench.words import say
from geo.store.cluster import PrivateCluster

EACH = 1000  # reports of a request
BATCH_CLIENTS = 4
WANTED_ONE, WANTED_MANY = 0.5, 0.7
SCRIPT = Path(__file__).parent / "report.lua"
TIMEOUT_S = 120
WARM_UP_S = 5


@click.command()
@click.option("--segments", default=20_000, show_default=True, type=click.IntRange(500), help="Rows of segments.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50), help="Rounds of single reports.")
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(1, 60), help="Of one measurement.")
@click.option(
    "--batch", default=200_000, show_default=True, type=click.IntRange(EACH), help="Reports of a batch round."
)
@click.option("--batch-rounds", default=1, show_default=True, type=click.IntRange(0, 20), help="Rounds of batches.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Processes of the service.")
@click.option("--durable/--not-durable", default=True, show_default=True, help="Wait for the disk at each commit.")
def main(
    *, segments: int, rounds: int, seconds: int, batch: int, batch_rounds: int, workers: int, durable: bool
) -> None:
    """Print both rates of each round, their medians and the ratios."""
    with _folder() as work, database(work / "cluster", Size(0, segments), durable=durable) as cluster:
        make_tables(cluster)
        with started(_service(cluster, work, workers), free_port(), work) as server:
            tokens = [_token(cluster, work) for _ in range(CLIENTS)]
            _post_each(server, tokens, WARM_UP_S, seed=0)  # statements are compiled, and planned on each connection
            _insert_each(cluster, work, WARM_UP_S)
            one = _rounds(
                rounds,
                lambda number: _post_each(server, tokens, seconds, number),
                lambda _: _insert_each(cluster, work, seconds),
                cluster,
            )
            many = _rounds(
                batch_rounds,
                lambda number: _post_many(server, tokens, _made(batch, number)),
                lambda number: _insert_all(cluster, _made(batch, number)),
                cluster,
            )
            _check_stored(cluster, sum(one.sent) + batch * batch_rounds)
    print("| | service, reports/s | plain SQL, reports/s | ratio | wanted |\n|---|---:|---:|---:|---:|")
    one.tell(f"one by one, {CLIENTS} clients", WANTED_ONE)
    many.tell(f"{batch} by {EACH}, {BATCH_CLIENTS} clients", WANTED_MANY)


class Rates:
    """The rates of both sides, round by round."""

    def __init__(self) -> None:
        self.service: list[float] = []
        self.plain: list[float] = []
        self.sent: list[int] = []

    def tell(self, title: str, wanted: float) -> None:
        """Print a row of the table: medians, and the median of the ratios of the rounds."""
        if self.service:
            ratio = median(a / b for a, b in zip(self.service, self.plain, strict=True))
            print(f"| {title} | {median(self.service):.0f} | {median(self.plain):.0f} | {ratio:.2f} | {wanted} |")


def _rounds(
    count: int, ours: Callable[[int], tuple[float, int]], plain: Callable[[int], float], cluster: PrivateCluster
) -> Rates:
    """Measure both sides turn and turn about; who begins changes."""
    rates = Rates()
    for number in range(count):
        for side in ("ours", "plain") if number % 2 else ("plain", "ours"):
            settle(cluster)
            if side == "ours":
                rate, sent = ours(number + 1)
                rates.service.append(rate)
                rates.sent.append(sent)
            else:
                rates.plain.append(plain(number + 1))
        say(f"round {number + 1}: {rates.service[-1]:.0f} by the service, {rates.plain[-1]:.0f} by plain SQL")
    return rates


def _post_each(server: Server, tokens: Sequence[str], seconds: int, seed: int) -> tuple[float, int]:
    box = [str(round(value * UNIT)) for value in (BOX.west, BOX.south, BOX.east - BOX.west, BOX.north - BOX.south)]
    options = ["--threads", "1", "--connections", str(CLIENTS), "--duration", f"{seconds}s", "--timeout", "15s"]
    command = [find_wrk(), *options, "--script", str(SCRIPT), server.base, "--", str(seed), *box, *tokens]
    found: Measurement = read_wrk(command, seconds)
    if found.failed:
        raise click.ClickException(f"{found.failed} reports were not taken")
    return found.per_second, round(found.per_second * seconds)


def _insert_each(cluster: PrivateCluster, work: Path, seconds: int) -> float:
    script = work / "one.sql"
    script.write_text(script_of_one(), encoding="utf-8")
    return ask_sql(cluster, script, seconds=seconds).per_second


def _made(count: int, seed: int) -> list[Made]:
    """Draw reports of a round, the same for both sides."""
    draw = random.Random(seed)  # noqa: S311 - positions, no secret
    return [
        Made(
            str(UUID(int=draw.getrandbits(128), version=4)),
            round(draw.uniform(BOX.west, BOX.east), 7),
            round(draw.uniform(BOX.south, BOX.north), 7),
        )
        for _ in range(count)
    ]


def _post_many(server: Server, tokens: Sequence[str], reports: Sequence[Made]) -> tuple[float, int]:
    bodies = [_body(reports[first : first + EACH]) for first in range(0, len(reports), EACH)]
    shares = [bodies[n::BATCH_CLIENTS] for n in range(BATCH_CLIENTS)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(BATCH_CLIENTS) as pool:
        stored = sum(pool.map(_post_share, [server] * BATCH_CLIENTS, tokens, shares))
    seconds = time.perf_counter() - begun
    if stored != len(reports):
        raise click.ClickException(f"only {stored} of {len(reports)} reports have 201")
    return stored / seconds, stored


def _body(reports: Sequence[Made]) -> bytes:
    common = {"kind": "note", "observed_at": OBSERVED_AT, "note": NOTE}
    where = {"datum": "wgs84", "accuracy_m": ACCURACY_M}
    rows = [{"id": each.id, **common, "position": {"x": each.lon, "y": each.lat, **where}} for each in reports]
    return json.dumps({"reports": rows}, ensure_ascii=False).encode()


def _post_share(server: Server, token: str, bodies: Sequence[bytes]) -> int:
    """Send one body after the other; return how many verdicts say 201."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(server.address, timeout=TIMEOUT_S)
    stored = 0
    for body in bodies:
        connection.request("POST", "/api/v1/reports/batch", body, headers)
        stored += connection.getresponse().read().count(b'"status":201')
    connection.close()
    return stored


def _insert_all(cluster: PrivateCluster, reports: Sequence[Made]) -> float:
    with connect(cluster) as connection:
        bring(connection, reports)
        begun = time.perf_counter()
        count = insert_many(connection)
        return count / (time.perf_counter() - begun)


def _check_stored(cluster: PrivateCluster, least: int) -> None:
    """Look whether what was answered with 201 is there, each with its submission and its history."""
    with connect(cluster) as connection:
        connection.execute("CREATE TEMP VIEW recorded AS SELECT FROM changes WHERE collection = 'reports'")
        counts = [
            connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            for table in ("reports", "submissions", "recorded")
        ]
    found = {0 if row is None else int(row[0]) for row in counts}
    if len(found) > 1 or min(found) < 0.99 * least:  # wrk says its time, by which it is counted, roughly
        raise click.ClickException(f"{least} reports were sent; reports, submissions and changes: {sorted(found)}")
    say(f"{found.pop()} reports, each with its submission and its history")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="erqi-intake-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the account of PostgreSQL passes through
        yield folder


def _environment(cluster: PrivateCluster, work: Path) -> dict[str, str]:
    limits = {"ERQI_RATE_LIMIT": "off", "ERQI_ADDRESS_RATE_LIMIT": "off"}
    return {"ERQI_DATABASE_URL": cluster.url(), "ERQI_HOME": str(work / "home"), "PYTHONPATH": str(ROOT), **limits}


def _service(cluster: PrivateCluster, work: Path, workers: int) -> Program:
    command = [sys.executable, "-m", "api.cli", "serve", "--workers", str(workers), "--no-demo"]
    return Program("service", command, _environment(cluster, work), "/healthz")


def _token(cluster: PrivateCluster, work: Path) -> str:
    """Make a token as an administrator does."""
    command = [sys.executable, "-m", "api.cli", "token", "create", "--role", "field", "--label", "bench", "--no-demo"]
    environment = {**os.environ, **clean_environment(_environment(cluster, work))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own command
    return done.stdout.strip()


if __name__ == "__main__":
    main()
