"""Tokens that count and tokens that do not: what they open, and what is given away with them."""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from geo.access.tokens import Secret, new_secret
from tests.api.holders import Access, accessible, problem_of
from tests.conftest import TestServer

ME = "/api/v1/me"
TOKENS = "/api/v1/tokens"
AUDIT = "/api/v1/audit"


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


def test_no_token_is_asked_for_one(access: Access) -> None:
    answer = access.call("GET", ME)
    assert (answer.status_code, problem_of(answer)) == (401, "token-missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="erqi"'


def test_token_that_does_not_count_is_told_why_by_name(access: Access) -> None:
    held, revoked = access.issue(), access.issue()
    expired = access.issue()
    access.rows("UPDATE access_tokens SET created_at = now() - interval '2 days', expires_at = now() WHERE id = %s RETURNING 1", expired.id)  # fmt: skip  # noqa: E501 - one statement
    access.rows("UPDATE access_tokens SET revoked_at = now() WHERE id = %s RETURNING 1", revoked.id)
    wrong = Secret(held.id, new_secret().secret)
    for secret, kind in (
        (expired, "token-expired"),
        (revoked, "token-revoked"),
        (wrong, "token-unknown"),
        (new_secret(), "token-unknown"),
    ):
        answer = access.call("GET", ME, secret)
        assert (answer.status_code, problem_of(answer)) == (401, kind)
        assert answer.headers["www-authenticate"] == 'Bearer realm="erqi", error="invalid_token"'


def test_unknown_id_and_wrong_secret_get_the_same_bytes(access: Access) -> None:
    held = access.issue()
    answers = [access.call("GET", ME, each) for each in (Secret(held.id, "A" * 43), new_secret())]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("rest", ["", " x", " erqi_", " " + "A" * 7_000, " erqi_0_1, erqi_2", " erqi_0_\xff"])
def test_what_is_no_token_of_ours_is_unknown(access: Access, rest: str) -> None:
    with access.client() as client:
        answer = client.get(ME, headers=[(b"Authorization", b"Bearer" + rest.encode("latin-1"))])
    assert (answer.status_code, problem_of(answer)) == (401, "token-unknown")


def test_two_authorization_headers_are_refused_whichever_comes_first(access: Access) -> None:
    good, bad = (f"Bearer {each.token}" for each in (access.issue("admin"), new_secret()))
    with access.client() as client:
        for pair in ((good, bad), (bad, good), (good, good)):
            answer = client.send(client.build_request("GET", ME, headers=[("Authorization", each) for each in pair]))
            assert (answer.status_code, problem_of(answer)) == (401, "token-unknown")


@pytest.mark.parametrize(
    "smuggled",
    [
        {"X-Original-URL": AUDIT},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Erqi-Role": "admin"},
        {"X-Forwarded-User": "admin"},
    ],
)
def test_header_that_claims_a_role_changes_nothing(access: Access, smuggled: dict[str, str]) -> None:
    secret = access.issue("viewer")
    with access.client(secret, **smuggled) as client:
        assert client.get(ME).json()["role"] == "viewer"
        assert client.get(AUDIT).status_code == 403


def test_password_by_basic_counts_where_it_is_a_token(access: Access) -> None:
    secret = access.issue("viewer")
    with access.client() as client:
        for password, status in ((secret.token, 200), ("a proxy's own", 401)):
            encoded = b64encode(f"anybody:{password}".encode()).decode()
            assert client.get(ME, headers={"Authorization": f"Basic {encoded}"}).status_code == status


@pytest.mark.parametrize("role", ["viewer", "field", "reviewer"])
def test_role_below_commander_makes_and_lists_no_tokens(access: Access, role: str) -> None:
    secret = access.issue(role)
    for method, path in (("POST", TOKENS), ("GET", TOKENS), ("POST", "/api/v1/links"), ("GET", AUDIT)):
        answer = access.call(method, path, secret, json={"role": "viewer"} if method == "POST" else None)
        assert (answer.status_code, problem_of(answer)) == (403, "forbidden")


def test_commander_makes_a_token_that_opens_what_was_asked(access: Access) -> None:
    commander = access.issue("commander", days=30)
    wish = {"role": "field", "unit": "songshanlu", "kinds": ["note"], "trusted": ["note"], "days": 7, "label": "临时"}
    answer = access.call("POST", TOKENS, commander, json=wish)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    with access.client(Authorization=f"Bearer {body['token']}") as client:
        assert {name: client.get(ME).json()[name] for name in wish if name != "days"} == {
            name: value for name, value in wish.items() if name != "days"
        }
    (entry,) = [each for each in access.audit("token.made") if each["subject"] == f"token:{body['id']}"]
    assert (entry["actor"], entry["outcome"]) == (f"token:{commander.id}", "allowed")
    assert body["token"].rpartition("_")[2] not in repr(entry)


@pytest.mark.parametrize(
    ("scope", "wish", "field"),
    [
        ({}, {"role": "admin"}, "role"),
        ({}, {"role": "reviewer"}, "role"),
        ({"unit_id": "songshanlu"}, {"role": "field", "unit": "daxuelu"}, "unit"),
        ({"unit_id": "songshanlu"}, {"role": "field"}, "unit"),
        ({"report_kinds": frozenset({"note"})}, {"role": "field", "kinds": ["hazard"]}, "kinds"),
        ({}, {"role": "field", "days": 3650}, "days"),
    ],
)
def test_more_than_one_has_is_refused_and_logged(
    access: Access, scope: dict[str, Any], wish: dict[str, Any], field: str
) -> None:
    commander = access.issue("commander", **scope)
    for path in (TOKENS, "/api/v1/links"):
        answer = access.call("POST", path, commander, json=wish)
        assert (answer.status_code, problem_of(answer)) == (403, "forbidden")
        assert answer.json()["field"] == field
        (entry,) = [each for each in access.audit(f"POST {path}") if each["actor"] == f"token:{commander.id}"]
        assert (entry["outcome"], entry["detail"]["field"]) == ("denied", field)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"role": "field", "unit": "nowhere"}, "unit"),
        ({"role": "field", "checkpoint": "'; DROP TABLE x"}, "checkpoint"),
    ],
)
def test_what_is_not_there_is_named(access: Access, wish: dict[str, Any], field: str) -> None:
    answer = access.call("POST", TOKENS, access.issue("admin"), json={**wish, "days": 1} | {"days": None})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_revoked_token_no_longer_counts_and_that_is_said(access: Access) -> None:
    admin, token = access.issue("admin"), access.issue("field")
    assert access.call("GET", ME, token).status_code == 200
    for _ in range(2):  # once more changes nothing
        assert access.call("DELETE", f"{TOKENS}/{token.id}", admin).status_code == 204
    answer = access.call("GET", ME, token)
    assert (answer.status_code, problem_of(answer)) == (401, "token-revoked")
    entries = [each for each in access.audit("token.revoked") if each["subject"] == f"token:{token.id}"]
    assert len(entries) == 1


def test_token_revoked_elsewhere_counts_no_longer_than_two_seconds(access: Access) -> None:
    token = access.issue("field")
    assert access.call("GET", ME, token).status_code == 200
    access.rows("UPDATE access_tokens SET revoked_at = now() WHERE id = %s RETURNING 1", token.id)
    time.sleep(2.05)
    assert access.call("GET", ME, token).status_code == 401


def test_own_token_is_ones_own_to_revoke_and_no_other(access: Access) -> None:
    own, other = access.issue("field"), access.issue("field")
    assert access.call("DELETE", f"{TOKENS}/{other.id}", own).status_code == 403
    assert access.call("DELETE", f"{TOKENS}/{own.id}", own).status_code == 204
    assert access.call("DELETE", f"{TOKENS}/{'0' * 16}", access.issue("admin")).status_code == 404


def test_commander_of_a_unit_neither_sees_nor_revokes_tokens_of_another(access: Access) -> None:
    commander = access.issue("commander", unit_id="songshanlu")
    own, other = access.issue("field", unit_id="songshanlu"), access.issue("field", unit_id="daxuelu")
    listed = {each["id"] for each in access.call("GET", TOKENS, commander).json()["tokens"]}
    assert own.id in listed
    assert other.id not in listed
    assert access.call("DELETE", f"{TOKENS}/{other.id}", commander).status_code == 403
    assert access.call("GET", ME, other).status_code == 200


def test_list_of_tokens_is_whole_page_by_page_and_holds_no_secret(access: Access) -> None:
    made = {access.issue("field").id for _ in range(3)}
    admin = access.issue("admin")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = access.call("GET", TOKENS, admin, params=query).json()
        assert len(page["tokens"]) <= 2
        assert all("secret" not in name and name != "token" for each in page["tokens"] for name in each)
        seen += [each["id"] for each in page["tokens"]]
        if "next" not in page:
            break
        query["after"] = page["next"]
    assert len(set(seen)) == len(seen)
    assert made <= set(seen)


@pytest.mark.parametrize("after", ["x", "2026-01-01~a", "2026-01-01T00:00:00~a", "0001-01-01T00:00:00+14:00~a", "~"])
def test_mark_that_no_page_has_given_is_refused(access: Access, after: str) -> None:
    for path in (TOKENS, AUDIT):
        answer = access.call("GET", path, access.issue("admin"), params={"after": after})
        assert (answer.status_code, answer.json()["field"]) == (400, "after")


def test_nul_in_any_place_is_refused_by_name(access: Access) -> None:
    admin = access.issue("admin")
    assert access.call("DELETE", f"{TOKENS}/a%00b", admin).status_code == 400
    assert access.call("GET", TOKENS, admin, params={"after": "\0"}).status_code == 400
    assert access.call("POST", TOKENS, admin, json={"role": "field", "label": "\0"}).status_code == 422
    assert access.call("POST", "/api/v1/links/a%00b").status_code == 400
