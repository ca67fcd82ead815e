"""A GET request and its answer, as little of them as the hot path needs: reading through a framework costs more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from starlette.types import Scope, Send

HTTP_NOT_MODIFIED = 304


class Get:
    """A request to read: where it is, what it asks, under which address the client knows us."""

    __slots__ = ("scope",)

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @property
    def path(self) -> str:
        """Return the path as it came, decoded."""
        path: str = self.scope["path"]
        return path

    @property
    def query(self) -> str:
        """Return the query string as it came."""
        query: bytes = self.scope["query_string"]
        return query.decode("latin-1")

    @property
    def base(self) -> str:
        """Return the absolute address of the service, with a proxy's prefix and without a slash at the end."""
        return base_of(self.scope)

    def header(self, name: bytes) -> str | None:
        """Return the value of a header (its name in small letters); several of one name are joined by commas."""
        found = [value for key, value in self.scope["headers"] if key == name]
        return b", ".join(found).decode("latin-1") if found else None


class Answer(NamedTuple):
    """What is sent: names of headers in small letters; the length is added."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Send the answer; a 304 has no content, so no length is said."""
        headers = list(self.headers)
        if self.status != HTTP_NOT_MODIFIED:
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def base_of(scope: Scope) -> str:
    """Return the absolute address under which the client asked, with a proxy's prefix, without a slash at the end."""
    host = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), None)
    if not host:  # HTTP/1.0
        name, port = scope.get("server") or ("localhost", None)
        host = name if port is None else f"{name}:{port}"
    return f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}".rstrip("/")
