"""What waits for a reviewer: filters, counts, flags as things stand; one report on the desk; many decisions at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.editor import rows
from tests.api.field_work import OBSERVED, bearer, insert, put_report, token_for
from tests.api.reviewers import ACCEPT, CHECKPOINT, OTHER_UNIT, PROGRAMME, SITE, UNIT, Team, a_team
from tests.api.test_refusals import refused
from tests.conftest import DISTRICT, TestServer

QUEUE, FIGURES, BATCH = "/api/v1/reviews/queue", "/api/v1/reviews/figures", "/api/v1/reviews/batch"
HERE = "SRID=4326;POINT (113.62 34.73)"
NORTH_200_M = "SRID=4326;POINT (113.62 34.7318031)"  # 200.0 m by geod +ellps=WGS84 (PROJ)


@pytest.fixture(scope="module")
def team(server: TestServer, seeded_url: str) -> Iterator[Team]:
    assert seeded_url
    with a_team(server, "review_queue") as made:
        yield made


def listed(team: Team, **parameters: Any) -> set[str]:
    return {report["id"] for report in team.get(QUEUE, limit=200, **parameters)["reports"]}


def flags_of(team: Team, report: UUID) -> set[str]:
    (found,) = [each for each in team.get(QUEUE, limit=200)["reports"] if each["id"] == str(report)]
    flags: set[str] = set(found["flags"])
    return flags


def put_photo(team: Team, report: UUID, name: bytes, **exif: Any) -> None:
    """Let a report name a photo, which is here unless ``exif`` has ``is_here=False``."""
    sha256, here = name * 32, exif.pop("is_here", True)
    insert(team.database, "report_photos", {"district": DISTRICT, "report_id": report, "sha256": sha256, "position": 0})
    size = {"size_bytes": 1, "width": 8, "height": 6, "media_type": "image/jpeg", "perceptual_hash": 1}
    if here:
        insert(team.database, "photos", {"district": DISTRICT, "sha256": sha256, **size, **exif})


def decide_many(team: Team, *decisions: Any, token: str | None = None) -> list[dict[str, Any]]:
    answer = team.client.post(BATCH, json={"decisions": decisions}, headers=bearer(token or team.reviewer))
    assert answer.status_code == 207, answer.text
    verdicts: list[dict[str, Any]] = answer.json()["verdicts"]
    assert [each["index"] for each in verdicts] == list(range(len(decisions)))
    return verdicts


def test_queue_is_narrowed_by_status_kind_unit_flag_and_words(team: Team) -> None:
    commander = token_for(team.database, "commander")
    hazard = team.report(kind="hazard", hazard_kind="urban_flooding", note="涵洞积水 50%_深")
    note = team.report(kind="note", note="涵洞外墙", flags=["clock_skew"])
    asked = team.report(kind="note", note="涵洞照片不清", status="needs_information")
    homeless = put_report(team.database, team.sender, kind="note", note="涵洞")
    mine = {str(hazard), str(note)}
    assert listed(team, q="涵洞") == mine
    assert listed(team, q="涵洞", status="needs_information") == {str(asked)}
    assert listed(team, q="涵洞", status="received,needs_information") == mine | {str(asked)}
    assert listed(team, q="涵洞", kind="hazard,problem") == {str(hazard)}
    assert listed(team, q="涵洞", flag="clock_skew,ambiguous") == {str(note)}
    assert listed(team, q="50%_") == {str(hazard)}
    assert listed(team, q="%涵洞") == set()
    assert listed(team, q="XYZ-街") == set()
    assert listed(team, q="songshanlu SUBDISTRICT") >= mine
    assert listed(team, q=str(note)[:23]) == {str(note)}
    assert listed(team, q="涵洞", token=commander, unit="none") == {str(homeless)}
    assert listed(team, q="涵洞", token=commander, unit=f"none,{UNIT}") == mine | {str(homeless)}
    assert listed(team, q="涵洞", unit=OTHER_UNIT) == set()
    assert listed(team, q="嵩山路街道", unit=UNIT) >= mine


@pytest.mark.parametrize(
    "wrong", [{"status": "accepted"}, {"flag": "odd"}, {"colour": "red"}, {"after": "2020-06-01~x"}]
)
def test_filter_that_is_not_known_is_refused_by_its_name(team: Team, wrong: dict[str, str]) -> None:
    answer = team.client.get(QUEUE, params=wrong, headers=bearer(team.reviewer))
    assert refused(answer, 400)["field"] == next(iter(wrong))


def test_figures_count_what_the_queue_lists(team: Team) -> None:
    team.report(kind="problem", note="井盖", flags=["clock_skew"])
    put_report(team.database, team.sender, unit_id=OTHER_UNIT, kind="note", note="别的单位")
    found = team.get(FIGURES)
    page = team.get(QUEUE, limit=200)
    for facet, parameter in (("kind", "kind"), ("flag", "flag"), ("unit", "unit"), ("status", "status")):
        assert found[facet] or facet == "flag", facet
        for each in found[facet]:
            assert len(listed(team, **{parameter: each["code"]})) == each["reports"], (facet, each)
    assert page["matched"] == len(page["reports"])
    assert found["oldest"] == min(report["received_at"] for report in page["reports"])
    assert [each["name_zh"] for each in found["unit"]] == ["嵩山路街道"]
    assert "matched" not in team.get(QUEUE, limit=1, after=team.get(QUEUE, limit=1)["next"])


def test_photos_that_are_missing_far_off_or_of_another_day_are_flagged(team: Team) -> None:
    at = {"kind": "note", "note": "井", "geom": HERE, "position_accuracy_m": 30.0}
    missing, far, near, old, plain = (team.report(**at) for _ in range(5))
    put_photo(team, missing, b"m", is_here=False)
    put_photo(team, far, b"f", exif_geom=NORTH_200_M, exif_at=OBSERVED)
    put_photo(team, near, b"n", exif_geom="SRID=4326;POINT (113.62 34.7311)", exif_at=OBSERVED)  # 122 m, of 130 allowed
    put_photo(team, old, b"o", exif_at=OBSERVED.replace(day=2))
    put_photo(team, plain, b"p")
    assert [flags_of(team, each) for each in (missing, far, near, old, plain)] == [
        {"photos_outstanding"},
        {"photo_far"},
        set(),
        {"photo_time"},
        set(),
    ]
    assert {str(far), str(old)} <= listed(team, flag="photo_far,photo_time")
    (photo,) = team.get(f"/api/v1/reports/{far}/desk")["photos"]
    assert photo["is_here"]
    assert photo["seconds_apart"] == 0
    assert abs(photo["distance_m"] - 200) < 0.1


def test_field_changed_since_the_sender_looked_is_flagged_and_foreseen_with_both_values(team: Team) -> None:
    task = team.task()
    seen = team.one("SELECT version FROM tasks WHERE id = %s", task)["version"]
    said = {"kind": "task_progress", "task_id": task, "base_version": seen}
    report = team.report(**said, progress_percent=60)
    assert flags_of(team, report) == set()
    rows(team.database, "UPDATE tasks SET progress_percent = 55 WHERE id = %s RETURNING id", task)
    same = team.report(**said, progress_percent=55)
    assert (flags_of(team, report), flags_of(team, same)) == ({"conflict"}, set())
    desk = team.get(f"/api/v1/reports/{report}/desk")
    acceptance = desk["acceptance"]
    assert acceptance["conflicts"] == [{"field": "progress_percent", "seen": None, "current": 55, "sent": 60}]
    assert acceptance["changes"]["progress_percent"] == {"before": 55, "after": 60}
    assert acceptance["changes"]["actual_start"] == {"before": None, "after": "2020-06-01"}
    assert desk["may_become"] == ["accepted", "duplicate", "needs_information", "rejected", "triaged"]
    trace = "SELECT progress_percent::float AS done, version FROM tasks WHERE id = %s"
    assert team.one(trace, task) == {"done": 55, "version": seen + 1}  # looking has changed nothing
    assert team.status(report) == "received"


def test_unblocking_a_task_that_was_blocked_meanwhile_is_a_conflict_too(team: Team) -> None:
    task = team.task()
    seen = team.one("SELECT version FROM tasks WHERE id = %s", task)["version"]
    report = team.report(kind="task_progress", task_id=task, progress_percent=10, base_version=seen)
    rows(team.database, "UPDATE tasks SET blocked_reason = '管线' WHERE id = %s RETURNING id", task)
    assert flags_of(team, report) == {"conflict"}
    (conflict,) = team.get(f"/api/v1/reports/{report}/desk")["acceptance"]["conflicts"]
    assert (conflict["field"], conflict["current"], conflict["sent"]) == ("blocked_reason", "管线", None)


def test_desk_says_why_a_position_fix_cannot_be_accepted(team: Team) -> None:
    report = team.report(kind="position_fix", site_id=SITE, geom=HERE, position_accuracy_m=99_000.0)
    desk = team.get(f"/api/v1/reports/{report}/desk")
    assert desk["acceptance"]["refused"]["type"] == "urn:erqi:problem:review-no-better"
    assert [(each["collection"], each["id"]) for each in desk["things"]] == [("sites", SITE)]


def test_desk_has_both_positions_of_a_doubted_one_and_where_the_other_lies(team: Team) -> None:
    report = team.report(
        kind="note",
        note="看到",
        geom="SRID=4326;POINT (113.6230 34.7290)",
        flags=["datum_suspect"],
        suspected_datum="gcj02",
        suspected_geom="SRID=4326;POINT (113.6169 34.7303)",
    )
    desk = team.get(f"/api/v1/reports/{report}/desk")
    assert (desk["report"]["lon"], desk["report"]["suspected_lon"]) == (113.623, 113.6169)
    moved = desk["acceptance"]["moved"]
    assert (moved["lon"], moved["datum"], moved["place_zh"]) == (113.6169, "gcj02", None)
    assert team.one("SELECT ST_X(geom) AS lon FROM reports WHERE id = %s", report)["lon"] == 113.623


def test_desk_names_the_sender_by_his_token_and_keeps_what_was_decided(team: Team) -> None:
    report = team.report(kind="checkpoint_inspection", checkpoint_id=CHECKPOINT, checkpoint_state="normal")
    assert team.decide(report, {"to": "triaged", "reason": "转防办"}).status_code == 201
    assert team.decide(report, ACCEPT).status_code == 201
    desk = team.get(f"/api/v1/reports/{report}/desk")
    assert desk["report"]["sender"] == "field"
    assert (desk["report"]["unit_zh"], desk["report"]["place_zh"]) == ("嵩山路街道", "荆胡渡槽")
    assert [(each["to"], each["reason"], each["by"]) for each in desk["reviews"]] == [
        ("triaged", "转防办", "reviewer"),
        ("accepted", "照片清楚", "reviewer"),
    ]
    assert desk["reviews"][1]["applied"]["state"]["after"] == "normal"
    assert desk["may_become"] == []
    assert not {"token_id", "reporter_id"} & desk["report"].keys()


def test_desk_of_another_unit_or_of_nothing_is_refused(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    path = f"/api/v1/reports/{report}/desk"
    stranger = token_for(team.database, "reviewer", unit_id=OTHER_UNIT)
    refused(team.client.get(path, headers=bearer(stranger)), 403)
    refused(team.client.get(path, headers=bearer(team.sender)), 403)
    refused(team.client.get(f"/api/v1/reports/{uuid4()}/desk", headers=bearer(team.reviewer)), 404)


def test_decision_of_one_who_has_not_seen_the_last_is_refused_and_told_the_state(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    assert team.decide(report, {"to": "needs_information", "reason": "补拍", "reviews_seen": 0}).status_code == 201
    problem = refused(team.decide(report, {"to": "rejected", "reason": "看不清", "reviews_seen": 0}), 409)
    assert problem["type"] == "urn:erqi:problem:review-stale"
    assert (problem["report_status"], problem["reviews"]) == ("needs_information", 1)
    assert team.decide(report, {"to": "rejected", "reason": "看不清", "reviews_seen": 1}).status_code == 201


def test_of_six_who_know_the_same_state_one_decides(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    step = {"to": "needs_information", "reason": "补拍", "reviews_seen": 0}
    back = {"to": "triaged", "reason": "再看", "reviews_seen": 0}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda each: team.decide(report, each).status_code, [step, back] * 3))
    assert sorted(answers) == [201, 409, 409, 409, 409, 409]


def test_bad_decision_among_many_keeps_out_no_other(team: Team) -> None:
    first, second, problem = (team.report(kind=kind, note="一") for kind in ("note", "note", "problem"))
    others = put_report(team.database, team.sender, unit_id=OTHER_UNIT, kind="note", note="别的")
    case = {"programme_id": PROGRAMME, "category": "other"}
    verdicts = decide_many(
        team,
        {"report_id": str(first), **ACCEPT},
        {"report_id": str(problem), **ACCEPT},
        "一条",
        {"report_id": str(others), **ACCEPT},
        {"report_id": str(uuid4()), **ACCEPT},
        {"report_id": str(first), **ACCEPT},
        {"report_id": str(second), "to": "rejected"},
        {"report_id": str(problem), **ACCEPT, "case": {**case, "programme_id": "nothing"}},
        {"report_id": str(problem), **ACCEPT, "case": case},
        {"report_id": str(second), "to": "rejected", "reason": "看不清"},
    )
    assert [each["status"] for each in verdicts] == [201, 422, 400, 403, 404, 409, 400, 422, 201, 201]
    assert verdicts[0]["decision"]["to"] == "accepted"
    assert [each["problem"].get("field") for each in verdicts if "problem" in each] == [
        *("case", "report_id", None, "report_id", "to", "reason", "case.programme_id"),
    ]
    assert [team.status(each) for each in (first, second, problem)] == ["accepted", "rejected", "accepted"]
    denied = rows(team.database, "SELECT action FROM audit_log WHERE action = 'POST /api/v1/reviews/batch'")
    assert len(denied) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({"decisions": [{}] * 201}, 422), ({"decisions": []}, 400), ({"decisions": "x"}, 400), ({"reports": []}, 400)],
)
def test_bundle_that_is_none_is_refused_whole(team: Team, body: dict[str, Any], status: int) -> None:
    answer = team.client.post(BATCH, json=body, headers=bearer(team.reviewer))
    assert refused(answer, status)["field"] == next(iter(body))
