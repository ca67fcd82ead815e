"""Reports of trusted teams, suggested duplicates, and a store that goes away: what a person still decides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api import intake
from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, SEEN, a_report, read_back, send, send_batch, stored
from tests.api.holders import problem_of
from tests.api.uploading import Site, site
from tests.conftest import TestServer

UNIT, OTHER_UNIT = "songshanlu", "minggonglu"
CHECKPOINT = "jinghu_aqueduct"
HERE = {"position": {"x": 113.6221, "y": 34.7240, "datum": "wgs84", "accuracy_m": 8}}
TRUSTED = frozenset({"task_progress", "checkpoint_inspection", "problem", "note", "position_fix"})
END_WAITING = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports_trusted", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field", unit_id=UNIT)


@pytest.fixture(scope="module")
def trusted(place: Site) -> Secret:
    return place.issue("field", unit_id=UNIT, trusted_kinds=TRUSTED)


@pytest.fixture(scope="module")
def tasks(place: Site) -> Iterator[str]:
    """Give tasks that no other test has touched."""
    return (row["id"] for row in place.rows("SELECT id FROM tasks ORDER BY id"))


def progress(task: str, percent: float, **members: Any) -> dict[str, Any]:
    return a_report(kind="task_progress", task_id=task, progress_percent=percent, note=None, **members)


def status(place: Site, report_id: str) -> str:
    (row,) = place.rows("SELECT status FROM reports WHERE id = %s", report_id)
    return str(row["status"])


def done(place: Site, task: str) -> float | None:
    (row,) = place.rows("SELECT progress_percent::float AS done FROM tasks WHERE id = %s", task)
    found: float | None = row["done"]
    return found


def test_report_of_a_trusted_kind_is_accepted_as_it_comes(place: Site, trusted: Secret, tasks: Iterator[str]) -> None:
    value = progress(next(tasks), 40)
    answer = send(place, trusted, value)
    assert (answer.status_code, answer.json()["status"]) == (201, "accepted")
    assert answer.json()["flags"] == ["accepted_at_once"]
    assert (status(place, value["id"]), done(place, value["task_id"])) == ("accepted", 40)
    (review,) = place.rows("SELECT decided_by, reason FROM reviews WHERE report_id = %s", value["id"])
    assert review["decided_by"] == f"token:{trusted.id}"
    assert "可信班组" in read_back(place, trusted, value["id"])["reason"]
    assert send(place, trusted, value).json() == answer.json()
    assert len(place.rows("SELECT 1 FROM reviews WHERE report_id = %s", value["id"])) == 1


def test_batch_tells_which_were_accepted_at_once(place: Site, trusted: Secret, tasks: Iterator[str]) -> None:
    task = next(tasks)
    values = [
        progress(task, 10),
        a_report(kind="hazard", hazard_kind="urban_flooding"),
        progress(task, 999),
        a_report(),
    ]
    verdicts = send_batch(place, trusted, values)
    assert [(each["status"], each.get("flags")) for each in verdicts] == [
        (201, ["accepted_at_once"]),
        (201, []),
        (422, None),
        (201, ["accepted_at_once"]),
    ]


def test_report_of_another_kind_or_team_waits(place: Site, trusted: Secret, sender: Secret) -> None:
    hazard = stored(place, trusted, kind="hazard", hazard_kind="urban_flooding")
    note = stored(place, sender)
    assert [each["status"] for each in (hazard, note)] == ["stored", "stored"]
    assert [status(place, each["id"]) for each in (hazard, note)] == ["received", "received"]


@pytest.mark.parametrize(
    "members",
    [
        {"position": {"x": 34.7240, "y": 113.6221, "datum": "wgs84"}},  # another datum fits better
        {"position": {"x": 116.39, "y": 39.91, "datum": "wgs84"}},  # far outside
        {"observed_at": (datetime.now(timezone.utc) + timedelta(days=400)).isoformat()},  # newer than all to come
        {"kind": "problem"},  # the ledger's entry is a person's to write
        {"kind": "position_fix", "site_id": "nanyun_park", "position": {**HERE["position"], "accuracy_m": 90_000.0}},
    ],
)
def test_trusted_report_that_a_person_has_to_look_at_waits(
    place: Site, trusted: Secret, members: dict[str, Any]
) -> None:
    found = stored(place, trusted, **members)
    assert (found["status"], "accepted_at_once" in found["flags"]) == ("stored", False)
    assert status(place, found["id"]) == "received"


def test_trusted_report_in_conflict_waits_and_changes_nothing(
    place: Site, trusted: Secret, tasks: Iterator[str]
) -> None:
    task = next(tasks)
    (seen,) = place.rows("SELECT version FROM tasks WHERE id = %s", task)
    place.rows("UPDATE tasks SET progress_percent = 55 WHERE id = %s RETURNING id", task)
    answer = send(place, trusted, progress(task, 60, base_version=seen["version"])).json()
    assert (answer["status"], status(place, answer["id"]), done(place, task)) == ("stored", "received", 55)


def test_sending_again_does_not_go_over_a_reviewers_head(place: Site, trusted: Secret, sender: Secret) -> None:
    value = a_report(kind="problem")
    assert send(place, trusted, value).json()["status"] == "stored"
    decision = {"to": "needs_information", "reason": "哪一侧？"}
    path = f"{REPORTS}/{value['id']}/reviews"
    assert place.call("POST", path, place.issue("reviewer"), json=decision).status_code == 201
    assert send(place, trusted, value).json()["status"] == "stored"
    assert status(place, value["id"]) == "needs_information"
    other = a_report()
    assert send(place, sender, other).status_code == 201
    assert send(place, trusted, other).json()["status"] == "stored"  # the same words, and not his report
    assert status(place, other["id"]) == "received"


def test_failure_of_accepting_leaves_the_report_stored_and_the_next_sending_accepts(
    place: Site, trusted: Secret, tasks: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise OSError

    value = progress(next(tasks), 20)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "accept_at_once", broken)
        answer = send(place, trusted, value)
        assert (answer.status_code, answer.json()["status"]) == (201, "stored")
    assert status(place, value["id"]) == "received"
    again = send(place, trusted, value).json()
    assert (again["status"], again["receipt"]) == ("accepted", answer.json()["receipt"])
    assert status(place, value["id"]) == "accepted"


def suggested(place: Site, reader: Secret, report_id: str) -> Any:
    return place.call("GET", f"{REPORTS}/{report_id}/duplicates", reader)


def test_earlier_report_of_the_same_thing_is_suggested_and_not_merged(place: Site, sender: Secret) -> None:
    hazard = {"kind": "hazard", "hazard_kind": "urban_flooding", **HERE}
    first, second = stored(place, sender, **hazard)["id"], stored(place, sender, **hazard)["id"]
    reviewer = place.issue("reviewer", unit_id=UNIT)
    answer = suggested(place, reviewer, second)
    assert answer.status_code == 200, answer.text
    (found,) = (each for each in answer.json()["reports"] if each["id"] == first)
    assert (found["score"], found["distance_m"], found["status"]) == (0.72, 0, "received")  # 1 - 0.4 * 0.7
    assert found["reasons"] == ["along_road", "same_time"]
    assert [status(place, each) for each in (first, second)] == ["received", "received"]
    decision = {"to": "duplicate", "reason": "同一处积水", "duplicate_of": first}
    assert place.call("POST", f"{REPORTS}/{second}/reviews", reviewer, json=decision).status_code == 201
    assert [status(place, each) for each in (first, second)] == ["received", "duplicate"]
    assert read_back(place, sender, second)["reason"] == "同一处积水"


def test_reports_of_another_unit_are_neither_suggested_nor_repeated(place: Site, sender: Secret) -> None:
    flood = {"kind": "hazard", "hazard_kind": "urban_flooding", "observed_at": SEEN, "checkpoint_id": CHECKPOINT}
    theirs = stored(place, place.issue("field", unit_id=OTHER_UNIT), **flood)["id"]
    mine = stored(place, sender, **flood)["id"]
    reviewer = place.issue("reviewer", unit_id=UNIT)
    assert theirs not in suggested(place, reviewer, mine).text
    assert theirs in suggested(place, place.issue("commander", unit_id=UNIT), mine).text
    decision = {"to": "duplicate", "reason": "同一处", "duplicate_of": theirs}
    answer = place.call("POST", f"{REPORTS}/{mine}/reviews", reviewer, json=decision)
    assert (answer.status_code, answer.json()["field"]) == (422, "duplicate_of")
    for reader, report_id, code in ((reviewer, theirs, 403), (sender, mine, 403), (reviewer, str(uuid4()), 404)):
        answer = suggested(place, reader, report_id)
        assert answer.status_code == code
        assert problem_of(answer) in {"forbidden", "not-found"}


def test_store_that_goes_away_leaves_nothing_half_written(place: Site, sender: Secret) -> None:
    value = a_report(photos=["cd" * 32])
    with psycopg.connect(place.database) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("LOCK TABLE submissions IN ACCESS EXCLUSIVE MODE")
        sending = pool.submit(send, place, sender, value)
        with psycopg.connect(place.database, autocommit=True) as other:
            while not sending.done() and not other.execute(END_WAITING).fetchall():
                time.sleep(0.02)
        answer = sending.result(30)
    assert (answer.status_code, problem_of(answer)) == (503, "service-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    for table, column in (("reports", "id"), ("submissions", "report_id"), ("report_photos", "report_id")):
        assert place.rows(f"SELECT 1 FROM {table} WHERE {column} = %s", value["id"]) == []  # noqa: S608 - our names
    assert place.rows("SELECT 1 FROM changes WHERE feature_id = %s", value["id"]) == []
    assert send(place, sender, value).status_code == 202
