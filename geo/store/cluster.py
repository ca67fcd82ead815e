"""Run a private PostgreSQL cluster: one data folder, a unix socket, no port, no privileges.

Whoever can enter the folder (mode 0700) is its owner or root, and the socket lies inside it: that is why local
connections are trusted without a password. Nothing listens on the network.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import final
from urllib.parse import quote

import psycopg
from psycopg import sql

from geo.errors import StoreUnavailableError
from geo.store import server_process
from geo.store.cluster_folder import (
    PORT,
    FolderLock,
    make_cluster_folder,
    make_socket_folder,
    socket_folder,
)
from geo.store.programs import Programs, find_programs, run_program, service_account, start_program
from geo.store.server_config import write_config
from geo.types import Text

ADMINISTRATOR = "postgres"
OWNER = "erqi"
START_TIMEOUT_S = 120
START_LOG = "start.log"
CLEAN_STATES = ("shut down", "shut down in recovery")


@dataclass(frozen=True)
class StartReport:
    """What starting found, and the sentence about it.

    ``created``: the folder was new. ``adopted``: the folder's server was still running without a program and was
    taken over. ``recovered``: it had not been shut down cleanly and replayed its log. ``shared``: another erqi
    program holds it, and it is used beside that.
    """

    text: Text
    created: bool = False
    adopted: bool = False
    recovered: bool = False
    shared: bool = False


@final
class PrivateCluster:
    """A PostgreSQL server of our own under ``home``; a context manager that starts and stops it.

    ``durable=False`` gives up safety against power loss, for tests. With ``share=True`` a server that another
    erqi program holds is used and left alone; without it that is an error.
    """

    def __init__(self, home: Path, *, durable: bool = True, share: bool = False) -> None:
        self.home = home.expanduser().absolute()
        self.folder = self.home / "postgres"
        self.data = self.folder / "data"
        self._account = service_account()
        self.sockets = socket_folder(self.folder, self._account)
        self._durable = durable
        self._share = share
        self._lock = FolderLock(self.home / "postgres.lock")
        self._process: Popen[bytes] | None = None

    def __enter__(self) -> PrivateCluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> StartReport:
        """Make the folder if it is new, then take over or start its server; wait until it answers.

        Raises StoreUnavailableError, in both languages, for whatever a person has to put right.
        """
        try:
            make_cluster_folder(self.folder, self._account)
            if not self._lock.take():
                return self._use_shared()
            make_socket_folder(self.sockets, self._account)
            return self._start_locked()
        except PermissionError as error:
            self._lock.release()
            raise _no_permission(error) from error
        except Exception:
            self._lock.release()
            raise
        except BaseException:  # somebody does not want to wait
            self.stop()
            raise

    def stop(self) -> None:
        """End the sessions and stop the server, if this object started or adopted it."""
        if not self._lock.held:
            return
        try:
            server_process.stop_server(self.data)
            self._reap()
        finally:
            self._lock.release()

    def is_alive(self) -> bool:
        """Tell whether the server's main process exists; costs three reads and no connection."""
        return server_process.running_pid(self.data) is not None

    def url(self, database: str = OWNER) -> str:
        """Give the address of a database for the role that owns it; the engine chooses the driver."""
        socket = quote(str(self.sockets), safe="/")
        return f"postgresql://{OWNER}@/{quote(database, safe='')}?host={socket}&port={PORT}"

    def ensure_database(self, name: str = OWNER) -> None:
        """Make the role, the database and its extensions where they are missing.

        The service's role owns the database and is no superuser; the administrator makes PostGIS for it.
        """
        with self._connect("postgres") as connection:
            if _is_missing(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", OWNER):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER)))
            if _is_missing(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))
        with self._connect(name) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")

    def _start_locked(self) -> StartReport:
        """Start with the lock in hand: adopt a running server, else clear what a dead one left and start."""
        if self.is_alive() and self._wait_for_answer():
            self.ensure_database()
            return _ADOPTED
        created = not self.data.exists()
        if created:
            self._create()
        clean = self._state() in CLEAN_STATES
        server_process.end_orphans(self.data)
        server_process.remove_stale_files(self.data, self.sockets)
        write_config(self.data, self._account, sockets=self.sockets, port=PORT, durable=self._durable)
        self._launch()
        self.ensure_database()
        if created:
            return _CREATED
        return _STARTED if clean else _RECOVERED

    def _use_shared(self) -> StartReport:
        if not self._share:
            raise _held_by_another(self.home, self._lock.holder())
        self._wait_for_answer()
        return _SHARED

    def _create(self) -> None:
        """Make the cluster beside its place and move it there whole: a broken-off attempt leaves nothing in it."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = ["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C.UTF-8"]
        options += ["--data-checksums", f"--username={ADMINISTRATOR}"]
        if not self._durable:
            options.append("--no-sync")
        command: list[str | Path] = [self._programs.bindir / "initdb", "-D", fresh, *options]
        done = run_program(self._account, command, timeout_s=300)
        if done.returncode != 0:
            raise _did_not_start(done.stdout)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write("\ninclude = 'erqi.conf'  # written at each start\n")
            stream.write("include_if_exists = 'local.conf'  # the administrator's own settings\n")
        fresh.rename(self.data)

    def _launch(self) -> None:
        """Start the server and wait; what it says before its own log is open goes to START_LOG.

        Not through pg_ctl, which hands the folder's name to a shell.
        """
        self._reap()
        command: list[str | Path] = [self._programs.bindir / "postgres", "-D", self.data]
        self._process = start_program(self._account, command, output=self.folder / START_LOG)
        if not self._wait_for_answer():
            raise _did_not_start(self._last_words())

    @cached_property
    def _programs(self) -> Programs:
        return find_programs(self.data)

    def _reap(self) -> None:
        """Take leave of the process that we started, once it has ended; the kernel keeps its number until then."""
        if self._process is not None and not self.is_alive():
            self._process.wait(timeout=server_process.PATIENCE_S)
            self._process = None

    def _last_words(self) -> str:
        return server_process.last_words(self.data, self.folder / START_LOG)

    def _state(self) -> str:
        """Read the state that the server noted in its control file when it last could."""
        command: list[str | Path] = [self._programs.bindir / "pg_controldata", "-D", self.data]
        done = run_program(self._account, command)
        for line in done.stdout.splitlines():
            if line.startswith("Database cluster state:"):
                return line.partition(":")[2].strip()
        raise _did_not_start(done.stdout)

    def _wait_for_answer(self) -> bool:
        """Wait until the server takes connections; return False when it ended instead, and we may start it."""
        until = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._lock.held and not self._is_coming_up():
                return False
            if time.monotonic() > until:
                raise _did_not_start(self._last_words())
            time.sleep(0.1)
        return True

    def _is_coming_up(self) -> bool:
        return self.is_alive() or (self._process is not None and self._process.poll() is None)

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), port=PORT, user=ADMINISTRATOR, dbname=database, autocommit=True)


def _is_missing(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query.encode(), [name]).fetchone() is None


def _no_permission(error: PermissionError) -> StoreUnavailableError:
    return StoreUnavailableError(
        Text(
            f"没有权限使用 {error.filename}。请用建立它的用户运行，或用 ERQI_HOME 另指定目录。",
            f"No permission for {error.filename}. Run as the user who made it, or set ERQI_HOME to another folder.",
        )
    )


def _held_by_another(home: Path, holder: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        Text(
            f"另一个 erqi 程序（进程 {holder}）正在使用 {home}。请先停止它，或用 ERQI_HOME 另指定目录。",
            f"Another erqi program (process {holder}) is using {home}."
            " Stop it first, or set ERQI_HOME to another folder.",
        )
    )


def _did_not_start(words: str) -> StoreUnavailableError:
    return StoreUnavailableError(Text("PostgreSQL 没有启动。", f"PostgreSQL did not start:\n{words.strip()}"))


_CREATED = StartReport(
    Text("已建立新的私有数据库并启动。", "A new private database was made and started."), created=True
)
_STARTED = StartReport(Text("私有数据库已启动。", "The private database was started."))
_RECOVERED = StartReport(
    Text(
        "私有数据库上次没有正常关闭：PostgreSQL 已按日志自行恢复并启动。",
        "The private database had not been shut down cleanly: PostgreSQL replayed its log, recovered and started.",
    ),
    recovered=True,
)
_ADOPTED = StartReport(
    Text(
        "私有数据库仍在运行（上次的服务没有正常结束）：已接管。",
        "The private database was still running (the last service ended without stopping it): it was taken over.",
    ),
    adopted=True,
)
_SHARED = StartReport(
    Text(
        "另一个 erqi 程序已开着私有数据库：共同使用。",
        "Another erqi program holds the private database: it is used beside that.",
    ),
    shared=True,
)
