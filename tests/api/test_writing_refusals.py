"""Hostile and broken bodies: each is refused in words, by the name of its part, and leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.collections import LAYERS
from tests.api.editor import GEOJSON, MERGE_PATCH, Editor, editing
from tests.api.test_refusals import refused
from tests.conftest import TestServer

SITES = "/ogc/collections/sites/items"


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "writing_refusals") as opened:
        yield opened


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{} {}",
        b"\xff\xfe{}",
        b'{"type":"Feature","type":"Feature"}',
        b'{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,1]}}',
        b'{"type":"Feature","geometry":{"type":"Point","coordinates":[Infinity,1]}}',
        b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1e999,1]}}',
        b'{"a":' + b"9" * 1_900_000 + b"}",
        b'{"a":1.' + b"9" * 1_900_000 + b"}",
        b"[" * 1_900_000,
        b'{"a":' * 300_000,
    ],
)
def test_body_that_is_no_json_object_is_refused(editor: Editor, body: bytes) -> None:
    for kind, method, path in (
        (GEOJSON, "POST", SITES),
        (GEOJSON, "PUT", f"{SITES}/nanyun_park"),
        (MERGE_PATCH, "PATCH", f"{SITES}/nanyun_park"),
    ):
        refused(editor.client.request(method, path, content=body, headers={"Content-Type": kind}), 400)


POINT = {"type": "Point", "coordinates": [113.6, 34.7]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "FeatureCollection"}, "type"),
        ({"type": None}, "type"),
        ({"id": ["a"]}, "id"),
        ({"id": "with space"}, "id"),
        ({"id": "../../etc"}, "id"),
        ({"id": "a" * 101}, "id"),
        ({"id": "\0"}, "id"),
        ({"properties": []}, "properties"),
        ({"crs": {"type": "name"}}, "crs"),
        ({"geometry": "POINT (1 2)"}, "geometry"),
        ({"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}, "geometry"),
        ({"geometry": {"type": "GeometryCollection", "geometries": []}}, "geometry"),
        ({"geometry": {"type": "Point"}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": []}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [1]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [1, "2"]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [1, True]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [113.6, 34.7, 100]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [[1, 2], [3, 4]]}}, "geometry"),
    ],
)
def test_feature_that_is_not_of_the_schema_is_refused_by_the_name_of_its_member(
    editor: Editor, change: dict[str, Any], field: str
) -> None:
    problem = refused(editor.post("sites", {**editor.new("sites"), **change}), 400)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"properties": None}, "kind"),
        ({"geometry": {"type": "Point", "coordinates": [113.6, 94.7]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [34.7, 113.6]}}, "geometry"),
        ({"geometry": None}, "position_accuracy_m"),
    ],
)
def test_feature_that_lacks_a_part_or_has_a_wrong_place_is_refused_by_the_name_of_its_member(
    editor: Editor, change: dict[str, Any], field: str
) -> None:
    problem = refused(editor.post("sites", {**editor.new("sites"), **change}), 422)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("collection", "change", "field"),
    [
        ("sites", {"no_such": 1}, "no_such"),
        ("sites", {"district": "410102"}, "district"),
        ("sites", {"changed_by": "somebody"}, "changed_by"),
        ("tasks", {"person_id": "demo-field-1"}, "person_id"),
        ("sites", {"name_zh": 7}, "name_zh"),
        ("sites", {"name_zh": "a\0b"}, "name_zh"),
        ("sites", {"name_zh": "长" * 10_001}, "name_zh"),
        ("sites", {"aliases": "text"}, "aliases"),
        ("sites", {"aliases": ["a", None]}, "aliases"),
        ("sites", {"aliases": ["a"] * 101}, "aliases"),
        ("sites", {"position_accuracy_m": "5"}, "position_accuracy_m"),
        ("sites", {"position_accuracy_m": True}, "position_accuracy_m"),
        ("landmarks", {"inspected_on": "2020-02-30"}, "inspected_on"),
        ("landmarks", {"inspected_on": "20200501"}, "inspected_on"),
        ("landmarks", {"inspected_on": "0001-01-01"}, "inspected_on"),
        ("segments", {"from_m": 1e9}, "from_m"),
        ("segments", {"from_m": 99_999_999.996}, "from_m"),
        ("tasks", {"weight": 1e5}, "weight"),
        ("baselines", {"is_current": "true"}, "is_current"),
        ("cases", {"opened_at": "2020-06-01"}, "opened_at"),
        ("cases", {"opened_at": "2020-06-01T08:30:00"}, "opened_at"),
        ("cases", {"opened_at": "2020-06-01T25:00:00Z"}, "opened_at"),
    ],
)
def test_property_that_is_not_of_the_schema_is_refused_by_its_name(
    editor: Editor, collection: str, change: dict[str, Any], field: str
) -> None:
    problem = refused(editor.post(collection, editor.new(collection, **change)), 400)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("collection", "change", "field"),
    [
        ("sites", {"name_zh": None}, "name_zh"),
        ("sites", {"kind": "palace"}, "kind"),
        ("sites", {"territorial_unit_id": "nowhere"}, "territorial_unit_id"),
        ("sites", {"position_accuracy_m": 0}, "position_accuracy_m"),
        ("sites", {"position_accuracy_m": -1e300}, "position_accuracy_m"),
        ("sites", {"position_accuracy_m": None}, "position_accuracy_m"),
        ("sites", {"position_status": "unlocated"}, "position_status"),
        ("sites", {"position_status": "guessed"}, "position_status"),
        ("landmarks", {"road_id": "no_road"}, "road_id"),
        ("segments", {"from_m": 5, "to_m": 5}, "from_m"),
        ("segments", {"from_m": -1}, "from_m"),
        ("segments", {"to_m": 99_999_999}, "to_m"),
        ("segments", {"road_id": "no_road"}, "road_id"),
        ("tasks", {"segment_id": "songshan-01", "site_id": "nanyun_park"}, "segment_id"),
        ("tasks", {"weight": 0}, "weight"),
        ("tasks", {"stage": "waiting"}, "stage"),
        ("programmes", {"starts_on": "2020-11-01"}, "ends_on"),
        ("planned_dates", {"planned_start": "2020-11-01"}, "planned_finish"),
        ("planned_dates", {"task_id": "no_task"}, "task_id"),
        ("cases", {"category": "other"}, "hazard_kind"),
        ("cases", {"status": "struck_off"}, "status"),
        ("cases", {"status": "assigned"}, "status"),
    ],
)
def test_property_that_breaks_a_rule_is_refused_by_its_name(
    editor: Editor, collection: str, change: dict[str, Any], field: str
) -> None:
    problem = refused(editor.post(collection, editor.new(collection, **change)), 422)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("collection", "change", "field"),
    [
        ("cases", {"number": "一号"}, "number"),
        ("baselines", {"is_current": True, "programme_id": "flood_season_2020"}, "is_current"),
        ("segments", {"from_m": 300, "to_m": 310}, "from_m"),
    ],
)
def test_what_can_be_there_once_only_is_refused_the_second_time(
    editor: Editor, collection: str, change: dict[str, Any], field: str
) -> None:
    assert editor.post(collection, editor.new(collection, **change)).status_code == 201
    problem = refused(editor.post(collection, editor.new(collection, **change)), 409)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"version": 7}, "version"),
        ({"properties": {"changed_at": "2020-06-01T00:00:00Z"}}, "changed_at"),
        ({"kind_zh": "宫殿"}, "kind_zh"),
        ({"demonstration": True}, "demonstration"),
        ({"nothing": 1}, "nothing"),
        ({"properties": None}, "properties"),
        ({"geometry": {"type": "Point"}}, "geometry"),
        ({"geometry": {"coordinates": None}}, "geometry"),
    ],
)
def test_patch_that_is_not_of_the_schema_is_refused(editor: Editor, patch: dict[str, Any], field: str) -> None:
    problem = refused(editor.patch(f"{SITES}/nanyun_park", patch, if_match="*"), 400)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("patch", "field"), [({"name_zh": None}, "name_zh"), ({"geometry": None}, "position_accuracy_m")]
)
def test_patch_that_takes_away_what_is_needed_is_refused(editor: Editor, patch: dict[str, Any], field: str) -> None:
    problem = refused(editor.patch(f"{SITES}/nanyun_park", patch, if_match="*"), 422)
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("collection", "patch", "field"),
    [
        ("segments", {"geometry": POINT}, "geometry"),
        ("programmes", {"geometry": POINT}, "geometry"),
        ("checkpoints", {"state": "normal"}, "state"),
        ("tasks", {"progress_percent": 100}, "progress_percent"),
        ("cases", {"closed_at": "2020-06-01T00:00:00Z"}, "closed_at"),
        ("roads", {"length_m": 1}, "length_m"),
    ],
)
def test_what_follows_from_something_else_cannot_be_patched(
    editor: Editor, collection: str, patch: dict[str, Any], field: str
) -> None:
    problem = refused(editor.patch(editor.add(collection), patch, if_match="*"), 400)
    assert problem["field"] == field
    assert problem["detail_zh"] == f"“{field}”由系统维护，不能修改。"
    assert problem["detail_en"] == f"“{field}” is kept by the service and cannot be changed."


def test_half_of_a_surrogate_pair_is_no_text(editor: Editor) -> None:
    body = json.dumps(editor.new("sites", name_zh="\ud800")).encode()  # which JSON can write, and UTF-8 cannot
    answer = editor.client.post(SITES, content=body, headers={"Content-Type": GEOJSON})
    assert refused(answer, 400)["field"] == "name_zh"


def test_geometry_of_a_layer_without_any_is_refused(editor: Editor) -> None:
    problem = refused(editor.post("programmes", {**editor.new("programmes"), "geometry": POINT}), 400)
    assert problem["field"] == "geometry"


@pytest.mark.parametrize(
    "coordinates",
    [
        [[113.6, 34.7]],
        [[113.6, 34.7], [113.6, 34.7]],
        [[113.6, 34.7], [113.7, 34.7, 1.0]],
        [[113.6, 34.7], [113.7, 34.7], "x"],
        [[113.6 + n / 1e6, 34.7] for n in range(50_001)],
    ],
)
def test_line_that_is_none_is_refused(editor: Editor, coordinates: list[Any]) -> None:
    feature = {**editor.new("roads"), "geometry": {"type": "LineString", "coordinates": coordinates}}
    assert refused(editor.post("roads", feature), 400)["field"] == "geometry"


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE sites; --", "<script>alert(1)</script>", "{{7*7}}", "%s $1 \\", "🚧\u202e"]
)
def test_hostile_text_is_kept_as_text(editor: Editor, text: str) -> None:
    path = editor.add("sites", name_zh=text, aliases=[text])
    properties = editor.get(path).json()["properties"]
    assert (properties["name_zh"], properties["aliases"]) == (text, [text])


def test_parameter_of_a_write_is_refused(editor: Editor) -> None:
    answer = editor.client.post(f"{SITES}?crs=x", json=editor.new("sites"), headers={"Content-Type": GEOJSON})
    assert refused(answer)["field"] == "crs"


@pytest.mark.parametrize("path", ["/ogc/collections/nowhere/items", "/ogc/collections/people/items"])
def test_write_to_no_collection_is_not_found(editor: Editor, path: str) -> None:
    refused(editor.client.post(path, json={}, headers={"Content-Type": GEOJSON}), 404)
    refused(editor.client.options(path), 404)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["type", "id", "geometry", "properties"]), value=JSON_VALUES)
def test_whatever_stands_in_a_member_is_taken_or_refused(editor: Editor, name: str, value: Any) -> None:
    assert editor.post("sites", {**editor.new("sites"), name: value}).status_code in {201, 400, 409, 422}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(LAYERS["cases"].writable())), value=JSON_VALUES)
def test_whatever_stands_in_a_property_is_taken_or_refused(editor: Editor, name: str, value: Any) -> None:
    assert editor.post("cases", editor.new("cases", **{name: value})).status_code in {201, 400, 409, 422}
