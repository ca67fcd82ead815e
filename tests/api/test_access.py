"""Who may do what: tokens that count and tokens that do not, what they open, and what is written down of it."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from geo.access import tokens
from geo.access.tokens import Secret, new_secret
from tests.api.holders import Access, accessible, problem_of
from tests.conftest import TestServer

ME = "/api/v1/me"
TOKENS = "/api/v1/tokens"


@pytest.fixture(scope="module")
def access(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "access") as found:
        yield found


def test_token_tells_its_holder_what_it_opens(access: Access) -> None:
    secret = access.issue("field", unit_id="songshanlu", report_kinds=frozenset({"note", "hazard"}), label="一组")
    answer = access.call("GET", ME, secret)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.pop("expires_at")
    assert body == {
        "id": secret.id,
        "role": "field",
        "label": "一组",
        "unit": "songshanlu",
        "person": None,
        "checkpoint": None,
        "kinds": ["hazard", "note"],
        "trusted": [],
        "district": "410103",
    }
    assert answer.headers["cache-control"] == "no-store"


def test_only_the_hash_of_a_secret_is_stored(access: Access) -> None:
    secret = access.issue()
    (row,) = access.rows("SELECT * FROM access_tokens WHERE id = %s", secret.id)
    assert row["secret_sha256"] == hashlib.sha256(secret.secret.encode()).digest()
    assert secret.secret not in repr(row)
