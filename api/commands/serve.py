"""Serve: the private cluster if no server is named, the schema, the data, then HTTP; and all of it down again."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

from fastapi import FastAPI
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from starlette.routing import Match

from api.app import create_app
from api.commands.console import private_address, read_settings, say, wants_demonstration
from api.commands.helper import Helper
from api.commands.watch import Watch
from api.settings import Settings
from geo.errors import StoreUnavailableError
from geo.store.cluster import PrivateCluster
from geo.store.migrate import upgrade
from geo.store.seed import seed_if_empty
from geo.types import Text

GRACE_S = 10  # for requests under way when the service is told to stop
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def run(settings: Settings, *, demonstration: bool | None) -> None:
    """Serve until a signal comes. ``demonstration=None`` means: on a private cluster only."""
    wanted = wants_demonstration(settings, asked=demonstration)
    with _interruptible(), _port(settings) as address, _store(settings, demonstration=wanted) as (url, cluster):
        upgrade(url)
        say(seed_if_empty(url, demonstration=wanted, district=settings.district).text)
        settings = settings.model_copy(update={"database_url": url, "database_password": None})
        app = create_app(settings)
        _tell_processes(settings)
        with Watch(cluster, address, answers=partial(_has_page, app)), Helper():
            _answer(settings, address)


def app_from_environment() -> FastAPI:
    """Make the application in a process that answers; it gets its settings through the environment."""
    _end_with_parent()
    app = create_app(read_settings())
    gc.freeze()  # what is there now stays: looking for garbage among it would cost every request
    return app


def _end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is killed; else it would keep the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the service as Ctrl-C does; then let nothing break off the clean end."""
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, _interrupt)
    with suppress(KeyboardInterrupt):
        yield
    say(Text("服务已停止。", "The service has stopped."))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _port(settings: Settings) -> Iterator[tuple[str, int]]:
    """Take the port first: nothing is started for a service that cannot be reached. Give its address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.create_server((settings.host, settings.port), family=family) as free:
            address = free.getsockname()[:2]
        # The processes that answer share the port, each with a socket of its own; this one only holds the place.
        place = socket.socket(family)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place.bind(address)
    except OSError as error:
        # a failed look-up of the host's name has a negative number and its own words
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise StoreUnavailableError(
            Text(
                f"不能在 {settings.host} 端口 {settings.port} 上监听（{reason}）。"
                "另一个程序可能正在使用；可用 --port 换一个。",
                f"Cannot listen on {settings.host} port {settings.port} ({reason})."
                " Another program may be using it; choose one with --port.",
            )
        ) from error
    with place:
        yield address


@contextmanager
def _store(settings: Settings, *, demonstration: bool) -> Iterator[tuple[str, PrivateCluster | None]]:
    """Give the address of the database, and the private cluster behind it where there is one."""
    url = settings.server_url()
    if url is not None:
        yield url, None
        return
    cluster = PrivateCluster(settings.home)
    try:
        say(cluster.start().text)
        yield private_address(cluster, demonstration=demonstration), cluster
    finally:
        for number in (signal.SIGINT, *STOP_SIGNALS):
            signal.signal(number, signal.SIG_IGN)
        cluster.stop()


def _has_page(app: FastAPI, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)


def _tell_processes(settings: Settings) -> None:
    os.environ["ERQI_DATABASE_URL"] = settings.database_url or ""
    os.environ.pop("ERQI_DATABASE_PASSWORD", None)  # the address holds it now


def _answer(settings: Settings, address: tuple[str, int]) -> None:
    """Answer requests in processes of their own until a signal comes; one that dies is started again."""
    host, port = address
    server = Granian(
        f"{__name__}:{app_from_environment.__name__}",
        host,
        port,
        factory=True,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=settings.access_log,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_S,
    )
    # Granian takes a closed terminal for the wish to start anew.
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    try:
        server.serve()
    except SystemExit as error:
        raise StoreUnavailableError(Text("服务意外结束，原因见上。", "The service ended; see above.")) from error
