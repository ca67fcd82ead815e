"""The demonstration season as loaded: the states that its README promises, and a history that can be believed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from geo.collections import LAYERS
from geo.model import Baseline, Case, Change, Checkpoint, District, Person, Reading, Report, Task
from geo.query.features import items_page
from geo.query.view import View
from geo.store.demonstration import FOLDER, load_season

DISTRICT = "410103"
JUST_PLANNED = datetime.fromisoformat("2020-05-12T18:00:00+08:00")
OPENING = datetime.fromisoformat("2020-07-20T09:00:00+08:00")
END = datetime.fromisoformat("2020-10-31T20:00:00+08:00")


def features(connection: Connection, layer: str, moment: datetime) -> dict[str, dict[str, Any]]:
    page = connection.execute(items_page(LAYERS[layer], View(DISTRICT, moment), limit=1000)).one()
    return {each["id"]: each["properties"] for each in json.loads(f"[{page[0].decode()}]")}


def states(connection: Connection, layer: str, moment: datetime) -> Counter[str]:
    return Counter(properties["state"] for properties in features(connection, layer, moment).values())


def file(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (JUST_PLANNED, {"not_due": 17, "unconfirmed": 8, "on_plan": 5}),
        (
            OPENING,
            {"on_plan": 17, "behind": 4, "done": 3, "seriously_behind": 2, "blocked": 2, "unconfirmed": 2},
        ),
        (END, {"done": 28, "behind": 1, "on_plan": 1}),
    ],
)
def test_segments_are_in_the_states_intended(
    demonstration_connection: Connection, moment: datetime, expected: dict[str, int]
) -> None:
    assert states(demonstration_connection, "segment_progress", moment) == expected


def test_segments_that_stand_out_at_the_opening_are_those_intended(demonstration_connection: Connection) -> None:
    segments = features(demonstration_connection, "segment_progress", OPENING)
    found = {
        state: {name for name, properties in segments.items() if properties["state"] == state}
        for state in ("behind", "seriously_behind", "blocked", "unconfirmed", "done")
    }
    assert found == {
        "behind": {"hanghai-03", "jingguang-06", "songshan-04", "songshan-10"},
        "seriously_behind": {"jingguang-09", "songshan-12"},
        "blocked": {"hanghai-05", "jingguang-08"},
        "unconfirmed": {"jingguang-11", "songshan-13"},
        "done": {"songshan-06", "hanghai-02", "jingguang-03"},
    }


def test_three_segments_are_cut_at_the_opening(demonstration_connection: Connection) -> None:
    found: dict[str, list[Any]] = {}
    for told in features(demonstration_connection, "progress_parts", OPENING).values():
        part = (told["from_m"], told["to_m"], told["carriageway"], told["state"])
        found.setdefault(told["segment_id"], []).append(part)
    assert {name: sorted(parts) for name, parts in found.items()} == {
        "hanghai-03": [
            (1392.4, 1839, "both", "behind"), (1839, 2106.9, "left", "on_plan"), (1839, 2106.9, "right", "behind"),
        ],
        "jingguang-08": [
            (5598.7, 6231, "left", "on_plan"), (5598.7, 6231, "right", "blocked"), (6231, 6863.4, "both", "on_plan"),
        ],
        "songshan-04": [(2514.2, 2650, "both", "on_plan"), (2650, 3202, "both", "behind")],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (JUST_PLANNED, {"liuzhai_phase2": "unconfirmed", "nanyun_park": "not_due"}),
        (OPENING, {"liuzhai_phase2": "on_plan", "nanyun_park": "behind"}),
        (END, {"liuzhai_phase2": "on_plan", "nanyun_park": "done"}),
    ],
)
def test_sites_are_in_the_states_intended(
    demonstration_connection: Connection, moment: datetime, expected: dict[str, str]
) -> None:
    sites = features(demonstration_connection, "site_progress", moment)
    assert {name: properties["state"] for name, properties in sites.items()} == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (
            JUST_PLANNED,
            {
                "jinghu_aqueduct": ("normal", "fresh"),
                "xingyuan_aqueduct": ("normal", "stale"),
                "jiazhai_siphon": ("unconfirmed", "never"),
                "yanhe_north_sluice": ("unconfirmed", "never"),
            },
        ),
        (
            OPENING,
            {
                "jinghu_aqueduct": ("attention", "fresh"),
                "xingyuan_aqueduct": ("danger", "fresh"),
                "jiazhai_siphon": ("normal", "stale"),
                "yanhe_north_sluice": ("normal", "fresh"),
            },
        ),
    ],
)
def test_checkpoints_are_in_the_states_intended(
    demonstration_connection: Connection, moment: datetime, expected: dict[str, tuple[str, str]]
) -> None:
    checkpoints = features(demonstration_connection, "checkpoint_status", moment)
    assert {name: (told["state"], told["freshness"]) for name, told in checkpoints.items()} == expected


def test_ledger_at_the_opening_has_six_overdue_entries(demonstration_connection: Connection) -> None:
    cases = features(demonstration_connection, "cases", OPENING).values()
    is_open = [told for told in cases if told["status"] != "struck_off"]
    assert sum(told["due_on"] is not None and told["due_on"] < "2020-07-20" for told in is_open) == 6
    assert Counter(told["status"] for told in cases)["suspended"] == 1


def test_maps_open_at_the_moment_of_the_season(demonstration_connection: Connection) -> None:
    assert demonstration_connection.scalar(select(District.opens_at)) == OPENING


def test_rows_that_the_season_adds_are_marked(demonstration_connection: Connection) -> None:
    unmarked = [
        demonstration_connection.scalar(select(func.count()).select_from(model).where(~model.demonstration))
        for model in (Report, Reading, Person)
    ]
    assert unmarked == [0, 0, 0]
    cases = demonstration_connection.scalar(select(func.count()).select_from(Case).where(Case.demonstration))
    assert cases == 25 + 1  # its own, and the published one that it carries on
    assert demonstration_connection.scalar(select(District.demonstration))


@pytest.mark.parametrize("model", [Task, Checkpoint, Baseline, Case, District])
def test_rows_that_the_season_changes_are_marked(demonstration_connection: Connection, model: Any) -> None:
    changed = select(func.count()).select_from(model).where(model.version > 1)
    assert demonstration_connection.scalar(changed)
    assert demonstration_connection.scalar(changed.where(~model.demonstration)) == 0


def test_plan_in_force_is_replaced_on_the_day_of_adoption(demonstration_connection: Connection) -> None:
    def current(moment: str) -> set[str]:
        told = features(demonstration_connection, "baselines", datetime.fromisoformat(moment))
        return {name for name, properties in told.items() if properties["is_current"]}

    assert current("2020-05-11T08:59:59+08:00") == {"road_district_2020_05"}
    assert current("2020-05-11T09:00:00+08:00") == {
        "road_demo_2020_05", "key_projects_demo_2020_05", "flood_season_demo_2020_05",
    }  # fmt: skip
    assert demonstration_connection.scalar(
        select(Baseline.is_current).where(Baseline.id == "road_district_2020_05")
    ) is False  # fmt: skip


def test_every_change_of_a_task_names_its_report_and_its_reviewer(demonstration_connection: Connection) -> None:
    changes = demonstration_connection.execute(
        select(Change.report_id, Change.changed_by, Change.reason).where(
            Change.collection == "tasks", Change.operation == "update"
        )
    ).all()
    assert len(changes) > 500
    assert all(change.report_id and change.changed_by.startswith("demo-reviewer-") for change in changes)
    assert all(change.reason for change in changes)


def test_history_of_a_report_tells_when_it_was_received_and_judged(demonstration_connection: Connection) -> None:
    steps = (("received_at", "reporter_id", None), ("reviewed_at", "reviewed_by", "status"))
    expected = {
        row["id"]: [
            (datetime.fromisoformat(row[at]), row[by], row[to] if to else "received") for at, by, to in steps if row[at]
        ]
        for row in file("reports")
    }
    found: dict[str, list[Any]] = {name: [] for name in expected}
    told = select(Change.feature_id, Change.changed_at, Change.changed_by, Change.state["status"].astext)
    for name, *change in demonstration_connection.execute(
        told.where(Change.collection == "reports").order_by(Change.version)
    ):
        found[name].append(tuple(change))
    assert found == expected


def test_report_made_without_signal_counts_only_from_its_arrival(demonstration_connection: Connection) -> None:
    # Seen on 19 July at 15:00; received on the 20th at 11:42, accepted at 11:51.
    seen = {
        hour: features(demonstration_connection, "checkpoints", datetime.fromisoformat(f"2020-07-20T{hour}+08:00"))
        for hour in ("11:50:00", "11:52:00")
    }
    assert seen["11:50:00"]["jiazhai_siphon"]["state"] == "normal"
    assert seen["11:52:00"]["jiazhai_siphon"]["state"] == "attention"


def test_history_of_each_row_runs_forward_in_time(demonstration_connection: Connection) -> None:
    backwards = """
        SELECT count(*) FROM (
            SELECT changed_at < lag(changed_at) OVER (PARTITION BY collection, feature_id ORDER BY version) AS back
            FROM changes) AS steps WHERE back"""
    assert demonstration_connection.scalar(text(backwards)) == 0


def test_reports_find_their_place_on_the_road(demonstration_connection: Connection) -> None:
    beside = """
        SELECT count(*) AS located, count(*) FILTER (
            WHERE r.road_id = s.road_id AND r.measure_m BETWEEN s.from_m - 1 AND s.to_m + 1 AND r.offset_m <= 15.1)
        FROM reports r JOIN segments s ON s.district = r.district AND s.id = r.segment_id
        WHERE r.kind = 'task_progress' AND r.geom IS NOT NULL"""
    located, matched = demonstration_connection.execute(text(beside)).one()
    assert located > 400
    assert matched == located


def test_reports_far_from_every_road_have_none(demonstration_connection: Connection) -> None:
    # The western hills lie kilometres from the three roads.
    west = select(Report.road_id, Report.measure_m, Report.offset_m).where(func.ST_X(Report.geom) < 113.58)
    rows = demonstration_connection.execute(west).all()
    assert rows
    assert {tuple(row) for row in rows} == {(None, None, None)}


def test_readings_are_the_accepted_water_levels(demonstration_connection: Connection) -> None:
    accepted = [row for row in file("reports") if row["kind"] == "water_level" and row["status"] == "accepted"]
    rows = demonstration_connection.execute(select(Reading.checkpoint_id, Reading.observed_at, Reading.value)).all()
    expected = {
        (row["checkpoint_id"], datetime.fromisoformat(row["observed_at"]), float(row["water_level_m"]))
        for row in accepted
    }
    assert {tuple(row) for row in rows} == expected


def test_finished_tasks_have_their_dates(demonstration_connection: Connection) -> None:
    done = demonstration_connection.execute(
        select(Task.actual_start, Task.actual_finish).where(Task.progress_percent == 100)
    ).all()
    assert len(done) > 270
    assert all(date(2020, 5, 11) <= start <= finish <= date(2020, 10, 31) for start, finish in done)


def test_season_loads_the_same_each_time(seeded_connection: Connection, demonstration_connection: Connection) -> None:
    load_season(seeded_connection, DISTRICT)
    digest = """
        SELECT md5(string_agg(md5(c::text), '' ORDER BY collection, feature_id, version)), count(*) FROM changes c"""
    first = demonstration_connection.execute(text(digest)).one()
    assert seeded_connection.execute(text(digest)).one() == first
    left = "SELECT erqi_actor() = session_user, erqi_clock() = now(), current_setting('erqi.report')"
    assert seeded_connection.execute(text(left)).one() == (True, True, "")
