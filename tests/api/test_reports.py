"""One report at a time: stored for good before it is answered, the same answer however often it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
import rfc8785

from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, a_report, read_back, send, stored
from tests.api.holders import problem_of
from tests.api.uploading import Site, sha256, site
from tests.conftest import TestServer

UNIT, OTHER_UNIT = "songshanlu", "minggonglu"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field", unit_id=UNIT)


def test_report_is_in_the_store_when_it_is_answered(place: Site, sender: Secret) -> None:
    value = a_report(position={"x": 113.6221, "y": 34.7240, "datum": "wgs84", "accuracy_m": 8})
    answer = send(place, sender, value)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{place.address}{REPORTS}/{value['id']}"
    found = answer.json()
    assert (found["id"], found["status"], found["photos_outstanding"]) == (value["id"], "stored", [])
    assert (found["placement"], found["road_id"], found["flags"]) == ("matched", "songshan", [])
    (row,) = place.rows(
        "SELECT r.status, unit_id, note, body, body_sha256, channel, token_id FROM reports r"
        " JOIN submissions s ON s.report_id = r.id WHERE r.id = %s",
        value["id"],
    )
    assert (row["status"], row["unit_id"], row["note"]) == ("received", UNIT, "路面有坑")
    assert (row["channel"], row["token_id"], row["body"]) == ("api", sender.id, value)
    assert row["body_sha256"].hex() == sha256(rfc8785.dumps(value)) == found["receipt"]["body_sha256"]


def test_same_report_has_the_same_answer_however_it_is_spelt(place: Site, sender: Secret) -> None:
    value = a_report(position={"x": 113.5, "y": 34.0, "datum": "gcj02"}, note="路面 \n é")
    first = send(place, sender, value)
    turned = dict(reversed(list(value.items())))
    spelt = (
        json.dumps(value),
        json.dumps(turned, indent=4),
        json.dumps(value, ensure_ascii=False).replace("113.5", "1.135e2").replace("34.0", "34"),
        json.dumps(value).replace("note", "n\\u006fte", 1),
    )
    for body in spelt:
        again = place.call("POST", REPORTS, sender, content=body.encode(), headers=JSON)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["location"] == first.headers["location"]
    assert len(place.rows("SELECT 1 FROM submissions WHERE report_id = %s", value["id"])) == 1


def test_other_report_under_the_id_is_told_each_difference(place: Site, sender: Secret) -> None:
    value = a_report(position={"x": 113.5, "y": 34.75, "datum": "wgs84", "accuracy_m": 5}, contact={"phone": "1"})
    assert send(place, sender, value).status_code == 201
    other = {**value, "note": "别的", "position": {"x": 113.6, "y": 34.75, "datum": "wgs84"}, "place": "嵩山路"}
    del other["contact"]
    answer = send(place, sender, other)
    assert (answer.status_code, problem_of(answer)) == (409, "report-differs")
    found = {each["field"]: (each["stored"], each["sent"]) for each in answer.json()["differences"]}
    assert found == {
        "note": ("路面有坑", "别的"),
        "position.x": (113.5, 113.6),
        "position.accuracy_m": (5, None),
        "contact": ({"phone": "1"}, None),
        "place": (None, "嵩山路"),
    }
    assert all(field in answer.json()["detail_zh"] for field in found)
    assert read_back(place, sender, value["id"])["body"] == value


def test_id_of_somebody_else_tells_nothing_of_his_report(place: Site, sender: Secret) -> None:
    value = a_report(note="机密")
    assert send(place, sender, value).status_code == 201
    stranger = place.issue("field", unit_id=OTHER_UNIT)
    answer = send(place, stranger, {**value, "note": "猜"})
    assert (answer.status_code, problem_of(answer)) == (409, "report-id-taken")
    assert "机密" not in answer.text
    assert "differences" not in answer.json()


def test_same_report_twice_at_once_is_stored_once(place: Site, sender: Secret) -> None:
    values = [a_report() for _ in range(5)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda value: send(place, sender, value), values * 4))
    assert {answer.status_code for answer in answers} == {201}
    for n, value in enumerate(values):
        said = [answer.json() for answer in answers[n::5]]
        assert said == [said[0]] * 4
        assert len(place.rows("SELECT 1 FROM changes WHERE feature_id = %s", value["id"])) == 1


def test_different_reports_under_one_id_at_once_are_one_and_conflicts(place: Site, sender: Secret) -> None:
    report_id = str(uuid4())
    values = [a_report(id=report_id, note=f"第{n}种") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda value: send(place, sender, value), values))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (won,) = (value for value, answer in zip(values, answers, strict=True) if answer.status_code == 201)
    assert read_back(place, sender, report_id)["body"] == won


def test_reports_of_many_at_once_keep_their_senders(place: Site) -> None:
    team = [place.issue("field", unit_id=unit) for unit in (UNIT, OTHER_UNIT) * 4]
    values = [a_report(note=f"队{n % 8}") for n in range(40)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: send(place, team[n % 8], values[n]), range(40)))
    assert {answer.status_code for answer in answers} == {201}
    for n, value in enumerate(values):
        (row,) = place.rows(
            "SELECT c.changed_by, token_id, unit_id FROM changes c JOIN submissions s ON s.report_id::text = feature_id"
            " JOIN reports r ON r.id = s.report_id WHERE feature_id = %s",
            value["id"],
        )
        own = team[n % 8].id
        assert row == {"changed_by": f"token:{own}", "token_id": own, "unit_id": (UNIT, OTHER_UNIT)[n % 2]}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"id": "1"}, "id"),
        ({"id": None}, "id"),
        ({"kind": "gossip"}, "kind"),
        ({"observed_at": "2020-06-01T12:00:00"}, "observed_at"),
        ({"observed_at": "1999-12-31T00:00:00Z"}, "observed_at"),
        ({"note": " "}, "note"),
        ({"note": None}, "note"),
        ({"note": "\0"}, "note"),
        ({"colour": "red"}, "colour"),
        ({"position": {"x": 113.6, "y": 34.7}}, "position.datum"),
        ({"position": {"x": "113.6", "y": 34.7, "datum": "wgs84"}}, "position.x"),
        ({"position": {"x": 113.6, "y": 34.7, "datum": "wgs84", "accuracy_m": 0}}, "position.accuracy_m"),
        ({"photos": ["ab"]}, "photos.0"),
        ({"photos": ["0" * 64, "0" * 64]}, "photos"),
        ({"kind": "task_progress", "task_id": "nothing", "progress_percent": 5}, "task_id"),
        ({"kind": "hazard", "hazard_kind": "dragons"}, "hazard_kind"),
        ({"kind": "checkpoint_inspection", "checkpoint_id": "jinghu_aqueduct"}, "checkpoint_state"),
        ({"chainage": {"road": "没有的路", "at": "K1+000"}}, "chainage.road"),
        ({"chainage": {"road": "嵩山路", "at": "K99+000"}}, "chainage.at"),
        ({"chainage": {"road": "嵩山路", "at": "三公里"}}, "chainage.at"),
        ({"kind": "position_fix", "site_id": "nanyun_park"}, "position"),
    ],
)
def test_report_that_cannot_be_kept_is_refused_by_its_member(
    place: Site, sender: Secret, members: dict[str, Any], field: str
) -> None:
    answer = send(place, sender, a_report(**members))
    assert (answer.status_code, problem_of(answer), answer.json()["field"]) == (422, "unprocessable-content", field)


def test_half_a_surrogate_pair_is_refused_by_its_member(place: Site, sender: Secret) -> None:
    body = json.dumps(a_report(note="\ud83d")).encode()  # escaped, as JSON allows it
    answer = place.call("POST", REPORTS, sender, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, "note")


@pytest.mark.parametrize(("ahead", "flags"), [(timedelta(days=3650), ["clock_skew"]), (timedelta(days=-3650), [])])
def test_wrong_clock_is_flagged_and_never_refused(
    place: Site, sender: Secret, ahead: timedelta, flags: list[str]
) -> None:
    seen = datetime.now(timezone.utc) + ahead
    assert stored(place, sender, observed_at=seen.isoformat())["flags"] == flags


def test_report_outside_what_the_token_opens_is_refused_by_its_member(place: Site) -> None:
    narrow = place.issue(
        "field", unit_id=UNIT, report_kinds=frozenset({"note"}), checkpoint_id="jinghu_aqueduct", label="narrow"
    )
    for members, field in (
        ({"unit_id": OTHER_UNIT}, "unit_id"),
        ({"kind": "hazard", "hazard_kind": "urban_flooding"}, "kind"),
        ({"checkpoint_id": "another"}, "checkpoint_id"),
    ):
        value = a_report(**members)
        answer = send(place, narrow, value)
        assert (answer.status_code, problem_of(answer), answer.json()["field"]) == (403, "forbidden", field)
        assert place.rows("SELECT 1 FROM reports WHERE id = %s", value["id"]) == []
    denied = place.audit("POST /api/v1/reports")
    assert {row["detail"]["field"] for row in denied if row["subject"] == f"token:{narrow.id}"} == {
        "unit_id",
        "kind",
        "checkpoint_id",
    }


def test_report_is_read_by_its_sender_and_its_reviewers_alone(place: Site, sender: Secret) -> None:
    report_id = stored(place, sender, contact={"name": "张三", "phone": "139"})["id"]
    mine = read_back(place, sender, report_id)
    assert (mine["status"], mine["reason"], mine["reviews"], mine["photos"]) == ("received", None, [], [])
    assert mine["body"]["contact"] == {"name": "张三", "phone": "139"}
    assert mine["receipt"]["report_id"] == report_id
    assert read_back(place, place.issue("reviewer", unit_id=UNIT), report_id)["body"] == mine["body"]
    assert read_back(place, place.issue("commander", unit_id=OTHER_UNIT), report_id)["body"] == mine["body"]
    for other in (place.issue("field", unit_id=UNIT), place.issue("reviewer", unit_id=OTHER_UNIT)):
        answer = place.call("GET", f"{REPORTS}/{report_id}", other)
        assert (answer.status_code, problem_of(answer)) == (403, "forbidden")
        assert "张三" not in answer.text
    assert place.call("GET", f"{REPORTS}/{report_id}").status_code == 401
    assert place.call("GET", f"{REPORTS}/{uuid4()}", sender).status_code == 404


def test_own_reports_are_listed_newest_first_once_over_pages(place: Site) -> None:
    team = place.issue("field", unit_id=UNIT)
    sent = [stored(place, team, note=f"第{n}条")["id"] for n in range(5)]
    stored(place, place.issue("field", unit_id=UNIT), note="别人的")
    found: list[str] = []
    query = {"mine": "true", "limit": "2"}
    while True:
        answer = place.call("GET", REPORTS, team, params=query)
        assert answer.headers["cache-control"] == "private, no-store"
        page = answer.json()
        found += [each["id"] for each in page["reports"]]
        if "next" not in page:
            break
        query["after"] = page["next"]
    assert found == sent[::-1]
    assert place.call("GET", REPORTS, team).status_code == 400  # whose reports has to be said
    assert place.call("GET", REPORTS, team, params={"mine": "true", "after": "x"}).json()["field"] == "after"


def test_sender_reads_the_answer_to_his_report(place: Site, sender: Secret) -> None:
    report_id = stored(place, sender)["id"]
    decision = {"to": "needs_information", "reason": "请补一张近照"}
    reviewer = place.issue("reviewer", unit_id=UNIT)
    assert place.call("POST", f"{REPORTS}/{report_id}/reviews", reviewer, json=decision).status_code == 201
    mine = read_back(place, sender, report_id)
    assert (mine["status"], mine["reason"]) == ("needs_information", "请补一张近照")
    (listed,) = (
        each
        for each in place.call("GET", REPORTS, sender, params={"mine": "true"}).json()["reports"]
        if each["id"] == report_id
    )
    assert (listed["status"], listed["reason"]) == ("needs_information", "请补一张近照")
    assert [(each["from"], each["to"]) for each in listed["reviews"]] == [("received", "needs_information")]
