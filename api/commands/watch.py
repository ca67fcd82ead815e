"""Watch over a running service: say when it answers, and start the private cluster again when it dies."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from types import TracebackType

import click

from api.commands.console import say
from geo.errors import ErqiError
from geo.store.cluster import PrivateCluster
from geo.types import Text

INTERVAL_S = 1.0
PAGES = (
    ("/", Text("首页", "front page")),
    ("/maps/progress", Text("道路整治进度图", "road works map")),
    ("/maps/hazard", Text("防汛隐患图", "flood hazard map")),
    ("/field", Text("现场上报", "field reports")),
    ("/ogc", Text("数据接口", "data (OGC API)")),
    ("/docs", Text("接口说明", "documentation of the interface")),
)
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (looked up, not bound)


class Watch(threading.Thread):
    """A thread that lives as long as the ``with`` block: ``answers`` tells whether a path is served."""

    def __init__(
        self, cluster: PrivateCluster | None, address: tuple[str, int], *, answers: Callable[[str], bool]
    ) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._host, self._port = address
        self._answers = answers
        self._over = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Print the addresses once, then look after the cluster every second."""
        announced = False
        while not self._over.wait(INTERVAL_S if announced else INTERVAL_S / 10):
            if not announced and self._is_answering():
                self._announce()
                announced = True
            if self._cluster is not None and not self._cluster.is_alive():
                self._revive(self._cluster)

    def _is_answering(self) -> bool:
        connection = http.client.HTTPConnection(ANYWHERE.get(self._host, self._host), self._port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        host = ANYWHERE.get(self._host, self._host)
        base = f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"
        say(Text("服务已就绪。用 Ctrl-C 停止。", "The service is ready. Stop it with Ctrl-C."))
        for path, label in PAGES:
            if self._answers(path):
                click.echo(f"  {base + path:<40} {label.zh} / {label.en}", err=True)

    def _revive(self, cluster: PrivateCluster) -> None:
        say(Text("PostgreSQL 意外结束，正在重新启动。", "PostgreSQL ended unexpectedly; starting it again."))
        try:
            say(cluster.start().text)
        except ErqiError as error:
            say(error.text)
            self._over.wait(5 * INTERVAL_S)
