"""Login by a page: the session, its cookie, and requests that another site has a browser send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.holders import Access, accessible, problem_of
from tests.conftest import TestServer

ME = "/api/v1/me"
TOKENS = "/api/v1/tokens"
PUBLIC = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.erqi.example"}


@pytest.fixture(scope="module")
def access(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "access_login") as found:
        yield found


def log_in(client: httpx.Client, token: str, **form: str) -> httpx.Response:
    return client.post("/login", data={"token": token, **form})


@pytest.fixture
def commander(access: Access) -> Iterator[httpx.Client]:
    """A browser in which a commander has logged in."""
    with access.client() as client:
        assert log_in(client, access.issue("commander").token).status_code == 303
        yield client


def csrf(client: httpx.Client) -> str:
    value: str = client.get(ME).json()["csrf_token"]
    return value


def test_login_sets_a_cookie_that_scripts_and_other_sites_do_not_get(access: Access) -> None:
    with access.client() as client:
        answer = log_in(client, access.issue("viewer").token, next="/maps/hazard?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/maps/hazard?lang=en")
    name, *attributes = [part.strip() for part in answer.headers["set-cookie"].split(";")]
    assert re.fullmatch(r"erqi_session=[0-9a-f]{16}_[A-Za-z0-9_-]{43}", name)
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(attributes)
    assert "Secure" not in attributes


def test_cookie_behind_a_proxy_is_secure_and_of_the_prefix(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    with accessible(server, "access_prefix", base_path="/erqi") as access, access.client() as client:
        client.headers.update(PUBLIC)
        origin = {"Origin": "https://gis.erqi.example"}
        token = access.issue("viewer").token
        answer = client.post("/login", data={"token": token, "next": "/docs"}, headers=origin)
        assert answer.headers["location"] == "/erqi/docs"
        assert {"Secure", "Path=/erqi"} <= {part.strip() for part in answer.headers["set-cookie"].split(";")}
        page = client.get("/login").text
    assert 'action="/erqi/login?lang=zh"' in page


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ],
)
def test_login_leads_to_no_other_site(access: Access, wanted: str) -> None:
    with access.client() as client:
        assert log_in(client, access.issue("viewer").token, next=wanted).headers["location"] == "/"
        assert "evil" not in client.get("/login", params={"next": wanted}).text


@pytest.mark.parametrize(
    "token", ["", "x", "erqi_0123456789abcdef_" + "A" * 43, "A" * 100_000, "<script>alert(1)</script>"]
)
def test_wrong_token_gets_the_page_again_in_both_languages(access: Access, token: str) -> None:
    with access.client() as client:
        for lang, words in (("zh", "访问令牌不对"), ("en", "There is no such token")):
            answer = client.post("/login", params={"lang": lang}, data={"token": token})
            assert answer.status_code == 401
            assert words in answer.text
            assert "alert(1)" not in answer.text
            assert "set-cookie" not in answer.headers


def test_session_acts_as_the_token_that_opened_it(access: Access) -> None:
    token = access.issue("field", unit_id="songshanlu")
    with access.client() as client:
        log_in(client, token.token)
        body = client.get(ME).json()
    assert (body["id"], body["unit"]) == (token.id, "songshanlu")
    entries = [each for each in access.audit("login") if each["actor"] == f"token:{token.id}"]
    assert [each["outcome"] for each in entries] == ["allowed"]
    assert entries[0]["address"].startswith("2001:db8:")


def test_session_ends_with_its_token(access: Access) -> None:
    token = access.issue("viewer")
    with access.client() as client:
        log_in(client, token.token)
        assert client.get(ME).status_code == 200
        assert access.call("DELETE", f"{TOKENS}/{token.id}", access.issue("admin")).status_code == 204
        answer = client.get(ME)
    assert (answer.status_code, problem_of(answer)) == (401, "token-revoked")


def test_write_of_a_page_needs_the_value_that_it_was_given(access: Access, commander: httpx.Client) -> None:
    with access.client() as other:
        log_in(other, access.issue("commander").token)
        of_another = csrf(other)
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": of_another}):
        answer = commander.post(TOKENS, json={"role": "viewer"}, headers=headers)
        assert (answer.status_code, problem_of(answer)) == (403, "forbidden")
        assert answer.json()["field"] == "X-CSRF-Token"
    assert commander.post(TOKENS, json={"role": "viewer"}, headers={"X-CSRF-Token": csrf(commander)}).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"},
    ],
)
def test_write_of_another_site_is_refused_even_with_the_value(
    access: Access, commander: httpx.Client, headers: dict[str, str]
) -> None:
    sent = {name: access.address if value == "OWN" else value for name, value in headers.items()}
    answer = commander.post(TOKENS, json={"role": "viewer"}, headers={**sent, "X-CSRF-Token": csrf(commander)})
    assert (answer.status_code, answer.json()["field"]) == (403, "Origin")
    assert commander.post("/login", data={"token": access.issue().token}, headers=sent).status_code == 403


def test_own_origin_is_let_in(access: Access, commander: httpx.Client) -> None:
    for headers in ({"Origin": access.address}, {"Sec-Fetch-Site": "same-origin", "Origin": access.address}):
        given = {**headers, "X-CSRF-Token": csrf(commander)}
        assert commander.post(TOKENS, json={"role": "viewer"}, headers=given).status_code == 201


def test_bearer_needs_no_value_of_a_page(access: Access) -> None:
    commander = access.issue("commander")
    assert access.call("POST", TOKENS, commander, json={"role": "viewer"}).status_code == 201


def test_logout_takes_the_hidden_field_and_ends_the_session(access: Access, commander: httpx.Client) -> None:
    page = commander.get("/login").text
    hidden = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert hidden is not None
    assert hidden[1] == csrf(commander)
    stolen = dict(commander.cookies)
    assert commander.post("/logout", data={"csrf_token": "0" * 64}).status_code == 403
    assert commander.post("/logout", data={"csrf_token": hidden[1]}).status_code == 303
    assert not commander.cookies
    with httpx.Client(base_url=access.address, cookies=stolen) as thief:
        assert problem_of(thief.get(ME)) == "token-revoked"


def test_session_that_is_over_is_asked_to_log_in_again(access: Access, commander: httpx.Client) -> None:
    session = commander.cookies["erqi_session"].partition("_")[0]
    over = (
        "UPDATE access_tokens SET created_at = now() - interval '1 day', expires_at = now() WHERE id = %s RETURNING 1"
    )
    access.rows(over, session)
    assert problem_of(commander.get(ME)) == "token-expired"
    assert "csrf_token" not in commander.get("/login").text
    with access.client() as client:
        log_in(client, access.issue("viewer").token)
    assert not access.rows("SELECT 1 FROM access_tokens WHERE id = %s", session)


def test_cookie_is_no_bearer_and_a_token_no_cookie(access: Access, commander: httpx.Client) -> None:
    code = commander.cookies["erqi_session"]
    answers: list[Any] = [
        httpx.get(access.address + ME, headers={"Authorization": f"Bearer erqi_{code}"}),
        httpx.get(access.address + ME, headers={"Cookie": f"erqi_session={access.issue().code}"}),
        httpx.get(access.address + ME, headers={"Cookie": "erqi_session=" + "A" * 5_000}),
    ]
    assert {problem_of(each) for each in answers} == {"token-unknown"}
