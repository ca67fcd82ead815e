"""The service as it is run: on a loopback port, over a database of the test's own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from api.app import create_app
from api.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import TestServer  # which itself serves with this module


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Run an application on a free port in a thread of its own; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(app, port, started, stop)))
    thread.start()
    try:
        assert started.wait(30)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        thread.join()


async def _serve(app: FastAPI, port: int, started: threading.Event, stop: threading.Event) -> None:
    """Answer by the server of the command ``serve`` until it is told to stop."""
    server = Server(
        app, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, websockets=False, log_level=LogLevels.critical
    )
    answering = asyncio.create_task(server.serve())
    await asyncio.to_thread(_wait_for, port)
    started.set()
    await asyncio.to_thread(stop.wait)
    server.stop()  # type: ignore[no-untyped-call] # granian has not typed it
    await answering


def _wait_for(port: int) -> None:
    """Wait until the port takes connections."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)


@contextmanager
def serving_copy(databases: TestServer, template: str, name: str, **settings: Any) -> Iterator[str]:
    """Serve a copy of a database: the template itself stays without connections, so that others can copy it too."""
    url = databases.create(name, template=template)
    with serving(create_app(Settings(database_url=url, **settings))) as address:
        yield address
