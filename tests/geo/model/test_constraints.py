"""What the tables refuse by themselves, whoever writes: each rule by the name of its constraint."""

from __future__ import annotations

import struct
from datetime import date, datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from tests.geo.sample import DISTRICT, EXAMPLES, OTHER, POINT, add, reason_of, refused, set_values, settings

NOBODY = UUID("99999999-9999-4999-8999-999999999999")
WRONG_TYPE = "22023"  # invalid_parameter_value: PostGIS refuses type and SRID by the column's own definition
NOT_NULL = "23502"  # a line without an end has no length
OUT_OF_RANGE = "22003"
JUNE = datetime(2020, 6, 1, tzinfo=timezone.utc)
NOON = datetime(2020, 6, 1, 4, tzinfo=timezone.utc)
LOCATED = {"position_status": "surveyed", "position_accuracy_m": 5.0}
NAN, INFINITY = float("nan"), float("inf")


def point(wkt: str) -> dict[str, Any]:
    return {"geom": f"SRID=4326;{wkt}"}


def raw_point(lon: float, lat: float) -> dict[str, Any]:
    # EWKB, since well-known text cannot say NaN or infinity
    return {"geom": struct.pack("<BIIdd", 1, 0x20000001, 4326, lon, lat).hex()}


def line_m(*measures: float) -> dict[str, Any]:
    steps = ", ".join(f"113.{60 + i} 34.7 {measure}" for i, measure in enumerate(measures))
    return point(f"LINESTRING M ({steps})")


@pytest.mark.parametrize("table", [table for table in EXAMPLES if table != "districts"])
def test_example_is_accepted(world: Connection, table: str) -> None:
    add(world, table)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # signals, responses, thresholds
    ("warnings", {"lifted_at": NOON}, "ck_warnings_ends_after_start"),
    ("warnings", {"lifted_at": JUNE}, "ck_warnings_ends_after_start"),
    ("warnings", {"signal_colour": "IV"}, "fk_warnings_signal_colour"),
    ("responses", {"ended_at": NOON}, "ck_responses_ends_after_start"),
    ("responses", {"level": "yellow"}, "fk_responses_level"),
    ("responses", {"warning_id": "none"}, "fk_responses_district_warning_id"),
    ("thresholds", {"value_m": NAN}, "ck_thresholds_value_finite"),
    ("thresholds", {"value_m": -INFINITY}, "ck_thresholds_value_finite"),
    ("thresholds", {"kind": "yellow"}, "fk_thresholds_kind"),
    ("supply_routes", {"supply_point_id": "none"}, "fk_supply_routes_district_supply_point_id"),
    ("supply_routes", point("LINESTRING EMPTY"), "ck_supply_routes_geometry_on_globe"),
    # chainage
    ("segments", {"to_m": "1000.01"}, "ck_segments_inside_road"),
    ("segments", {"to_m": "NaN"}, "ck_segments_inside_road"),
    ("segments", {"from_m": -1}, "ck_segments_range_in_order"),
    ("segments", {"from_m": 400}, "ck_segments_range_in_order"),
    ("segments", {"from_m": 500}, "ck_segments_range_in_order"),
    ("segments", {"from_m": "NaN"}, "ck_segments_range_in_order"),
    ("segments", {"from_m": 199.99, "to_m": 250}, "ex_segments_no_overlap"),
    ("segments", {"from_m": 0, "to_m": 1000}, "ex_segments_no_overlap"),
    ("segments", {"road_id": "none"}, "fk_segments_district_road_id"),
    ("roads", line_m(0, 500, 300, 800), "ck_roads_measured"),
    ("roads", line_m(0, 0), "ck_roads_measured"),
    ("roads", line_m(10, 900), "ck_roads_measured"),
    ("canals", line_m(0, 0), "ck_canals_measured"),
    ("canals", line_m(800, 0), "ck_canals_measured"),
    # geometry
    ("sites", point("POINT EMPTY"), "ck_sites_geometry_on_globe"),
    ("sites", raw_point(NAN, NAN), "ck_sites_geometry_on_globe"),
    ("sites", raw_point(113, NAN), "ck_sites_geometry_valid"),
    ("sites", raw_point(INFINITY, 34), "ck_sites_geometry_on_globe"),
    ("sites", point("POINT (180.00002 34)"), "ck_sites_geometry_on_globe"),
    ("sites", point("POINT (34 113)"), "ck_sites_geometry_on_globe"),
    ("sites", point("POINT Z (113 34 10)"), WRONG_TYPE),
    ("sites", point("LINESTRING (113 34, 114 34)"), WRONG_TYPE),
    ("sites", {"geom": "SRID=4490;POINT (113 34)"}, WRONG_TYPE),
    ("roads", point("LINESTRING M EMPTY"), NOT_NULL),
    ("roads", point("LINESTRING M (113 34 0, 113 34 0)"), "ck_roads_geometry_valid"),
    ("roads", point("LINESTRING (113 34, 114 34)"), WRONG_TYPE),
    (
        "districts",
        LOCATED | {"district": "410105"} | point("MULTIPOLYGON (((0 0, 1 1, 1 0, 0 1, 0 0)))"),
        "ck_districts_geometry_valid",
    ),
    ("districts", LOCATED | {"district": "410105"} | point("POLYGON ((0 0, 1 0, 1 1, 0 0))"), WRONG_TYPE),
    # position
    ("sites", {"position_status": "unlocated"}, "ck_sites_unlocated_without_point"),
    ("sites", {"geom": None}, "ck_sites_accuracy_with_point"),
    ("sites", {"geom": None, "position_accuracy_m": None}, "ck_sites_unlocated_without_point"),
    ("sites", {"position_accuracy_m": None}, "ck_sites_accuracy_with_point"),
    ("segments", {"position_accuracy_m": None}, "ck_segments_accuracy_with_point"),
    ("roads", {"position_status": "unlocated"}, "ck_roads_unlocated_without_point"),
    *(
        (table, {"position_accuracy_m": accuracy} | place, f"ck_{table}_accuracy_positive")
        for table, place in (("sites", {}), ("roads", {}), ("cases", {"geom": POINT}), ("reports", {"geom": POINT}))
        for accuracy in (0.0, -5.0, NAN, INFINITY)
    ),
    ("cases", {"geom": POINT}, "ck_cases_accuracy_with_point"),
    ("checkpoints", {"state": "normal"}, "ck_checkpoints_state_was_seen"),
    # plans
    ("programmes", {"starts_on": date(2020, 6, 2), "ends_on": date(2020, 6, 1)}, "ck_programmes_dates_in_order"),
    ("baselines", {"is_current": True}, "uq_baselines_current"),
    ("tasks", {"progress_percent": -0.01}, "ck_tasks_progress_in_range"),
    ("tasks", {"progress_percent": 100.01}, "ck_tasks_progress_in_range"),
    ("tasks", {"progress_percent": "NaN"}, "ck_tasks_progress_in_range"),
    ("tasks", {"progress_percent": 1000}, OUT_OF_RANGE),
    (
        "tasks",
        {"actual_start": date(2020, 6, 2), "actual_finish": date(2020, 6, 1), "progress_percent": 100},
        "ck_tasks_dates_in_order",
    ),
    ("tasks", {"actual_finish": date(2020, 6, 1), "progress_percent": 99.99}, "ck_tasks_finished_is_complete"),
    ("tasks", {"actual_finish": date(2020, 6, 1)}, "ck_tasks_finished_is_complete"),
    ("tasks", {"site_id": "site"}, "ck_tasks_one_place"),
    ("tasks", {"weight": 0}, "ck_tasks_weight_positive"),
    ("tasks", {"weight": "NaN"}, "ck_tasks_weight_positive"),
    ("planned_dates", {"planned_start": date(2020, 7, 1)}, "ck_planned_dates_dates_in_order"),
    ("planned_dates", {"id": "second:baseline"}, "ck_planned_dates_id_of_its_parts"),
    ("task_dependencies", {"predecessor_id": "task"}, "ck_task_dependencies_not_itself"),
    ("task_dependencies", {"id": "second:task"}, "ck_task_dependencies_id_of_its_parts"),
    # cases
    ("cases", {"number": "2020-000"}, "uq_cases_district_number"),
    ("cases", {"segment_id": "segment", "checkpoint_id": "checkpoint"}, "ck_cases_one_place"),
    ("cases", {"category": "hazard"}, "ck_cases_hazard_has_kind"),
    ("cases", {"hazard_kind": "canal_line"}, "ck_cases_hazard_has_kind"),
    ("cases", {"closed_at": JUNE}, "ck_cases_closed_when_struck_off"),
    ("cases", {"status": "struck_off"}, "ck_cases_closed_when_struck_off"),
    ("cases", {"status": "struck_off", "closed_at": JUNE}, "ck_cases_dates_in_order"),
    # reports and readings
    *(
        ("reports", {"kind": kind, "note": None} | given, "ck_reports_says_what_its_kind_needs")
        for kind, given in (
            ("task_progress", {}),
            ("task_progress", {"task_id": "task"}),
            ("task_progress", {"progress_percent": 5}),
            ("checkpoint_inspection", {"checkpoint_id": "checkpoint"}),
            ("checkpoint_inspection", {"checkpoint_state": "normal"}),
            ("water_level", {"checkpoint_id": "checkpoint"}),
            ("water_level", {"water_level_m": 1.0}),
            ("hazard", {"note": "看到"}),
            ("position_fix", {"geom": POINT}),
            ("position_fix", {"position_accuracy_m": 5.0}),
            ("problem", {}),
            ("note", {}),
        )
    ),
    ("reports", {"progress_percent": 100.5}, "ck_reports_progress_in_range"),
    ("reports", {"datum": "beijing54"}, "ck_reports_datum_known"),
    ("reports", {"road_id": "road"}, "ck_reports_measure_on_road"),
    ("reports", {"measure_m": 5}, "ck_reports_measure_on_road"),
    ("reports", {"road_id": "road", "measure_m": -1}, "ck_reports_measure_in_range"),
    ("reports", {"road_id": "road", "measure_m": "NaN"}, "ck_reports_measure_in_range"),
    ("reports", {"offset_m": -1}, "ck_reports_measure_in_range"),
    ("reports", {"water_level_m": NAN}, "ck_reports_water_level_finite"),
    ("reports", {"water_level_m": INFINITY}, "ck_reports_water_level_finite"),
    ("readings", {"value": NAN}, "ck_readings_value_finite"),
    ("readings", {"value": INFINITY}, "ck_readings_value_finite"),
    ("readings", {"value": -INFINITY}, "ck_readings_value_finite"),
    # words that no vocabulary has
    *(
        (table, {column: "nonsense"}, f"fk_{table}_{column}")
        for table, column in (
            ("units", "kind"),
            ("people", "role"),
            ("roads", "position_status"),
            ("sites", "kind"),
            ("landmarks", "kind"),
            ("programmes", "kind"),
            ("tasks", "stage"),
            ("task_dependencies", "kind"),
            ("cases", "category"),
            ("cases", "status"),
            ("checkpoints", "kind"),
            ("checkpoints", "drill_state"),
            ("checkpoints", "supplies_state"),
            ("checkpoints", "hazard_survey_state"),
            ("reports", "status"),
            ("reports", "checkpoint_state"),
            ("reports", "hazard_kind"),
        )
    ),
    ("reports", {"kind": "nonsense"}, "fk_reports_kind"),
    ("cases", {"category": "hazard", "hazard_kind": "nonsense"}, "fk_cases_hazard_kind"),
    ("checkpoints", {"state": "nonsense", "seen_at": JUNE}, "fk_checkpoints_state"),
    ("reports", {"district": "999999"}, "fk_reports_district"),
    ("tasks", {"last_report_id": NOBODY}, "fk_tasks_district_last_report_id"),
]


@pytest.mark.parametrize(
    ("table", "values", "constraint"), REFUSED, ids=[f"{row[0]}-{row[2]}-{i}" for i, row in enumerate(REFUSED)]
)
def test_bad_row_is_refused_by_name(world: Connection, table: str, values: dict[str, Any], constraint: str) -> None:
    with refused() as error:
        add(world, table, **values)
    assert reason_of(error.value) == constraint


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("segments", {"from_m": 200, "to_m": 250}),
    ("segments", {"from_m": 0, "to_m": 100}),
    ("segments", {"from_m": 200, "to_m": 1000}),
    ("segments", {"road_id": "bypass", "from_m": 100, "to_m": 200}),
    ("sites", point("POINT (180 90)")),
    ("sites", point("POINT (-180 -90)")),
    ("sites", {"position_status": "unlocated", "position_accuracy_m": None, "geom": None}),
    ("baselines", {"programme_id": "flood", "is_current": True}),
    ("tasks", {"segment_id": None}),
    ("tasks", {"progress_percent": 100}),
    ("tasks", {"progress_percent": 100, "actual_start": date(2020, 6, 1), "actual_finish": date(2020, 6, 1)}),
    ("planned_dates", {"planned_start": date(2020, 6, 30)}),
    ("reports", {"kind": "hazard", "note": None, "hazard_kind": "check_dam"}),
    ("reports", {"kind": "position_fix", "note": None, "geom": POINT, "position_accuracy_m": 3.0}),
    ("readings", {"value": -1.5}),
]


@pytest.mark.parametrize(("table", "values"), ACCEPTED)
def test_row_at_the_edge_of_a_rule_is_accepted(world: Connection, table: str, values: dict[str, Any]) -> None:
    add(world, "roads", id="bypass")
    add(world, "programmes", id="flood")
    add(world, table, **values)


def test_other_district_does_not_collide(world: Connection) -> None:
    for table in ("segments", "baselines", "cases"):
        add(world, table)
        add(world, table, district=OTHER)


OF_ANOTHER_DISTRICT = [
    ("segments", "road_id", "roads"),
    ("sites", "territorial_unit_id", "units"),
    ("people", "unit_id", "units"),
    ("tasks", "person_id", "people"),
    ("tasks", "programme_id", "programmes"),
    ("checkpoints", "canal_id", "canals"),
    ("cases", "site_id", "sites"),
    ("reports", "task_id", "tasks"),
    ("planned_dates", "task_id", "tasks"),
    ("readings", "checkpoint_id", "checkpoints"),
]


@pytest.mark.parametrize(("table", "column", "referred"), OF_ANOTHER_DISTRICT)
def test_row_of_another_district_cannot_be_referred_to(
    world: Connection, table: str, column: str, referred: str
) -> None:
    add(world, referred, id="theirs", district=OTHER)
    with refused() as error:
        add(world, table, **{column: "theirs"})
    assert reason_of(error.value) == f"fk_{table}_district_{column}"


def test_overlap_may_be_passing_when_the_check_is_deferred(world: Connection) -> None:
    add(world, "segments", from_m=200, to_m=300)
    settings(world)
    world.exec_driver_sql("SET CONSTRAINTS ex_segments_no_overlap DEFERRED")
    set_values(world, "segments", "segment", "to_m = 250")
    set_values(world, "segments", "new", "from_m = 250")
    world.exec_driver_sql("SET CONSTRAINTS ex_segments_no_overlap IMMEDIATE")


def test_circle_of_three_tasks_is_refused(world: Connection) -> None:
    add(world, "task_dependencies", task_id="task", predecessor_id="second")
    add(world, "task_dependencies", task_id="second", predecessor_id="third")
    with refused() as error:
        add(world, "task_dependencies", task_id="third", predecessor_id="task")
    assert reason_of(error.value) == "ck_task_dependencies_no_circle"


def test_chain_with_a_short_cut_is_no_circle(world: Connection) -> None:
    add(world, "task_dependencies", task_id="task", predecessor_id="second")
    add(world, "task_dependencies", task_id="second", predecessor_id="third")
    add(world, "task_dependencies", task_id="task", predecessor_id="third")


def test_case_of_our_district_only_follows_its_own_workflow(world: Connection) -> None:
    assert DISTRICT != OTHER
    with refused() as error:
        set_values(world, "cases", "case", "status = 'in_progress'")
    assert reason_of(error.value) == "ck_cases_workflow"
