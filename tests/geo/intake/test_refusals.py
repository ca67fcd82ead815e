"""Every rule of the tables that writers meet has a sentence of its own, about a field that the writer knows."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection, text

from geo.collections import LAYERS
from geo.errors import ConflictError, UnprocessableError
from geo.intake.editing import table_of
from geo.intake.refusals import GENERAL, refusal, still_referred_to

EDITED = [layer for layer in LAYERS.values() if layer.edits is not None]
# What only columns can break that the service keeps itself.
OUT_OF_REACH = {
    "ck_checkpoints_state_was_seen",
    "ck_tasks_progress_in_range",
    "ck_tasks_dates_in_order",
    "ck_tasks_finished_is_complete",
    "ck_cases_closed_when_struck_off",
}
RULES = text(
    "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:name) AND contype IN ('c', 'f', 'p', 'u', 'x') "
    "UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass(:name) AND indisunique"
)


@pytest.mark.parametrize("layer", EDITED, ids=lambda layer: layer.id)
def test_rule_has_a_sentence_and_a_field(connection: Connection, layer: object) -> None:
    found = next(each for each in EDITED if each is layer)
    names = set(connection.scalars(RULES, {"name": table_of(found).name})) - OUT_OF_REACH
    assert names
    for name in names:
        error = refusal(found, name)
        assert error.text != GENERAL, name
        assert error.field in {*found.property_names(), "id", "geometry", "district", *PERSONAL}, name
        assert re.search(r"[一-鿿]", error.text.zh)
        assert re.search(r"[a-z]{3}", error.text.en)


PERSONAL = {"person_id", "last_report_id", "territorial_unit_id", "sector_unit_id", "unit_id"}  # kept, not published


@pytest.mark.parametrize(
    ("layer", "constraint", "kind", "field"),
    [
        ("segments", "ck_segments_inside_road", UnprocessableError, "to_m"),
        ("roads", "ck_segments_inside_road", ConflictError, "geometry"),
        ("roads", "ck_segments_geometry_valid", UnprocessableError, "geometry"),
        ("segments", "ex_segments_no_overlap", ConflictError, "from_m"),
        ("cases", "ck_cases_workflow", ConflictError, "status"),
        ("cases", "ck_cases_evidence", ConflictError, "status"),
        ("sites", "pk_sites", ConflictError, "id"),
        ("sites", "fk_sites_kind", UnprocessableError, "kind"),
        ("sites", "fk_sites_district_territorial_unit_id", UnprocessableError, "territorial_unit_id"),
        ("sites", "", UnprocessableError, None),
        ("sites", "ck_something_new", UnprocessableError, None),
    ],
)
def test_rule_is_told_by_its_name(layer: str, constraint: str, kind: type[Exception], field: str | None) -> None:
    error = refusal(LAYERS[layer], constraint)
    assert type(error) is kind
    assert error.field == field


def test_what_refers_to_a_feature_is_named_and_counted() -> None:
    error = still_referred_to([("cases", 1), ("people", 2), ("tasks", 30)])
    assert error.text.zh == "仍被引用，不能删除：问题台账 1 条、人员 2 条、节点 30 条。"
    assert "1 of Problem ledger, 2 of people, 30 of Tasks" in error.text.en
