"""The private cluster with a real PostgreSQL: started, killed, adopted, recovered, shared, refused."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from geo.errors import StoreUnavailableError
from geo.store import server_process
from geo.store.cluster import PrivateCluster
from tests.homes import copy_home

ROOT = Path(__file__).parents[3]


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


def test_stopped_cluster_starts_again_with_its_data(made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    change(made_cluster, "CREATE TABLE kept AS SELECT 7 AS value")
    made_cluster.stop()
    assert not made_cluster.is_alive()
    report = made_cluster.start()
    assert (report.created, report.adopted, report.recovered) == (False, False, False)
    assert query(made_cluster, "SELECT value FROM kept") == 7


def test_killed_server_recovers_and_says_so(made_home: Path, home: Path) -> None:
    copy_home(made_home, home)
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


def test_server_killed_during_a_statement_recovers(made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    command = ["psql", "-qAt", made_cluster.url(), "-c", "SELECT pg_sleep(60)"]
    sleeper = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while query(made_cluster, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'") != 1:
        time.sleep(0.05)
    kill_server(made_cluster)
    assert made_cluster.start().recovered
    assert sleeper.wait(timeout=30) != 0


def test_running_server_of_a_dead_program_is_adopted(home: Path, made_cluster: PrivateCluster) -> None:
    start_in_a_program_that_dies(home)
    pid = server_process.running_pid(made_cluster.data)
    report = made_cluster.start()
    assert report.adopted
    assert server_process.running_pid(made_cluster.data) == pid
    made_cluster.stop()
    assert not made_cluster.is_alive()


def test_program_and_server_both_killed_recover(home: Path, made_cluster: PrivateCluster) -> None:
    start_in_a_program_that_dies(home)
    kill_server(made_cluster)
    report = made_cluster.start()
    assert (report.adopted, report.recovered) == (False, True)


def test_pid_file_that_names_a_stranger_is_not_believed(made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    pid = kill_server(made_cluster)
    for path in (made_cluster.data / "postmaster.pid", made_cluster.sockets / ".s.PGSQL.5432.lock"):
        path.write_text(path.read_text().replace(str(pid), "1", 1))
    assert made_cluster.start().recovered


def test_folder_of_another_live_program_is_refused(home: Path, made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    with pytest.raises(StoreUnavailableError, match=f"process {os.getpid()}"):
        PrivateCluster(home).start()


def test_sharing_uses_the_server_and_leaves_it(home: Path, made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    guest = PrivateCluster(home, share=True)
    assert guest.start().shared
    assert query(guest, "SELECT 1") == 1
    guest.stop()
    assert made_cluster.is_alive()


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


def test_database_can_be_ensured_twice(made_cluster: PrivateCluster) -> None:
    made_cluster.start()
    for _ in range(2):
        made_cluster.ensure_database("另一个 %库?")
    with psycopg.connect(made_cluster.url("另一个 %库?")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("另一个 %库?",)


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
