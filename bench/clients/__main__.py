"""Have GDAL, OWSLib and QGIS read every collection while somebody writes, and print what each has read and said.

Run by hand from the project's folder: ``.venv/bin/python -m bench.clients``; see README.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench.clients.readers import READERS, Reading
from bench.clients.writer import Ids, Writer, faults, standing_ids
from bench.peers import Program
from bench.servers import ROOT, free_port, started
from bench.words import say
from geo.collections import LAYERS
from geo.store.cluster import PrivateCluster
from geo.store.migrate import upgrade
from geo.store.seed import seed_if_empty


@click.command()
@click.option("--client", "names", multiple=True, type=click.Choice(list(READERS)), help="Only this one; repeatable.")
@click.option("--image", type=click.Path(path_type=Path), help="Keep QGIS's drawing of the vector tiles here.")
def main(*, names: tuple[str, ...], image: Path | None) -> None:
    """Read all of a demonstration season with every client while reports, cases and landmarks come and go."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="erqi-clients-") as folder:
        work = Path(folder)
        with service(work) as (address, url), Writer(url) as writer:
            for name in names or READERS:
                wrong += _one(name, address, work, writer)
            say(f"{writer.writes} transactions were written meanwhile")
        drawn = work / "qgis-tiles.png"
        if image is not None and drawn.exists():
            image.write_bytes(drawn.read_bytes())
    sys.exit(1 if wrong else 0)


@contextmanager
def service(work: Path, **settings: str) -> Iterator[tuple[str, str]]:
    """Serve a demonstration season of our own, with two worker processes; give its address and the database's.

    ``settings`` are variables of its environment.
    """
    work.chmod(0o711)  # root's clusters run as another account, which has to pass through
    with PrivateCluster(work / "cluster", durable=False) as cluster:
        upgrade(cluster.url())
        seed_if_empty(cluster.url(), demonstration=True)
        options = ["--host", "127.0.0.1", "--workers", "2", "--no-demo"]
        command = [sys.executable, "-m", "api.cli", "serve", *options]
        environment = {"ERQI_DATABASE_URL": cluster.url(), "PYTHONPATH": str(ROOT), **settings}
        with started(Program("erqi", command, environment, "/healthz"), free_port(), work) as server:
            yield server.base, cluster.url()


def _one(name: str, address: str, work: Path, writer: Writer) -> int:
    """Let one client read everything; print its rows of the table and return the number of collections gone wrong."""
    before = standing_ids(writer.engine)
    reading = READERS[name](address, work)
    after = standing_ids(writer.engine)
    wrong = [each for each in LAYERS if _print_row(name, each, reading, before, after, writer)]
    for message in dict.fromkeys(reading.messages):
        print(f"    {name} said: {message}")
    if reading.pixels is not None:
        print(f"    {name} drew {reading.pixels} pixels of vector tiles")
    return len(wrong) + (reading.pixels == 0)


def _print_row(name: str, collection: str, reading: Reading, before: Ids, after: Ids, writer: Writer) -> list[str]:
    found = reading.found.get(collection, [])
    wrong = faults(collection, found, before, after, writer.passing(collection))
    throughout = len(before[collection] & after[collection])
    print(
        f"{name:16} {reading.version:20.20} {collection:18} stood throughout {throughout:5}"
        f"  read {len(found):5}  {'; '.join(wrong) or 'each once'}",
        flush=True,
    )
    return wrong


if __name__ == "__main__":
    main()
