"""Write the table of results with what one has to know to read it."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from bench.data import Size
from bench.load import CLIENTS, Measurement
from bench.peers import POOL, WORKERS, peer_version

ROOT = Path(__file__).parents[1]
COLUMNS = {"ours": "ours", "tipg": "tipg", "pygeoapi": "pygeoapi", "sql": "plain SQL"}
VERSIONED = ("granian", "fastapi", "starlette", "asyncpg", "sqlalchemy")
MEBI = 1024 * 1024


@dataclass
class Result:
    """What one server gave for one row: its measurements, or the reason for which there are none."""

    measurements: list[Measurement]
    refusal: str | None = None
    bytes_each: float | None = None

    @property
    def median(self) -> float | None:
        """Return the median of the answers a second."""
        rates = [each.per_second for each in self.measurements]
        return statistics.median(rates) if rates else None


@dataclass(frozen=True)
class Run:
    """What was run, for the record."""

    command: str
    size: Size
    rounds: int
    seconds: int
    cache_off: str
    begun: datetime
    load_before: float


Results = Mapping[tuple[str, str], Result]


def report(run: Run, titles: Mapping[str, str], results: Results, machine: dict[str, str]) -> str:
    """Write the whole report in Markdown; ``titles`` of the rows by their id, in order."""
    parts = [
        "# Benchmark",
        _introduction(run),
        _table(["", *COLUMNS.values()], [_rates(row, title, results) for row, title in titles.items()]),
        "## Ratios of the medians",
        _table(
            ["", *(f"ours / {COLUMNS[other]}" for other in ("tipg", "pygeoapi", "sql"))],
            [_ratios(row, title, results) for row, title in titles.items()],
        ),
        "## Size of an answer in bytes and median time of an answer in milliseconds",
        "HTTP with its headers; plain SQL the text alone, without a time.",
        _table(["", *COLUMNS.values()], [_sizes(row, title, results) for row, title in titles.items()]),
        *_notes(titles, results),
        "## Machine and run",
        "\n".join(f"- {name}: {value}" for name, value in (_described(run) | machine).items()),
    ]
    return "\n\n".join(parts) + "\n"


def machine_description(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Describe the machine and the versions."""
    return {
        "machine": f"{os.cpu_count()} cores ({_cpu_model()}), {_memory_gib():.0f} GiB, Linux {platform.release()}",
        "PostgreSQL": _ask(connection, "SELECT current_setting('server_version')"),
        "PostGIS": _ask(connection, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"),
        "PostgreSQL's settings": "the private cluster's own, not durable (fsync, full_page_writes and"
        " synchronous_commit off), the same for all; shared_buffers "
        + _ask(connection, "SELECT current_setting('shared_buffers')"),
        "Python": f"{platform.python_version()}; ours with "
        + ", ".join(f"{name} {version(name)}" for name in VERSIONED),
        "ours": f"commit {_commit()}, {WORKERS} workers",
        "tipg": f"{peer_version('tipg')}, {WORKERS} workers, {POOL} connections each",
        "pygeoapi": f"{peer_version('pygeoapi')}, {WORKERS} workers, pool of SQLAlchemy (5 and up to 10 more each)",
    }


def _introduction(run: Run) -> str:
    return (
        f"Answers a second, {CLIENTS} clients: median (lowest–highest) of {run.rounds} interleaved rounds of"
        f" {run.seconds} s. How it is done and what each row means: [README](README.md)."
    )


def _described(run: Run) -> dict[str, str]:
    return {
        "date": run.begun.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": f"`{run.command}`",
        "data": f"{run.size.reports:,} reports, {run.size.segments:,} segments",
        "load of the machine before": f"{run.load_before:.1f}",
        "ours without its cache": f"`{run.cache_off}`",
    }


def _rates(row: str, title: str, results: Results) -> list[str]:
    return [title, *(_rate(results.get((row, column))) for column in COLUMNS)]


def _rate(result: Result | None) -> str:
    if result is None:
        return "–"
    if result.median is None:
        return "not there"
    rates = [each.per_second for each in result.measurements]
    failed = sum(each.failed for each in result.measurements)
    warning = f", **{failed} failed**" if failed else ""
    return f"{_figure(result.median)} ({_figure(min(rates))}–{_figure(max(rates))}){warning}"


def _ratios(row: str, title: str, results: Results) -> list[str]:
    return [title, *(_ratio(results, row, other) for other in ("tipg", "pygeoapi", "sql"))]


def _ratio(results: Results, row: str, other: str) -> str:
    ours, theirs = (results.get((row, column)) for column in ("ours", other))
    if ours is None or theirs is None or not ours.median or not theirs.median:
        return "–"
    return f"{ours.median / theirs.median:.3g}"


def _sizes(row: str, title: str, results: Results) -> list[str]:
    return [title, *(_size(results.get((row, column))) for column in COLUMNS)]


def _size(result: Result | None) -> str:
    if result is None or result.median is None:
        return "–"
    sizes = [each.bytes_each for each in result.measurements if each.bytes_each is not None]
    size = statistics.median(sizes) if sizes else result.bytes_each
    times = [each.p50_ms for each in result.measurements if each.p50_ms is not None]
    said = [] if size is None else [f"{size:,.0f} B"]
    return ", ".join([*said, *([f"{statistics.median(times):.1f} ms"] if times else [])]) or "–"


def _notes(titles: Mapping[str, str], results: Results) -> Iterator[str]:
    refused = [
        f"- {titles[row]}, {COLUMNS[column]}: {result.refusal}"
        for (row, column), result in results.items()
        if result.refusal is not None
    ]
    if refused:
        yield "## Not there, and why"
        yield "\n".join(refused)


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _figure(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"  # noqa: PLR2004 - three digits say enough


def _ask(connection: psycopg.Connection[Any], query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    return "" if row is None else str(row[0])


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MEBI / 1024


def _commit() -> str:
    def git(*words: str) -> str:
        command = ["git", "-C", str(ROOT), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 - our own words
        return done.stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--", "geo", "api") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed
