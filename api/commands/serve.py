"""Serve: the private cluster if no server is named, the schema, the data, then HTTP; and all of it down again."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI
from starlette.routing import Match
from uvicorn.supervisors import Multiprocess

from api.app import create_app
from api.commands.console import private_address, read_settings, say, wants_demonstration
from api.commands.watch import Watch
from api.settings import Settings
from geo.errors import StoreUnavailableError
from geo.store.cluster import PrivateCluster
from geo.store.migrate import upgrade
from geo.store.seed import seed_if_empty
from geo.types import Text

GRACE_S = 10  # for requests under way when the service is told to stop
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def run(settings: Settings, *, demonstration: bool | None) -> None:
    """Serve until a signal comes. ``demonstration=None`` means: on a private cluster only."""
    wanted = wants_demonstration(settings, asked=demonstration)
    with _interruptible(), _listening(settings) as listener, _store(settings, demonstration=wanted) as (url, cluster):
        upgrade(url)
        say(seed_if_empty(url, demonstration=wanted, district=settings.district).text)
        settings = settings.model_copy(update={"database_url": url, "database_password": None})
        app = create_app(settings)
        with Watch(cluster, listener, answers=partial(_has_page, app)):
            _answer(app, settings, listener)


def app_from_environment() -> FastAPI:
    """Make the application in a worker process, which gets its settings through the environment."""
    app = create_app(read_settings())
    gc.freeze()  # what is there now stays: looking for garbage among it would cost every request
    return app


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the service as Ctrl-C does; then let nothing break off the clean end.

    uvicorn raises the signal that stopped it once more when it has ended.
    """
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, _interrupt)
    with suppress(KeyboardInterrupt):
        yield
    say(Text("服务已停止。", "The service has stopped."))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Take the port first: nothing is started for a service that cannot be reached."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=1024)
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
    with listener:
        yield listener


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


def _answer(app: FastAPI, settings: Settings, listener: socket.socket) -> None:
    """Answer requests in this process, or in several when the settings say so."""
    if settings.workers > 1:
        os.environ["ERQI_DATABASE_URL"] = settings.database_url or ""
        os.environ.pop("ERQI_DATABASE_PASSWORD", None)  # the address holds it now
        factory = f"{__name__}:{app_from_environment.__name__}"
        Multiprocess(_config(factory, settings), sockets=[listener]).run()
        return
    server = uvicorn.Server(_config(app, settings))
    server.run(sockets=[listener])
    if not server.started:
        raise StoreUnavailableError(Text("服务没有启动，原因见上。", "The service did not start; see above."))


def _config(app: FastAPI | str, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        log_level=settings.log_level,
        access_log=settings.access_log,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,  # the application reads them itself, with the host among them
    )
