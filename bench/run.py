"""Measure ours beside its peers and PostgreSQL itself, interleaved, and write the table; see README.md.

Run by hand from the project's folder: ``.venv/bin/python -m bench.run``.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

import click

from bench.data import Size, SizeMismatchError, connect, database
from bench.load import LoadError, find_wrk
from bench.measure import INSERT, INSERT_TITLE, Bench
from bench.report import COLUMNS, Run, machine_description, report
from bench.rows import Row, all_rows
from bench.servers import ServerError, running
from bench.words import say
from geo.errors import StoreUnavailableError

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "erqi-bench"


@click.command()
@click.option("--reports", default=1_000_000, show_default=True, type=click.IntRange(10_000), help="Rows of reports.")
@click.option("--segments", default=20_000, show_default=True, type=click.IntRange(500), help="Rows of segments.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50), help="Rounds; report at least 5.")
@click.option("--seconds", default=4, show_default=True, type=click.IntRange(1, 60), help="Of one measurement.")
@click.option("--rows", "row_text", help="Only these rows, such as page100,item,insert.")
@click.option("--servers", "server_text", default=",".join(COLUMNS), show_default=True, help="Only these.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the filled cluster: kept, and used again.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Folder of the peers' environments.")
@click.option("--cache-off", default="ERQI_CACHE_MB=0", show_default=True, help="Setting that ends ours' cache.")
@click.option("--output", type=click.Path(path_type=Path), default=HERE / "RESULTS.md", help="File to write.")
@click.option("--profile", type=click.Path(path_type=Path), help="Folder for flame graphs of ours, one a row.")
def main(
    *,
    reports: int,
    segments: int,
    rounds: int,
    seconds: int,
    row_text: str | None,
    server_text: str,
    keep: Path | None,
    cache: Path,
    cache_off: str,
    output: Path,
    profile: Path | None,
) -> None:
    """Measure ours, tipg, pygeoapi and plain SQL on the same rows in one run, and write the table of results."""
    size = Size(reports, segments)
    names, row_ids = server_text.split(","), None if row_text is None else row_text.split(",")
    rows = _chosen(all_rows(size), row_ids)
    unknown = set(names) - set(COLUMNS)
    if unknown:
        raise click.BadParameter(f"no such server: {', '.join(sorted(unknown))}", param_hint="--servers")
    run = Run(_command_line(), size, rounds, seconds, cache_off, datetime.now(timezone.utc), os.getloadavg()[0])
    signal.signal(signal.SIGTERM, interrupt)
    try:
        find_wrk()
        with (
            kept_or_new(keep) as home,
            database(home, size) as cluster,
            tempfile.TemporaryDirectory(prefix="erqi-bench-") as folder,
            running(names, cluster, cache=cache, work=Path(folder), cache_off=cache_off) as servers,
        ):
            bench = Bench(cluster, servers, Path(folder), rounds=rounds, seconds=seconds)
            bench.prepare(rows, with_sql="sql" in names, with_insert=row_ids is None or INSERT in row_ids)
            if profile is not None:
                bench.profile(profile, cache)
            bench.measure()
            titles = {row.id: row.title for row in rows} | {INSERT: INSERT_TITLE}
            with connect(cluster) as connection:
                machine = machine_description(connection)
            titles = {row: title for row, title in titles.items() if any(key[0] == row for key in bench.results)}
            output.write_text(report(run, titles, bench.results, machine), encoding="utf-8")
    except (LoadError, ServerError, SizeMismatchError, StoreUnavailableError) as error:
        raise click.ClickException(str(error)) from error
    say(f"written: {output}")


def _chosen(rows: Sequence[Row], ids: Sequence[str] | None) -> list[Row]:
    if ids is None:
        return list(rows)
    known = [row.id for row in rows]
    unknown = set(ids) - {*known, INSERT}
    if unknown:
        raise click.BadParameter(f"rows are {', '.join([*known, INSERT])}", param_hint="--rows")
    return [row for row in rows if row.id in ids]


@contextmanager
def kept_or_new(keep: Path | None) -> Iterator[Path]:
    """Give the cluster's folder: the one to keep, or one that is removed."""
    if keep is not None:
        yield keep
        return
    folder = Path(tempfile.mkdtemp(prefix="erqi-bench-", dir="/var/tmp"))
    folder.chmod(0o711)  # the account of PostgreSQL passes through
    try:
        yield folder / "cluster"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _command_line() -> str:
    return shlex.join(["python", "-m", "bench.run", *sys.argv[1:]])


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as at a key press, so that what was started is ended too."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
