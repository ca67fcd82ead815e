"""Measure what the revision costs writers: 32 of them at once, with its triggers and without, turn and turn about.

Run by hand on a quiet machine, from the project's folder: ``.venv/bin/python -m bench.revision``. Writers that waited
for each other would show here first: without the triggers they have nothing in common.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import click
import psycopg
from psycopg import sql

from bench.load import find_pgbench
from bench.words import say
from geo.store.cluster import OWNER, PrivateCluster
from geo.store.cluster_folder import PORT
from geo.store.migrate import upgrade
from geo.store.seed import seed_if_empty

WITH, WITHOUT = "erqi", "plain"
WRITERS = 32
THREADS = 2
WANTED = 0.8
PATIENCE_S = 60
INSERT = """INSERT INTO landmarks
 (district, id, name_zh, name_en, kind, position_status, position_accuracy_m, geom)
 VALUES ('410103', gen_random_uuid()::text, '甲', 'A', 'crossing', 'estimated', 10,
 ST_SetSRID(ST_MakePoint(113.6 + 0.08 * random(), 34.68 + 0.08 * random()), 4326));
"""
TRIGGERS = (
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'revision\\_%' AND NOT tgisinternal"
)


@click.command()
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(1, 50))
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(1, 60), help="Of one measurement.")
@click.option("--durable/--not-durable", default=False, show_default=True, help="Wait for the disk at each commit.")
def main(*, rounds: int, seconds: int, durable: bool) -> None:
    """Print the transactions a second of both, round by round, and the ratio of their medians."""
    with tempfile.TemporaryDirectory(prefix="erqi-revision-") as folder:
        work = Path(folder)
        work.chmod(0o711)  # root's clusters run as another account, which has to pass through
        script = work / "insert.sql"
        script.write_text(INSERT, encoding="utf-8")
        with PrivateCluster(work / "cluster", durable=durable) as cluster:
            _make_both(cluster)
            for name in (WITH, WITHOUT):
                _writes_per_second(cluster, name, script, seconds)  # warms up
            found: dict[str, list[float]] = {WITH: [], WITHOUT: []}
            for number in range(rounds):
                for name in (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH):
                    found[name].append(_writes_per_second(cluster, name, script, seconds))
                say(f"round {number + 1}: {found[WITH][-1]:.0f} with, {found[WITHOUT][-1]:.0f} without")
    ratio = median(found[WITH]) / median(found[WITHOUT])
    print(
        f"{WRITERS} writers, median of {rounds}: {median(found[WITH]):.0f} transactions/s with the revision,"
        f" {median(found[WITHOUT]):.0f} without: {ratio:.2f} (wanted: {WANTED})"
    )
    sys.exit(0 if ratio >= WANTED else 1)


def _make_both(cluster: PrivateCluster) -> None:
    """Fill the database, copy it, and take the revision's triggers away in the copy."""
    upgrade(cluster.url())
    seed_if_empty(cluster.url(), demonstration=True)
    with _connect(cluster, "postgres", "postgres") as connection:
        connection.execute(f"CREATE DATABASE {WITHOUT} TEMPLATE {WITH} OWNER {OWNER}")
    with _connect(cluster, WITHOUT, OWNER) as connection:
        triggers = connection.execute(TRIGGERS).fetchall()
        assert triggers, "the triggers have another name now"  # noqa: S101 - else both would be the same
        for trigger, table in triggers:
            drop = sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(trigger), sql.Identifier(table))
            connection.execute(drop)
    say(f"{len(triggers)} triggers dropped in the copy")


def _connect(cluster: PrivateCluster, database: str, role: str) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(host=str(cluster.sockets), port=PORT, user=role, dbname=database, autocommit=True)


def _writes_per_second(cluster: PrivateCluster, database: str, script: Path, seconds: int) -> float:
    where = [f"--host={cluster.sockets}", f"--port={PORT}", f"--username={OWNER}", database]
    load = [f"--client={WRITERS}", f"--jobs={THREADS}", f"--time={seconds}", "--no-vacuum", "--protocol=prepared"]
    done = subprocess.run(  # noqa: S603 - our own command
        [find_pgbench(cluster), *load, f"--file={script}", *where],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + PATIENCE_S,
    )
    found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
    assert found is not None, done.stdout  # noqa: S101 - what pgbench of every version prints
    return float(found[1])


if __name__ == "__main__":
    main()
