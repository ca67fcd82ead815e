"""Photos: stored once, shown without metadata, and only to those who may see them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import ExifTags, Image
from sqlalchemy import select

from api.app import create_app
from api.photos import store_photo
from api.settings import Settings
from geo.access.rules import Caller, Role
from geo.access.tokens import Secret
from geo.errors import ErqiError, StoreUnavailableError
from geo.model import Photo
from tests.apart import run_apart
from tests.api.field_work import put_report
from tests.api.uploading import Site, sha256, site
from tests.conftest import DISTRICT, TestServer
from tests.geo.intake.photo_files import at, dms, photo, with_exif

PHOTOS = "/api/v1/photos"
EVIDENCE = with_exif(
    {
        ExifTags.Base.DateTimeOriginal: "2020:06:01 12:00:00",
        ExifTags.Base.OffsetTimeOriginal: "+08:00",
    },
    {**at(dms(113, 37, 30), dms(34, 44, 6)), ExifTags.GPS.GPSImgDirection: dms(90.5, 0, 0)[0]},
)


CALLER = Caller(Role.field, district=DISTRICT, token_id="0123456789abcdef")  # noqa: S106 - an id, no secret


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "photos", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def units(place: Site) -> list[str]:
    found = place.rows("SELECT id FROM units WHERE district = %s ORDER BY id LIMIT 2", DISTRICT)
    return [row["id"] for row in found]


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


def named(place: Site, sender: Secret, data: bytes, **columns: Any) -> None:
    """Store a report that names a photo."""
    report = put_report(place.database, sender.token, kind="note", note="路面", **columns)
    place.rows(
        "INSERT INTO report_photos (district, report_id, sha256, position) VALUES (%s, %s, %s, 0) RETURNING 1 AS one",
        DISTRICT,
        report,
        bytes.fromhex(sha256(data)),
    )


def status(place: Site, data: bytes, secret: Secret | None, kind: str = "") -> int:
    return place.call("GET", f"{PHOTOS}/{sha256(data)}{kind}", secret).status_code


def test_evidence_of_exif_is_kept_beside_the_photo(place: Site, sender: Secret) -> None:
    place.sent(sender, EVIDENCE)
    row = place.rows(
        "SELECT exif_at AT TIME ZONE 'UTC' AS at, exif_heading_deg, ST_X(exif_geom) AS lon, ST_Y(exif_geom) AS lat,"
        " width, height FROM photos WHERE sha256 = %s",
        bytes.fromhex(sha256(EVIDENCE)),
    )[0]
    assert str(row["at"]) == "2020-06-01 04:00:00"
    assert (row["exif_heading_deg"], row["width"], row["height"]) == (90.5, 640, 480)
    assert (row["lon"], row["lat"]) == pytest.approx((113.625, 34.735), abs=1e-9)


@pytest.mark.parametrize(("kind", "side"), [("", 640), ("/thumbnail", 320)])
def test_photo_is_shown_without_metadata(place: Site, sender: Secret, kind: str, side: int) -> None:
    place.sent(sender, EVIDENCE)
    answer = place.call("GET", f"{PHOTOS}/{sha256(EVIDENCE)}{kind}", sender)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    image = Image.open(io.BytesIO(answer.content))
    assert image.width == side
    assert image.getexif() == {}


def test_copies_are_made_at_the_first_request(place: Site, sender: Secret) -> None:
    data = photo(seed=30)
    place.sent(sender, data)
    made = "SELECT derived_at IS NOT NULL AS made FROM photos WHERE sha256 = %s"
    assert place.rows(made, bytes.fromhex(sha256(data))) == [{"made": False}]
    assert status(place, data, sender, "/thumbnail") == 200
    assert place.rows(made, bytes.fromhex(sha256(data))) == [{"made": True}]


def test_lost_copy_is_made_anew(place: Site, sender: Secret) -> None:
    data = photo(seed=31)
    place.sent(sender, data)
    assert status(place, data, sender) == 200
    for copy in place.files("photos"):
        if copy.name == f"{sha256(data)}.jpg":
            copy.unlink()
    assert status(place, data, sender) == 200


def test_original_is_handed_out_as_it_was_sent(place: Site, sender: Secret) -> None:
    place.sent(sender, EVIDENCE)
    answer = place.call("GET", f"{PHOTOS}/{sha256(EVIDENCE)}/original", sender)
    assert answer.content == EVIDENCE
    assert answer.headers["content-disposition"] == f'attachment; filename="{sha256(EVIDENCE)[:16]}.jpg"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"
    assert {"subject": sha256(EVIDENCE), "outcome": "allowed"} in [
        {"subject": row["subject"], "outcome": row["outcome"]} for row in place.audit("photo.original")
    ]


def test_photo_without_report_is_its_senders_and_of_who_reviews_all(
    place: Site, sender: Secret, units: list[str]
) -> None:
    data = photo(seed=32)
    place.sent(sender, data)
    assert status(place, data, sender) == 200
    assert status(place, data, place.issue("reviewer")) == 200
    others = [None, place.issue("viewer"), place.issue("field"), place.issue("reviewer", unit_id=units[0])]
    for other in others:
        for kind in ("", "/thumbnail"):
            assert status(place, data, other, kind) == 404
    assert status(place, data, others[2], "/original") == 404
    assert status(place, data, None, "/original") == 401


def test_photo_of_a_report_is_of_the_reviewers_of_its_unit(place: Site, sender: Secret, units: list[str]) -> None:
    data = photo(seed=33)
    place.sent(sender, data)
    named(place, sender, data, unit_id=units[0])
    assert status(place, data, place.issue("reviewer", unit_id=units[0]), "/original") == 200
    assert status(place, data, place.issue("reviewer", unit_id=units[1]), "/original") == 404
    assert status(place, data, place.issue("commander", unit_id=units[1]), "/original") == 200


def test_photo_of_an_accepted_report_is_public_but_not_its_original(place: Site, sender: Secret) -> None:
    data = photo(seed=34)
    place.sent(sender, data)
    named(place, sender, data)
    assert status(place, data, None) == 404
    place.rows(
        "UPDATE reports SET status = 'accepted' WHERE id IN (SELECT report_id FROM report_photos WHERE sha256 = %s)"
        " RETURNING 1 AS one",
        bytes.fromhex(sha256(data)),
    )
    answer = place.call("GET", f"{PHOTOS}/{sha256(data)}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=86400, immutable")
    assert status(place, data, None, "/original") == 401
    refused = place.call("GET", f"{PHOTOS}/{sha256(data)}/original", place.issue("field"))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:erqi:problem:photo-original")
    assert any(
        row["outcome"] == "denied" for row in place.rows("SELECT * FROM audit_log WHERE action LIKE %s", "%photos%")
    )


def test_photo_that_has_not_changed_is_not_sent_again(place: Site, sender: Secret) -> None:
    data = photo(seed=35)
    place.sent(sender, data)
    path = f"{PHOTOS}/{sha256(data)}"
    tag = place.call("GET", path, sender).headers["etag"]
    for said in (tag, f"W/{tag}", f'"other", {tag}'):
        assert place.call("GET", path, sender, headers={"If-None-Match": said}).status_code == 304
    assert place.call("GET", path, sender, headers={"If-None-Match": '"other"'}).status_code == 200
    assert place.call("GET", path, None, headers={"If-None-Match": tag}).status_code == 404


def test_another_token_of_the_same_person_sees_what_he_sent(place: Site, units: list[str]) -> None:
    place.rows(
        "INSERT INTO people (district, id, unit_id, name, role)"
        " SELECT %s, 'wang', %s, '王', min(code) FROM person_roles RETURNING 1 AS one",
        DISTRICT,
        units[0],
    )
    data = photo(seed=36)
    place.sent(place.issue("field", person_id="wang"), data)
    assert status(place, data, place.issue("field", person_id="wang"), "/original") == 200
    assert status(place, data, place.issue("field")) == 404


@pytest.mark.parametrize("name", ["0" * 64, "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "F" * 64, "%00" * 64])
def test_photo_of_no_such_hash_is_not_there(place: Site, sender: Secret, name: str) -> None:
    assert place.call("GET", f"{PHOTOS}/{name}", sender).status_code in {400, 404}


def test_closed_reading_closes_photos(server: TestServer, seeded_url: str, tmp_path: Path) -> None:
    assert seeded_url
    with site(server, "closed_photos", tmp_path, public_reading=False) as place:
        sender, data = place.issue("field"), photo(seed=37)
        place.sent(sender, data)
        named(place, sender, data, status="accepted")
        assert status(place, data, None) == 401
        answer = place.call("GET", f"{PHOTOS}/{sha256(data)}", place.issue("viewer"))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")


def test_arrival_completes_the_reports_that_named_the_photo(place: Site, sender: Secret) -> None:
    data = photo(seed=38)
    named(place, sender, data)
    outstanding = (
        "SELECT encode(sha256, 'hex') AS sha256 FROM report_photos NATURAL LEFT JOIN"
        " (SELECT district, sha256, true AS here FROM photos) p WHERE here IS NULL AND sha256 = %s"
    )
    assert place.rows(outstanding, bytes.fromhex(sha256(data))) == [{"sha256": sha256(data)}]
    place.sent(sender, data)
    assert place.rows(outstanding, bytes.fromhex(sha256(data))) == []


@contextmanager
def object_store(*, broken: bool = False) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Serve what little of S3 the storage of photos takes: PUT and GET of whole objects, by signed requests."""
    objects: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=key/")
            if signed and not broken:
                objects[self.path] = body
            self._answer(403 if not signed else 500 if broken else 200, b"")

        def do_GET(self) -> None:
            found = objects.get(self.path)
            self._answer(404 if found is None else 200, found or b"")

        def _answer(self, code: int, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Mon, 01 Jun 2020 04:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", objects
        running.shutdown()
        thread.join()


def like_s3(monkeypatch: pytest.MonkeyPatch, address: str) -> str:
    """Set what an administrator sets for a store like S3; return the address of the photos in it."""
    for name, value in {
        "ENDPOINT_URL": address,
        "ALLOW_HTTP": "true",
        "ACCESS_KEY_ID": "key",
        "SECRET_ACCESS_KEY": "secret",
        "REGION": "here",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return "s3://bucket/photos"


def test_photos_lie_in_a_store_like_s3_by_settings(
    server: TestServer, seeded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seeded_url
    with (
        object_store() as (address, objects),
        site(server, "s3", tmp_path, photo_url=like_s3(monkeypatch, address)) as place,
    ):
        sender, data = place.issue("field"), photo(seed=39)
        place.sent(sender, data)
        assert objects == {f"/bucket/photos/original/{sha256(data)[:2]}/{sha256(data)}": data}
        assert status(place, data, sender, "/thumbnail") == 200
        assert place.call("GET", f"{PHOTOS}/{sha256(data)}/original", sender).content == data
        assert len(objects) == 3
        assert place.files("photos") == []


def test_photo_that_cannot_be_stored_now_is_not_lost(
    server: TestServer, seeded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seeded_url
    data = photo(seed=40)
    with (
        object_store(broken=True) as (address, _),
        site(server, "s3_away", tmp_path, photo_url=like_s3(monkeypatch, address)) as place,
    ):
        sender = place.issue("field")
        path = place.begun(sender, data)
        answer = place.send(sender, path, data)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:erqi:problem:photo-storage")
        assert place.rows("SELECT 1 FROM photos") == []
        assert place.head(sender, path).status_code == 503  # never said to be whole while it is not stored


def test_photo_is_stored_once_however_it_comes(server: TestServer, seeded_url: str, tmp_path: Path) -> None:
    assert seeded_url
    data = photo(seed=41)
    file = tmp_path / "photo"
    file.write_bytes(data)

    async def store() -> list[tuple[str, bool]]:
        url = server.create("stored_twice", template="seeded")
        state = create_app(Settings(database_url=url, home=tmp_path)).state.shared
        try:
            first = await store_photo(state, CALLER, data)
            together = await asyncio.gather(*(store_photo(state, CALLER, file) for _ in range(5)))
            with pytest.raises(ErqiError):
                await store_photo(state, CALLER, data[:100])
            return [(each.sha256, each.is_new) for each in (first, *together)]
        finally:
            await state.store.close()

    assert run_apart(store()) == [(sha256(data), True)] + [(sha256(data), False)] * 5


def test_photo_has_no_row_when_its_original_cannot_be_stored(
    server: TestServer, seeded_url: str, tmp_path: Path
) -> None:
    assert seeded_url
    (tmp_path / "photos").write_text("a file where the folder should be")

    async def store() -> int:
        url = server.create("no_folder", template="seeded")
        state = create_app(Settings(database_url=url, home=tmp_path)).state.shared
        try:
            with pytest.raises(StoreUnavailableError):
                await store_photo(state, CALLER, photo(seed=42))
            return len(await state.store.rows(select(Photo)))
        finally:
            await state.store.close()

    assert run_apart(store()) == 0
