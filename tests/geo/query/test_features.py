"""Pages of GeoJSON text: every row once, in order, whatever is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from geojson_pydantic import FeatureCollection
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.collections import layer_of
from geo.errors import InvalidInputError
from geo.query.features import items_page
from geo.query.view import View
from geo.types import BBox
from tests.geo.reading import item, read_all, read_page
from tests.geo.sample import DISTRICT, OTHER, REPORT, add, set_values

VIEW = View(DISTRICT)

HOSTILE = [
    "'\"`\\ \\u0041 \\\\",
    "".join(chr(code) for code in range(1, 0x20)) + "\x7f\x80\x9f",
    "</script><img src=x onerror=alert(1)>",
    "🚧👷🏽‍♀️ \U0010ffff",
    "line\u2028paragraph\u2029",
    "\u202eright to left\u202c عربى",
    '{"a": [null]} ,{} %s %(x)s :name ||\'',
    "长" * 5000,
    " ",
    "",
]
IDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=6)


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
@example_settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.sets(IDS, max_size=16).map(lambda ids: ids | {"a", "B", "b", "ä", "10", "9", "路", "-", "_"}))
def test_pages_return_every_row_once_in_order(world: Connection, limit: int, ids: set[str]) -> None:
    with world.begin_nested() as savepoint:
        for key in ids:
            add(world, "landmarks", id=key)
            add(world, "landmarks", id=key, district=OTHER)
        pages = read_all(world, "landmarks", VIEW, limit=limit)
        savepoint.rollback()
    found = [key for page in pages for key in page.ids]
    assert len(found) == len(ids)
    assert set(found) == ids
    assert [len(page.features) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert all(before.next_after == before.ids[-1] for before, _ in pairwise(pages))


@pytest.mark.parametrize(("limit", "expected"), [(3, ["c", None]), (6, [None]), (7, [None]), (5, ["e", None])])
def test_page_that_ends_with_the_last_row_has_no_next(
    world: Connection, limit: int, expected: list[str | None]
) -> None:
    for key in "abcdef":
        add(world, "landmarks", id=key)
    assert [page.next_after for page in read_all(world, "landmarks", VIEW, limit=limit)] == expected


def test_page_behind_the_last_row_is_empty(world: Connection) -> None:
    add(world, "landmarks", id="a")
    page = read_page(world, "landmarks", VIEW, after="a")
    assert (page.features, page.next_after) == ([], None)


def test_uuids_page_in_their_own_order(world: Connection) -> None:
    ids = [UUID(int=number) for number in (3, 2**127, 2**64, 1, 2**100)]
    for key in ids:
        add(world, "reports", id=key)
    pages = read_all(world, "reports", VIEW, limit=2)
    found = [key for page in pages for key in page.ids]
    assert found == [str(key) for key in sorted([*ids, REPORT])]


@pytest.mark.parametrize("after", ["", "x", "11111111-1111-4111-8111", "\0", "' OR true --"])
def test_page_mark_that_cannot_be_a_uuid_is_refused(world: Connection, after: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_page(world, "reports", VIEW, after=after)
    assert refused.value.field == "after"


def test_page_mark_that_cannot_be_a_text_is_refused(world: Connection) -> None:
    with pytest.raises(InvalidInputError):
        read_page(world, "sites", VIEW, after="a\0b")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives(world: Connection, text: str) -> None:
    add(world, "sites", name_zh=text, name_en=text, note=text, aliases=[text, text])
    properties = next(each for each in read_page(world, "sites", VIEW).features if each["id"] == "new")["properties"]
    assert [properties[name] for name in ("name_zh", "name_en", "note")] == [text] * 3
    assert properties["aliases"] == [text, text]


@pytest.mark.parametrize("key", [text for text in HOSTILE if text])
def test_hostile_id_is_found_again(world: Connection, key: str) -> None:
    key = key[:100]
    add(world, "landmarks", id=key)
    assert read_page(world, "landmarks", VIEW).ids == [key]
    assert json.loads(world.scalar(item(layer_of("landmarks"), VIEW, key)) or "")["id"] == key


PLACES = {
    "here": "POINT (113.65 34.75)",
    "edge": "POINT (113.7 34.7)",
    "far": "POINT (114.5 34.7)",
    "fiji_west": "POINT (179.5 -17)",
    "fiji_east": "POINT (-179.5 -17)",
}


@pytest.mark.parametrize(
    ("bbox", "expected"),
    [
        (None, {"edge", "far", "fiji_east", "fiji_west", "here"}),
        (BBox(113.6, 34.7, 113.7, 34.8), {"here", "edge"}),
        (BBox(113.6, 34.7, 113.6999999, 34.8), {"here"}),
        (BBox(113.65, 34.75, 113.65, 34.75), {"here"}),
        (BBox(113.65, 34, 113.65, 35), {"here"}),
        (BBox(113, 34.7, 115, 34.7), {"edge", "far"}),
        (BBox(-180, -90, 180, 90), {"edge", "far", "fiji_east", "fiji_west", "here"}),
        (BBox(179, -20, -179, -10), {"fiji_east", "fiji_west"}),
        (BBox(179.6, -20, -179, -10), {"fiji_east"}),
        (BBox(179, -20, -179.6, -10), {"fiji_west"}),
        (BBox(114.6, -20, 113.7, 35), {"edge", "fiji_east", "fiji_west", "here"}),
        (BBox(0, 0, 1, 1), set()),
    ],
)
def test_box_keeps_what_touches_it_and_what_has_no_place(
    world: Connection, bbox: BBox | None, expected: set[str]
) -> None:
    for key, shape in PLACES.items():
        add(world, "landmarks", id=key, geom=f"SRID=4326;{shape}")
    add(world, "landmarks", id="nowhere", geom=None, position_status="unlocated", position_accuracy_m=None)
    found = [read_page(world, "landmarks", VIEW, bbox=bbox).ids]
    found.append(
        [key for after in ("", "here") for key in read_page(world, "landmarks", VIEW, bbox=bbox, after=after).ids]
    )
    # OGC 17-069r4, requirement 24 C: a box holds what has no geometry
    assert set(found[0]) == set(found[1]) == expected | {"nowhere"}
    assert len(found[0]) == len(expected) + 1


def test_box_and_pages_go_together(world: Connection) -> None:
    for i in range(20):
        add(world, "landmarks", id=f"{i:02}", geom=f"SRID=4326;POINT ({i} 0)")
    ids, after = [], None
    while True:
        page = read_page(world, "landmarks", VIEW, limit=3, after=after, bbox=BBox(4.5, -1, 11.5, 1))
        ids += page.ids
        after = page.next_after
        if after is None:
            break
    assert ids == [f"{i:02}" for i in range(5, 12)]


def test_planner_expects_many_rows_of_a_wide_box(world: Connection) -> None:
    # Were it to expect a few, it would find and sort a whole district for its first page: seconds at a million rows.
    world.execute(
        text(
            "INSERT INTO reports (district, id, kind, observed_at, note, geom)"
            " SELECT :district, gen_random_uuid(), 'note', now(), 'x',"
            " ST_SetSRID(ST_MakePoint(113.6 + n / 1e5, 34.7 + n / 1e5), 4326) FROM generate_series(1, 2000) n"
        ),
        {"district": DISTRICT},
    )
    world.execute(text("ANALYZE reports"))
    asked = items_page(layer_of("reports"), VIEW, limit=10, bbox=BBox(113.0, 34.0, 114.0, 35.0))
    sql = asked.compile(dialect=world.dialect, compile_kwargs={"literal_binds": True})
    (plan,) = world.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}").scalar_one()
    expected = [node["Plan Rows"] for node in _nodes(plan["Plan"]) if node.get("Relation Name") == "reports"]
    assert max(expected) > 200  # of 2,000


def test_line_that_crosses_the_box_without_a_vertex_in_it_is_kept(world: Connection) -> None:
    assert read_page(world, "roads", VIEW, bbox=BBox(113.654, 34.73, 113.656, 34.75)).ids == ["road"]


@pytest.mark.parametrize("layer", ["tasks", "programmes"])
def test_box_keeps_all_of_a_layer_without_geometry(world: Connection, layer: str) -> None:
    everything = read_page(world, layer, VIEW).features
    assert everything
    assert read_page(world, layer, VIEW, bbox=BBox(0, 0, 1, 1)).features == everything


def test_coordinates_have_seven_decimals(world: Connection) -> None:
    add(world, "landmarks", geom="SRID=4326;POINT (113.123456789 34.98765432149)")
    page = read_page(world, "landmarks", VIEW)
    assert page.features[0]["geometry"] == {"type": "Point", "coordinates": [113.1234568, 34.9876543]}


def test_measures_do_not_leak_into_geojson(world: Connection) -> None:
    shape = read_page(world, "roads", VIEW).features[0]["geometry"]
    assert shape == {"type": "LineString", "coordinates": [[113.65, 34.74], [113.66, 34.74]]}


@pytest.mark.parametrize("layer", ["segment_progress", "site_progress", "checkpoint_status", "roads", "reports"])
def test_text_is_valid_geojson(demonstration_connection: Connection, layer: str) -> None:
    text = read_page(demonstration_connection, layer, VIEW).text
    collection: FeatureCollection[Any] = FeatureCollection.model_validate_json(text)
    assert collection.features
    assert not re.search(r"\d\.\d{8,}[,\]]", "".join(re.findall(r'"coordinates":\[[^"]*', text)))
    assert "NaN" not in text
    assert '"crs"' not in text  # RFC 7946, 4: always WGS 84, never named


@pytest.mark.parametrize("key", ["none", "", "x" * 10_000, "a\0b", "' OR true --", str(REPORT)])
def test_item_that_is_not_there_gives_no_row(world: Connection, key: str) -> None:
    for layer in ("sites", "tasks", "districts", "checkpoint_status"):
        assert world.execute(item(layer_of(layer), VIEW, key)).all() == []
    if key != str(REPORT):
        assert world.execute(item(layer_of("reports"), VIEW, key)).all() == []


def test_item_is_found_by_any_spelling_of_its_uuid(world: Connection) -> None:
    for key in (str(REPORT), str(REPORT).upper(), f"{{{REPORT}}}", REPORT.hex):
        found = json.loads(world.scalar(item(layer_of("reports"), VIEW, key)) or "")
        assert found["id"] == str(REPORT)


def test_item_equals_its_feature_on_the_page(world: Connection) -> None:
    for layer in ("sites", "segment_progress", "tasks", "districts"):
        for feature in read_page(world, layer, VIEW).features:
            assert json.loads(world.scalar(item(layer_of(layer), VIEW, feature["id"])) or "") == feature


def test_rows_of_another_district_never_appear(world: Connection) -> None:
    set_values(world, "sites", "site", "name_en = 'ours'")
    (page,) = read_all(world, "sites", VIEW, limit=10)
    assert [feature["properties"]["name_en"] for feature in page.features] == ["ours"]
    assert read_page(world, "sites", View("999999")).features == []


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
