"""The service as it is run: uvicorn on a loopback port, over a database of the test's own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import TestServer  # which itself serves with this module


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Run an application on a free port in a thread of its own; give its address."""
    # The settings are those of the command ``serve``, but for the log.
    config = uvicorn.Config(
        app, log_level="critical", timeout_graceful_shutdown=2, server_header=False, proxy_headers=False
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving_copy(databases: TestServer, template: str, name: str, **settings: Any) -> Iterator[str]:
    """Serve a copy of a database: the template itself stays without connections, so that others can copy it too."""
    url = databases.create(name, template=template)
    with serving(create_app(Settings(database_url=url, **settings))) as address:
        yield address
