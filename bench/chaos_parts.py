"""The one side of the chaos bench: a service that is killed and started again. The other: ``bench.chaos_client``."""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.servers import ROOT, free_port
from geo.store.cluster import PrivateCluster

START_TIMEOUT_S = 120


class Service:
    """The service as its user starts it, on a private database in a home of its own, with two workers."""

    def __init__(self, work: Path) -> None:
        self.home = work / "home"
        self.port = free_port()
        self._log = work / "service.log"
        self._process: subprocess.Popen[bytes] | None = None
        limits = {"ERQI_RATE_LIMIT": "off", "ERQI_ADDRESS_RATE_LIMIT": "off"}
        self._environment = {**os.environ, "ERQI_HOME": str(self.home), "PYTHONPATH": str(ROOT), **limits}
        self._environment.pop("ERQI_DATABASE_URL", None)

    def start(self) -> None:
        """Start it and do not wait."""
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "2", "--no-demo"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "api.cli", "serve", *options],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it answers and has its schema."""
        until = time.monotonic() + START_TIMEOUT_S
        while not self._is_ready():
            if time.monotonic() > until:
                raise TimeoutError(self._log.read_text(encoding="utf-8", errors="replace")[-3000:])
            time.sleep(0.1)

    def token(self) -> str:
        """Make a token as an administrator does beside the running service."""
        command = [
            sys.executable,
            "-m",
            "api.cli",
            "token",
            "create",
            "--role",
            "field",
            "--label",
            "chaos",
            "--no-demo",
        ]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def kill_worker(self) -> None:
        """Kill one of the processes that answer, which the service starts anew by itself."""
        if self._process is not None:
            workers = [pid for pid in _children(self._process.pid) if b"serve" in _command(pid)]
            if workers:
                _kill(random.choice(workers))  # noqa: S311 - no secret

    def kill_whole(self) -> None:
        """Kill the main process and start the service again, as whatever looks after a machine's services does."""
        if self._process is not None:
            _kill(self._process.pid)
            self._process.wait()
        time.sleep(0.2)
        self.start()

    def kill_postgres(self) -> None:
        """Kill the main process of PostgreSQL, which the service starts anew by itself."""
        with suppress(OSError, ValueError, IndexError):  # it is just being started
            lines = (self.home / "postgres" / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()
            pid = int(lines[0])
            if str(self.home).encode() in _command(pid):
                _kill(pid)

    def stop(self) -> None:
        """End it as Ctrl-C does, with its database."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=60)

    def keep_up(self) -> None:
        """Start it again where it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            self.start()

    @property
    def database(self) -> PrivateCluster:
        """Return its cluster, to look into."""
        return PrivateCluster(self.home, share=True)

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def serving(work: Path) -> Iterator[Service]:
    """Run a service until the block ends."""
    service = Service(work)
    service.start()
    try:
        service.wait()
        yield service
    finally:
        service.stop()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
