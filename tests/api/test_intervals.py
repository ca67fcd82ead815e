"""`datetime` as an interval (decision 10): by valid time where a layer has one, else by what existed in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.editor import Editor, editing, history
from tests.conftest import TestServer

A, B = "2020-06-10T00:00:00+08:00", "2020-07-20T12:00:00+08:00"

TICK = timedelta(microseconds=1)  # the smallest step of PostgreSQL's clock


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "intervals") as opened:
        yield opened


@pytest.fixture(scope="module")
def database(server: TestServer, editor: Editor) -> str:
    assert editor
    return server.url("intervals")


def features(client: httpx.Client, collection: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"/ogc/collections/{collection}/items", params={"limit": "10000", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


@pytest.mark.parametrize(("start", "end"), [(A, B), (A, ".."), ("..", B), (A, ""), ("", B), (A, A)])
def test_interval_holds_the_reports_observed_in_it(season_client: httpx.Client, start: str, end: str) -> None:
    low, high = (None if each in {"", ".."} else datetime.fromisoformat(each) for each in (start, end))
    expected = [
        each["id"]
        for each in features(season_client, "reports")
        for seen in [datetime.fromisoformat(each["properties"]["observed_at"])]
        if (low is None or low <= seen) and (high is None or seen <= high)
    ]
    assert [each["id"] for each in features(season_client, "reports", datetime=f"{start}/{end}")] == expected


def test_interval_holds_the_cases_open_in_it(season_client: httpx.Client) -> None:
    def is_open(case: dict[str, Any]) -> bool:
        opened, closed = case["properties"]["opened_at"], case["properties"]["closed_at"]
        over = closed is not None and datetime.fromisoformat(closed) < datetime.fromisoformat(A)
        return datetime.fromisoformat(opened) <= datetime.fromisoformat(B) and not over

    cases = features(season_client, "cases")
    found = [each["id"] for each in features(season_client, "cases", datetime=f"{A}/{B}")]
    assert found == [each["id"] for each in cases if is_open(each)]
    assert 0 < len(found) < len(cases)


def test_layer_without_a_time_of_its_own_is_as_of_the_end(season_client: httpx.Client) -> None:
    assert features(season_client, "checkpoints", datetime=f"{A}/{B}") == features(
        season_client, "checkpoints", datetime=B
    )
    assert features(season_client, "checkpoints", datetime="../2019-01-01T00:00:00Z") == []
    assert features(season_client, "checkpoints", datetime=f"{A}/..") == features(season_client, "checkpoints")


@pytest.mark.parametrize("collection", ["sites", "segments", "checkpoints", "landmarks"])
def test_what_was_deleted_in_the_interval_is_there_as_it_stood_last_in_it(
    editor: Editor, database: str, collection: str
) -> None:
    """One life, by hand: "A" from ``added``, "B" from ``changed``, nothing from ``deleted`` on."""
    path = editor.add(collection, note="A")
    feature_id = path.rpartition("/")[2]
    assert editor.patch(path, {"note": "B"}, if_match="*").status_code == 204
    assert editor.delete(path, if_match="*").status_code == 204
    added, changed, deleted = (row["changed_at"] for row in history(database, feature_id))
    day = timedelta(days=1)
    expected: dict[tuple[datetime | None, datetime | None], list[str]] = {
        (added - day, added - TICK): [],
        (added - day, added): ["A"],
        (added, changed - TICK): ["A"],
        (added, changed): ["B"],
        (changed, deleted - TICK): ["B"],
        (added - day, deleted): ["B"],
        (added, deleted + day): ["B"],
        (deleted - TICK, deleted): ["B"],
        (deleted - TICK, deleted + day): ["B"],
        (deleted, deleted + day): [],
        (deleted + TICK, deleted + day): [],
        (None, deleted): ["B"],
        (None, changed - TICK): ["A"],
        (changed, None): ["B"],
        (deleted, None): [],
    }
    for ends, notes in expected.items():
        interval = "/".join(".." if each is None else each.isoformat() for each in ends)
        found = [each for each in features(editor.client, collection, datetime=interval) if each["id"] == feature_id]
        assert [each["properties"]["note"] for each in found] == notes, interval
    for instant, notes in ((deleted - TICK, ["B"]), (deleted, [])):
        found = features(editor.client, collection, datetime=instant.isoformat())
        assert [each["properties"]["note"] for each in found if each["id"] == feature_id] == notes


def test_what_was_deleted_and_added_again_in_the_interval_is_there_once(editor: Editor, database: str) -> None:
    path = editor.add("sites", note="first life")
    feature_id = path.rpartition("/")[2]
    assert editor.delete(path, if_match="*").status_code == 204
    assert editor.post("sites", {**editor.new("sites", note="second life"), "id": feature_id}).status_code == 201
    first, deleted, second = (row["changed_at"] for row in history(database, feature_id))
    for start, end, note in ((first, second, "second life"), (first, second - TICK, "first life")):
        found = features(editor.client, "sites", datetime=f"{start.isoformat()}/{end.isoformat()}")
        assert [each["properties"]["note"] for each in found if each["id"] == feature_id] == [note]
    between = features(editor.client, "sites", datetime=f"{deleted.isoformat()}/{(second - TICK).isoformat()}")
    assert feature_id not in {each["id"] for each in between}


@pytest.mark.parametrize("interval", ["../..", "/", "..", f"{B}/{A}", f"{A}/{B}/{B}", f"{A}/x", "2020-06-01/.."])
def test_interval_that_is_none_is_refused(season_client: httpx.Client, interval: str) -> None:
    answer = season_client.get("/ogc/collections/reports/items", params={"datetime": interval})
    assert (answer.status_code, answer.json()["field"]) == (400, "datetime")
