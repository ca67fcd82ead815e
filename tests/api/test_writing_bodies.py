"""The bytes of a body: how many, how slowly, in which coding, and what comes of one that breaks off."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from api.ogc import bodies
from tests.api.editor import GEOJSON, TOKEN, Editor, editing, everything
from tests.api.test_refusals import refused
from tests.conftest import TestServer

SITES = "/ogc/collections/sites/items"


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "writing_bodies") as opened:
        yield opened


@pytest.fixture(scope="module")
def database(server: TestServer, editor: Editor) -> str:
    assert editor
    return server.url("writing_bodies")


def test_body_above_the_limit_is_refused_before_it_is_read(editor: Editor) -> None:
    address = urlsplit(str(editor.client.base_url))
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as connection:
        connection.sendall(
            f"POST {SITES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {GEOJSON}\r\n"
            f"Content-Length: 10000000000\r\n\r\n".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_body_of_unknown_length_is_read_to_the_limit_only(editor: Editor) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * 100_000

    answer = editor.client.post(SITES, content=endless(), headers={"Content-Type": GEOJSON})
    refused(answer, 413)


def test_slow_body_is_given_up_and_holds_nobody_back(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.3)
    address = urlsplit(str(editor.client.base_url))
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as connection:
        connection.sendall(
            f"POST {SITES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {GEOJSON}\r\n"
            f"Content-Length: 1000\r\n\r\n{{".encode()
        )
        assert editor.client.get(SITES).status_code == 200
        assert connection.recv(1000).startswith(b"HTTP/1.1 408")


def test_body_that_breaks_off_leaves_nothing(editor: Editor, database: str) -> None:
    before = everything(database)
    address = urlsplit(str(editor.client.base_url))
    body = json.dumps(editor.new("sites")).encode()
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as connection:
        connection.sendall(
            f"POST {SITES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {GEOJSON}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body[:-1]
        )
    assert editor.client.get(SITES).status_code == 200
    assert everything(database) == before


def test_compressed_body_is_refused(editor: Editor) -> None:
    answer = editor.post("sites", editor.new("sites"), content_encoding="gzip")
    refused(answer, 415)
    assert answer.headers["accept-post"] == "application/geo+json, application/json"
