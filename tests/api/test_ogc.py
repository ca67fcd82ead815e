"""OGC API - Features (OGC 17-069r4) over the district's own places."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from geojson_pydantic import Feature, FeatureCollection

from geo.collections import LAYERS
from tests.data.seed import UNTOLD

DATA = Path(__file__).resolve().parents[2] / "data" / "erqi"
GEOJSON = "application/geo+json"
DERIVED = {
    "segment_progress": "segments",
    "site_progress": "sites",
    "checkpoint_status": "checkpoints",
    "flood_status": "districts",
    "task_status": "tasks",
}


def seed_ids(collection: str) -> list[str]:
    """Return the ids that the seed files hold for a collection; nobody has reported anything yet."""
    name = DERIVED.get(collection, collection)
    if name in UNTOLD - {"response_rules"}:  # which came years later
        return []
    path = DATA / f"{name}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            rows: list[dict[str, Any]] = list(csv.DictReader(stream))
    else:
        features = json.loads((DATA / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
        rows = [feature["properties"] for feature in features]
    if name == "planned_dates":
        return [f"{row['baseline_id']}:{row['task_id']}" for row in rows]
    return [row.get("id", "410103") for row in rows]


def items(client: httpx.Client, collection: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"/ogc/collections/{collection}/items", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def links(body: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in body["links"]}


def test_every_link_of_every_collection_resolves(client: httpx.Client) -> None:
    for collection in client.get("/ogc/collections").json()["collections"]:
        for link in collection["links"]:
            assert urlsplit(link["href"]).netloc, link
            assert client.get(link["href"], params={"limit": "1"} if link["rel"] == "items" else {}).status_code == 200


def test_collections_are_described_with_titles_extents_and_links(client: httpx.Client) -> None:
    found = client.get("/ogc/collections").json()["collections"]
    assert [each["id"] for each in found] == list(LAYERS)
    for each in found:
        assert re.fullmatch(r"[a-z_]+", each["id"])
        assert each["itemType"] == "feature"
        assert re.search(r"[一-鿿]", each["title"])
        assert {"self", "items"} <= links(each).keys()
        assert client.get(f"/ogc/collections/{each['id']}").json() == each


def test_extent_of_roads_holds_every_vertex(client: httpx.Client) -> None:
    roads = json.loads((DATA / "roads.geojson").read_text(encoding="utf-8"))["features"]
    points = [point for road in roads for point in road["geometry"]["coordinates"]]
    longitudes, latitudes = [point[0] for point in points], [point[1] for point in points]
    box = client.get("/ogc/collections/roads").json()["extent"]["spatial"]["bbox"]
    assert box == [pytest.approx([min(longitudes), min(latitudes), max(longitudes), max(latitudes)], abs=1e-9)]


@pytest.mark.parametrize(
    ("collection", "number"), [("districts", 1), ("roads", 3), ("sites", 2), ("checkpoints", 4), ("canals", 1)]
)
def test_collection_holds_what_the_brief_names(client: httpx.Client, collection: str, number: int) -> None:
    assert items(client, collection)["numberReturned"] == number


@pytest.mark.parametrize("collection", LAYERS)
def test_collection_holds_every_row_of_its_seed_file_once(client: httpx.Client, collection: str) -> None:
    body = items(client, collection, limit="10000")
    assert Counter(feature["id"] for feature in body["features"]) == Counter(seed_ids(collection))
    assert body["numberReturned"] == len(body["features"])
    assert "next" not in links(body)


@pytest.mark.parametrize("collection", LAYERS)
def test_items_are_geojson_of_rfc_7946(client: httpx.Client, collection: str) -> None:
    answer = client.get(f"/ogc/collections/{collection}/items", params={"limit": "10000"})
    assert answer.headers["content-type"] == GEOJSON
    whole: FeatureCollection[Any] = FeatureCollection.model_validate_json(answer.content)
    for feature in whole.features:
        assert isinstance(feature.id, str)
        assert "crs" not in (feature.model_extra or {})
        if feature.geometry is not None:
            assert LAYERS[collection].geometry_type == feature.geometry.type


def test_coordinates_are_longitude_first_inside_the_district(client: httpx.Client) -> None:
    for feature in items(client, "landmarks", limit="10000")["features"]:
        if feature["geometry"] is not None:
            longitude, latitude = feature["geometry"]["coordinates"]
            assert 113.4 < longitude < 113.8
            assert 34.5 < latitude < 34.9


def test_unlocated_checkpoint_is_listed_without_geometry(client: httpx.Client) -> None:
    for collection in ("checkpoints", "checkpoint_status"):
        unlocated = [each for each in items(client, collection)["features"] if each["geometry"] is None]
        assert [each["properties"]["name_zh"] for each in unlocated] == ["沿河路北闸口"]
        assert unlocated[0]["properties"]["position_status"] == "unlocated"


@pytest.mark.parametrize("collection", [name for name in LAYERS if name not in UNTOLD])
def test_single_item_is_the_feature_of_the_list_with_links(client: httpx.Client, collection: str) -> None:
    listed = items(client, collection, limit="1", datetime="2020-06-01T00:00:00Z")["features"][0]
    answer = client.get(
        f"/ogc/collections/{collection}/items/{quote(listed['id'], safe='')}",
        params={"datetime": "2020-06-01T00:00:00Z"},
    )
    assert answer.headers["content-type"] == GEOJSON
    feature = answer.json()
    Feature.model_validate(feature)
    assert client.get(links(feature)["self"]).json()["id"] == listed["id"]
    del feature["links"]
    assert feature == listed


@pytest.mark.parametrize(
    "identifier", ["../roads", "a/b", "%", "?", "#", "' OR 1=1 --", "嵩山路", "a:b", "\u202e", " "]
)
def test_item_with_an_odd_id_is_not_found(client: httpx.Client, identifier: str) -> None:
    answer = client.get(f"/ogc/collections/segments/items/{quote(identifier, safe='')}")
    assert answer.status_code == 404
    assert answer.json()["field"] == "featureId"


@pytest.mark.parametrize("collection", LAYERS)
def test_pages_of_seven_are_complete_and_without_double(client: httpx.Client, collection: str) -> None:
    whole = [feature["id"] for feature in items(client, collection, limit="10000")["features"]]
    found: list[str] = []
    url: str | None = f"/ogc/collections/{collection}/items?limit=7"
    while url is not None:
        body = client.get(url).json()
        assert body["numberReturned"] <= 7
        found += [feature["id"] for feature in body["features"]]
        url = links(body).get("next")
    assert found == whole


def test_next_link_keeps_what_was_asked(client: httpx.Client) -> None:
    body = items(client, "segments", limit="2", bbox="113.5,34.6,113.7,34.8", datetime="2020-06-01T00:00:00+08:00")
    asked = httpx.URL(links(body)["next"]).params
    assert asked["limit"] == "2"
    assert asked["bbox"] == "113.5,34.6,113.7,34.8"
    assert asked["datetime"] == "2020-06-01T00:00:00+08:00"


def test_bbox_keeps_what_touches_it(client: httpx.Client) -> None:
    landmarks = json.loads((DATA / "landmarks.geojson").read_text(encoding="utf-8"))["features"]
    box = (113.62, 34.70, 113.66, 34.75)
    inside = {
        each["properties"]["id"]
        for each in landmarks
        if each["geometry"]
        and box[0] <= each["geometry"]["coordinates"][0] <= box[2]
        and box[1] <= each["geometry"]["coordinates"][1] <= box[3]
    }
    assert 0 < len(inside) < len(landmarks)
    for written in ("113.62,34.70,113.66,34.75", "113.62,34.70,-10,113.66,34.75,9000"):
        found = items(client, "landmarks", bbox=written, limit="10000")["features"]
        assert {each["id"] for each in found} == inside


def test_bbox_across_the_antimeridian_holds_the_other_side_only(client: httpx.Client) -> None:
    assert items(client, "roads", bbox="170,-90,-170,90")["features"] == []
    assert len(items(client, "roads", bbox="170,-90,120,90")["features"]) == 3


def test_bbox_keeps_what_has_no_geometry(client: httpx.Client) -> None:
    # OGC 17-069r4, requirement 24 C: a box selects among places and says nothing of what has none
    (unlocated,) = items(client, "checkpoints", bbox="10,10,11,11")["features"]
    assert unlocated["properties"]["position_status"] == "unlocated"
    assert items(client, "programmes", bbox="10,10,11,11")["features"] == items(client, "programmes")["features"]


def test_datetime_before_anything_was_published_is_empty(client: httpx.Client) -> None:
    for collection in LAYERS:
        assert items(client, collection, datetime="2019-01-01T00:00:00Z")["features"] == []


@pytest.mark.parametrize(
    "moment", ["2020-06-01T00:00:00Z", "2020-06-01t08:00:00.250+08:00", "2020-06-01T00:00:00 08:00"]
)
def test_datetime_after_publication_holds_every_place(client: httpx.Client, moment: str) -> None:
    answer = client.get(f"/ogc/collections/roads/items?datetime={moment}")
    assert answer.json()["numberReturned"] == 3


@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections", "/ogc/collections/roads/items", "/", "/healthz", "/docs"])
def test_head_is_answered_like_get_without_content(client: httpx.Client, path: str) -> None:
    answer, got = client.head(path), client.get(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", ["/ogc", "/nowhere"])
def test_options_is_refused_with_the_methods_there_are(client: httpx.Client, path: str) -> None:
    answer = client.options(path)
    assert answer.status_code == (404 if path == "/nowhere" else 405)
    assert answer.headers["content-type"] == "application/problem+json"
    if answer.status_code == 405:
        assert "GET" in answer.headers["allow"]
