"""Have schemathesis make requests out of the API's definition and hold every answer to it, by all of its checks.

Run by hand from the project's folder: ``.venv/bin/python -m bench.clients.fuzz`` makes 5,000 cases and more, of which
a part write; ``--cases`` is their number for each operation, beside those that try every boundary of every parameter.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from bench.clients.__main__ import service
from bench.servers import ROOT

CONFIG = Path(__file__).with_name("schemathesis.toml")


def fuzz(address: str, token: str, work: Path, *, cases: int, options: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Start schemathesis on a service that can be written to with ``token``; it keeps its own files in ``work``."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{address}/openapi.json"]
    command += ["--checks", "all", "--max-examples", str(cases), *options]
    command += ["--header", f"Authorization: Bearer {token}"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "bench.clients.fuzz_hooks", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=work
    )


@click.command()
@click.option("--cases", default=200, show_default=True, type=click.IntRange(1), help="For each operation.")
@click.option("--seed", type=int, help="Make the same cases again.")
@click.argument("options", nargs=-1)
def main(*, cases: int, seed: int | None, options: tuple[str, ...]) -> None:
    """Serve a demonstration season of our own that can be written to, and fuzz it; OPTIONS are schemathesis's."""
    token = secrets.token_urlsafe(32)
    given = options if seed is None else (*options, "--seed", str(seed))
    with (
        tempfile.TemporaryDirectory(prefix="erqi-fuzz-") as folder,
        service(Path(folder), ERQI_EDIT_TOKEN=token) as (address, _),
    ):
        running = fuzz(address, token, Path(folder), cases=cases, options=given)
        assert running.stdout is not None  # noqa: S101 - it is a pipe
        for line in running.stdout:
            sys.stdout.write(line)
        status = running.wait()
    sys.exit(status)


if __name__ == "__main__":
    main()
