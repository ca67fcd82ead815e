"""ODK Collect's door (https://docs.getodk.org/openrosa/): form list, manifests, submissions in one request or more."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.openrosa_media import recall, remember
from api.settings import Settings
from geo.access.tokens import Secret
from geo.exchange.openrosa_forms import FOLDER
from tests.api.collecting import FORM_LIST, SUBMISSION, ask, filled, hazard, parsed, send, told
from tests.api.uploading import Site, sha256, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "openrosa", tmp_path_factory.mktemp("home"), photo_max_mb=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


def submission(place: Site, report_id: UUID) -> dict[str, Any]:
    """Return what is stored of a report."""
    (row,) = place.rows("SELECT * FROM submissions WHERE report_id = %s", report_id)
    return row


def stored(place: Site, report_id: UUID) -> int:
    return len(place.rows("SELECT 1 FROM reports WHERE id = %s", report_id))


def photos_of(place: Site, report_id: UUID) -> list[str]:
    return [each.hex() for each in submission(place, report_id)["photo_sha256"]]


def downloaded(place: Site, sender: Secret, form_id: str, folder: Path) -> Path:
    """Get a form and its lists as Collect does, from the form list on; each has the hash that was announced."""
    for entry in parsed(ask(place, sender, FORM_LIST).content):
        if entry.findtext(f"{LIST}formID") == form_id:
            form = fetched(place, sender, entry, LIST)
            path = folder / f"{form_id}.xml"
            path.write_bytes(form)
            address = entry.findtext(f"{LIST}manifestUrl")
            for file in parsed(ask(place, sender, httpx.URL(address).path).content) if address else ():
                name = file.findtext(f"{MANIFEST}filename") or ""
                (folder / name).write_bytes(fetched(place, sender, file, MANIFEST))
            return path
    raise AssertionError(form_id)


def fetched(place: Site, sender: Secret, entry: Any, namespace: str) -> bytes:
    content = ask(place, sender, httpx.URL(entry.findtext(f"{namespace}downloadUrl")).path).content
    assert entry.findtext(f"{namespace}hash") == f"md5:{hashlib.md5(content).hexdigest()}"  # noqa: S324 - the protocol's
    return content


def test_form_list_has_a_form_for_each_kind(place: Site, sender: Secret) -> None:
    answer = ask(place, sender, FORM_LIST)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.headers["x-openrosa-version"] == "1.0"
    assert len(answer.headers.get_list("date")) == 1
    root = parsed(answer.content)
    assert root.tag == f"{LIST}xforms"
    kinds = {row["code"] for row in place.rows("SELECT code FROM report_kinds")}
    assert {each.findtext(f"{LIST}formID") for each in root} == {f"erqi_{kind}" for kind in kinds}
    assert all(each.findtext(f"{LIST}name") and each.findtext(f"{LIST}version") for each in root)


def test_form_list_leaves_out_what_the_token_may_not_report(place: Site) -> None:
    only = place.issue("field", report_kinds=frozenset({"water_level"}))
    found = parsed(ask(place, only, FORM_LIST).content)
    assert [each.findtext(f"{LIST}formID") for each in found] == ["erqi_water_level"]


def test_lists_hold_what_there_is_now(place: Site, sender: Secret) -> None:
    checkpoints = ask(place, sender, "/openrosa/lists/checkpoints.csv")
    rows = list(csv.DictReader(io.StringIO(checkpoints.text)))
    kept = place.rows("SELECT id, name_zh, version FROM checkpoints")
    assert {(each["name"], each["label"], int(each["version"])) for each in rows} == {tuple(e.values()) for e in kept}
    for name, table in (("tasks", "tasks"), ("sites", "sites")):
        found = ask(place, sender, f"/openrosa/lists/{name}.csv").text
        (count,) = place.rows(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - the test's own words
        assert len(list(csv.DictReader(io.StringIO(found)))) == count["n"] > 0
    assert told(ask(place, sender, "/openrosa/lists/people.csv")) == (404, "not-found")
    assert told(ask(place, sender, "/openrosa/forms/erqi_x.xml")) == (404, "not-found")
    assert told(ask(place, sender, "/openrosa/forms/erqi_x/manifest")) == (404, "not-found")


def test_list_of_checkpoints_is_the_token_s(place: Site) -> None:
    (first, *_) = place.rows("SELECT id FROM checkpoints ORDER BY id")
    only = place.issue("field", checkpoint_id=first["id"])
    found = csv.DictReader(io.StringIO(ask(place, only, "/openrosa/lists/checkpoints.csv").text))
    assert [each["name"] for each in found] == [first["id"]]


def test_head_tells_where_and_how_much(place: Site, sender: Secret) -> None:
    answer = ask(place, sender, SUBMISSION, "HEAD")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["location"] == f"{place.address}{SUBMISSION}"
    assert answer.headers["x-openrosa-accept-content-length"] == "100000000"
    assert answer.headers["x-openrosa-version"] == "1.0"


def test_who_brings_nothing_is_asked_for_name_and_password(place: Site) -> None:
    for method, path in (("GET", FORM_LIST), ("HEAD", SUBMISSION), ("POST", SUBMISSION)):
        answer = place.call(method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Basic realm="erqi"')
        if method != "HEAD":
            assert told(answer) == (401, "token-missing")


def test_form_filled_in_by_javarosa_is_stored(place: Site, sender: Secret, tmp_path: Path) -> None:
    form = downloaded(place, sender, "erqi_checkpoint_inspection", tmp_path)
    (checkpoint,) = place.rows("SELECT id, version FROM checkpoints ORDER BY id LIMIT 1")
    answers = {
        "checkpoint_id": checkpoint["id"],
        "checkpoint_state": "attention",
        "supplies_state": "deficient",
        "location": "34.7101 113.6202 110.0 6.5",
        "note": "闸门 <卡住> & 漏水",
        "photo_1": "1590984000000.jpg",
    }
    xml, picture = filled(form, tmp_path, answers), photo(seed=101)
    assert told(send(place, sender, xml, {"1590984000000.jpg": picture})) == (201, "submit_success")
    report_id = UUID(next(each.text for each in parsed(xml).iter("instanceID") if each.text).removeprefix("uuid:"))
    (row,) = place.rows("SELECT * FROM reports WHERE id = %s", report_id)
    assert (row["kind"], row["checkpoint_id"], row["checkpoint_state"], row["supplies_state"]) == (
        *("checkpoint_inspection", checkpoint["id"], "attention", "deficient"),
    )
    assert (row["note"], row["position_accuracy_m"], row["datum"]) == ("闸门 <卡住> & 漏水", 6.5, "wgs84")
    kept = submission(place, report_id)
    assert (kept["channel"], kept["token_id"]) == ("openrosa", sender.id)
    assert kept["body"]["base_version"] == checkpoint["version"]
    position = {"x": 113.6202, "y": 34.7101, "datum": "wgs84", "accuracy_m": 6.5, "source": "device"}
    assert kept["body"]["position"] == position
    assert photos_of(place, report_id) == [sha256(picture)]


@pytest.mark.parametrize(
    ("form_id", "answers", "column", "value"),
    [
        ("erqi_hazard", {"hazard_kind": "urban_flooding", "place": "嵩山路 K1+200"}, "road_id", "songshan"),
        ("erqi_problem", {"note": "井盖缺失"}, "note", "井盖缺失"),
        ("erqi_note", {"note": "x"}, "kind", "note"),
        ("erqi_water_level", {"checkpoint_id": "@", "water_level_m": "-0.00004"}, "water_level_m", -4e-05),
        ("erqi_position_fix", {"checkpoint_id": "@", "location": "34.71 113.62 1 2.5"}, "position_accuracy_m", 2.5),
        ("erqi_task_progress", {"task_id": "@", "progress_percent": "62.5"}, "progress_percent", 62.5),
    ],
)
def test_every_form_is_stored(
    place: Site, sender: Secret, tmp_path: Path, form_id: str, answers: dict[str, str], column: str, value: Any
) -> None:
    form = downloaded(place, sender, form_id, tmp_path)
    lists = {name: tmp_path / f"{name.removesuffix('_id')}s.csv" for name, given in answers.items() if given == "@"}
    first = {name: next(csv.DictReader(io.StringIO(path.read_text("utf-8"))))["name"] for name, path in lists.items()}
    xml = filled(form, tmp_path, {**answers, **first}, "English (en)")
    assert told(send(place, sender, xml)) == (201, "submit_success")
    report_id = UUID(next(each.text for each in parsed(xml).iter("instanceID") if each.text).removeprefix("uuid:"))
    (row,) = place.rows("SELECT * FROM reports WHERE id = %s", report_id)
    assert row[column] == value
    assert {name: row[name] for name in first} == first


def test_progress_of_a_stretch_lies_between_the_posts_that_the_list_gives(
    place: Site, sender: Secret, tmp_path: Path
) -> None:
    form = downloaded(place, sender, "erqi_task_progress", tmp_path)
    tasks = list(csv.DictReader(io.StringIO((tmp_path / "tasks.csv").read_text("utf-8"))))
    on_segments = place.rows("SELECT id FROM tasks WHERE segment_id IS NOT NULL")
    assert {each["name"] for each in tasks if each["stretch"]} == {each["id"] for each in on_segments}
    task = next(each for each in tasks if each["stretch"])
    begins, ends = task["stretch"].split("–")
    answers = {"task_id": task["name"], "progress_percent": "40", "extent_from": begins, "extent_to": ends}
    xml = filled(form, tmp_path, {**answers, "carriageway": "left"})
    assert told(send(place, sender, xml)) == (201, "submit_success")
    (row,) = place.rows(
        "SELECT r.from_m = s.from_m AND r.to_m = s.to_m AS whole, r.carriageway FROM reports r JOIN tasks t ON "
        "t.id = r.task_id JOIN segments s ON s.id = t.segment_id WHERE r.from_m IS NOT NULL"
    )
    assert row == {"whole": True, "carriageway": "left"}


def test_task_on_no_segment_is_not_asked_for_a_stretch(place: Site, sender: Secret, tmp_path: Path) -> None:
    form = downloaded(place, sender, "erqi_task_progress", tmp_path)
    tasks = csv.DictReader(io.StringIO((tmp_path / "tasks.csv").read_text("utf-8")))
    elsewhere = next(each["name"] for each in tasks if not each["stretch"])
    with pytest.raises(AssertionError, match="extent_from"):
        filled(form, tmp_path, {"task_id": elsewhere, "progress_percent": "40", "extent_from": "K0+000"})


def test_point_put_on_a_map_by_hand_has_no_accuracy(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    assert told(send(place, sender, hazard(report_id, location="34.7437 113.6363 0.0 0.0")))[0] == 201
    position = submission(place, report_id)["body"]["position"]
    assert position == {"x": 113.6363, "y": 34.7437, "datum": "wgs84", "source": "pin"}


def test_same_submission_again_is_stored_once(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    xml, media = hazard(report_id, photo_1="a.jpg"), {"a.jpg": photo(seed=102)}
    assert [told(send(place, sender, xml, media)) for _ in range(3)] == [(201, "submit_success")] * 3
    assert stored(place, report_id) == 1


def test_other_content_under_the_same_id_is_refused(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    assert told(send(place, sender, hazard(report_id, note="一")))[0] == 201
    answer = send(place, sender, hazard(report_id, note="二"))
    assert told(answer) == (409, "report-differs")
    assert "note" in answer.text
    other = send(place, place.issue("field"), hazard(report_id, note="二"))
    assert told(other) == (409, "report-id-taken")
    assert "一" not in other.text.replace("另一", "").replace("一份", "")


def test_photos_in_several_requests_make_one_report(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    xml = hazard(report_id, photo_1="a.jpg", photo_2="b.jpg", photo_3="c.jpg")
    a, b, c = (photo(seed=seed) for seed in (103, 104, 105))
    assert told(send(place, sender, xml, {"b.jpg": b}, isIncomplete="yes")) == (202, "submit_incomplete")
    assert told(send(place, sender, xml, {"a.jpg": a}, isIncomplete="yes")) == (202, "submit_incomplete")
    assert stored(place, report_id) == 0  # the phone still holds it
    assert told(send(place, sender, xml, {"c.jpg": c})) == (201, "submit_success")
    assert photos_of(place, report_id) == [sha256(each) for each in (a, b, c)]
    # The answer was lost: the last request alone, and then everything from the beginning.
    assert told(send(place, sender, xml, {"c.jpg": c})) == (201, "submit_success")
    assert told(send(place, sender, xml, {"b.jpg": b}, isIncomplete="yes")) == (201, "submit_success")
    assert told(send(place, sender, xml, {"a.jpg": a, "b.jpg": b, "c.jpg": c})) == (201, "submit_success")
    assert stored(place, report_id) == 1


def test_photos_of_one_sender_are_not_another_s(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    xml = hazard(report_id, photo_1="a.jpg", photo_2="b.jpg")
    assert told(send(place, sender, xml, {"a.jpg": photo(seed=106)}, isIncomplete="yes"))[0] == 202
    other = place.issue("field")
    assert told(send(place, other, xml, {"b.jpg": photo(seed=107)}))[0] == 201
    assert photos_of(place, report_id) == [sha256(photo(seed=107))]


def test_report_is_stored_though_a_photo_never_came(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    answer = send(place, sender, hazard(report_id, photo_1="a.jpg", photo_2="b.jpg"), {"a.jpg": photo(seed=108)})
    assert told(answer) == (201, "submit_success")
    assert "1 did not come" in answer.text
    assert photos_of(place, report_id) == [sha256(photo(seed=108))]


def test_file_that_the_form_does_not_name_is_passed_over(place: Site, sender: Secret) -> None:
    report_id = uuid4()
    assert told(send(place, sender, hazard(report_id), {"audit.csv": b"event,node,start,end\n"}))[0] == 201
    assert photos_of(place, report_id) == []


def test_notes_on_files_are_thrown_away_after_their_time(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, upload_hours=2)
    old, new = b"<old/>", b"<new/>"
    remember(settings, "t", old, {"a.jpg": "aa", "b.jpg": "bb"})
    assert recall(settings, "t", old, ["a.jpg", "b.jpg", "c.jpg"]) == {"a.jpg": "aa", "b.jpg": "bb"}
    assert recall(settings, "other", old, ["a.jpg"]) == {}
    (folder,) = {each.parent for each in tmp_path.rglob("*") if each.is_file()}
    for age, kept in ((1.9, {"a.jpg": "aa"}), (2.1, {})):
        then = time.time() - age * 3600
        os.utime(folder, (then, then))
        remember(settings, "t", new, {"n.jpg": "nn"})
        assert recall(settings, "t", old, ["a.jpg"]) == kept
    assert recall(settings, "t", new, ["n.jpg"]) == {"n.jpg": "nn"}


def test_every_form_of_the_folder_is_served() -> None:
    assert {each.stem for each in FOLDER.glob("*.xlsx")} == {each.stem for each in FOLDER.glob("*.xml")}
