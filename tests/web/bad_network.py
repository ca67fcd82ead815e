"""A bad network: a TCP relay before the service that everything of a browser, its service worker too, goes through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

LONGEST = 48 * 1024  # bytes that a connection carries upwards before a flapping network cuts it
WAIT_S = 30


class BadNetwork:
    """The relay; ``mode`` is ``clear``, ``gone`` (nothing gets through) or ``flapping``.

    While flapping, of three connections one is lost on its way, one reaches the service and loses its answer, and
    one carries a few requests before it is cut.
    """

    def __init__(self, service: str) -> None:
        self._service = (urlsplit(service).hostname or "", urlsplit(service).port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.mode = "clear"
        self.lost = 0
        self.unanswered = 0
        self.cut = 0
        self._turn = 0
        self._open: set[socket.socket] = set()

    def become(self, mode: str) -> None:
        """Change the network; connections that are open are lost."""
        self.mode = mode
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Accept until the listener is closed."""
        with suppress(OSError):
            while True:
                phone, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(phone,), daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.become("gone")

    def _fate(self) -> str:
        """Return what becomes of a connection whose first bytes have come."""
        if self.mode != "flapping":
            return self.mode
        self._turn += 1
        return ("gone", "unanswered", "cut")[self._turn % 3]

    def _carry(self, phone: socket.socket) -> None:
        with closing(phone), suppress(OSError):
            self._open.add(phone)
            phone.settimeout(WAIT_S)
            first = phone.recv(65536)
            fate = self._fate()
            if fate == "gone":
                self.lost += 1
            elif first:
                self._relay(phone, first, fate)
        self._open.discard(phone)

    def _relay(self, phone: socket.socket, first: bytes, fate: str) -> None:
        with socket.create_connection(self._service, timeout=WAIT_S) as service:
            self._open.add(service)
            back = threading.Thread(target=self._answer, args=(service, phone, fate), daemon=True)
            back.start()
            self._send(phone, service, first, LONGEST if fate == "cut" else None)
            back.join(WAIT_S)
            self._open.discard(service)

    def _send(self, phone: socket.socket, service: socket.socket, first: bytes, longest: int | None) -> None:
        with suppress(OSError):
            left, piece = longest, first
            while piece:
                service.sendall(piece[:left])
                if left is not None and len(piece) > left:
                    self.cut += 1
                    break
                left = None if left is None else left - len(piece)
                piece = phone.recv(65536)
        with suppress(OSError):
            service.shutdown(socket.SHUT_WR)

    def _answer(self, service: socket.socket, phone: socket.socket, fate: str) -> None:
        with suppress(OSError):
            while piece := service.recv(65536):
                if fate == "unanswered":
                    self.unanswered += 1
                    break
                phone.sendall(piece)
        for end in (phone, service):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def bad_network(service: str) -> Iterator[BadNetwork]:
    """Put a relay before the service at this address; it is clear until it is told otherwise."""
    network = BadNetwork(service)
    thread = threading.Thread(target=network.serve, daemon=True)
    thread.start()
    try:
        yield network
    finally:
        network.close()
        thread.join(WAIT_S)
