"""One-time links: good for one token, whoever comes how often and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from geo.access.tokens import Secret, new_secret
from tests.api.holders import Access, accessible, problem_of
from tests.conftest import TestServer

LINKS = "/api/v1/links"
ME = "/api/v1/me"
AGED = "UPDATE access_tokens SET created_at = created_at - interval '25 hours' WHERE id = %s RETURNING 1"


@pytest.fixture(scope="module")
def access(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "access_links", link_hours=24) as found:
        yield found


def make(access: Access, **wish: Any) -> dict[str, Any]:
    answer = access.call("POST", LINKS, access.issue("commander", days=30), json={"role": "field", **wish})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_link_leads_to_the_field_page_and_keeps_its_code_from_logs(access: Access) -> None:
    made = make(access)
    assert made["url"] == f"{access.address}/field#join={made['code']}"
    drawing = ET.fromstring(made["qr_svg"])  # noqa: S314 - our own drawing
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert made["code"].partition("_")[2] not in repr(access.rows("SELECT * FROM access_tokens, audit_log"))


def test_link_makes_the_token_that_was_meant(access: Access) -> None:
    made = make(access, unit="songshanlu", kinds=["hazard"], days=3, label="临时工")
    answer = access.call("POST", f"{LINKS}/{made['code']}")
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()
    with access.client(Authorization=f"Bearer {token['token']}") as client:
        body = client.get(ME).json()
    assert (body["role"], body["unit"], body["kinds"], body["label"]) == ("field", "songshanlu", ["hazard"], "临时工")
    assert body["expires_at"] == made["link"]["expires_at"]
    (entry,) = [each for each in access.audit("link.redeemed") if each["subject"] == f"link:{made['link']['id']}"]
    assert entry["detail"] == {"token": token["id"]}


def test_link_of_two_who_come_at_once_is_good_for_one(access: Access) -> None:
    for _ in range(5):
        code = make(access)["code"]
        with ThreadPoolExecutor(8) as many:
            answers = list(many.map(lambda _, code=code: access.call("POST", f"{LINKS}/{code}"), range(8)))
        assert Counter(each.status_code for each in answers) == {201: 1, 410: 7}
        assert {problem_of(each) for each in answers if each.status_code == 410} == {"link-used"}


def test_replayed_link_is_refused_and_logged(access: Access) -> None:
    made = make(access)
    assert access.call("POST", f"{LINKS}/{made['code']}").status_code == 201
    answer = access.call("POST", f"{LINKS}/{made['code']}")
    assert (answer.status_code, problem_of(answer)) == (410, "link-used")
    denied = access.audit("POST /api/v1/links/{code}")
    (entry,) = [each for each in denied if each["subject"] == f"link:{made['link']['id']}"]
    assert (entry["outcome"], entry["detail"]["kind"]) == ("denied", "link-used")
    assert entry["address"].startswith("2001:db8:")


def test_link_that_is_too_old_or_revoked_is_told_by_name(access: Access) -> None:
    old, revoked = make(access), make(access)
    access.rows(AGED, old["link"]["id"])
    assert access.call("DELETE", f"/api/v1/tokens/{revoked['link']['id']}", access.issue("admin")).status_code == 204
    for made, kind in ((old, "link-expired"), (revoked, "link-revoked")):
        answer = access.call("POST", f"{LINKS}/{made['code']}")
        assert (answer.status_code, problem_of(answer)) == (410, kind)


def test_unknown_code_and_wrong_secret_get_the_same_bytes(access: Access) -> None:
    used = make(access)
    access.call("POST", f"{LINKS}/{used['code']}")
    codes = [new_secret().code, f"{used['link']['id']}_{'A' * 43}", "x", "A" * 200]
    answers = [access.call("POST", f"{LINKS}/{code}") for code in codes]
    assert {each.status_code for each in answers} == {404}
    assert len({each.content for each in answers}) == 1
    assert problem_of(answers[0]) == "link-unknown"


def test_link_is_no_token_and_a_token_no_link(access: Access) -> None:
    made, token = make(access), access.issue("field")
    link = Secret(*made["code"].split("_", 1))
    assert problem_of(access.call("GET", ME, link)) == "token-unknown"
    assert problem_of(access.call("POST", f"{LINKS}/{token.code}")) == "link-unknown"
