"""Tokens as they look, and how one is told from a guess."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.access import tokens
from geo.access.rules import Role
from geo.access.tokens import Secret, caller_from, new_secret, read_code, read_token
from geo.errors import UnauthorizedError

DISTRICT = "410103"


def row_of(secret: Secret, **changes: Any) -> SimpleNamespace:
    values: dict[str, Any] = {
        "kind": "token",
        "secret_sha256": secret.sha256,
        "role": "field",
        "label": "",
        "unit_id": None,
        "person_id": None,
        "checkpoint_id": None,
        "report_kinds": None,
        "trusted_kinds": [],
        "token_id": secret.id,
        "expires_at": None,
        "revoked": False,
        "remaining_s": 1.0,
    }
    return SimpleNamespace(**{**values, **changes})


def test_secret_has_256_bits_and_is_never_the_same() -> None:
    made = {new_secret() for _ in range(100)}
    assert len({each.id for each in made}) == len({each.secret for each in made}) == 100
    assert {len(urlsafe_b64decode(each.secret + "=")) for each in made} == {32}


def test_token_is_read_as_it_was_written() -> None:
    secret = new_secret()
    assert read_token(secret.token) == secret
    assert read_code(secret.code) == secret


@pytest.mark.parametrize(
    "text",
    [
        "",
        "erqi_",
        "erqi_0123456789abcdef_",
        "erqi_0123456789abcdef_" + "A" * 42,
        "erqi_0123456789abcdef_" + "A" * 44,
        "erqi_0123456789ABCDEF_" + "A" * 43,
        "ERQI_0123456789abcdef_" + "A" * 43,
        "erqi_0123456789abcdef_" + "A" * 42 + "\0",
        "erqi_0123456789abcdef_" + "A" * 43 + "\n",
        "erqi_0123456789abcde０_" + "A" * 43,
        "erqi_" + "A" * 10_000_000,
    ],
)
def test_what_has_not_the_shape_of_a_token_is_none(text: str) -> None:
    assert read_token(text) is None


@given(st.text())
def test_any_text_is_read_or_none(text: str) -> None:
    assert read_token(text) is None or text.startswith("erqi_")


def test_holder_of_a_token_is_let_in() -> None:
    secret = new_secret()
    caller = caller_from(row_of(secret, report_kinds=["note"]), secret, "token", DISTRICT)
    assert (caller.role, caller.token_id) == (Role.field, secret.id)
    assert caller.report_kinds == frozenset({"note"})


@pytest.mark.parametrize("kind", ["session", "link"])
def test_secret_of_another_kind_is_unknown(kind: str) -> None:
    secret = new_secret()
    with pytest.raises(UnauthorizedError) as refusal:
        caller_from(row_of(secret, kind=kind), secret, "token", DISTRICT)
    assert refusal.value.kind == "token-unknown"


@pytest.mark.parametrize("changes", [{"revoked": True}, {"remaining_s": -1.0}, {}])
def test_wrong_secret_hears_the_same_as_an_unknown_id(changes: dict[str, Any]) -> None:
    held, guessed = new_secret(), new_secret()
    found = []
    for row in (None, row_of(held, **changes)):
        with pytest.raises(UnauthorizedError) as refusal:
            caller_from(row, guessed, "token", DISTRICT)
        found.append((refusal.value.kind, refusal.value.text))
    assert found[0] == found[1]
    assert found[0][0] == "token-unknown"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"revoked": True, "remaining_s": -1.0}, "token-revoked"), ({"remaining_s": 0.0}, "token-expired")],
)
def test_holder_hears_why_his_token_does_not_count(changes: dict[str, Any], kind: str) -> None:
    secret = new_secret()
    with pytest.raises(UnauthorizedError) as refusal:
        caller_from(row_of(secret, **changes), secret, "token", DISTRICT)
    assert refusal.value.kind == kind


@pytest.mark.parametrize("is_there", [True, False])
def test_hashes_are_compared_in_constant_time_whether_there_is_an_id_or_not(
    monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(tokens, "hmac", SimpleNamespace(compare_digest=compare))
    row = row_of(new_secret()) if is_there else None
    with pytest.raises(UnauthorizedError):
        caller_from(row, new_secret(), "token", DISTRICT)
    assert compared == [(32, 32)]
