"""Senders of photos: the requests of tus by hand, on a running service whose folder the test can look into."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from api.app import create_app
from api.settings import Settings
from geo.access.tokens import Secret
from tests.api.holders import Access
from tests.api.serving import serving, serving_copy

if TYPE_CHECKING:
    from tests.conftest import TestServer

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def announcing(data: bytes, **changes: str) -> dict[str, str]:
    """Return the headers that announce a photo, with those of ``changes`` by their names instead."""
    headers = {
        **TUS,
        "Upload-Length": str(len(data)),
        "Upload-Metadata": f"filename {base64_of('照片.jpg'.encode())},sha256 {base64_of(sha256(data).encode())}",
    }
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


class Site(Access):
    """A running service with a folder of its own."""

    def __init__(self, address: str, database: str, home: Path) -> None:
        super().__init__(address, database)
        self.home = home

    def begin(self, secret: Secret, data: bytes, **changes: str) -> httpx.Response:
        return self.call("POST", UPLOADS, secret, headers=announcing(data, **changes))

    def begun(self, secret: Secret, data: bytes) -> str:
        """Announce a photo and return the path of its upload."""
        answer = self.begin(secret, data)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path

    def send(self, secret: Secret, path: str, data: bytes, at: int = 0, **headers: str) -> httpx.Response:
        given = {**TUS, **BYTES, "Upload-Offset": str(at)} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.call("PATCH", path, secret, headers=given, content=data)

    def head(self, secret: Secret, path: str) -> httpx.Response:
        return self.call("HEAD", path, secret, headers=TUS)

    def sent(self, secret: Secret, data: bytes) -> str:
        """Send a photo, unless it is there already, and return its hash."""
        begun = self.begin(secret, data)
        if begun.headers["upload-offset"] == "0":
            answer = self.send(secret, httpx.URL(begun.headers["location"]).path, data)
            assert answer.status_code == 204, answer.text
        return sha256(data)

    def files(self, folder: str) -> list[Path]:
        return sorted(each for each in (self.home / folder).rglob("*") if each.is_file())


@contextmanager
def site(databases: TestServer, name: str, home: Path, **settings: Any) -> Iterator[Site]:
    """Serve a copy of the district's places to senders of photos."""
    with serving_copy(databases, "seeded", name, home=home, **settings) as address:
        yield Site(address, databases.url(name), home)


@contextmanager
def site_again(databases: TestServer, name: str, home: Path) -> Iterator[Site]:
    """Serve the same database and folder by a new process's worth of state."""
    url = databases.url(name)
    with serving(create_app(Settings(database_url=url, home=home))) as address:
        yield Site(address, url, home)
