"""OGC API - Features, Part 4 (OGC 20-002, draft): one test for each abstract test, by its path.

The draft's Annex A has abstract tests for the first class only, some without a method; for these, and for the other
classes, the requirement says what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from geo.collections import LAYERS
from tests.api.editor import GEOJSON, Editor, editing
from tests.api.new_features import COLLECTIONS
from tests.conformance.test_transactions_features import CLASSES as FEATURES
from tests.conformance.test_transactions_locking import CLASSES as LOCKING
from tests.conftest import TestServer

PART_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/"
CLASSES = {f"{PART_4}create-replace-delete", f"{PART_4}update"}


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "transactions") as opened:
        yield opened


@pytest.fixture(scope="module")
def read_only(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "read_only", edit_token=None) as opened:
        yield opened


def says(read: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Tell whether a feature that was read says all that was sent."""
    told = {name: read["properties"][name] for name in sent["properties"] if name != "opened_at"}
    wanted = {name: value for name, value in sent["properties"].items() if name != "opened_at"}
    return told == wanted and (sent["geometry"] is None or read["geometry"] == sent["geometry"])


def conforms_to(editor: Editor) -> set[str]:
    return set(editor.get("/ogc/conformance").json()["conformsTo"])


def test_conf_classes_are_declared_where_one_may_write(editor: Editor) -> None:
    assert {name for name in conforms_to(editor) if "features-4" in name} == CLASSES | LOCKING | FEATURES


def test_conf_classes_are_not_declared_by_a_read_only_service(read_only: Editor) -> None:
    assert not {name for name in conforms_to(read_only) if "features-4" in name}


# --- create-replace-delete


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_create_replace_delete_insert_post_op(editor: Editor, collection: str) -> None:
    assert editor.post(collection, editor.new(collection)).status_code == 201


def test_create_replace_delete_insert_post_op_covers_every_collection_that_allows_it(editor: Editor) -> None:
    allowing = {
        layer for layer in LAYERS if "POST" in editor.client.options(f"/ogc/collections/{layer}/items").headers["allow"]
    }
    assert allowing == set(COLLECTIONS)


@pytest.mark.parametrize("kind", [GEOJSON, "application/json"])
def test_create_replace_delete_insert_body(editor: Editor, kind: str) -> None:
    sent = editor.new("sites")
    answer = editor.post("sites", sent, content_type=kind)
    assert answer.status_code == 201
    assert says(editor.get(answer.headers["location"]).json(), sent)


def test_create_replace_delete_insert_content_type(editor: Editor) -> None:
    sent = editor.new("sites")
    assert editor.post("sites", sent, content_type=f"{GEOJSON}; charset=utf-8").status_code == 201
    for other in ("text/plain", "application/gml+xml", "application/geo+json; charset=gbk"):
        assert editor.post("sites", sent, content_type=other).status_code == 415


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_create_replace_delete_insert_response(editor: Editor, collection: str) -> None:
    sent = editor.new(collection)
    answer = editor.post(collection, sent)
    assert answer.status_code == 201
    assert says(editor.get(answer.headers["location"]).json(), sent)


def test_create_replace_delete_insert_response_rid(editor: Editor) -> None:
    ids = [editor.post("sites", editor.new("sites")).headers["location"] for _ in range(20)]
    assert len(set(ids)) == 20
    for location in ids:
        assert editor.get(location).json()["id"] == location.rpartition("/")[2]


def test_create_replace_delete_per_rid_uses_the_identifier_of_the_body(editor: Editor) -> None:
    answer = editor.post("sites", {**editor.new("sites"), "id": "a_site.of:its-own"})
    assert editor.get(answer.headers["location"]).json()["id"] == "a_site.of:its-own"
    assert editor.post("sites", {**editor.new("sites"), "id": "a_site.of:its-own"}).status_code == 409


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_create_replace_delete_update_put_put_op(editor: Editor, collection: str) -> None:
    sent = editor.new(collection)
    path = urlsplit(editor.post(collection, sent).headers["location"]).path
    assert editor.put(path, sent, if_match=editor.tag(path)).status_code in {200, 204}


def test_create_replace_delete_update_put_body(editor: Editor) -> None:
    path, sent = editor.add("landmarks"), editor.new("landmarks", name_zh="新名称", crosses=[])
    editor.put(path, sent, if_match="*")
    assert says(editor.get(path).json(), sent)


def test_create_replace_delete_update_put_content_type(editor: Editor) -> None:
    path, sent = editor.add("landmarks"), editor.new("landmarks")
    assert editor.put(path, sent, if_match="*", content_type=GEOJSON).status_code == 204
    assert editor.put(path, sent, if_match="*", content_type="text/xml").status_code == 415
    bare = editor.client.put(path, content=b"{}", headers={"If-Match": "*"})
    assert bare.status_code == 415


def test_create_replace_delete_update_put_response(editor: Editor) -> None:
    path = editor.add("sites")
    answer = editor.put(path, editor.new("sites"), if_match="*")
    assert (answer.status_code, answer.content) == (204, b"")


def test_create_replace_delete_update_put_rid_exception(editor: Editor) -> None:
    path = "/ogc/collections/sites/items/not-there"
    assert editor.put(path, editor.new("sites")).status_code == 404
    assert editor.put(path, editor.new("sites"), if_match='"1.a"').status_code == 412
    assert editor.put(path, editor.new("sites"), if_match="*").status_code == 412
    assert editor.client.get(path).status_code == 404


def test_create_replace_delete_put_rid_of_the_body_is_passed_over(editor: Editor) -> None:
    path = editor.add("sites")
    assert editor.put(path, {**editor.new("sites"), "id": "another"}, if_match="*").status_code == 204
    assert editor.get(path).json()["id"] == path.rpartition("/")[2]
    assert editor.client.get("/ogc/collections/sites/items/another").status_code == 404


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_create_replace_delete_delete_delete_op(editor: Editor, collection: str) -> None:
    path = editor.add(collection)
    assert editor.delete(path, if_match=editor.tag(path)).status_code in {200, 204}
    assert editor.client.get(path).status_code == 404


def test_create_replace_delete_delete_response(editor: Editor) -> None:
    path = editor.add("units")
    answer = editor.delete(path, if_match="*")
    assert (answer.status_code, answer.content) == (204, b"")
    assert editor.delete(path).status_code == 404  # /rec/delete/no-feature


def test_create_replace_delete_options_op_and_response(editor: Editor) -> None:
    path = editor.add("units")
    items = editor.client.options("/ogc/collections/units/items")
    assert items.status_code == 200
    assert set(items.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    item = editor.client.options(path)
    assert item.status_code == 200
    assert set(item.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}


def test_create_replace_delete_options_response_is_of_the_context(editor: Editor, read_only: Editor) -> None:
    path = "/ogc/collections/roads/items"
    reads = {"GET", "HEAD", "OPTIONS"}
    stranger = httpx.options(f"{editor.client.base_url}{path}")
    assert set(stranger.headers["allow"].split(", ")) == reads
    assert set(read_only.client.options(path).headers["allow"].split(", ")) == reads
    assert set(editor.client.options("/ogc/collections/reports/items").headers["allow"].split(", ")) == reads


# --- update


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_update_patch_op(editor: Editor, collection: str) -> None:
    path = editor.add(collection)
    name, value = {
        "cases": ("title_zh", "改过"),
        "planned_dates": ("planned_start", "2020-06-01"),
        **dict.fromkeys(("warnings", "responses", "response_rules", "thresholds"), ("source", "改过")),
    }.get(collection, ("name_zh", "改过"))
    before = editor.get(path).json()
    answer = editor.patch(path, {"properties": {name: value}}, if_match=editor.tag(path))
    assert answer.status_code in {200, 204}
    after = editor.get(path).json()
    kept = before["properties"] | {name: value}
    changed = {each for each in kept if after["properties"][each] != kept[each]}
    assert changed == {"version", "changed_at"}
    assert after["geometry"] == before["geometry"]


def test_update_methods(editor: Editor) -> None:
    options = editor.client.options(editor.add("sites"))
    assert "PATCH" in options.headers["allow"].split(", ")
    assert options.headers["accept-patch"] == "application/merge-patch+json"


def test_update_patch_body_media_type(editor: Editor) -> None:
    answer = editor.patch(editor.add("sites"), {"note": "x"}, if_match="*", content_type=GEOJSON)
    assert (answer.status_code, answer.headers["accept-patch"]) == (415, "application/merge-patch+json")


def test_update_patch_response(editor: Editor) -> None:
    answer = editor.patch(editor.add("sites"), {"note": "x"}, if_match="*")
    assert (answer.status_code, answer.content) == (204, b"")


def test_update_rid(editor: Editor) -> None:
    path = editor.add("sites")
    same = {"id": path.rpartition("/")[2], "note": "同一个"}
    assert editor.patch(path, same, if_match="*").status_code == 204
    assert editor.get(path).json()["properties"]["note"] == "同一个"
