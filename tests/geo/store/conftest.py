"""A home for a private cluster, and the cluster."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.store import server_process
from geo.store.cluster import PrivateCluster


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the system user may pass: pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="erqi-cluster-"))
    folder.chmod(0o711)
    yield folder / "家 with 'quotes' $(id)"
    for data in folder.rglob("postmaster.pid"):
        server_process.stop_server(data.parent)
    shutil.rmtree(folder)


@pytest.fixture
def cluster(home: Path) -> Iterator[PrivateCluster]:
    cluster = PrivateCluster(home, durable=False)
    yield cluster
    cluster.stop()
