"""``/api/v1/differences``: what the layers say at two moments, as JSON and CSV, and the days of the history."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from tests.api.editor import Editor, editing
from tests.conftest import TestServer

PATH = "/api/v1/differences"
BEFORE, AFTER = "2020-06-15T09:00:00+08:00", "2020-07-20T09:00:00+08:00"
LAYERS = {
    "segments": "segment_progress",
    "sites": "site_progress",
    "checkpoints": "checkpoint_status",
    "cases": "cases",
}


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "differences") as opened:
        yield opened


def states(client: httpx.Client, collection: str, moment: str) -> dict[str, str]:
    answer = client.get(f"/ogc/collections/{collection}/items", params={"datetime": moment, "limit": "1000"})
    name = "status" if collection == "cases" else "state"
    return {feature["id"]: feature["properties"][name] for feature in answer.json()["features"]}


def test_states_are_those_of_the_items_at_both_moments(season_client: httpx.Client) -> None:
    answer = season_client.get(PATH, params={"from": BEFORE, "to": AFTER}).json()
    assert (answer["from"], answer["to"]) == (BEFORE, AFTER)
    assert [(layer["name"], layer["collection"]) for layer in answer["layers"]] == list(LAYERS.items())
    for layer in answer["layers"]:
        before, after = (states(season_client, layer["collection"], moment) for moment in (BEFORE, AFTER))
        told = {entry["id"]: entry for entry in layer["entries"]}
        assert before.keys() - after.keys() == {key for key, entry in told.items() if entry["change"] == "gone"}
        assert after.keys() - before.keys() == {key for key, entry in told.items() if entry["change"] == "appeared"}
        moved = {key for key in before.keys() & after.keys() if before[key] != after[key]}
        assert moved == {key for key, entry in told.items() if "state" in entry["what"]}
        for key in moved:
            assert (told[key]["before"]["state"], told[key]["after"]["state"]) == (before[key], after[key])
        assert sum(layer[kind] for kind in ("appeared", "gone", "changed")) == len(layer["entries"]) > 0


def kept(client: httpx.Client, collection: str, **wanted: str) -> set[str]:
    """Return what passes filters at one of the two moments."""
    found = set()
    for moment in (BEFORE, AFTER):
        answer = client.get(
            f"/ogc/collections/{collection}/items", params={"datetime": moment, "limit": "1000", **wanted}
        )
        found |= {feature["id"] for feature in answer.json()["features"]}
    return found


@pytest.mark.parametrize(
    ("name", "wanted", "same"),
    [
        ("segments", {"state": "behind"}, {"filter": "state='behind'"}),
        ("segments", {"task": "overdue", "road": "songshan"}, {"task": "overdue", "filter": "road_id='songshan'"}),
        ("sites", {"unit": "nobody"}, {"unit": "nobody"}),
        ("checkpoints", {"freshness": "stale,never"}, {"filter": "freshness IN ('stale','never')"}),
        ("cases", {"due": "overdue"}, {"filter": "overdue=true"}),
    ],
)
def test_filters_of_the_map_keep_what_passes_at_either_moment(
    season_client: httpx.Client, name: str, wanted: dict[str, str], same: dict[str, str]
) -> None:
    moments = {"from": BEFORE, "to": AFTER, "of": name}
    (whole,) = season_client.get(PATH, params=moments).json()["layers"]
    (layer,) = season_client.get(PATH, params={**moments, **wanted}).json()["layers"]
    passing = kept(season_client, LAYERS[name], **same)
    assert layer["entries"] == [entry for entry in whole["entries"] if entry["id"] in passing]
    assert len(layer["entries"]) < len(whole["entries"])
    rows = season_client.get(PATH, params={**moments, **wanted, "f": "csv", "lang": "en"}).text.strip().splitlines()
    assert len(rows) == 1 + len(layer["entries"])


def test_nothing_differs_between_a_moment_and_itself(season_client: httpx.Client) -> None:
    answer = season_client.get(PATH, params={"from": AFTER, "to": AFTER, "of": "cases,segments"}).json()
    assert [(layer["name"], layer["map"], layer["entries"]) for layer in answer["layers"]] == [
        ("cases", "hazard", []),
        ("segments", "progress", []),
    ]


def test_file_has_a_row_for_each_entry_in_the_readers_language(season_client: httpx.Client) -> None:
    asked = {"from": BEFORE, "to": AFTER}
    entries = [entry for layer in season_client.get(PATH, params=asked).json()["layers"] for entry in layer["entries"]]
    answer = season_client.get(PATH, params={**asked, "f": "csv", "lang": "en"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-language"] == "en"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["id"], row["State after"], row["Planned after (%)"]) for row in rows] == [
        (entry["id"], entry["after"]["state_en"], str(entry["after"].get("planned_percent", ""))) for entry in entries
    ]
    assert {row["Layer"] for row in rows} == {"Road segments", "Project sites", "Flood checkpoints", "Problem ledger"}
    assert {row["Change"] for row in rows} == {"changed", "appeared"}
    assert rows[0]["Last recorded (Beijing time)"].endswith("+08:00")


def test_two_moments_of_the_past_give_the_same_bytes_for_ever(editor: Editor) -> None:
    now = datetime.now(timezone.utc)
    asked = {
        "from": (now - timedelta(days=1)).isoformat(),
        "to": (now - timedelta(milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    first = editor.get(PATH, **asked)
    again = editor.client.get(PATH, params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    open_ended = {"from": now.isoformat(), "of": "sites,cases"}
    assert [layer["entries"] for layer in editor.get(PATH, **open_ended).json()["layers"]] == [[], []]
    for collection in ("sites", "cases", "checkpoints"):
        editor.add(collection)
    assert editor.get(PATH, **asked).content == first.content
    layers = editor.get(PATH, **open_ended).json()["layers"]
    assert [[entry["change"] for entry in layer["entries"]] for layer in layers] == [["appeared"], ["appeared"]]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2020-06-15T09:00:00"}, "from"),
        ({"from": BEFORE, "to": "2020-13-01T00:00:00Z"}, "to"),
        ({"from": AFTER, "to": BEFORE}, "from"),
        ({"from": BEFORE, "of": "segments,people"}, "of"),
        ({"from": BEFORE, "f": "xml"}, "f"),
    ],
)
def test_what_cannot_be_answered_is_named(client: httpx.Client, asked: dict[str, str], field: str) -> None:
    answer = client.get(PATH, params=asked)
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["field"]) == (400, field)
    assert problem["detail_zh"]
    assert problem["detail_en"]


def test_days_span_the_season_and_count_its_changes(season_client: httpx.Client) -> None:
    answer = season_client.get(f"{PATH}/days").json()
    # programmes.csv: the last one ends on 31 October; places and tasks were entered on 1 May
    assert (answer["first"], answer["last"]) == ("2020-05-01", "2020-10-31")
    days = [each["day"] for each in answer["days"]]
    assert days == sorted(set(days))
    assert all(each["changes"] > 0 for each in answer["days"])
    assert answer["still"]["roads"] == ["2020-05-01"]
    assert "segment_progress" not in answer["still"]


def test_place_that_changes_says_so_by_its_day(editor: Editor) -> None:
    editor.add("landmarks")
    today = datetime.now(timezone(timedelta(hours=8))).date().isoformat()
    assert editor.get(f"{PATH}/days").json()["still"]["landmarks"][-1] == today
