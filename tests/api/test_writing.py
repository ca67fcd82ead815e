"""Writers: who is let in, what is kept of what they send, and what readers then see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from geo.collections import LAYERS
from tests.api.editor import TOKEN, Editor, editing, everything, history, rows
from tests.api.test_refusals import refused
from tests.conftest import DISTRICT, TestServer

SITES = "/ogc/collections/sites/items"
EPSG_4490 = "http://www.opengis.net/def/crs/EPSG/0/4490"


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "writing") as opened:
        yield opened


@pytest.fixture(scope="module")
def database(server: TestServer, editor: Editor) -> str:
    assert editor
    return server.url("writing")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer \xe9",
        "Bearer \xe9 \xe9",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", SITES), ("PUT", f"{SITES}/a"), ("PATCH", f"{SITES}/a"), ("DELETE", f"{SITES}/a")]
)
def test_writer_without_the_token_is_told_to_bring_it(
    editor: Editor, method: str, path: str, authorization: str | None
) -> None:
    headers = httpx.Headers({} if authorization is None else {"Authorization": authorization}, encoding="latin-1")
    answer = httpx.request(method, f"{editor.client.base_url}{path}", headers=headers)
    refused(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_scheme_of_the_token_is_read_without_regard_to_case(editor: Editor) -> None:
    answer = httpx.options(f"{editor.client.base_url}{SITES}", headers={"Authorization": f"bearer {TOKEN}"})
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("layer", [name for name, layer in LAYERS.items() if layer.edits is None])
def test_read_only_layer_takes_no_write(editor: Editor, layer: str, method: str) -> None:
    for path in (f"/ogc/collections/{layer}/items", f"/ogc/collections/{layer}/items/a"):
        answer = editor.client.request(method, path)
        refused(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", SITES, "GET, HEAD, OPTIONS, POST"),
        ("DELETE", SITES, "GET, HEAD, OPTIONS, POST"),
        ("POST", f"{SITES}/nanyun_park", "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"),
    ],
)
def test_method_of_the_other_end_point_is_refused(editor: Editor, method: str, path: str, allowed: str) -> None:
    answer = editor.client.request(method, path)
    refused(answer, 405)
    assert answer.headers["allow"] == allowed


def test_nobody_writes_while_no_token_is_set(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    with editing(server, "closed", edit_token=None) as closed:
        for authorization in (f"Bearer {TOKEN}", "Bearer", "Bearer None"):
            closed.client.headers["Authorization"] = authorization
            answer = closed.post("sites", closed.new("sites"))
            refused(answer, 405)
            assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
            refused(closed.delete(f"{SITES}/nanyun_park", if_match="*"), 405)


def test_head_is_answered_where_one_writes(editor: Editor) -> None:
    for path in (SITES, f"{SITES}/nanyun_park"):
        answer = editor.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_condition_may_be_left_out_where_the_settings_say_so(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    with editing(server, "unconditional", edit_condition="optional") as opened:
        path = opened.add("sites")
        assert opened.patch(path, {"note": "A"}).status_code == 204
        assert opened.patch(path, {"note": "B"}, if_match='"1.stale"').status_code == 412
        assert opened.delete(path).status_code == 204


def test_requests_are_taken_as_qgis_sends_them(server: TestServer, seeded_url: str) -> None:
    """QGIS names the CRS without brackets, sends every attribute of a new feature, and sets no condition."""
    assert seeded_url
    with editing(server, "qgis", edit_condition="optional") as opened:
        allowed = opened.client.options(f"{SITES}/nanyun_park").headers["allow"].split(", ")
        assert {"PUT", "PATCH", "DELETE"} <= set(allowed)
        schema = opened.get("/ogc/collections/sites/schema").json()["properties"]
        feature = opened.new("sites")
        every = {name: None for name in schema if name not in {"id", "geometry"}} | feature["properties"]
        turned = {"type": "Point", "coordinates": [34.75, 113.63]}
        answer = opened.post("sites", {**feature, "geometry": turned, "properties": every}, content_crs=EPSG_4490)
        assert answer.status_code == 201
        path = answer.headers["location"]
        assert opened.get(path).json()["geometry"]["coordinates"] == [113.63, 34.75]
        assert opened.patch(
            path, {"geometry": {**turned, "coordinates": [34.7, 113.6]}}, content_crs=EPSG_4490
        ).is_success
        assert opened.patch(path, {"properties": {"note": "x", "aliases": ["又名"]}}).is_success
        after = opened.get(path).json()
        assert (after["geometry"]["coordinates"], after["properties"]["note"]) == ([113.6, 34.7], "x")
        assert opened.put(path, {**after, "geometry": turned}, content_crs=EPSG_4490).is_success
        assert opened.delete(path).is_success


def test_line_of_a_road_gets_its_measures(editor: Editor, database: str) -> None:
    path = editor.add("roads")
    feature_id = path.rpartition("/")[2]
    # GeographicLib's geodesic length of the line, by PostGIS on the spheroid, apart from our own function
    (row,) = rows(
        database,
        "SELECT ST_M(ST_StartPoint(geom)) AS start, length_m, ST_Length(ST_Force2D(geom)::geography) AS length, "
        "ST_NPoints(geom) AS vertices FROM roads WHERE id = %s",
        feature_id,
    )
    assert row["start"] == 0
    assert row["length_m"] == pytest.approx(row["length"], abs=0.001)
    assert row["vertices"] == 3
    assert editor.get(path).json()["properties"]["length_m"] == pytest.approx(row["length"], abs=0.001)


def test_segment_is_cut_from_its_road_and_follows_it(editor: Editor) -> None:
    road = editor.add("roads").rpartition("/")[2]
    path = editor.add("segments", road_id=road, from_m=0, to_m=100)
    west, east = editor.get(path).json()["geometry"]["coordinates"]
    # 100 m along a parallel: 1 degree of longitude at 34.7 N has 91.6 km
    assert east[0] - west[0] == pytest.approx(100 / 91_600, rel=0.01)
    moved = {"geometry": {"type": "LineString", "coordinates": [[113.60, 34.9], [113.62, 34.9]]}}
    assert editor.patch(f"/ogc/collections/roads/items/{road}", moved, if_match="*").status_code == 204
    assert {point[1] for point in editor.get(path).json()["geometry"]["coordinates"]} == {34.9}


def test_road_too_short_for_its_segments_is_refused(editor: Editor) -> None:
    road = editor.add("roads").rpartition("/")[2]
    path = editor.add("segments", road_id=road, from_m=900, to_m=1000)
    before = editor.get(path).json()
    short = {"geometry": {"type": "LineString", "coordinates": [[113.60, 34.9], [113.601, 34.9]]}}
    problem = refused(editor.patch(f"/ogc/collections/roads/items/{road}", short, if_match="*"), 409)
    assert problem["field"] == "geometry"
    assert editor.get(path).json() == before


def test_what_others_refer_to_stays_and_says_who(editor: Editor) -> None:
    problem = refused(editor.delete("/ogc/collections/roads/items/songshan", if_match="*"), 409)
    assert "路段" in problem["detail_zh"]
    assert "Road segments" in problem["detail_en"]
    assert editor.client.get("/ogc/collections/roads/items/songshan").status_code == 200


def test_put_empties_what_it_leaves_out_but_not_what_is_kept_by_the_service(editor: Editor, database: str) -> None:
    path = editor.add("checkpoints", note="有", aliases=["又名"])
    feature_id = path.rpartition("/")[2]
    rows_changed = "UPDATE checkpoints SET state = 'normal', seen_at = now() WHERE id = %s RETURNING id"
    assert rows(database, rows_changed, feature_id)
    feature = editor.new("checkpoints")
    for name in ("note", "aliases", "canal_id"):
        feature["properties"].pop(name, None)
    assert editor.put(path, feature, if_match="*").status_code == 204
    properties = editor.get(path).json()["properties"]
    assert (properties["note"], properties["aliases"], properties["canal_id"]) == (None, [], None)
    assert properties["state"] == "normal"


def test_case_moves_by_the_steps_of_its_workflow(editor: Editor) -> None:
    path = editor.add("cases")
    assert editor.patch(path, {"status": "assigned"}, if_match="*").status_code == 204
    assert refused(editor.patch(path, {"status": "struck_off"}, if_match="*"), 409)["field"] == "status"
    assert editor.patch(path, {"status": "in_progress"}, if_match="*").status_code == 204
    problem = refused(editor.patch(path, {"status": "strike_off_requested"}, if_match="*"), 409)
    assert "上报" in problem["detail_zh"]
    assert editor.get(path).json()["properties"]["status"] == "in_progress"


def test_every_write_leaves_its_trace(editor: Editor, database: str) -> None:
    path = editor.add("sites", note="A")
    feature_id = path.rpartition("/")[2]
    editor.patch(path, {"note": "B"}, if_match="*")
    editor.put(path, editor.new("sites", note="C"), if_match="*")
    editor.delete(path, if_match="*")
    found = history(database, feature_id)
    assert [(row["version"], row["operation"], row["state"]["note"]) for row in found] == [
        (1, "insert", "A"),
        (2, "update", "B"),
        (3, "update", "C"),
        (4, "delete", "C"),
    ]
    assert {row["changed_by"] for row in found} == {"ogc-api"}
    assert {row["district"] for row in found} == {DISTRICT}
    moments = [row["changed_at"] for row in found]
    assert moments == sorted(moments)


def test_id_that_comes_back_never_bears_an_old_tag(editor: Editor) -> None:
    path = editor.add("sites")
    feature_id, first = path.rpartition("/")[2], editor.tag(path)
    editor.delete(path, if_match=first)
    assert editor.post("sites", {**editor.new("sites"), "id": feature_id}).status_code == 201
    refused(editor.put(path, editor.new("sites"), if_match=first), 412)


def test_empty_patch_changes_nothing(editor: Editor, database: str) -> None:
    path = editor.add("sites")
    before, tag = everything(database), editor.tag(path)
    answer = editor.patch(path, {}, if_match=tag)
    assert answer.status_code == 204
    assert everything(database) == before
    refused(editor.patch(path, {}, if_match='"77.x"'), 412)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda editor: editor.post("sites", editor.new("sites", kind="palace")),
        lambda editor: editor.patch(f"{SITES}/nanyun_park", {"note": "x", "kind": "palace"}, if_match="*"),
        lambda editor: editor.patch(f"{SITES}/nanyun_park", {"note": "x"}, if_match='"0.stale"'),
        lambda editor: editor.patch(f"{SITES}/nanyun_park", {"note": "x"}),
        lambda editor: editor.delete("/ogc/collections/roads/items/songshan", if_match="*"),
        lambda editor: editor.put(f"{SITES}/not-there", editor.new("sites")),
    ],
)
def test_refused_write_leaves_nothing(
    editor: Editor, database: str, attempt: Callable[[Editor], httpx.Response]
) -> None:
    before = everything(database)
    assert attempt(editor).status_code in {404, 409, 412, 422, 428}
    assert everything(database) == before


def test_reader_sees_a_write_at_once(editor: Editor) -> None:
    path = editor.add("sites")
    read, page = editor.get(path), editor.client.get(SITES)
    for url, answer in ((path, read), (SITES, page)):
        again = editor.client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    editor.patch(path, {"note": "新"}, if_match="*")
    for url, answer in ((path, read), (SITES, page)):
        again = editor.client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 200
    assert editor.get(path).json()["properties"]["note"] == "新"


def test_tag_stands_for_the_bytes_when_another_table_changes_them(editor: Editor) -> None:
    """A segment's feature has its road's name in it: renaming the road makes no new version of the segment."""
    road = editor.add("roads").rpartition("/")[2]
    path = editor.add("segments", road_id=road, from_m=0, to_m=10)
    before = editor.get(path)
    assert editor.patch(f"/ogc/collections/roads/items/{road}", {"name_zh": "改名路"}, if_match="*").status_code == 204
    after = editor.client.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["properties"]["road_zh"] == "改名路"
    assert editor.patch(path, {"note": "x"}, if_match=before.headers["etag"]).status_code == 204


@pytest.mark.parametrize(
    "query",
    [{}, {"crs": "http://www.opengis.net/def/crs/EPSG/0/4547"}, {"properties": "name_zh"}, {"skipGeometry": "true"}],
)
def test_tag_of_any_representation_lets_a_writer_in(editor: Editor, query: dict[str, str]) -> None:
    path = editor.add("sites")
    tag = editor.get(path, **query).headers["etag"]
    editor.add("sites")  # another feature's write is no concern of this one's writer
    assert editor.patch(path, {"note": "x"}, if_match=tag).status_code == 204
    refused(editor.patch(path, {"note": "y"}, if_match=tag), 412)


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_tag_of_a_compressed_answer_lets_a_writer_in(editor: Editor, coding: str) -> None:
    path = editor.add("sites", note="长" * 3000)
    tag = editor.client.get(path, headers={"Accept-Encoding": coding}).headers["etag"]
    assert editor.patch(path, {"note": "x"}, if_match=tag).status_code == 204
