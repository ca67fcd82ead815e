"""Sample the Python stacks of a server and its workers while it is measured, with py-spy."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import PATIENCE_S
from bench.peers import peer_python
from bench.servers import Server


@contextmanager
def profiling(server: Server, graph: Path, cache: Path, *, seconds: int) -> Iterator[None]:
    """Draw a flame graph of the server's processes during the block; needs the right to trace them (root has it)."""
    spy = peer_python("profile", cache).parent / "py-spy"
    options = ["--subprocesses", "--duration", str(seconds), "--rate", "200", "--output", str(graph)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(spy), "record", *options, "--pid", str(server.pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.wait(timeout=seconds + PATIENCE_S)
