"""Start the servers, each on a free loopback port, and end them; nothing else is ever ended."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.peers import WORKERS, Program, clean_environment, pygeoapi, tipg
from bench.words import say
from geo.store.cluster import PrivateCluster

ROOT = Path(__file__).parents[1]
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 20
CACHED = "ours-cached"


@dataclass(frozen=True)
class Server:
    """A server that answers at ``base``; ``pid`` is its main process."""

    name: str
    base: str
    pid: int

    @property
    def address(self) -> str:
        """Return host and port."""
        return self.base.removeprefix("http://")


class ServerError(Exception):
    """A server did not come up."""


@contextmanager
def running(
    names: Sequence[str], cluster: PrivateCluster, *, cache: Path, work: Path, cache_off: str
) -> Iterator[dict[str, Server]]:
    """Run the named servers; ours runs twice, once with its cache switched off by ``cache_off`` (NAME=VALUE)."""
    with ExitStack() as stack:
        servers = {}
        for name in names:
            for program, port in _programs(name, cluster, cache=cache, work=work, cache_off=cache_off):
                servers[program.name] = stack.enter_context(started(program, port, work))
        yield servers


def _programs(
    name: str, cluster: PrivateCluster, *, cache: Path, work: Path, cache_off: str
) -> Iterator[tuple[Program, int]]:
    port = free_port()
    if name == "tipg":
        yield tipg(cluster, cache), port
    elif name == "pygeoapi":
        yield pygeoapi(cluster, cache, work, port), port
    elif name == "ours":
        variable, _, value = cache_off.partition("=")
        yield ours("ours", cluster, {variable: value}), port
        yield ours(CACHED, cluster, {}), free_port()


def ours(name: str, cluster: PrivateCluster, extra: Mapping[str, str]) -> Program:
    """Return how ours is run: by its own command line."""
    options = ["--host", "127.0.0.1", "--workers", str(WORKERS), "--no-demo"]
    command = [sys.executable, "-m", "api.cli", "serve", *options]
    environment = {"ERQI_DATABASE_URL": cluster.url(), "PYTHONPATH": str(ROOT), **extra}
    return Program(name, command, environment, "/healthz")


@contextmanager
def started(program: Program, port: int, work: Path) -> Iterator[Server]:
    """Run one server with its log in ``work``; it answers when this gives it, and ends with the context."""
    log = work / f"{program.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [*program.command, program.port_option, str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=clean_environment(program.environment),
            start_new_session=True,  # so that its workers end with it
        )
    try:
        _wait(program, port, process, log)
        say(f"{program.name} answers on port {port}")
        yield Server(program.name, f"http://127.0.0.1:{port}", process.pid)
    finally:
        _end(process)


def _wait(program: Program, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < until:
        if _status(port, program.ready_path) == http.client.OK:
            return
        time.sleep(0.2)
    tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise ServerError(f"{program.name} did not come up:\n{tail}")


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server's session of processes, gently first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            say(f"process {process.pid} did not stop and is killed")
    with suppress(ProcessLookupError):  # when all of them have gone
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=STOP_TIMEOUT_S)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
