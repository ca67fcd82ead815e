"""Reviews: who may decide what, what acceptance changes, and what happens when others have changed it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.api.editor import rows
from tests.api.field_work import OBSERVED, bearer, put_report, token_for
from tests.api.reviewers import ACCEPT, CHECKPOINT, OTHER_UNIT, PROGRAMME, SITE, UNIT, Team, a_team
from tests.api.test_refusals import refused
from tests.conftest import DISTRICT, TestServer


@pytest.fixture(scope="module")
def team(server: TestServer, seeded_url: str) -> Iterator[Team]:
    assert seeded_url
    with a_team(server, "reviews") as made:
        yield made


def test_accepted_progress_moves_the_task_and_tells_who_and_why(team: Team) -> None:
    task = team.task()
    report = team.report(kind="task_progress", task_id=task, progress_percent=40)
    answer = team.decide(report, ACCEPT)
    assert answer.status_code == 201, answer.text
    assert answer.json()["applied"]["progress_percent"] == {"before": None, "after": 40}
    assert team.one("SELECT progress_percent::float AS done FROM tasks WHERE id = %s", task)["done"] == 40
    change = team.one(
        "SELECT reason, report_id, changed_by FROM changes WHERE feature_id = %s ORDER BY version DESC LIMIT 1", task
    )
    assert change["reason"] == "照片清楚"
    assert change["report_id"] == report
    assert change["changed_by"].startswith("token:")
    assert team.status(report) == "accepted"


def test_decision_without_a_reason_is_refused_and_nothing_is_kept(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    for reason in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "\0"}, {"reason": 7}):
        assert refused(team.decide(report, {"to": "rejected", **reason}))["field"] == "reason"
    assert team.status(report) == "received"
    assert rows(team.database, "SELECT 1 FROM reviews WHERE report_id = %s", report) == []


def test_steps_follow_the_order_of_a_review(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    for step in ("triaged", "needs_information", "rejected", "triaged", "accepted"):
        assert team.decide(report, {"to": step, "reason": step}).status_code == 201
    problem = refused(team.decide(report, {"to": "rejected", "reason": "还是不行"}), 409)
    assert problem["type"] == "urn:erqi:problem:review-step"
    numbers = rows(team.database, "SELECT number, to_status FROM reviews WHERE report_id = %s ORDER BY 1", report)
    assert [row["number"] for row in numbers] == [1, 2, 3, 4, 5]


def test_field_changed_since_the_sender_looked_is_a_conflict_with_both_values(team: Team) -> None:
    task = team.task()
    seen = team.one("SELECT version FROM tasks WHERE id = %s", task)["version"]
    rows(team.database, "UPDATE tasks SET progress_percent = 55 WHERE id = %s RETURNING id", task)
    report = team.report(kind="task_progress", task_id=task, progress_percent=60, base_version=seen)
    problem = refused(team.decide(report, ACCEPT), 409)
    (conflict,) = problem["conflicts"]
    assert (conflict["field"], conflict["current"], conflict["sent"]) == ("progress_percent", 55, 60)
    assert team.status(report) == "received"
    kept = team.decide(report, ACCEPT | {"fields": {"progress_percent": "current"}})
    assert kept.status_code == 201, kept.text
    assert team.one("SELECT progress_percent::float AS done FROM tasks WHERE id = %s", task)["done"] == 55


def test_field_in_conflict_takes_the_sent_value_when_the_reviewer_says_so(team: Team) -> None:
    task = team.task()
    seen = team.one("SELECT version FROM tasks WHERE id = %s", task)["version"]
    rows(team.database, "UPDATE tasks SET progress_percent = 55 WHERE id = %s RETURNING id", task)
    report = team.report(kind="task_progress", task_id=task, progress_percent=60, base_version=seen)
    answer = team.decide(report, ACCEPT | {"fields": {"progress_percent": "sent"}})
    assert [conflict["field"] for conflict in answer.json()["conflicts"]] == ["progress_percent"]
    assert team.one("SELECT progress_percent::float AS done FROM tasks WHERE id = %s", task)["done"] == 60


def test_other_field_changed_meanwhile_is_merged_without_asking(team: Team) -> None:
    row = team.one("SELECT version FROM checkpoints WHERE id = %s", CHECKPOINT)
    rows(team.database, "UPDATE checkpoints SET drill_state = 'deficient' WHERE id = %s RETURNING id", CHECKPOINT)
    report = team.report(
        kind="checkpoint_inspection",
        checkpoint_id=CHECKPOINT,
        checkpoint_state="attention",
        supplies_state="satisfactory",
        base_version=row["version"],
    )
    answer = team.decide(report, ACCEPT)
    assert answer.status_code == 201, answer.text
    after = team.one("SELECT state, supplies_state, drill_state FROM checkpoints WHERE id = %s", CHECKPOINT)
    assert after == {"state": "attention", "supplies_state": "satisfactory", "drill_state": "deficient"}


def test_accepted_water_level_is_a_reading(team: Team) -> None:
    report = team.report(kind="water_level", checkpoint_id=CHECKPOINT, water_level_m=118.2, vertical_datum="1985")
    answer = team.decide(report, ACCEPT)
    assert answer.status_code == 201, answer.text
    reading = team.one("SELECT value, vertical_datum, observed_at FROM readings WHERE report_id = %s", report)
    assert reading == {"value": 118.2, "vertical_datum": "1985", "observed_at": OBSERVED}


def test_accepted_problem_opens_a_case_at_its_place(team: Team) -> None:
    report = team.report(
        kind="problem", note="井盖破损", geom="SRID=4326;POINT (113.62 34.73)", position_accuracy_m=8.0
    )
    refused(team.decide(report, ACCEPT), 422)
    missing = {"programme_id": "nothing", "category": "other"}
    assert refused(team.decide(report, ACCEPT | {"case": missing}), 422)["field"] == "case.programme_id"
    case = {"programme_id": PROGRAMME, "category": "other", "due_on": "2020-06-20", "territorial_unit_id": UNIT}
    answer = team.decide(report, ACCEPT | {"case": case})
    assert answer.status_code == 201, answer.text
    row = team.one(
        "SELECT c.title_zh, c.status, c.due_on::text AS due_on, ST_X(c.geom) AS lon, r.case_id = c.id AS linked"
        " FROM cases c JOIN reports r ON r.id = %s AND r.case_id = c.id",
        report,
    )
    assert row == {
        "title_zh": "井盖破损",
        "status": "registered",
        "due_on": "2020-06-20",
        "lon": 113.62,
        "linked": True,
    }


def test_position_fix_improves_a_place_and_never_makes_it_worse(team: Team) -> None:
    at = {"kind": "position_fix", "site_id": SITE, "geom": "SRID=4326;POINT (113.615 34.701)"}
    worse = team.report(**at, position_accuracy_m=99_000.0)
    assert refused(team.decide(worse, ACCEPT), 409)["type"] == "urn:erqi:problem:review-no-better"
    assert team.decide(team.report(**at, position_accuracy_m=6.0), ACCEPT).status_code == 201
    place = team.one("SELECT position_status, position_accuracy_m, ST_X(geom) AS lon FROM sites WHERE id = %s", SITE)
    assert place == {"position_status": "surveyed", "position_accuracy_m": 6.0, "lon": 113.615}


def test_suspect_datum_is_decided_by_a_person_and_moves_only_then(team: Team) -> None:
    declared, meant = "SRID=4326;POINT (113.6230 34.7290)", "SRID=4326;POINT (113.6169 34.7303)"
    report = team.report(
        kind="note",
        note="看到",
        geom=declared,
        flags=["datum_suspect"],
        suspected_datum="gcj02",
        suspected_geom=meant,
    )
    assert refused(team.decide(report, ACCEPT), 422)["field"] == "position"
    place = "SELECT ST_X(geom) AS lon, datum FROM reports WHERE id = %s"
    assert team.one(place, report) == {"lon": 113.623, "datum": "wgs84"}
    assert team.decide(report, ACCEPT | {"position": "suspected"}).status_code == 201
    assert team.one(place, report) == {"lon": 113.6169, "datum": "gcj02"}


def test_duplicate_names_the_report_that_it_repeats(team: Team) -> None:
    first, second = team.report(kind="note", note="一"), team.report(kind="note", note="一")
    for wrong in ({}, {"duplicate_of": str(second)}, {"duplicate_of": str(uuid4())}):
        assert (
            refused(team.decide(second, {"to": "duplicate", "reason": "同一件"} | wrong), 422)["field"]
            == "duplicate_of"
        )
    answer = team.decide(second, {"to": "duplicate", "reason": "同一件", "duplicate_of": str(first)})
    assert answer.status_code == 201


def test_reviewer_of_another_unit_and_the_sender_himself_are_refused(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    stranger = token_for(team.database, "reviewer", unit_id=OTHER_UNIT)
    refused(team.decide(report, ACCEPT, stranger), 403)
    refused(team.decide(report, ACCEPT, team.sender), 403)
    own = put_report(team.database, team.reviewer, unit_id=UNIT, kind="note", note="自己看到")
    refused(team.decide(own, ACCEPT), 403)
    assert team.status(report) == team.status(own) == "received"


def test_two_reviewers_at_once_decide_once(team: Team) -> None:
    task = team.task()
    report = team.report(kind="task_progress", task_id=task, progress_percent=10)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: team.decide(report, ACCEPT).status_code, range(6)))
    assert sorted(answers) == [201, 409, 409, 409, 409, 409]
    assert team.one("SELECT count(*) AS n FROM reviews WHERE report_id = %s", report)["n"] == 1


def test_decisions_are_never_rewritten(team: Team) -> None:
    report = team.report(kind="note", note="看到")
    assert team.decide(report, {"to": "triaged", "reason": "转办"}).status_code == 201
    with pytest.raises(Exception, match="leave no trace"):
        rows(team.database, "UPDATE reviews SET reason = 'x' WHERE report_id = %s RETURNING 1", report)


def test_queue_shows_each_waiting_report_of_the_unit_once_over_pages(team: Team) -> None:
    mine = {team.report(kind="note", note=f"第{number}条") for number in range(5)}
    others = put_report(team.database, team.sender, unit_id=OTHER_UNIT, kind="note", note="别的单位")
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = team.client.get("/api/v1/reviews/queue", params={"limit": "2", **after}, headers=bearer(team.reviewer))
        found += [report["id"] for report in page.json()["reports"]]
        if "next" not in page.json():
            break
        after = {"after": page.json()["next"]}
    assert len(found) == len(set(found))
    assert {str(report) for report in mine} <= set(found)
    assert str(others) not in found


def test_report_that_is_not_there_is_not_found(team: Team) -> None:
    refused(team.decide(uuid4(), ACCEPT), 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "struck_off", "reason": "x"},
        {"to": "accepted", "reason": "x", "district": DISTRICT},
        {"to": "accepted", "reason": "x", "fields": {"a": "b"}},
        {"to": "accepted", "reason": "x" * 3000},
        {"to": "duplicate", "reason": "x", "duplicate_of": "'; DROP TABLE reports; --"},
    ],
)
def test_decision_that_cannot_be_read_is_refused_by_its_member(team: Team, wrong: dict[str, Any]) -> None:
    report = team.report(kind="note", note="看到")
    assert "field" in refused(team.decide(report, wrong))
    assert team.status(report) == "received"
