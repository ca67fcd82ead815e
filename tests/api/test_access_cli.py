"""The command ``erqi token``: the token alone on standard output, on the database that the service uses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.access.tokens import Secret, read_token
from tests.api.editor import rows
from tests.api.holders import Access, accessible
from tests.conftest import TestServer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def access(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "access_cli") as found:
        yield found


def call(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ERQI_", "PG", "COV_"))}
    environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "ERQI_DATABASE_URL": database}
    command = [sys.executable, "-m", "api.cli", "token", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)


def create(access: Access, *words: str) -> Secret:
    done = call(access.database, "create", *words)
    assert done.returncode == 0, done.stderr
    secret = read_token(done.stdout.removesuffix("\n"))
    assert secret is not None, done.stdout
    assert secret.secret not in done.stderr
    return secret


def test_token_is_alone_on_standard_output_and_opens_what_was_said(access: Access) -> None:
    words = ("--unit", "songshanlu", "--kinds", "note, hazard", "--trusted", "note", "--days", "2", "--label", "一组")
    body = access.call("GET", "/api/v1/me", create(access, "--role", "field", *words)).json()
    assert (body["role"], body["unit"], body["label"]) == ("field", "songshanlu", "一组")
    assert (body["kinds"], body["trusted"]) == (["hazard", "note"], ["note"])


def test_token_is_listed_without_its_secret_and_revoked(access: Access) -> None:
    secret = create(access, "--role", "admin")
    listed = call(access.database, "list").stdout
    assert re.search(rf"^{secret.id}\ttoken\tadmin\t\*\t\*\t\*\tuntil \d{{4}}-\d\d-\d\d\t$", listed, re.MULTILINE)
    assert secret.secret not in listed
    assert access.call("GET", "/api/v1/audit", secret).status_code == 200
    assert call(access.database, "revoke", secret.id).returncode == 0
    assert f"{secret.id}\ttoken\tadmin\t*\t*\t*\trevoked" in call(access.database, "list").stdout
    made, revoked = access.rows(
        "SELECT * FROM audit_log WHERE subject = %s ORDER BY happened_at", f"token:{secret.id}"
    )[:2]
    assert (made["action"], revoked["action"]) == ("token.made", "token.revoked")
    assert {made["actor"], revoked["actor"]} == {"command-line"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "--role", "root"), "role"),
        (("create", "--role", "field", "--unit", "nowhere"), "no such unit"),
        (("create", "--role", "field", "--kinds", "gossip"), "kinds"),
        (("create", "--role", "field", "--days", "0"), "days"),
        (("revoke", "0" * 16), "no token"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_on_standard_output(
    access: Access, words: tuple[str, ...], said: str
) -> None:
    done = call(access.database, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_database_without_the_district_is_told(server: TestServer, empty_url: str) -> None:
    assert empty_url
    done = call(server.create("access_bare", template="empty"), "create", "--role", "admin")
    assert done.returncode == 1
    assert "erqi seed" in done.stderr
    assert not rows(server.url("access_bare"), "SELECT 1 FROM access_tokens")
