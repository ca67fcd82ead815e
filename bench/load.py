"""Put one server, or PostgreSQL alone, under load for a few seconds: wrk for HTTP, pgbench for SQL."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.store.cluster import OWNER, PrivateCluster
from geo.store.cluster_folder import PORT
from geo.store.programs import find_programs

CLIENTS = 8
PATIENCE_S = 60  # beyond the measured time, before a load program is ended
# Starting helpers for a statement of some milliseconds makes it three times slower: plain SQL is measured at its best.
PLAIN_SQL_OPTIONS = "-c max_parallel_workers_per_gather=0"
SCRIPT = Path(__file__).parent / "cycle.lua"


class LoadError(Exception):
    """A load program is missing, failed or said what we cannot read."""


@dataclass(frozen=True)
class Measurement:
    """What one measurement gave: answers a second, failures, bytes of an answer with its headers (SQL: None)."""

    per_second: float
    failed: int
    bytes_each: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None


def find_wrk() -> str:
    """Return the path of wrk; raise LoadError when it is not installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        message = "wrk is not installed. Run: apt-get install -y --no-install-recommends wrk"
        raise LoadError(message)
    return wrk


def find_pgbench(cluster: PrivateCluster) -> str:
    """Return the path of the pgbench that belongs to the cluster's version."""
    pgbench = find_programs(cluster.data).bindir / "pgbench"
    if not pgbench.is_file():
        message = f"{pgbench} is missing; on Debian it comes with the package postgresql"
        raise LoadError(message)
    return str(pgbench)


def ask_http(base: str, requests: Path, *, seconds: int, start: int) -> Measurement:
    """Send the requests of a file, from line ``start`` on, over 8 connections."""
    options = ["--threads", "1", "--connections", str(CLIENTS), "--duration", f"{seconds}s", "--timeout", "15s"]
    return read_wrk([find_wrk(), *options, "--script", str(SCRIPT), base, "--", str(requests), str(start)], seconds)


def read_wrk(command: Sequence[str], seconds: int) -> Measurement:
    """Run wrk with a script that ends with its figures as JSON."""
    output = _run(command, seconds)
    line = next((line for line in output.splitlines() if line.startswith("{")), None)
    if line is None:
        raise LoadError(output)
    said: dict[str, Any] = json.loads(line)
    answers = said["requests"]
    return Measurement(
        answers / said["seconds"],
        said["failed"],
        said["bytes"] / answers if answers else None,
        said["p50_ms"],
        said["p99_ms"],
    )


def ask_sql(cluster: PrivateCluster, script: Path, *, seconds: int) -> Measurement:
    """Run a pgbench script with prepared statements from 8 clients."""
    options = ["--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=1", f"--time={seconds}"]
    where = [f"--host={cluster.sockets}", f"--port={PORT}", f"--username={OWNER}", OWNER]
    output = _run([find_pgbench(cluster), *options, f"--file={script}", *where], seconds)
    return Measurement(
        _number(r"tps = ([0-9.]+) \(without", output),
        int(_number(r"number of failed transactions: (\d+)", output)),
        p50_ms=None,
    )


def _number(pattern: str, output: str) -> float:
    found = re.search(pattern, output)
    if found is None:
        raise LoadError(output)
    return float(found[1])


def _run(command: Sequence[str], seconds: int) -> str:
    done = subprocess.run(  # noqa: S603 - wrk or pgbench with our own arguments
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds + PATIENCE_S,
        check=False,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PGOPTIONS": PLAIN_SQL_OPTIONS},
    )
    if done.returncode != 0:
        raise LoadError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout
