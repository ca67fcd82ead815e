"""Reports and their photos: sent together, or the report first and the photos when the signal is back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, a_report, read_back, send
from tests.api.holders import problem_of
from tests.api.uploading import Site, sha256, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo

Files = list[tuple[str, tuple[str | None, bytes, str]]]


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports_photos", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


def form(place: Site, sender: Secret, value: Any, *photos: bytes, name: str = "照片.jpg") -> httpx.Response:
    files: Files = [("report", (None, json.dumps(value).encode(), "application/json"))]
    files += [("photo", (name, data, "image/jpeg")) for data in photos]
    return place.call("POST", REPORTS, sender, files=files)


def naming(*photos: bytes) -> dict[str, Any]:
    return a_report(photos=[sha256(each) for each in photos])


def is_absent(place: Site, value: dict[str, Any]) -> bool:
    return not place.rows("SELECT 1 FROM reports WHERE id = %s", value["id"])


def test_form_stores_report_and_photos_together(place: Site, sender: Secret) -> None:
    photos = [photo(seed=60), photo(seed=61)]
    value = naming(*photos)
    answer = form(place, sender, value, *photos)
    assert answer.status_code == 201, answer.text
    assert answer.json()["receipt"]["photos"] == value["photos"]
    assert form(place, sender, value, *photos).json() == answer.json()
    assert send(place, sender, value).json() == answer.json()
    for each in photos:
        assert place.call("GET", f"/api/v1/photos/{sha256(each)}/original", sender).content == each


def test_report_comes_first_and_is_whole_when_its_photos_have_come(place: Site, sender: Secret) -> None:
    photos = [photo(seed=62), photo(seed=63)]
    value = naming(*photos)
    first = send(place, sender, value)
    assert (first.status_code, first.json()["photos_outstanding"]) == (202, value["photos"])
    place.sent(sender, photos[0])
    half = send(place, sender, value)
    assert (half.status_code, half.json()["photos_outstanding"]) == (202, [value["photos"][1]])
    place.sent(sender, photos[1])
    whole = send(place, sender, value)
    assert (whole.status_code, whole.json()["photos_outstanding"]) == (201, [])
    assert first.json()["receipt"] == half.json()["receipt"] == whole.json()["receipt"]
    mine = read_back(place, sender, value["id"])
    assert (mine["photos"], mine["photos_outstanding"]) == (value["photos"], [])


def test_form_may_bring_some_of_the_photos(place: Site, sender: Secret) -> None:
    photos = [photo(seed=64), photo(seed=65)]
    value = naming(*photos)
    answer = form(place, sender, value, photos[1])
    assert (answer.status_code, answer.json()["photos_outstanding"]) == (202, [value["photos"][0]])


def test_photo_that_the_report_does_not_name_is_refused_and_nothing_stored(place: Site, sender: Secret) -> None:
    value, other = naming(photo(seed=66)), photo(seed=67)
    answer = form(place, sender, value, other)
    assert (answer.status_code, problem_of(answer), answer.json()["field"]) == (422, "unprocessable-content", "photo")
    assert is_absent(place, value)
    assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(other))) == []


def test_photo_of_a_report_that_is_refused_is_not_stored(place: Site, sender: Secret) -> None:
    data = photo(seed=68)
    answer = form(place, sender, {**naming(data), "note": " "}, data)
    assert (answer.status_code, answer.json()["field"]) == (422, "note")
    assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data))) == []


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "..\\..\\boot.ini", "a/../../b.jpg", "x\0.jpg", "照" * 300])
def test_file_name_of_a_photo_means_nothing(place: Site, sender: Secret, name: str) -> None:
    data = photo(seed=70 + len(name) % 50)
    answer = form(place, sender, naming(data), data, name=name)
    assert answer.status_code == 201, answer.text
    assert {each.name for each in place.files("photos") if sha256(data) in each.name} == {sha256(data)}


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ([("photo", ("a.jpg", b"x", "image/jpeg"))], "report"),
        ([("report", (None, b"{}", "application/json"))] * 2, "report"),
        ([("report", (None, b"{}", "application/json")), ("file", ("a.jpg", b"x", "image/jpeg"))], "file"),
    ],
)
def test_form_of_other_parts_is_refused_by_their_name(place: Site, sender: Secret, files: Files, field: str) -> None:
    answer = place.call("POST", REPORTS, sender, files=files)
    assert answer.status_code in {400, 422}, answer.text
    assert problem_of(answer)
    assert answer.json().get("field", field) == field


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "multipart/form-data"}, b"--x\r\n"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"no form"),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b"--x\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--x--",
        ),
        ({"Content-Type": "multipart/form-data; boundary=x; charset=nothing"}, b"--x\r\n\r\n"),
    ],
)
def test_form_that_cannot_be_read_is_refused(place: Site, sender: Secret, headers: dict[str, str], body: bytes) -> None:
    answer = place.call("POST", REPORTS, sender, content=body, headers=headers)
    assert answer.status_code in {400, 422}, answer.text
    assert problem_of(answer)


def test_form_with_more_photos_than_a_report_may_name_is_refused(place: Site, sender: Secret) -> None:
    value = a_report()
    answer = form(place, sender, value, *[b"x"] * 22)
    assert (answer.status_code, problem_of(answer)) == (400, "bad-request")
    assert is_absent(place, value)


def test_naming_the_photo_of_somebody_else_does_not_open_it(place: Site, sender: Secret) -> None:
    data = photo(seed=69)
    place.sent(sender, data)
    stranger = place.issue("field")
    assert send(place, stranger, naming(data)).status_code == 201
    for kind in ("", "/thumbnail", "/original"):
        assert place.call("GET", f"/api/v1/photos/{sha256(data)}{kind}", stranger).status_code == 404
