"""Many reports at once: a verdict for each in its place, and no bad one keeps out another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, a_report, send, send_batch
from tests.api.holders import problem_of
from tests.api.uploading import Site, site
from tests.conftest import TestServer

UNIT, OTHER_UNIT = "songshanlu", "minggonglu"
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports_batch", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field", unit_id=UNIT)


def stored_ids(place: Site, values: list[Any]) -> set[str]:
    ids = [each["id"] for each in values if isinstance(each, dict) and isinstance(each.get("id"), str)]
    return {str(row["id"]) for row in place.rows("SELECT id FROM reports WHERE id::text = ANY(%s)", ids)}


def lines(place: Site, sender: Secret, body: bytes) -> httpx.Response:
    return place.call("POST", f"{REPORTS}/batch", sender, content=body, headers=NDJSON)


def test_bad_reports_are_refused_by_name_and_the_good_ones_stored(place: Site, sender: Secret) -> None:
    taken = a_report()
    assert send(place, sender, taken).status_code == 201
    good = [a_report(note=f"第{n}条") for n in range(3)]
    awaiting = a_report(photos=["ab" * 32])
    values = [
        good[0],
        a_report(kind="task_progress", task_id="nothing", progress_percent=5),
        {**taken, "note": "改了"},
        good[1],
        a_report(unit_id=OTHER_UNIT),
        "no report",
        awaiting,
        {**a_report(), "id": "'; DROP TABLE reports; --"},
        taken,
        good[2],
    ]
    verdicts = send_batch(place, sender, values)
    assert [each["status"] for each in verdicts] == [201, 422, 409, 201, 403, 422, 202, 422, 201, 201]
    assert [each["id"] for each in verdicts] == [
        *(value["id"] if isinstance(value, dict) else None for value in values[:7]),
        None,
        *(value["id"] for value in (taken, good[2])),
    ]
    fields = [each["problem"].get("field") for each in verdicts if "problem" in each]
    assert fields == ["task_id", "id", "unit_id", None, "id"]
    assert verdicts[2]["problem"]["differences"] == [{"field": "note", "stored": "路面有坑", "sent": "改了"}]
    assert all(each["problem"]["detail_zh"] for each in verdicts if "problem" in each)
    assert verdicts[6]["photos_outstanding"] == ["ab" * 32]
    assert stored_ids(place, values) == {each["id"] for each in (*good, awaiting, taken)}


def test_thousand_reports_are_stored_with_receipts_in_order(place: Site, sender: Secret) -> None:
    values = [
        a_report(note=f"第{n}条", position={"x": 113.6 + n / 1e5, "y": 34.72, "datum": "wgs84", "accuracy_m": 10})
        for n in range(1000)
    ]
    verdicts = send_batch(place, sender, values)
    assert {each["status"] for each in verdicts} == {201}
    assert [each["receipt"]["report_id"] for each in verdicts] == [value["id"] for value in values]
    sequences = [each["receipt"]["sequence"] for each in verdicts]
    assert sequences == sorted(set(sequences))
    assert send_batch(place, sender, values[::-1]) == [{**each, "index": n} for n, each in enumerate(verdicts[::-1])]


def test_report_that_is_there_twice_is_stored_once(place: Site, sender: Secret) -> None:
    value = a_report()
    same, other = dict(reversed(list(value.items()))), {**value, "note": "另一种说法"}
    verdicts = send_batch(place, sender, [value, same, other])
    assert [each["status"] for each in verdicts] == [201, 201, 409]
    assert verdicts[0]["receipt"] == verdicts[1]["receipt"]
    assert verdicts[2]["problem"]["type"] == "urn:erqi:problem:report-differs"


def test_lines_are_taken_one_by_one(place: Site, sender: Secret) -> None:
    good = [a_report(note="甲"), a_report(note="乙 \u2028 丙")]
    given = [json.dumps(good[0]), "", "{not json", '{"id":1,"id":2}', "[]", json.dumps(good[1], ensure_ascii=False)]
    answer = lines(place, sender, "\r\n".join(given).encode())
    assert answer.status_code == 207
    assert [each["status"] for each in answer.json()["verdicts"]] == [201, 422, 422, 422, 201]
    assert stored_ids(place, good) == {each["id"] for each in good}


def test_number_that_nothing_can_hold_spoils_its_own_report_alone(place: Site, sender: Secret) -> None:
    value = a_report()
    body = '{"reports": [{"id": "%s", "water_level_m": 1e999}, {"id": "a", "id": "b"}, %s]}'
    answer = place.call(
        "POST",
        f"{REPORTS}/batch",
        sender,
        content=(body % (uuid4(), json.dumps(value))).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert [each["status"] for each in answer.json()["verdicts"]] == [422, 422, 201]
    assert stored_ids(place, [value]) == {value["id"]}


def test_no_reports_have_no_verdicts(place: Site, sender: Secret) -> None:
    assert send_batch(place, sender, []) == []
    assert lines(place, sender, b"\n\n").json() == {"verdicts": []}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ([], 400, None),
        ({}, 422, "reports"),
        ({"reports": {}}, 422, "reports"),
        ({"reports": [], "district": "410103"}, 422, "district"),
        ({"reports": [{}] * 1001}, 422, "reports"),
    ],
)
def test_batch_that_is_none_is_refused_as_a_whole(
    place: Site, sender: Secret, body: Any, status: int, field: str | None
) -> None:
    answer = place.call("POST", f"{REPORTS}/batch", sender, json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert problem_of(answer)


def test_reports_of_other_units_in_a_batch_are_logged_once(place: Site) -> None:
    narrow = place.issue("field", unit_id=UNIT)
    send_batch(place, narrow, [a_report(unit_id=OTHER_UNIT) for _ in range(5)])
    denied = [row for row in place.audit("POST /api/v1/reports/batch") if row["subject"] == f"token:{narrow.id}"]
    assert [(row["outcome"], row["detail"]["field"]) for row in denied] == [("denied", "unit_id")]


def test_batch_of_another_type_or_too_large_is_refused(place: Site, sender: Secret) -> None:
    answer = place.call("POST", f"{REPORTS}/batch", sender, content=b"{}", headers={"Content-Type": "text/xml"})
    assert (answer.status_code, problem_of(answer)) == (415, "unsupported-media-type")
    assert answer.headers["accept-post"] == "application/json, application/x-ndjson"
    answer = lines(place, sender, b" " * 10_000_001)
    assert (answer.status_code, problem_of(answer)) == (413, "content-too-large")
