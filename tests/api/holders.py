"""Holders of tokens: how a test comes by a token of a role, and what it then sends."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx

from geo.access.rules import Grant, Role
from geo.access.statements import made
from geo.access.tokens import Kind, Secret, new_secret
from geo.store.engine import make_engine
from tests.api.editor import rows
from tests.api.serving import serving_copy

if TYPE_CHECKING:
    from tests.conftest import TestServer

DISTRICT = "410103"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the machine's certificates takes longer than a request


class Access:
    """A running service and its database: tokens are put there past the service, to begin with."""

    def __init__(self, address: str, database: str) -> None:
        self.address = address
        self.database = database
        self._hosts = count(1)

    def issue(self, role: str = "field", *, kind: Kind = "token", days: float = 1, **scope: Any) -> Secret:
        """Put a token, session or link into the database; ``by`` is who made it, ``days`` when it ends."""
        secret = new_secret()
        by = scope.pop("by", "test")
        grant = Grant(role=Role[role], **scope)
        end = datetime.now(timezone.utc) + timedelta(days=days)
        statement = made(DISTRICT, kind, secret, grant, by=by, expires_at=end)
        engine = make_engine(self.database)
        with engine.begin() as connection:
            connection.execute(statement)
        engine.dispose()
        return secret

    def client(self, secret: Secret | None = None, **headers: str) -> httpx.Client:
        """Open a client that sends a token, or none, from an address of its own: denials of one are only so many."""
        given = {} if secret is None else {"Authorization": f"Bearer {secret.token}"}
        where = {"X-Forwarded-For": f"2001:db8:{next(self._hosts):x}::1"}
        return httpx.Client(base_url=self.address, timeout=30, headers={**where, **given, **headers}, verify=PLAIN)

    def call(self, method: str, path: str, secret: Secret | None = None, **options: Any) -> httpx.Response:
        """Send one request with a token, or without."""
        with self.client(secret) as client:
            return client.request(method, path, **options)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        return rows(self.database, statement, *values)

    def audit(self, action: str) -> list[dict[str, Any]]:
        """Return the entries of an action, the oldest first."""
        return self.rows("SELECT * FROM audit_log WHERE action = %s ORDER BY happened_at", action)


@contextmanager
def accessible(databases: TestServer, name: str, **settings: Any) -> Iterator[Access]:
    """Serve a copy of the district's places."""
    with serving_copy(databases, "seeded", name, **settings) as address:
        yield Access(address, databases.url(name))


def problem_of(answer: httpx.Response) -> str:
    """Return the name of a problem, which both languages explain."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert problem["status"] == answer.status_code
    assert problem["detail_zh"]
    assert problem["detail_en"]
    name: str = problem["type"].removeprefix("urn:erqi:problem:")
    return name
