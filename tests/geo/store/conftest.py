"""A home for a private cluster, and the cluster: new, or made beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.store.cluster import PrivateCluster
from tests.homes import copy_home, passable_folder

NAME = "家 with 'quotes' $(id)"


@pytest.fixture
def home() -> Iterator[Path]:
    with passable_folder("erqi-cluster-") as folder:
        yield folder / NAME


@pytest.fixture(scope="package")
def made_home() -> Iterator[Path]:
    """The home of a cluster that was made and stopped; never started again here."""
    with passable_folder("erqi-made-") as folder:
        with PrivateCluster(folder / NAME, durable=False):
            pass
        yield folder / NAME


@pytest.fixture
def cluster(home: Path) -> Iterator[PrivateCluster]:
    """A cluster that is still to be made."""
    cluster = PrivateCluster(home, durable=False)
    yield cluster
    cluster.stop()


@pytest.fixture
def made_cluster(made_home: Path, home: Path, cluster: PrivateCluster) -> PrivateCluster:
    """A cluster that was made before and is stopped."""
    copy_home(made_home, home)
    return cluster
