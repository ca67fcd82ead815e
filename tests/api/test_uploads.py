"""Uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload), with the status codes that it names."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from geo.access.tokens import Secret
from tests.api.uploading import BYTES, TUS, UPLOADS, Site, base64_of, sha256, site, site_again
from tests.conftest import TestServer
from tests.geo.intake.photo_files import noise, photo


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "uploads", tmp_path_factory.mktemp("home"), photo_max_mb=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["tus-resumable"] == "1.0.0"
    problem = answer.json()
    assert problem["detail_zh"]
    assert problem["detail_en"]
    return answer.status_code, problem["type"].removeprefix("urn:erqi:problem:")


def test_server_says_what_it_can(place: Site) -> None:
    answer = place.call("OPTIONS", UPLOADS)
    assert answer.status_code == 204
    said = {name: answer.headers[name] for name in ("tus-version", "tus-max-size", "tus-checksum-algorithm")}
    assert said == {"tus-version": "1.0.0", "tus-max-size": "2000000", "tus-checksum-algorithm": "sha256,sha1"}
    extensions = {"creation", "creation-with-upload", "checksum", "expiration", "termination"}
    assert set(answer.headers["tus-extension"].split(",")) == extensions


def test_photo_arrives_in_parts(place: Site, sender: Secret) -> None:
    data = photo(seed=1)
    path = place.begun(sender, data)
    assert place.send(sender, path, data[:1000]).headers["upload-offset"] == "1000"
    told = place.head(sender, path)
    assert (told.status_code, told.headers["upload-offset"], told.headers["upload-length"]) == (
        200,
        "1000",
        str(len(data)),
    )
    assert told.headers["cache-control"] == "no-store"
    assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data))) == []
    last = place.send(sender, path, data[1000:], at=1000)
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(data)))
    row = place.rows("SELECT * FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data)))[0]
    assert (row["media_type"], row["size_bytes"], row["token_id"]) == ("image/jpeg", len(data), sender.id)
    assert row["derived_at"] is None
    kept = next(each for each in place.files("photos") if each.name == sha256(data))
    assert kept.read_bytes() == data
    assert place.head(sender, path).headers["upload-offset"] == str(len(data))


def test_originals_are_closed_to_other_users_of_the_machine(place: Site, sender: Secret) -> None:
    place.sent(sender, photo(seed=2))
    for name in ("photos", "uploads"):
        assert (place.home / name).stat().st_mode & 0o077 == 0


def test_photo_arrives_with_its_announcement(place: Site, sender: Secret) -> None:
    data = photo(seed=3)
    headers = {"Content-Type": BYTES["Content-Type"], "Upload-Length": str(len(data))}
    metadata = f"sha256 {base64_of(sha256(data).encode())}"
    answer = place.call("POST", UPLOADS, sender, headers={**TUS, **headers, "Upload-Metadata": metadata}, content=data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(data)))
    assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data)))


def test_stored_photo_is_not_transferred_again(place: Site, sender: Secret) -> None:
    data = photo(seed=4)
    place.sent(sender, data)
    again = place.begin(place.issue("field"), data)
    assert (again.status_code, again.headers["upload-offset"]) == (201, str(len(data)))
    shorter = place.begin(sender, data, Upload_Length="100")
    assert shorter.headers["upload-offset"] == "0"


def test_part_at_another_offset_is_a_conflict_that_names_the_offset(place: Site, sender: Secret) -> None:
    data = photo(seed=5)
    path = place.begun(sender, data)
    place.send(sender, path, data[:500])
    for at in (0, 499, 501, 10**30):
        answer = place.send(sender, path, b"x", at=at)
        assert kind_of(answer) == (409, "upload-offset")
        assert answer.json()["offset"] == 500


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_part_that_does_not_match_its_checksum_is_dropped(place: Site, sender: Secret, algorithm: str) -> None:
    data = photo(seed=6)
    path = place.begun(sender, data)
    right = f"{algorithm} {base64_of(hashlib.new(algorithm, data[:700]).digest())}"
    answer = place.send(sender, path, data[1:701], Upload_Checksum=right)
    assert kind_of(answer) == (460, "checksum-mismatch")
    assert place.head(sender, path).headers["upload-offset"] == "0"
    assert place.send(sender, path, data[:700], Upload_Checksum=right).headers["upload-offset"] == "700"


@pytest.mark.parametrize("said", ["md5 aaaa", "sha256", "sha256 !", "sha1 AAAA", ""])
def test_checksum_that_cannot_be_read_is_refused(place: Site, sender: Secret, said: str) -> None:
    path = place.begun(sender, photo(seed=7))
    assert kind_of(place.send(sender, path, b"x", Upload_Checksum=said)) == (400, "tus-header")


def test_photo_that_is_not_what_was_announced_is_dropped_and_can_be_sent_again(place: Site, sender: Secret) -> None:
    data = photo(seed=8)
    other = data[:-1] + b"\0"
    path = place.begun(sender, data)
    assert kind_of(place.send(sender, path, other)) == (460, "photo-hash-mismatch")
    assert place.head(sender, path).status_code == 404
    place.sent(sender, data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo-type"),
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "photo-type"),
        (photo(seed=9) + b"<html><script>alert(1)</script></html>", "photo-foreign-content"),
        (photo(seed=10)[:3000], "photo-broken"),
    ],
)
def test_what_is_no_photo_is_refused_by_name_and_dropped(place: Site, sender: Secret, data: bytes, kind: str) -> None:
    path = place.begun(sender, data)
    assert kind_of(place.send(sender, path, data)) == (422, kind)
    assert place.head(sender, path).status_code == 404
    assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data))) == []


def test_length_over_the_limit_is_refused_before_a_byte_is_sent(place: Site, sender: Secret) -> None:
    assert kind_of(place.begin(sender, photo(), Upload_Length="2000001")) == (413, "photo-too-large")
    assert place.begin(sender, photo(seed=11), Upload_Length="2000000").status_code == 201


def test_more_bytes_than_announced_are_refused(place: Site, sender: Secret) -> None:
    data = photo(seed=12)
    path = place.begun(sender, data)
    assert kind_of(place.send(sender, path, data + b"x")) == (413, "upload-too-long")

    def endless() -> Iterator[bytes]:  # without Content-Length
        while True:
            yield bytes(50_000)

    headers = {**TUS, **BYTES, "Upload-Offset": "0"}
    with pytest.raises((httpx.HTTPStatusError, httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError)):
        place.call("PATCH", path, sender, headers=headers, content=endless()).raise_for_status()
    assert int(place.head(sender, path).headers["upload-offset"]) <= len(data)


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"Upload_Length": "0"}, 422, "photo-empty"),
        ({"Upload_Length": "-1"}, 400, "tus-header"),
        ({"Upload_Length": "many"}, 400, "tus-header"),
        ({"Upload_Metadata": ""}, 400, "tus-header"),
        ({"Upload_Metadata": "sha256"}, 400, "tus-header"),
        ({"Upload_Metadata": f"sha256 {base64_of(b'../../etc/passwd')}"}, 400, "tus-header"),
        ({"Upload_Metadata": "sha256 %%%"}, 400, "tus-header"),
        ({"Tus_Resumable": "0.2.2"}, 412, "tus-version"),
        ({"Tus_Resumable": ""}, 412, "tus-version"),
    ],
)
def test_announcement_that_cannot_be_read_is_refused(
    place: Site, sender: Secret, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = place.begin(sender, photo(), **headers)
    assert kind_of(answer) == (status, kind)
    assert answer.headers["tus-version"] == "1.0.0"


def test_body_of_another_media_type_is_refused(place: Site, sender: Secret) -> None:
    path = place.begun(sender, photo(seed=13))
    assert place.send(sender, path, b"x", Content_Type="image/jpeg").status_code == 415


def test_upload_of_another_token_is_not_there(place: Site, sender: Secret) -> None:
    data = photo(seed=14)
    path = place.begun(sender, data)
    for other in (place.issue("field"), place.issue("reviewer"), place.issue("admin")):
        assert place.head(other, path).status_code == 404
        assert kind_of(place.send(other, path, data)) == (404, "not-found")
        assert place.call("DELETE", path, other, headers=TUS).status_code == 404
    assert place.head(sender, path).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    ("role", "days", "status"), [("viewer", 1, 403), ("field", -0.5, 401), ("field", 1, 201), (None, 1, 401)]
)
def test_sending_takes_the_role_of_the_field(place: Site, role: str | None, days: float, status: int) -> None:
    secret = None
    if role is not None:
        secret = place.issue(role, days=1)
        place.rows(
            "UPDATE access_tokens SET created_at = created_at - interval '2 days', "
            "expires_at = clock_timestamp() + %s * interval '1 day' WHERE id = %s RETURNING id",
            days,
            secret.id,
        )
    answer = place.call("POST", UPLOADS, secret, headers={**TUS, "Upload-Length": "9", "Upload-Metadata": metadata()})
    assert answer.status_code == status


def metadata() -> str:
    return f"sha256 {base64_of(b'0' * 64)}"


def test_cancelled_upload_is_gone(place: Site, sender: Secret) -> None:
    path = place.begun(sender, photo(seed=15))
    assert place.call("DELETE", path, sender, headers=TUS).status_code == 204
    assert place.head(sender, path).status_code == 404
    assert not [each for each in place.files("uploads") if path.rpartition("/")[2] in each.name]


def test_cancelling_a_finished_upload_leaves_its_photo(place: Site, sender: Secret) -> None:
    data = photo(seed=16)
    path = place.begun(sender, data)
    place.send(sender, path, data)
    assert place.call("DELETE", path, sender, headers=TUS).status_code == 204
    assert place.call("GET", f"/api/v1/photos/{sha256(data)}", sender).status_code == 200


def test_client_that_can_only_post_says_the_method_in_a_header(place: Site, sender: Secret) -> None:
    data = photo(seed=17)
    path = place.begun(sender, data)
    headers = {**TUS, **BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = place.call("POST", path, sender, headers=headers, content=data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(data)))


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "x" * 32, "0" * 31, "%00" * 32])
def test_upload_of_no_such_name_is_refused(place: Site, sender: Secret, name: str) -> None:
    assert place.send(sender, f"{UPLOADS}/{name}", b"x").status_code in {400, 404}


def facts_of(place: Site, path: str) -> Path:
    return next(each for each in place.files("uploads") if each.name == path.rpartition("/")[2] + ".json")


def test_upload_says_when_it_will_be_thrown_away_and_then_is(
    server: TestServer, seeded_url: str, tmp_path: Path
) -> None:
    assert seeded_url
    with site(server, "expiring", tmp_path, upload_hours=2) as place:
        sender, data = place.issue("field"), photo(seed=18)
        answer = place.begin(sender, data)
        left_s = parsedate_to_datetime(answer.headers["upload-expires"]).timestamp() - time.time()
        assert 7100 < left_s < 7300
        path = httpx.URL(answer.headers["location"]).path
        facts = facts_of(place, path)
        expired = facts.with_suffix(".new")  # whole or not at all: the first sweep may be reading it
        expired.write_text(json.dumps({**json.loads(facts.read_text()), "expires_at": time.time() - 1}))
        expired.rename(facts)
        assert kind_of(place.send(sender, path, data)) == (404, "not-found")
        orphan = facts.with_name("f" * 32 + ".part")
        orphan.write_bytes(b"left behind")
        os.utime(orphan, (time.time() - 9000,) * 2)
    with site(server, "expiring", tmp_path, upload_hours=2) as place:  # a new process sweeps with its first creation
        place.begin(place.issue("field"), photo(seed=19))
        end = time.monotonic() + 10
        thrown_away = (facts, facts.with_suffix(".part"), orphan)
        while any(each.exists() for each in thrown_away) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(each.exists() for each in thrown_away)


def test_whole_upload_that_a_killed_process_left_is_stored(server: TestServer, seeded_url: str, tmp_path: Path) -> None:
    assert seeded_url
    with site(server, "leftover", tmp_path) as place:
        sender, asked, swept = place.issue("field"), photo(seed=20), photo(seed=21)
        paths = [place.begun(sender, data) for data in (asked, swept)]
        for path, data in zip(paths, (asked, swept), strict=True):  # as if killed between the last byte and the store
            facts_of(place, path).with_suffix(".part").write_bytes(data)
        assert place.head(sender, paths[0]).headers["upload-offset"] == str(len(asked))
        assert place.call("GET", f"/api/v1/photos/{sha256(asked)}", sender).status_code == 200
        place.begin(sender, photo(seed=22))  # the first sweep was with the first creation of this process
        assert place.rows("SELECT count(*) AS photos FROM photos") == [{"photos": 1}]
    with site_again(server, "leftover", tmp_path) as place:
        place.begin(sender, photo(seed=23))
        end = time.monotonic() + 10
        while len(place.rows("SELECT 1 FROM photos")) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        assert place.rows("SELECT 1 FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(swept)))


def test_lost_connection_leaves_what_has_come(place: Site, sender: Secret) -> None:
    data = noise(700, 700)
    path = place.begun(sender, data)
    port = int(place.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as line:
        head = f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {sender.token}\r\n"
        head += "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        line.sendall(head.encode() + f"Content-Length: {len(data)}\r\n\r\n".encode() + data[:400_000])
        time.sleep(0.5)
        busy = place.send(sender, path, data)
        assert kind_of(busy) == (423, "upload-locked")
    end = time.monotonic() + 30
    while (answer := place.head(sender, path)).headers["upload-offset"] != "400000" and time.monotonic() < end:
        time.sleep(0.1)
    at = int(answer.headers["upload-offset"])
    assert at == 400_000
    while (answer := place.send(sender, path, data[at:], at)).status_code == 423 and time.monotonic() < end:
        time.sleep(0.1)
    assert answer.status_code == 204


@pytest.mark.parametrize("checked", [False, True])
def test_foreign_client_resumes_an_interrupted_upload(place: Site, sender: Secret, *, checked: bool) -> None:
    data = noise(600, 600 + checked, seed=3)
    client = TusClient(place.address + UPLOADS, headers={"Authorization": f"Bearer {sender.token}"})
    common: dict[str, Any] = {"file_stream": io.BytesIO(data), "upload_checksum": checked}
    first = client.uploader(chunk_size=60_000, metadata={"sha256": sha256(data)}, **common)
    first.upload(stop_at=180_000)
    second = client.uploader(url=first.url, chunk_size=100_000, **common)
    assert second.offset == 180_000
    second.upload()
    assert second.offset == len(data)
    assert place.rows("SELECT size_bytes FROM photos WHERE sha256 = %s", bytes.fromhex(sha256(data))) == [
        {"size_bytes": len(data)}
    ]
