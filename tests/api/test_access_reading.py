"""Reading that is not public: nothing is answered before it is known who asks, on the short way and the long one."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.holders import Access, accessible, problem_of
from tests.conftest import TestServer

EDIT_TOKEN = "a-token-for-the-tests-0123456789abcdef"  # noqa: S105 - it opens the tests' own databases only
ITEMS = "/ogc/collections/roads/items"
# Each answered in another place: by the short way, by the framework, by a plain route, as a page, as nothing at all.
CLOSED = (
    ITEMS,
    f"{ITEMS}/songshan",
    f"{ITEMS}?f=html",
    "/ogc/collections/roads/tiles/WebMercatorQuad/12/1628/3334",
    "/ogc",
    "/ogc/conformance",
    "/api/v1/locate?q=K2",
    "/api/v1/me",
    "/",
    "/maps/progress",
    "/maps/hazard",
    "/docs",
    "/openapi.json",
    "/nowhere",
    "//healthz",
    "/healthz/",
    "/login/x",
    "/fieldwork",
    "/ogc/%2e%2e/healthz",
)
OPEN = ("/healthz", "/readyz", "/login", "/assets/theme.css")


@pytest.fixture(scope="module")
def access(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "access_reading", public_reading=False, edit_token=EDIT_TOKEN) as found:
        yield found


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE", "TRACE"])
def test_without_a_token_nothing_is_answered(access: Access, method: str, path: str) -> None:
    answer = access.call(method, path)
    assert answer.status_code == 401
    assert "songshan" not in answer.text
    if method != "HEAD":
        assert problem_of(answer) == "token-missing"


@pytest.mark.parametrize("path", OPEN)
def test_way_in_and_health_are_open(access: Access, path: str) -> None:
    for method in ("GET", "HEAD"):
        assert access.call(method, path).status_code == 200


def test_link_is_redeemed_without_a_token(access: Access) -> None:
    link = access.issue("field", kind="link")
    assert access.call("POST", f"/api/v1/links/{link.code}").status_code == 201
    assert access.call("POST", "/api/v1/links").status_code == 401


@pytest.mark.parametrize("path", [*CLOSED[:6], *CLOSED[7:13]])
def test_reader_is_answered_and_no_cache_shares_it(access: Access, path: str) -> None:
    answer = access.call("GET", path, access.issue("viewer"))
    assert answer.status_code in {200, 204}, answer.text
    rules = {rule.strip() for rule in answer.headers["cache-control"].split(",")}
    assert rules & {"private", "no-store"}
    assert "public" not in rules


def test_kept_answer_is_still_asked_for_by_its_tag_and_only_by_readers(access: Access) -> None:
    viewer = access.issue("viewer")
    tag = access.call("GET", ITEMS, viewer).headers["etag"]
    assert access.call("GET", ITEMS, viewer, headers={"If-None-Match": tag}).status_code == 304
    assert access.call("GET", ITEMS, headers={"If-None-Match": tag}).status_code == 401


def test_public_reading_keeps_its_answers_as_they_were(client: httpx.Client) -> None:
    assert client.get(ITEMS).headers["cache-control"] == "no-cache"


def test_editors_token_reads_what_it_may_change(access: Access) -> None:
    with access.client(Authorization=f"Bearer {EDIT_TOKEN}") as editor:
        assert editor.get(ITEMS).status_code == 200
        assert "POST" in editor.options(ITEMS).headers["allow"]
        assert editor.get("/api/v1/audit").status_code == 401


def test_reader_writes_nothing(access: Access) -> None:
    answer = access.call("POST", ITEMS, access.issue("viewer"), json={})
    assert answer.status_code == 401


def test_revoked_or_unknown_token_reads_nothing(access: Access) -> None:
    token = access.issue("viewer")
    access.rows("UPDATE access_tokens SET revoked_at = now() WHERE id = %s RETURNING 1", token.id)
    assert problem_of(access.call("GET", ITEMS, token)) == "token-revoked"
    (entry,) = [each for each in access.audit("GET /ogc/collections/roads") if each["subject"] == f"token:{token.id}"]
    assert entry["outcome"] == "denied"


def test_person_is_led_to_the_login_and_back(access: Access) -> None:
    with access.client(Accept="text/html,*/*") as browser:
        led = browser.get("/maps/hazard?lang=en&x=%E4%BA%8C")
        assert (led.status_code, led.headers["cache-control"]) == (303, "no-store")
        login = browser.get(led.headers["location"])
        assert login.status_code == 200
        assert 'value="/maps/hazard?lang=en&amp;x=%E4%BA%8C"' in login.text
        token = access.issue("viewer").token
        back = browser.post("/login", data={"token": token, "next": "/maps/hazard?lang=en"})
        assert browser.get(back.headers["location"]).status_code == 200


def test_answers_to_readers_hold_no_person(access: Access) -> None:
    access.rows(
        "INSERT INTO people (district, id, unit_id, name, role, phone)"
        " SELECT '410103', 'zhang-sanfeng', 'songshanlu', '张三丰', (SELECT min(code) FROM person_roles), '13900000000'"
        " RETURNING 1"
    )
    viewer = access.issue("viewer")
    listed = access.call("GET", "/ogc/collections", viewer).json()["collections"]
    paths = [f"/ogc/collections/{each['id']}/items?limit=1000" for each in listed]
    for path in [*paths, "/", "/openapi.json", "/api/v1/locate?q=张三丰"]:
        text = access.call("GET", path, viewer).text
        assert "13900000000" not in text
        assert "zhang-sanfeng" not in text
        assert "张三丰" not in text or "locate" in path  # which repeats the question
