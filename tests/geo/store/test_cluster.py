"""The private cluster with a real PostgreSQL: started, killed, adopted, recovered, shared, refused."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psycopg
import pytest
from sqlalchemy import text

from geo.errors import StoreUnavailableError
from geo.store import programs, server_process
from geo.store.cluster import PrivateCluster
from geo.store.cluster_folder import SOCKET_PATH_BYTES
from geo.store.engine import async_url, make_async_engine, make_engine
from geo.store.server_config import server_settings

ROOT = Path(__file__).parents[3]


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


def kill_server(cluster: PrivateCluster) -> int:
    pid = server_process.running_pid(cluster.data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while cluster.is_alive():
        time.sleep(0.01)
    return pid


def query(cluster: PrivateCluster, statement: str) -> object:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def change(cluster: PrivateCluster, statement: str) -> None:
    with psycopg.connect(cluster.url()) as connection:
        connection.execute(statement.encode())


def script(home: Path, body: str) -> list[str]:
    """Return the command of another process that has ``cluster``; it ends only as ``body`` says."""
    lines = [
        "import os, sys",
        "from pathlib import PosixPath",
        "from geo.store.cluster import PrivateCluster",
        f"cluster = PrivateCluster({home!r}, durable=False)",
        body,
    ]
    return [sys.executable, "-c", "\n".join(lines)]


def start_in_a_program_that_dies(home: Path) -> None:
    command = script(home, "cluster.start(); os._exit(9)")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 9, done.stderr


def test_empty_home_becomes_a_postgis_database(cluster: PrivateCluster) -> None:
    report = cluster.start()
    assert (report.created, report.adopted, report.recovered, report.shared) == (True, False, False, False)
    # ST_Distance of (0 0) and (3 4) is 5: PostGIS works, and the service's role may use it
    assert query(cluster, "SELECT ST_Distance('POINT(0 0)', 'POINT(3 4)')") == 5
    assert query(cluster, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert query(cluster, "SHOW server_encoding") == "UTF8"
    assert query(cluster, "SHOW listen_addresses") == ""


def test_folder_and_socket_are_closed_to_others(cluster: PrivateCluster) -> None:
    cluster.start()
    socket = cluster.sockets / ".s.PGSQL.5432"
    for path in (cluster.folder, cluster.data, cluster.sockets, socket):
        assert path.stat().st_mode & 0o077 == 0, path
    owner = pwd.getpwuid(cluster.data.stat().st_uid)
    assert owner.pw_uid != 0


def test_stopped_cluster_starts_again_with_its_data(cluster: PrivateCluster) -> None:
    cluster.start()
    change(cluster, "CREATE TABLE kept AS SELECT 7 AS value")
    cluster.stop()
    assert not cluster.is_alive()
    report = cluster.start()
    assert (report.created, report.adopted, report.recovered) == (False, False, False)
    assert query(cluster, "SELECT value FROM kept") == 7


def test_killed_server_recovers_and_says_so(home: Path) -> None:
    cluster = PrivateCluster(home)  # a durable one: what was committed must be there
    cluster.start()
    change(cluster, "CREATE TABLE kept AS SELECT 7 AS value")
    kill_server(cluster)
    report = cluster.start()
    assert report.recovered
    assert "recovered" in report.text.en
    assert "恢复" in report.text.zh
    assert query(cluster, "SELECT value FROM kept") == 7
    cluster.stop()


def test_server_killed_during_a_statement_recovers(cluster: PrivateCluster) -> None:
    cluster.start()
    command = ["psql", "-qAt", cluster.url(), "-c", "SELECT pg_sleep(60)"]
    sleeper = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while query(cluster, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'") != 1:
        time.sleep(0.05)
    kill_server(cluster)
    assert cluster.start().recovered
    assert sleeper.wait(timeout=30) != 0


def test_running_server_of_a_dead_program_is_adopted(home: Path, cluster: PrivateCluster) -> None:
    start_in_a_program_that_dies(home)
    pid = server_process.running_pid(cluster.data)
    report = cluster.start()
    assert report.adopted
    assert server_process.running_pid(cluster.data) == pid
    cluster.stop()
    assert not cluster.is_alive()


def test_program_and_server_both_killed_recover(home: Path, cluster: PrivateCluster) -> None:
    start_in_a_program_that_dies(home)
    kill_server(cluster)
    report = cluster.start()
    assert (report.adopted, report.recovered) == (False, True)


def test_pid_file_that_names_a_stranger_is_not_believed(cluster: PrivateCluster) -> None:
    cluster.start()
    pid = kill_server(cluster)
    for path in (cluster.data / "postmaster.pid", cluster.sockets / ".s.PGSQL.5432.lock"):
        path.write_text(path.read_text().replace(str(pid), "1", 1))
    assert cluster.start().recovered


def test_folder_of_another_live_program_is_refused(home: Path, cluster: PrivateCluster) -> None:
    cluster.start()
    with pytest.raises(StoreUnavailableError, match=f"process {os.getpid()}"):
        PrivateCluster(home).start()


def test_sharing_uses_the_server_and_leaves_it(home: Path, cluster: PrivateCluster) -> None:
    cluster.start()
    guest = PrivateCluster(home, share=True)
    assert guest.start().shared
    assert query(guest, "SELECT 1") == 1
    guest.stop()
    assert cluster.is_alive()


def test_two_first_starts_at_once_make_one_cluster(home: Path, cluster: PrivateCluster) -> None:
    command = script(home, "print(cluster.start().created); sys.stdin.read(); cluster.stop()")
    pipe = subprocess.PIPE
    pair = [subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(2)]
    # the loser ends at once; only then is the winner told to go
    while all(process.poll() is None for process in pair):
        time.sleep(0.05)
    results = [process.communicate("", timeout=60) for process in sorted(pair, key=lambda one: one.poll() is None)]
    assert sorted(process.returncode for process in pair) == [0, 1]
    assert "is using" in results[0][1]
    assert results[1][0].strip() == "True"
    assert not cluster.is_alive()


def test_broken_off_creation_is_begun_again(cluster: PrivateCluster) -> None:
    cluster.folder.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(cluster.folder, "postgres", "postgres")
        cluster.home.chmod(0o711)
    half = cluster.folder / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n")
    assert cluster.start().created


def test_database_can_be_ensured_twice(cluster: PrivateCluster) -> None:
    cluster.start()
    for _ in range(2):
        cluster.ensure_database("另一个 %库?")
    with psycopg.connect(cluster.url("另一个 %库?")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("另一个 %库?",)


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


def test_folder_of_another_version_is_refused(cluster: PrivateCluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StoreUnavailableError, match="made by PostgreSQL 9"):
        PrivateCluster(cluster.home).start()


def test_missing_postgresql_names_the_command(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "DEBIAN_VERSIONS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(StoreUnavailableError, match=r"apt-get install .* postgresql postgresql-postgis"):
        PrivateCluster(home).start()


def test_broken_settings_file_is_told(cluster: PrivateCluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "local.conf").write_text("work_mem = 'plenty'\n")
    with pytest.raises(StoreUnavailableError, match="work_mem"):
        cluster.start()


@pytest.mark.parametrize("how", ["escaped in the address", "PGPASSWORD"])
def test_password_with_url_characters_connects_with_both_drivers(
    cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    password = "p@ss:/?#[]%20&=+ 密'\"\\"  # noqa: S105 (made for this test)
    cluster.start()
    hba = cluster.data / "pg_hba.conf"
    with psycopg.connect(cluster.url().replace("//erqi@", "//postgres@"), autocommit=True) as connection:
        quoted = psycopg.sql.Literal(password)
        connection.execute(psycopg.sql.SQL("ALTER ROLE erqi PASSWORD {}").format(quoted))
        hba.write_text("local all erqi scram-sha-256\nlocal all all trust\n")
        connection.execute("SELECT pg_reload_conf()")
    url = cluster.url()
    if how == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", password)
    else:
        url = async_url(url).set(password=password).render_as_string(hide_password=False)
    engine = make_engine(url)
    with engine.connect() as connected:
        assert connected.execute(text("SELECT current_user")).scalar() == "erqi"
    engine.dispose()
    assert asyncio.run(_current_user(url)) == "erqi"
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(_current_user(cluster.url().replace("//erqi@", "//erqi:wrong@")))


async def _current_user(url: str) -> object:
    engine = make_async_engine(url, statement_timeout_ms=5000, pool_size=1)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text("SELECT current_user"))).scalar()
    finally:
        await engine.dispose()


def test_memory_settings_stay_within_a_small_machine() -> None:
    # by hand: 1/8 of 2048 MB is 256 MB, of 128 MB it would be 16 MB but 32 MB is the floor, and 1 GB the ceiling
    sizes = {
        memory: server_settings(sockets=Path("/run"), port=5432, memory_mb=memory)["shared_buffers"]
        for memory in (128, 2048, 65536)
    }
    assert sizes == {128: "32MB", 2048: "256MB", 65536: "1024MB"}


def test_plain_user_runs_a_cluster_of_its_own(home: Path) -> None:
    """Run as a user without privileges: ourselves, or nobody when we are root.

    The interpreter may lie where only root can read; reading is the one capability that nobody is lent.
    """
    home.mkdir()
    prefix: list[str] = []
    owner = os.geteuid()
    if owner == 0:
        nobody = pwd.getpwnam("nobody")
        owner = nobody.pw_uid
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        ids = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        prefix = ["setpriv", *ids, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--"]
    body = "print(cluster.start().created, os.getuid(), cluster.data.stat().st_uid); cluster.stop()"
    command = prefix + script(home / "state", body)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == f"True {owner} {owner}\n", done.stderr
    assert (home / "state").stat().st_mode & 0o777 == 0o700
