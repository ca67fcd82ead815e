"""The seed of real places: complete, consistent, and nothing in it that was not published."""

from __future__ import annotations

import re
from datetime import date

import networkx as nx
import pytest

from tests.data.seed import DATA, FILES, SEED, codes, ids, rows_of, table

README = (DATA / "README.md").read_text(encoding="utf-8")


def readme_table(first_column: str) -> list[list[str]]:
    lines = README.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(first_column)) + 2
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]


def test_row_counts_equal_the_readme() -> None:
    stated = {cells[0].strip("`"): int(cells[1]) for cells in readme_table("| file | rows |")}
    assert stated == {file: len(rows_of(file)) for file in FILES}


def test_columns_equal_the_readme() -> None:
    stated = {cells[0].strip("`"): re.findall(r"`(\w+)`", cells[1]) for cells in readme_table("| file | columns")}
    explained = {cells[0].strip("`") for cells in readme_table("| column | type |")}
    for file in FILES:
        columns = [column for column in rows_of(file)[0] if column != "geometry"]
        assert stated[file] == columns
        assert all([key for key in row if key != "geometry"] == columns for row in rows_of(file))
    assert explained == {column for columns in stated.values() for column in columns}


@pytest.mark.parametrize("file", FILES)
def test_file_is_utf8_with_unix_lines(file: str) -> None:
    content = (SEED / file).read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.decode("utf-8").endswith("\n")


def test_keys_are_unique() -> None:
    for file in FILES:
        keys = [row["id"] for row in rows_of(file) if "id" in row]
        assert len(keys) == len(set(keys))
        assert all(re.fullmatch(r"[a-z0-9_-]+", key) for key in keys)


REFERENCES = {
    "road_id": "roads.geojson",
    "segment_id": "segments.csv",
    "site_id": "sites.geojson",
    "checkpoint_id": "checkpoints.geojson",
    "canal_id": "canals.geojson",
    "territorial_unit_id": "units.geojson",
    "sector_unit_id": "units.geojson",
    "unit_id": "units.geojson",
    "programme_id": "programmes.csv",
    "baseline_id": "baselines.csv",
    "task_id": "tasks.csv",
    "predecessor_id": "tasks.csv",
}


@pytest.mark.parametrize("column", REFERENCES)
def test_every_reference_resolves(column: str) -> None:
    used = {row[column] for file in FILES for row in rows_of(file) if row.get(column)}
    assert used
    assert used <= ids(REFERENCES[column])


SCHEME_OF = {
    ("units.geojson", "kind"): "unit_kind",
    ("sites.geojson", "kind"): "site_kind",
    ("checkpoints.geojson", "kind"): "checkpoint_kind",
    ("landmarks.geojson", "kind"): "landmark_kind",
    ("programmes.csv", "kind"): "programme_kind",
    ("tasks.csv", "stage"): "stage",
    ("task_dependencies.csv", "kind"): "dependency_kind",
    ("response_rules.csv", "kind"): "warning_kind",
    ("response_rules.csv", "signal_colour"): "signal_colour",
    ("response_rules.csv", "level"): "response_level",
    ("cases.csv", "category"): "case_category",
    ("cases.csv", "hazard_kind"): "hazard_kind",
    ("case_transitions.csv", "from_status"): "case_status",
    ("case_transitions.csv", "to_status"): "case_status",
}


def test_every_code_in_use_is_in_its_vocabulary() -> None:
    for (file, column), scheme in SCHEME_OF.items():
        assert {row[column] for row in rows_of(file) if row[column]} <= codes(scheme)
    for file in FILES:
        assert {row["position_status"] for row in rows_of(file) if "position_status" in row} <= codes("position_status")


def test_vocabularies_are_numbered_and_their_colours_explained() -> None:
    rows = table("vocabularies")
    for scheme in {row["scheme"] for row in rows}:
        numbers = [int(row["sort_order"]) for row in rows if row["scheme"] == scheme]
        assert numbers == list(range(1, len(numbers) + 1))
    assert all(f"`{row['colour']}`" in README for row in rows if row["colour"])
    assert len(codes("hazard_kind")) == 8


def test_text_stands_in_both_languages() -> None:
    for file in FILES:
        for row in rows_of(file):
            pairs = [(row[key], row[key[:-2] + "en"]) for key in row if key.endswith("_zh") and key[:-2] + "en" in row]
            for chinese, english in pairs:
                assert re.search(r"[\u4e00-\u9fff]", chinese)
                assert re.search(r"[A-Za-z]", english)
                assert not re.search(r"[\u4e00-\u9fff]", english)


def test_every_date_is_published() -> None:
    planned = {
        value for row in table("planned_dates") for value in (row["planned_start"], row["planned_finish"]) if value
    }
    assert planned == {"2020-05-31", "2020-10-31", "2020-07-31"}
    other = {
        row[column]
        for file in FILES
        for row in rows_of(file)
        for column in ("starts_on", "ends_on", "adopted_on", "opened_on", "due_on", "inspected_on")
        if row.get(column)
    }
    # The inspections of 5, 7 and 8 May; the flood season of Henan and the eve of it; the end of the road works.
    assert other == {f"2020-{day}" for day in ("05-05", "05-07", "05-08", "05-14", "05-15", "09-30", "10-31")}
    assert all(date.fromisoformat(value) for value in planned | other)


def test_each_segment_has_each_stage_once_and_each_checkpoint_its_three_looks() -> None:
    tasks = table("tasks")
    stages = ["demolition", "land_clearing", "shop_reversal", "tender", "site_entry", "carriageway", "facade"]
    stages += ["median_greening", "handover"]
    for segment in ids("segments.csv"):
        assert [row["stage"] for row in tasks if row["segment_id"] == segment] == stages
    for checkpoint in ids("checkpoints.geojson"):
        looks = [row["stage"] for row in tasks if row["checkpoint_id"] == checkpoint]
        assert looks == ["supplies_check", "hazard_survey", "drill"]
    assert all(bool(row["segment_id"]) + bool(row["site_id"]) + bool(row["checkpoint_id"]) <= 1 for row in tasks)


def test_each_programme_has_at_most_one_current_baseline() -> None:
    current = [row["programme_id"] for row in table("baselines") if row["is_current"] == "true"]
    assert current == ["road_phase_one"]


def test_predecessors_form_no_circle_and_stay_on_their_segment() -> None:
    place = {row["id"]: row["segment_id"] for row in table("tasks")}
    pairs = [(row["predecessor_id"], row["task_id"]) for row in table("task_dependencies")]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(pairs))
    assert all(place[before] == place[after] for before, after in pairs)
    assert {row["basis"] for row in table("task_dependencies")} == {"convention"}


def test_ledger_numbers_run_and_a_strike_off_needs_evidence() -> None:
    cases = table("cases")
    assert [row["number"] for row in cases] == [f"2020-{i:03d}" for i in range(1, len(cases) + 1)]
    assert all((row["category"] == "hazard") == bool(row["hazard_kind"]) for row in cases)
    steps = {(row["from_status"], row["to_status"]): row["needs_report"] for row in table("case_transitions")}
    assert nx.descendants(nx.DiGraph(list(steps)), "registered") == codes("case_status") - {"registered"}
    assert {steps[step] for step in steps if step[1] == "struck_off"} == {"true"}
