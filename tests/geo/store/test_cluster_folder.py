"""The private cluster's folder: sockets, versions, settings, and passwords where they are asked."""

from __future__ import annotations

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import psycopg
import pytest
from sqlalchemy import text

from api.store import Store
from geo.errors import StoreUnavailableError
from geo.store import programs
from geo.store.cluster import PrivateCluster
from geo.store.cluster_folder import SOCKET_PATH_BYTES
from geo.store.engine import make_engine, sync_url
from geo.store.server_config import server_settings


def query(cluster: PrivateCluster, statement: str) -> object:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def test_long_path_gets_a_short_socket(home: Path) -> None:
    with PrivateCluster(home / ("长" * 30), durable=False) as cluster:
        assert len(os.fsencode(cluster.sockets / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES
        assert query(cluster, "SELECT 1") == 1
    shutil.rmtree(cluster.sockets)


def test_short_socket_folder_of_somebody_else_is_refused(home: Path) -> None:
    cluster = PrivateCluster(home / ("长" * 30), durable=False)
    cluster.sockets.mkdir(mode=0o777)
    cluster.sockets.chmod(0o777)
    try:
        with pytest.raises(StoreUnavailableError, match="alone"):
            cluster.start()
    finally:
        cluster.sockets.rmdir()


def test_folder_of_another_version_is_refused(made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    made_cluster.stop()
    (made_cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StoreUnavailableError, match="made by PostgreSQL 9"):
        PrivateCluster(made_cluster.home).start()


def test_missing_postgresql_names_the_command(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "DEBIAN_VERSIONS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(StoreUnavailableError, match=r"apt-get install .* postgresql postgresql-postgis"):
        PrivateCluster(home).start()


def test_broken_settings_file_is_told(made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    made_cluster.stop()
    (made_cluster.data / "local.conf").write_text("work_mem = 'plenty'\n")
    with pytest.raises(StoreUnavailableError, match="work_mem"):
        made_cluster.start()


@pytest.mark.parametrize("how", ["escaped in the address", "PGPASSWORD"])
def test_password_with_url_characters_connects_with_both_drivers(
    made_cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    password = "p@ss:/?#[]%20&=+ 密'\"\\"  # noqa: S105 (made for this test)
    made_cluster.start()
    hba = made_cluster.data / "pg_hba.conf"
    with psycopg.connect(made_cluster.url().replace("//erqi@", "//postgres@"), autocommit=True) as connection:
        quoted = psycopg.sql.Literal(password)
        connection.execute(psycopg.sql.SQL("ALTER ROLE erqi PASSWORD {}").format(quoted))
        hba.write_text("local all erqi scram-sha-256\nlocal all all trust\n")
        connection.execute("SELECT pg_reload_conf()")
    url = made_cluster.url()
    if how == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", password)
    else:
        url = sync_url(url).set(password=password, drivername="postgresql").render_as_string(hide_password=False)
    engine = make_engine(url)
    with engine.connect() as connected:
        assert connected.execute(text("SELECT current_user")).scalar() == "erqi"
    engine.dispose()
    assert _current_user(url) == "erqi"
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(asyncpg.InvalidPasswordError):
        _current_user(made_cluster.url().replace("//erqi@", "//erqi:wrong@"))


def _current_user(url: str) -> object:
    """Ask in a thread of its own: Playwright keeps an event loop running in the tests' thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_ask_who(url))).result()


async def _ask_who(url: str) -> object:
    store = Store(url, statement_timeout_ms=5000, pool_size=1)
    try:
        row = await store.first(text("SELECT current_user"))
        return row[0] if row else None
    finally:
        await store.close()


def test_memory_settings_stay_within_a_small_machine() -> None:
    # by hand: 1/6 of 3072 MB is 512 MB, of 128 MB it would be 21 MB but 32 MB is the floor, and 4 GB the ceiling
    sizes = {
        memory: server_settings(sockets=Path("/run"), port=5432, memory_mb=memory)["shared_buffers"]
        for memory in (128, 3072, 65536)
    }
    assert sizes == {128: "32MB", 3072: "512MB", 65536: "4096MB"}
