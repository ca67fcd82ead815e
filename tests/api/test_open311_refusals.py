"""What comes by Open311 and is not taken: each case as GeoReport's error with its name, and nothing of it stored."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from defusedxml.ElementTree import fromstring

from geo.access.tokens import Secret, new_secret
from tests.api.field_work import put_report
from tests.api.holders import Access, accessible
from tests.api.test_open311 import REQUESTS, ROOT, errors_of, post, stored, urban
from tests.conftest import TestServer

HOSTILE = ("'; DROP TABLE reports; --", "<script>alert(1)</script> &amp; ]]>", "{{7*7}} ${7*7} %s %n", "=1+1")


@pytest.fixture(scope="module")
def hotline(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "open311_refusals", public_reading=False) as found:
        yield found


@pytest.fixture(scope="module")
def key(hotline: Access) -> Secret:
    return hotline.issue("field")


@pytest.fixture(autouse=True)
def nothing_is_stored_of_what_is_refused(request: pytest.FixtureRequest, hotline: Access) -> Iterator[None]:
    before = hotline.rows("SELECT count(*) AS n FROM reports")
    yield
    if "refused" in request.node.name:
        assert hotline.rows("SELECT count(*) AS n FROM reports") == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"service_code": ""}, (400, "field-missing")),
        ({"service_code": "potholes"}, (404, "service-unknown")),
        ({"service_code": "problem", "description": " "}, (400, "field-missing")),
        ({"lat": "", "long": ""}, (400, "field-missing")),
        ({"long": ""}, (400, "field-missing")),
        ({"lat": "north"}, (400, "bad-request")),
        ({"lat": "nan"}, (400, "bad-request")),
        ({"lat": "1e999"}, (400, "bad-request")),
        ({"address_id": "77"}, (400, "bad-request")),
        ({"media_url": "http://169.254.169.254/latest/meta-data/"}, (400, "media-url")),
        ({"jurisdiction_id": "410102"}, (404, "not-found")),
        ({"surprise": "1"}, (400, "field-unknown")),
        ({"attribute__surprise": "1"}, (400, "field-unknown")),
        ({"attribute__datum": "mars"}, (422, "unprocessable-content")),
        ({"attribute__observed_at": "yesterday"}, (422, "unprocessable-content")),
        ({"attribute__accuracy_m": "-1"}, (422, "unprocessable-content")),
        ({"description": "x" * 10_001}, (422, "unprocessable-content")),
        ({"description": "a\x00b"}, (422, "unprocessable-content")),
        ({"phone": "1" * 51}, (422, "unprocessable-content")),
    ],
)
def test_request_that_cannot_be_kept_is_refused(
    hotline: Access, key: Secret, changes: dict[str, str], said: tuple[int, str]
) -> None:
    assert errors_of(post(hotline, key, **{**urban(), **changes})) == said


def test_address_of_a_photo_is_refused_and_never_fetched(hotline: Access, key: Secret) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/photo.jpg"
        assert errors_of(post(hotline, key, **urban(media_url=url))) == (400, "media-url")
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_refused_in_xml_where_xml_is_asked_for(hotline: Access, key: Secret) -> None:
    answer = post(hotline, key, "xml", **urban(service_code="<x>&y;"))
    root = fromstring(answer.content)
    assert (answer.status_code, root.tag) == (404, "errors")
    assert (root.findtext("error/code"), root.findtext("error/kind")) == ("404", "service-unknown")


def test_other_format_is_refused_before_anything_is_stored(hotline: Access, key: Secret) -> None:
    assert errors_of(post(hotline, key, "txt", **urban())) == (404, "format")


def test_body_of_the_wrong_make_is_refused(hotline: Access, key: Secret) -> None:
    assert errors_of(hotline.call("POST", REQUESTS, key, json=urban())) == (415, "unsupported-media-type")
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def sent(content: bytes) -> tuple[int, str]:
        return errors_of(hotline.call("POST", REQUESTS, key, content=content, headers=form))

    assert sent(b"description=" + b"x" * 200_000) == (413, "content-too-large")
    assert sent(b"description=%ff") == (400, "bad-request")
    assert sent(b"lat=1&lat=2") == (400, "field-repeated")
    assert sent(b"&".join(b"a%d=1" % n for n in range(60))) == (400, "bad-request")


def test_keys_that_do_not_count_are_refused_by_name(hotline: Access) -> None:
    revoked, expired, admin = hotline.issue("field"), hotline.issue("field"), hotline.issue("admin")
    past = "created_at = now() - interval '2 days', expires_at = now()"
    hotline.rows(f"UPDATE access_tokens SET {past} WHERE id = %s RETURNING 1", expired.id)  # noqa: S608 - the test's own
    hotline.call("DELETE", f"/api/v1/tokens/{revoked.id}", admin)
    for secret, kind in ((None, "missing"), (new_secret(), "unknown"), (revoked, "revoked"), (expired, "expired")):
        assert errors_of(post(hotline, secret, **urban())) == (403, f"token-{kind}")
    assert errors_of(post(hotline, hotline.issue("viewer"), **urban())) == (403, "forbidden")
    answer = hotline.call("POST", REQUESTS, data={**urban(), "api_key": "x\u4e8c\r\n"})
    assert errors_of(answer) == (403, "token-unknown")


def test_request_outside_the_key_is_refused_and_logged(hotline: Access) -> None:
    only = hotline.issue("field", report_kinds=frozenset({"problem"}))
    assert errors_of(post(hotline, only, **urban())) == (403, "forbidden")
    (entry,) = [each for each in hotline.audit("POST /open311/v2/requests.{form}") if only.id in each["actor"]]
    assert entry["outcome"] == "denied"


def test_page_s_session_is_refused(hotline: Access) -> None:
    session = hotline.issue("admin", kind="session")
    with hotline.client(Cookie=f"erqi_session={session.code}") as client:
        assert errors_of(client.post(REQUESTS, data=urban())) == (403, "token-missing")


@pytest.mark.parametrize("path", ["services", "services/problem", "requests", "requests/x", "tokens/x"])
def test_closed_reading_takes_a_key(hotline: Access, key: Secret, path: str) -> None:
    assert errors_of(hotline.call("GET", f"{ROOT}/{path}.json")) == (403, "token-missing")
    assert hotline.call("GET", f"{ROOT}/{path}.json", params={"api_key": key.token}).status_code in {200, 404}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_kept_as_words(hotline: Access, key: Secret, text: str) -> None:
    request_id = stored(post(hotline, key, **urban(description=text)))
    (found,) = hotline.call("GET", f"{ROOT}/requests/{request_id}.json", key).json()
    assert found["description"] == text
    root = fromstring(hotline.call("GET", f"{ROOT}/requests/{request_id}.xml", key).content)
    assert root.findtext("request/description") == text


def test_characters_that_xml_cannot_hold_break_no_list(hotline: Access, key: Secret) -> None:
    report = put_report(hotline.database, key.token, kind="problem", note="a\x01\x0b\ufffe二")
    root = fromstring(hotline.call("GET", f"{ROOT}/requests/{report}.xml", key).content)
    assert root.findtext("request/description") == "a\ufffd\ufffd\ufffd二"
