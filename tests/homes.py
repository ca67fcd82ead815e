"""Homes of a private cluster: made once, copied for each test that is not about the making."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.store import server_process


@contextmanager
def passable_folder(prefix: str) -> Iterator[Path]:
    """Give a folder that PostgreSQL's user may pass: pytest's own are closed to others. Servers in it are stopped."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for data in list(folder.rglob("postmaster.pid")):
            server_process.stop_server(data.parent)
        shutil.rmtree(folder)


def copy_home(made: Path, home: Path) -> None:
    """Copy the home of a stopped cluster with its owners and modes."""
    subprocess.run(["cp", "-a", "--", made, home], check=True)
