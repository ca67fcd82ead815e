"""The demonstration season's files: plainly fiction, consistent with the places, and in the order of time."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from pyproj import Geod

from tests.data.seed import DATA, Row, codes, features, ids, table

DEMO = DATA / "demo"
FLOOD = ("warnings", "responses", "response_rules", "thresholds", "supply_points", "supply_routes")
FILES = sorted(path.stem for path in DEMO.glob("*.csv"))
README = (DEMO / "README.md").read_text(encoding="utf-8")
WGS84 = Geod(ellps="WGS84")


def demo(name: str) -> list[Row]:
    with (DEMO / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


REPORTS = demo("reports")
KNOWN = {
    "unit_id": ids("units.geojson"),
    "territorial_unit_id": ids("units.geojson"),
    "sector_unit_id": ids("units.geojson"),
    "segment_id": ids("segments.csv"),
    "site_id": ids("sites.geojson"),
    "checkpoint_id": ids("checkpoints.geojson"),
    "programme_id": ids("programmes.csv"),
    "task_id": ids("tasks.csv") | {row["id"] for row in demo("tasks")},
    "predecessor_id": ids("tasks.csv") | {row["id"] for row in demo("tasks")},
    "baseline_id": {row["id"] for row in demo("baselines")},
    "case_id": ids("cases.csv") | {row["id"] for row in demo("cases")},
    "reporter_id": {row["id"] for row in demo("people")},
    "reviewed_by": {row["id"] for row in demo("people")},
    "person_id": {row["id"] for row in demo("people")},
    "actor": {row["id"] for row in demo("people")},
    "report_id": {row["id"] for row in REPORTS},
    "supply_point_id": {row["id"] for row in demo("supply_points")},
    "warning_id": {row["id"] for row in demo("warnings")},
    "signal_colour": codes("signal_colour"),
    "level": codes("response_level"),
    "stage": codes("stage"),
    "role": codes("person_role"),
    "category": codes("case_category"),
    "hazard_kind": codes("hazard_kind"),
    "to_status": codes("case_status"),
    "checkpoint_state": codes("checkpoint_state"),
    "supplies_state": codes("inspection_state"),
    "hazard_survey_state": codes("inspection_state"),
    "drill_state": codes("inspection_state"),
}


def test_row_counts_equal_the_readme() -> None:
    stated = {name: int(rows) for name, rows in re.findall(r"^\| `(\w+)\.csv` \| (\d+) \|", README, re.MULTILINE)}
    assert stated == {name: len(demo(name)) for name in FILES}


@pytest.mark.parametrize("column", KNOWN)
def test_every_reference_and_code_resolves(column: str) -> None:
    used = {row[column] for name in FILES for row in demo(name) if row.get(column)}
    assert used
    assert used <= KNOWN[column]


def test_kinds_and_statuses_of_reports_are_in_their_vocabularies() -> None:
    assert {row["kind"] for row in REPORTS} == codes("report_kind")
    assert {row["status"] for row in REPORTS} == codes("report_status")
    assert Counter(row["status"] for row in REPORTS)["accepted"] > 0.9 * len(REPORTS)


@pytest.mark.parametrize("name", FILES)
def test_keys_are_unique(name: str) -> None:
    keys = [row["id"] for row in demo(name) if "id" in row]
    assert len(keys) == len(set(keys))


def test_names_and_sources_say_that_it_is_fiction() -> None:
    assert all(row["name"].startswith("演示") and row["phone"] is None for row in demo("people"))
    assert all("演示" in row["name_zh"] for name in ("baselines", "tasks") for row in demo(name))
    assert all("emonstration" in row["name_en"] for name in ("baselines", "tasks") for row in demo(name))
    assert all(row["number"].startswith("演示-") for row in demo("cases"))
    assert all("fiction" in row["source"] for name in ("baselines", "tasks", "cases", *FLOOD) for row in demo(name))
    assert "虚构" in json.loads((DEMO / "season.json").read_text(encoding="utf-8"))["title_zh"]


def test_report_ids_are_name_based_uuids() -> None:
    assert {UUID(row["id"]).version for row in REPORTS} == {5}


def test_times_of_a_report_are_in_order_and_inside_the_season() -> None:
    start = datetime.fromisoformat("2020-05-08T00:00:00+08:00")
    end = datetime.fromisoformat("2020-11-01T00:00:00+08:00")
    for row in REPORTS:
        moments = [
            datetime.fromisoformat(row[name]) for name in ("observed_at", "received_at", "reviewed_at") if row[name]
        ]
        assert start < moments[0]
        assert moments == sorted(moments)
        assert moments[-1] < end
        assert (row["reviewed_at"] is None) == (row["status"] == "received")


def test_planned_dates_cover_every_task_once_inside_the_season() -> None:
    rows = demo("planned_dates")
    talent = {row["id"] for row in table("tasks") if row["programme_id"] in {"talent", "party"}}
    assert Counter(row["task_id"] for row in rows) == Counter(KNOWN["task_id"] - talent)
    for row in rows:
        start, finish = date.fromisoformat(row["planned_start"]), date.fromisoformat(row["planned_finish"])
        assert date(2020, 5, 10) <= start <= finish <= date(2020, 10, 31)


def test_plan_keeps_the_order_of_predecessors() -> None:
    plan = {row["task_id"]: row for row in demo("planned_dates")}
    for row in [*table("task_dependencies"), *demo("task_dependencies")]:
        assert plan[row["predecessor_id"]]["planned_finish"] < plan[row["task_id"]]["planned_start"]


def progress_by_task() -> dict[str, list[Row]]:
    told: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(REPORTS, key=lambda row: row["observed_at"]):
        if row["kind"] == "task_progress" and row["status"] == "accepted":
            told[row["task_id"]].append(row)
    return told


def meet(one: Row, other: Row) -> bool:
    """Tell whether two reports of a task are of a common stretch; without one they are of the whole segment."""
    if one["from_m"] is None or other["from_m"] is None:
        return True
    lanes = {one["carriageway"], other["carriageway"]}
    apart = float(one["to_m"]) <= float(other["from_m"]) or float(other["to_m"]) <= float(one["from_m"])
    return lanes != {"left", "right"} and not apart


def test_progress_only_falls_in_a_correction() -> None:
    falls = []
    for told in progress_by_task().values():
        for number, after in enumerate(told):
            before = next((each for each in reversed(told[:number]) if meet(each, after)), None)
            if before is not None and float(after["progress_percent"]) < float(before["progress_percent"]):
                falls.append(after["note"])
    assert falls
    assert all(note.startswith("更正") for note in falls)


def test_stretch_of_progress_lies_in_its_segment() -> None:
    segments = {row["id"]: row for row in table("segments")}
    stretched = [row for row in REPORTS if row["from_m"] is not None]
    assert {row["segment_id"] for row in stretched} == {"hanghai-03", "jingguang-08", "songshan-04", "songshan-12"}
    for row in stretched:
        whole = segments[row["segment_id"]]
        assert row["task_id"].startswith(f"{row['segment_id']}-")
        assert float(whole["from_m"]) <= float(row["from_m"]) < float(row["to_m"]) <= float(whole["to_m"])
        assert row["carriageway"] in {"left", "right", "both"}


def test_level_has_a_vertical_datum_that_is_marked_as_fiction() -> None:
    levels = [row for row in REPORTS if row["kind"] == "water_level"]
    assert levels
    assert all("演示" in row["vertical_datum"] for row in levels)


def metres_to_line(lon: float, lat: float, line: list[list[float]]) -> float:
    """Return the distance to a line, straight in degrees between its vertices, sampled every metre or so."""
    best = float("inf")
    for (lon1, lat1), (lon2, lat2) in pairwise(line):
        parts = max(int(WGS84.inv(lon1, lat1, lon2, lat2)[2]), 1)
        lons = [lon1 + (lon2 - lon1) * step / parts for step in range(parts + 1)]
        lats = [lat1 + (lat2 - lat1) * step / parts for step in range(parts + 1)]
        best = min(best, *WGS84.inv([lon] * len(lons), [lat] * len(lats), lons, lats)[2])
    return best


def test_progress_of_a_segment_is_reported_beside_its_road() -> None:
    roads = {row["id"]: row["geometry"]["coordinates"] for row in features("roads")}
    road_of = {row["id"]: row["road_id"] for row in table("segments")}
    located = [row for row in REPORTS if row["kind"] == "task_progress" and row["segment_id"] and row["lon"]]
    assert len(located) > 400
    for row in located[::10]:
        away_m = metres_to_line(float(row["lon"]), float(row["lat"]), roads[road_of[row["segment_id"]]])
        assert away_m <= 16  # 15 m, and 1 m for the sampling


def test_unlocated_checkpoint_is_reported_without_a_point() -> None:
    rows = [row for row in REPORTS if row["checkpoint_id"] == "yanhe_north_sluice"]
    assert rows
    assert all(row["lon"] is None and row["position_accuracy_m"] is None for row in rows)


def test_hazard_cases_cover_all_eight_kinds() -> None:
    assert {row["hazard_kind"] for row in demo("cases") if row["hazard_kind"]} == codes("hazard_kind")


def test_each_case_is_entered_once_and_follows_the_workflow_with_evidence() -> None:
    steps = {(row["from_status"], row["to_status"]): row["needs_report"] == "true" for row in table("case_transitions")}
    status = dict.fromkeys(ids("cases.csv"), "registered")
    for row in demo("case_events"):  # the file is in the order of time
        before = status.get(row["case_id"])
        if before is None:
            assert row["to_status"] == "registered"
        else:
            assert row["report_id"] or not steps[before, row["to_status"]]
        status[row["case_id"]] = row["to_status"]
    assert {row["id"] for row in demo("cases")} <= set(status)


def test_strike_off_is_asked_for_and_granted_by_two_people() -> None:
    asked: dict[str, str] = {}
    for row in demo("case_events"):
        if row["to_status"] == "strike_off_requested":
            asked[row["case_id"]] = row["actor"]
        elif row["to_status"] == "struck_off":
            assert row["actor"] != asked[row["case_id"]]
    assert len(asked) > 20
