"""What comes by OpenRosa and is not taken: each case with its name, and nothing of it stored."""

from __future__ import annotations

import io
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from geo.access.tokens import Secret, new_secret
from tests.api.collecting import FORM_LIST, SUBMISSION, ask, hazard, parsed, send, told
from tests.api.field_work import bearer
from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo

BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
TEXTS = ("'; DROP TABLE reports; --", "<script>alert(1)</script>", "{{7*7}} ${7*7} %s %n", "\u202egnp.exe", "=1+1")


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "openrosa_refusals", tmp_path_factory.mktemp("home"), photo_max_mb=2, public_reading=False) as it:
        yield it


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, REMOTE])
def test_document_with_declarations_is_refused(place: Site, sender: Secret, declared: str) -> None:
    xml = declared + hazard(note="&c;" if "ENTITY" in declared else "x")
    answer = send(place, sender, xml)
    assert told(answer) == (400, "xml-declares-entities")
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<data",
        "{}",
        "<data><a></data>",
        '<?xml version="1.0" encoding="no-such"?><data/>',
        b"\xff\xfe\x00",
        hazard(note="\x01"),
    ],
)
def test_what_is_no_xml_is_refused(place: Site, sender: Secret, xml: str | bytes) -> None:
    assert told(send(place, sender, xml)) == (400, "xml-unreadable")


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (hazard().replace("erqi_hazard", "other_form"), "form-unknown"),
        (hazard().replace("uuid:", "uid:"), "instance-id"),
        (hazard().replace("uuid:", "uuid:x"), "instance-id"),
        (hazard().replace("<meta>", "<other>").replace("</meta>", "</other>"), "instance-id"),
        (hazard(surprise="1"), "question-unknown"),
        (hazard(id=str(uuid4())), "question-unknown"),
        (hazard(kind="note"), "question-unknown"),
        (hazard(photos="0" * 64), "question-unknown"),
        (hazard(position="x", x="1"), "question-unknown"),
        (
            hazard().replace("<hazard_kind>", "<g><hazard_kind>x</hazard_kind></g><hazard_kind>"),
            "unprocessable-content",
        ),
        (hazard(location="somewhere"), "unprocessable-content"),
        (hazard(location="1 2 3 4 5"), "unprocessable-content"),
        (hazard(observed_at="2020-06-01"), "unprocessable-content"),
        (hazard(hazard_kind="volcano"), "unprocessable-content"),
        (hazard(task_id="none"), "unprocessable-content"),
        (hazard(accuracy_m="nan"), "unprocessable-content"),
        (hazard(photo_1="../../etc/passwd"), "file-name"),
        (hazard(photo_1="..\\x.jpg"), "file-name"),
        (hazard(note="x" * 10_001), "unprocessable-content"),
    ],
)
def test_submission_that_is_none_of_ours_is_refused(place: Site, sender: Secret, xml: str, kind: str) -> None:
    assert told(send(place, sender, xml)) == (422, kind)


def test_deeply_nested_groups_do_no_harm(place: Site, sender: Secret) -> None:
    deep = "<g>" * 20_000 + "</g>" * 20_000
    assert told(send(place, sender, hazard().replace("<meta>", f"{deep}<meta>"))) == (201, "submit_success")


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_words_are_kept_as_words(place: Site, sender: Secret, text: str) -> None:
    report_id = uuid4()
    assert told(send(place, sender, hazard(report_id, note=escaped(text))))[0] == 201
    assert place.rows("SELECT note FROM reports WHERE id = %s", report_id) == [{"note": text}]


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "a\\b.jpg", ".."])
def test_path_in_the_name_of_a_file_is_refused(place: Site, sender: Secret, name: str) -> None:
    report_id = uuid4()
    files = [
        ("xml_submission_file", ("x.xml", hazard(report_id, photo_1="a.jpg"), "text/xml")),
        ("f", (name, photo(seed=1), "image/jpeg")),
    ]
    assert told(ask(place, sender, SUBMISSION, "POST", files=files)) == (422, "file-name")
    assert place.rows("SELECT 1 FROM reports WHERE id = %s", report_id) == []


def huge() -> bytes:
    """Return a PNG that has 400 megapixels in a few hundred kilobytes."""
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", (422, "photo-type")),
        (b"<html><script>1</script></html>", (422, "photo-type")),
        (b"", (422, "photo-empty")),
        (b"x" * 2_000_001, (413, "photo-too-large")),
        (huge(), (422, "photo-too-many-pixels")),
    ],
    ids=["svg", "html", "empty", "oversize", "bomb"],
)
def test_photo_that_is_none_keeps_the_report_on_the_phone(
    place: Site, sender: Secret, content: bytes, said: tuple[int, str]
) -> None:
    report_id = uuid4()
    assert told(send(place, sender, hazard(report_id, photo_1="a.jpg"), {"a.jpg": content})) == said
    assert place.rows("SELECT 1 FROM reports WHERE id = %s", report_id) == []


def test_form_of_the_wrong_make_is_refused(place: Site, sender: Secret) -> None:
    def post(**options: Any) -> tuple[int, str]:
        return told(ask(place, sender, SUBMISSION, "POST", **options))

    xml = ("x.xml", hazard(), "text/xml")
    assert post(content=hazard(), headers={"Content-Type": "text/xml"}) == (415, "unsupported-media-type")
    assert post(content=b"--x", headers={"Content-Type": "multipart/form-data"}) == (400, "bad-request")
    assert post(files=[("other", xml)]) == (422, "unprocessable-content")
    assert post(files=[("xml_submission_file", xml)] * 2) == (422, "unprocessable-content")
    twice = [("a", ("a.jpg", b"1")), ("b", ("a.jpg", b"2"))]
    assert post(files=[("xml_submission_file", xml), *twice]) == (422, "unprocessable-content")
    many = [(f"f{n}", (f"{n}.jpg", b"1")) for n in range(101)]
    assert post(files=[("xml_submission_file", xml), *many]) == (400, "bad-request")
    large = ("x.xml", hazard(note="x" * 200_001), "text/xml")
    assert post(files=[("xml_submission_file", large)]) == (413, "content-too-large")


def test_more_than_is_taken_is_refused_unread(place: Site, sender: Secret) -> None:
    connection = HTTPConnection(place.address.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", SUBMISSION)
    length = ("Content-Length", "100000001")
    for header in (length, ("Content-Type", "multipart/form-data; boundary=x"), *bearer(sender.token).items()):
        connection.putheader(*header)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert parsed(answer.read())[0].get("nature") == "content-too-large"
    connection.close()


def test_tokens_that_do_not_count_are_each_named(place: Site) -> None:
    revoked, expired, admin = place.issue("field"), place.issue("field"), place.issue("admin")
    past = "created_at = now() - interval '2 days', expires_at = now()"
    place.rows(f"UPDATE access_tokens SET {past} WHERE id = %s RETURNING 1", expired.id)  # noqa: S608 - the test's own
    assert place.call("DELETE", f"/api/v1/tokens/{revoked.id}", admin).status_code in {200, 204}
    cases = ((new_secret(), "token-unknown"), (revoked, "token-revoked"), (expired, "token-expired"))
    for secret, kind in cases:
        for answer in (send(place, secret, hazard()), ask(place, secret, FORM_LIST)):
            assert told(answer) == (401, kind)
            assert answer.headers["www-authenticate"].startswith("Basic")
    assert told(send(place, place.issue("viewer"), hazard())) == (403, "forbidden")
    assert told(ask(place, place.issue("viewer"), FORM_LIST)) == (403, "forbidden")


def test_report_outside_the_token_is_refused_and_logged(place: Site) -> None:
    only = place.issue("field", report_kinds=frozenset({"note"}))
    report_id = uuid4()
    assert told(send(place, only, hazard(report_id, photo_1="a.jpg"), {"a.jpg": photo(seed=9)})) == (403, "forbidden")
    assert place.rows("SELECT 1 FROM reports WHERE id = %s", report_id) == []
    (entry,) = [each for each in place.audit("POST /openrosa/submission") if each["actor"] == f"token:{only.id}"]
    assert entry["outcome"] == "denied"


def test_session_of_a_page_posts_nothing_for_another_site(place: Site, sender: Secret) -> None:
    xml = {"xml_submission_file": ("x.xml", hazard(), "text/xml")}
    with place.client(Origin="https://evil.example") as client:
        answer = client.post(SUBMISSION, auth=("collect", sender.token), files=xml)
    assert told(answer) == (403, "forbidden")


def test_nothing_of_a_person_is_in_what_a_phone_reads(place: Site, sender: Secret) -> None:
    assert told(send(place, sender, hazard(contact_name="王小明", contact_phone="13900001111")))[0] == 201
    names = [each["name"] for each in place.rows("SELECT name FROM people")]
    paths = [FORM_LIST, *(f"/openrosa/lists/{name}.csv" for name in ("tasks", "checkpoints", "sites"))]
    for text in (ask(place, sender, path).text for path in paths):
        assert not [each for each in ("王小明", "13900001111", *names) if each in text]


def test_closed_reading_still_asks_by_basic(place: Site) -> None:
    for path in (FORM_LIST, "/openrosa/forms/erqi_hazard.xml", "/openrosa/lists/tasks.csv"):
        answer = place.call("GET", path)
        assert told(answer) == (401, "token-missing")
        assert answer.headers["www-authenticate"].startswith("Basic")


def test_names_of_files_are_no_paths_on_the_disk(place: Site, sender: Secret) -> None:
    xml = hazard(photo_1="CON.jpg", photo_2=".htaccess")
    assert told(send(place, sender, xml, {"CON.jpg": photo(seed=11)}, isIncomplete="yes"))[0] == 202
    kept = [each for each in Path(place.home, "openrosa").rglob("*") if each.is_file()]
    assert kept
    assert all(len(each.name) == 64 for each in kept)
    assert all(each.stat().st_mode & 0o077 == 0 for each in kept)
    assert parsed(ask(place, sender, FORM_LIST).content)[0] is not None
