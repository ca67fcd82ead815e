"""Attacks on the one way in, each with its named refusal; docs/decisions/0014-one-way-in.md lists them all."""

from __future__ import annotations

import gzip
import io
import json
import select
import socket
import time
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api import openrosa_bodies, receiving, report_bodies, report_files
from api.access.credentials import COOKIE
from api.ogc import bodies
from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, SEEN, a_report, read_back, send, stored
from tests.api.holders import problem_of
from tests.api.uploading import BYTES, TUS, UPLOADS, Site, sha256, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import black_png, photo
from tests.maps.harness import HOSTILE

JSON, FORM = "application/json", "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="report"\r\n\r\n'
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SQL = ("'; DROP TABLE reports; --", '" OR 1=1 --', "$$; SELECT pg_sleep(9); $$", "%s %(a)s :a ${a} {a}", "\\'; --")
UNIT, OTHER_UNIT = "songshanlu", "minggonglu"

# Each door with a type that it takes.
DOORS = [
    (REPORTS, JSON),
    (REPORTS, FORM),
    (f"{REPORTS}/batch", JSON),
    (f"{REPORTS}/batch", "application/x-ndjson"),
    (f"{REPORTS}/import", "text/csv"),
    (f"{REPORTS}/import", "application/geo+json"),
    (f"{REPORTS}/import", "application/gpx+xml"),
    ("/api/v1/receipts/verify", JSON),
    ("/api/v1/tokens", JSON),
]


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "attacks", tmp_path_factory.mktemp("home"), rate_limit="off", address_rate_limit="off") as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field", unit_id=UNIT)


@pytest.fixture(scope="module")
def commander(place: Site) -> Secret:
    return place.issue("commander")


def count(place: Site) -> int:
    return int(place.rows("SELECT count(*) AS n FROM reports")[0]["n"])


def zipped() -> bytes:
    """Return a zip of 10 MB of zeros, which is 10 kB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photo.jpg", bytes(10_000_000))
    return packed.getvalue()


def with_photo(place: Site, sender: Secret, data: bytes) -> httpx.Response:
    value = a_report(photos=[sha256(data)])
    files = [("report", (None, json.dumps(value), JSON)), ("photo", ("a.jpg", data, "image/jpeg"))]
    answer = place.call("POST", REPORTS, sender, files=files)
    assert place.rows("SELECT 1 FROM reports WHERE id = %s", value["id"]) == []
    return answer


def test_expired_or_revoked_token_sends_nothing(place: Site) -> None:
    expired, revoked = place.issue("field"), place.issue("field")
    end = "UPDATE access_tokens SET created_at = now() - interval '2 days', expires_at = now() - interval '1 s'"
    place.rows(f"{end} WHERE id = %s RETURNING 1", expired.id)
    place.rows("UPDATE access_tokens SET revoked_at = now() WHERE id = %s RETURNING 1", revoked.id)
    before = count(place)
    for token, kind in ((expired, "token-expired"), (revoked, "token-revoked"), (None, "token-missing")):
        for path in (REPORTS, f"{REPORTS}/batch", f"{REPORTS}/import", UPLOADS):
            answer = place.call("POST", path, token, json=a_report())
            assert (answer.status_code, problem_of(answer)) == (401, kind)
    assert count(place) == before


def test_role_that_only_reads_sends_nothing(place: Site) -> None:
    answer = send(place, place.issue("viewer"), a_report())
    assert (answer.status_code, problem_of(answer)) == (403, "forbidden")


def test_replayed_request_stores_nothing_more_and_opens_nothing_to_a_stranger(place: Site, sender: Secret) -> None:
    value = a_report(contact={"phone": "139"})
    first = send(place, sender, value)
    before = count(place)
    assert send(place, sender, value).json() == first.json()
    stranger = place.issue("field", unit_id=OTHER_UNIT)
    assert send(place, stranger, {**value, "note": "换"}).json()["type"] == "urn:erqi:problem:report-id-taken"
    assert place.call("GET", f"{REPORTS}/{value['id']}", stranger).status_code == 403
    assert place.call("GET", REPORTS, stranger, params={"mine": "true"}).json() == {"reports": []}
    assert count(place) == before


def test_page_of_another_site_sends_nothing_by_the_cookie(place: Site) -> None:
    session = place.issue("field", kind="session")
    with place.client() as browser:
        browser.cookies.set(COOKIE, session.code)
        before = count(place)
        for headers, field in (
            ({"Origin": "https://evil.example"}, "Origin"),
            ({"Sec-Fetch-Site": "cross-site"}, "Origin"),
            ({"Sec-Fetch-Site": "same-origin"}, "X-CSRF-Token"),
            ({"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "0" * 64}, "X-CSRF-Token"),
        ):
            for path, _ in DOORS[:-2]:
                answer = browser.post(path, json=a_report(), headers=headers)
                assert (answer.status_code, problem_of(answer), answer.json()["field"]) == (403, "forbidden", field)
        assert count(place) == before


def test_data_of_another_unit_is_neither_read_nor_decided(place: Site, sender: Secret) -> None:
    report_id = stored(place, sender, contact={"name": "张三"})["id"]
    path, decision = f"{REPORTS}/{report_id}", {"to": "rejected", "reason": "不归我管"}
    for other in (place.issue("reviewer", unit_id=OTHER_UNIT), place.issue("field", unit_id=UNIT)):
        for answer in (
            place.call("GET", path, other),
            place.call("GET", f"{path}/duplicates", other),
            place.call("POST", f"{path}/reviews", other, json=decision),
        ):
            assert (answer.status_code, problem_of(answer)) == (403, "forbidden")
            assert "张三" not in answer.text
    (row,) = place.rows("SELECT status FROM reports WHERE id = %s", report_id)
    assert row["status"] == "received"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (SVG, "photo-type"),
        (HTML, "photo-type"),
        (photo(seed=90) + HTML, "photo-foreign-content"),
        (zipped(), "photo-type"),
        (photo(seed=91) + zipped(), "photo-foreign-content"),
        (black_png(20_000, 20_000), "photo-too-many-pixels"),
        (b"", "photo-empty"),
    ],
    ids=["svg", "html", "jpeg+html", "zip", "jpeg+zip", "20000x20000", "empty"],
)
def test_what_is_no_photo_keeps_its_report_out_by_name(place: Site, sender: Secret, data: bytes, kind: str) -> None:
    answer = with_photo(place, sender, data)
    assert (answer.status_code, problem_of(answer)) == (422, kind)
    assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data))) == []


@pytest.mark.parametrize(("path", "media_type"), DOORS)
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_compressed_body_is_refused_unread(
    place: Site, commander: Secret, path: str, media_type: str, coding: str
) -> None:
    headers = {"Content-Type": media_type, "Content-Encoding": coding}
    answer = place.call("POST", path, commander, content=gzip.compress(bytes(1_000_000)), headers=headers)
    assert (answer.status_code, problem_of(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize(("path", "media_type"), DOORS)
def test_body_that_says_it_is_enormous_is_refused_unread(
    place: Site, commander: Secret, path: str, media_type: str
) -> None:
    answer, _ = spoken(place, commander, path, media_type, 10**12, b"", pause_s=0)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"urn:erqi:problem:content-too-large" in answer


def test_body_longer_than_a_report_is_refused_however_it_is_sent(place: Site, sender: Secret) -> None:
    def endless() -> Iterator[bytes]:  # without Content-Length
        for _ in range(30):
            yield b" " * 10_000

    answer = place.call("POST", REPORTS, sender, content=endless(), headers={"Content-Type": JSON})
    assert (answer.status_code, problem_of(answer)) == (413, "content-too-large")


def spoken(
    place: Site, secret: Secret, path: str, media_type: str, length: int, body: bytes, *, pause_s: float
) -> tuple[bytes, float]:
    """Send a body byte by byte until there is an answer; return it, and how many seconds that took."""
    address = urlsplit(place.address)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret.token}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    return _trickled((str(address.hostname), int(address.port or 0)), head, body, pause_s)


def _trickled(address: tuple[str, int], head: str, body: bytes, pause_s: float) -> tuple[bytes, float]:
    begun = time.monotonic()
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(head.encode())
        rest = iter(body)
        while not select.select([connection], [], [], pause_s or 10)[0]:
            connection.sendall(bytes([next(rest)]))
        return connection.recv(4000), time.monotonic() - begun


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service wait for a body for a fraction of what it otherwise does."""
    monkeypatch.setattr(bodies, "BODY_S", 0.4)
    for module in (report_bodies, report_files):
        monkeypatch.setattr(module, "BATCH_S", 0.4)
    for module in (report_bodies, openrosa_bodies):
        monkeypatch.setattr(module, "FORM_S", 0.4)
    monkeypatch.setattr(receiving, "WHOLE_S", 0.4)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("path", "media_type"), DOORS)
def test_body_that_drips_is_given_up(place: Site, commander: Secret, path: str, media_type: str) -> None:
    body = (PART if media_type == FORM else b"{") + b" " * 200
    answer, seconds = spoken(place, commander, path, media_type, 1000, body, pause_s=0.05)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b"urn:erqi:problem:request-timeout" in answer
    assert seconds >= 0.3


@pytest.mark.usefixtures("impatient")
def test_upload_that_drips_is_given_up_and_goes_on_later(place: Site, sender: Secret) -> None:
    data = photo(seed=92)
    path = place.begun(sender, data)
    address = urlsplit(place.address)
    lines = {**TUS, **BYTES, "Upload-Offset": "0", "Content-Length": str(len(data)), "Host": "x"}
    head = f"PATCH {path} HTTP/1.1\r\nAuthorization: Bearer {sender.token}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    answer, _ = _trickled((str(address.hostname), int(address.port or 0)), head, data, 0.05)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    here = int(place.head(sender, path).headers["upload-offset"])
    assert 0 < here < 100
    assert place.send(sender, path, data[here:], at=here).status_code == 204


def texts(text: str) -> dict[str, Any]:
    """Return a report with a text in every member that takes any, as far as there is room for it."""
    names = {name: text for name in ("place", "vertical_datum") if len(text) <= 200}
    return a_report(note=text, blocked_reason=text, contact={"name": text[:200], "phone": text[:50]}, **names)


@pytest.mark.parametrize("text", [*HOSTILE, *SQL], ids=lambda text: text[:12].encode("ascii", "replace").decode())
def test_hostile_text_is_kept_as_it_is_and_shown_as_text(place: Site, sender: Secret, text: str) -> None:
    before = count(place)
    value = texts(text)
    found = send(place, sender, value)
    assert found.status_code == 201, found.text
    assert count(place) == before + 1
    mine = read_back(place, sender, value["id"])
    assert (mine["note"], mine["body"]) == (text, value)
    reviewer = place.issue("reviewer", unit_id=UNIT)
    decision = {"to": "accepted", "reason": text}
    answer = place.call("POST", f"{REPORTS}/{value['id']}/reviews", reviewer, json=decision)
    assert (answer.status_code, answer.json()["reason"]) == (201, text)
    item = f"/ogc/collections/reports/items/{value['id']}"
    assert place.call("GET", item, params={"f": "json"}).json()["properties"]["note"] == text
    page = place.call("GET", item, params={"f": "html"})
    assert page.status_code == 200
    for raw in ("<img src=x", "<script>window", "<svg onload", "<b>bold"):
        assert raw not in page.text


@pytest.mark.parametrize("text", SQL)
def test_hostile_text_where_a_code_or_id_belongs_is_refused_by_its_member(
    place: Site, sender: Secret, text: str
) -> None:
    for member, kind in (
        ("task_id", {}),
        ("segment_id", {}),
        ("case_id", {}),
        ("hazard_kind", {"kind": "hazard"}),
        ("checkpoint_state", {"kind": "checkpoint_inspection", "checkpoint_id": "jinghu_aqueduct"}),
    ):
        answer = send(place, sender, a_report(**{**kind, member: text}))
        assert (answer.status_code, answer.json()["field"]) == (422, member)
    answer = send(place, sender, a_report(chainage={"road": text, "at": "K1+000"}, observed_at=SEEN))
    assert (answer.status_code, answer.json()["field"]) == (422, "chainage.road")
