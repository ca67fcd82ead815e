"""OGC API - Features - Part 5: Schemas (OGC 23-058r2), Annex A, over our own collections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema_rs
import pytest

from geo.collections import LAYERS
from tests.api.editor import Editor, editing
from tests.api.new_features import COLLECTIONS
from tests.api.test_refusals import refused
from tests.conformance.walk import TOGETHER, features, fetched, items_path
from tests.conftest import TestServer

PART_5 = "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/"
CLASSES = {
    f"{PART_5}{name}"
    for name in ("schemas", "advanced-property-roles", "returnables-and-receivables", "queryables", "sortables")
}
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
RESOURCES = ["schema", "queryables", "sortables"]
KEYWORDS = {"title", "description", "type", "format", "items", "readOnly"}
TEMPORAL_ROLES = {"primary-instant", "primary-interval-start", "primary-interval-end", "primary-interval"}

# Of each type of JSON Schema, a value that is not of it.
NOT_OF_TYPE = {"string": 7, "number": "7", "boolean": "true", "array": "text"}

every_schema = pytest.mark.parametrize(
    ("collection", "resource"), [(collection, resource) for collection in LAYERS for resource in RESOURCES]
)


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "receivables") as opened:
        yield opened


def schema_of(client: httpx.Client, collection: str, resource: str) -> dict[str, Any]:
    answer = client.get(f"/ogc/collections/{collection}/{resource}", headers={"Accept": "application/schema+json"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    found: dict[str, Any] = answer.json()
    return found


def with_role(schema: dict[str, Any], *roles: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in schema["properties"].items() if each.get("x-ogc-role") in roles}


@pytest.mark.parametrize("uri", sorted(CLASSES))
def test_get_conformance(season_client: httpx.Client, uri: str) -> None:
    """/conf/returnables-and-receivables, queryables and sortables/get-conformance"""
    assert uri in fetched(season_client, "/ogc/conformance").json()["conformsTo"]


@every_schema
def test_schemas_basic_schema_inspection(season_client: httpx.Client, collection: str, resource: str) -> None:
    """/conf/schemas/basic-schema-inspection"""
    schema = schema_of(season_client, collection, resource)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert urlsplit(schema["$id"]).scheme in {"http", "https"}
    assert not urlsplit(schema["$id"]).query
    assert season_client.get(schema["$id"]).json() == schema
    assert schema["type"] == "object"
    jsonschema_rs.meta.validate(schema)
    for each in schema["properties"].values():
        spatial = each.get("format", "").startswith("geometry-")
        assert ("type" in each) is not spatial
        assert "$ref" not in each
        assert all(keyword in KEYWORDS or keyword.startswith("x-ogc-") for keyword in each)
        assert each["title"]


@every_schema
def test_schemas_roles(season_client: httpx.Client, collection: str, resource: str) -> None:
    """/conf/schemas/role, role-id and property-seq, /conf/advanced-property-roles/role-primary-*"""
    schema = schema_of(season_client, collection, resource)
    properties = schema["properties"]
    assert all(isinstance(each.get("x-ogc-role", ""), str) for each in properties.values())
    if resource != "sortables":
        (identifier,) = with_role(schema, "id").values()
        assert identifier["type"] == "string"
    places = [each["x-ogc-propertySeq"] for each in properties.values()]
    assert places == list(range(1, len(properties) + 1))
    geometries = with_role(schema, "primary-geometry")
    assert list(geometries) == (["geometry"] if LAYERS[collection].geometry_type and resource != "sortables" else [])
    assert all(each["format"].startswith("geometry-") for each in geometries.values())
    times = with_role(schema, *TEMPORAL_ROLES)
    assert sorted(each["x-ogc-role"] for each in times.values()) in (
        [],
        ["primary-instant"],
        ["primary-interval-end", "primary-interval-start"],
    )
    assert all((each["type"], each["format"] in {"date", "date-time"}) == ("string", True) for each in times.values())


@every_schema
def test_schemas_unit(season_client: httpx.Client, collection: str, resource: str) -> None:
    """/conf/schemas/unit: units of UCUM, of numbers only; nothing is said by x-ogc-definition or x-ogc-nullValues."""
    for name, each in schema_of(season_client, collection, resource)["properties"].items():
        if "x-ogc-unit" in each:
            assert each["type"] in {"number", "integer"}
            assert each["x-ogc-unit"] == {"m": "m", "percent": "%", "hours": "h"}[name.rsplit("_", 1)[1]]
        assert not {"x-ogc-definition", "x-ogc-nullValues", "x-ogc-unitLang"} & each.keys()


@pytest.mark.parametrize("collection", LAYERS)
def test_links(season_client: httpx.Client, collection: str) -> None:
    """/conf/returnables-and-receivables/link and the same of queryables and sortables"""
    body = fetched(season_client, f"/ogc/collections/{collection}").json()
    for resource in RESOURCES:
        (link,) = [link for link in body["links"] if link["rel"] == RELATION + resource]
        assert link["href"].endswith(f"/ogc/collections/{collection}/{resource}")
        assert schema_of(season_client, collection, resource)["$id"] == link["href"]
        assert link["type"] == "application/schema+json"


@pytest.mark.parametrize("collection", LAYERS)
def test_returnables_and_receivables_op_and_response(season_client: httpx.Client, collection: str) -> None:
    """/conf/returnables-and-receivables/op-and-response: that it passes the class Schemas is tested above."""
    assert schema_of(season_client, collection, "schema")["additionalProperties"] is False


@pytest.mark.parametrize("collection", LAYERS)
def test_returnables_and_receivables_response_1(season_client: httpx.Client, collection: str) -> None:
    """/conf/returnables-and-receivables/response-1: every feature is what the schema says, and nothing more."""
    schema = schema_of(season_client, collection, "schema")
    properties = {name: _or_null(each) for name, each in schema["properties"].items() if name != "geometry"}
    validator = jsonschema_rs.validator_for({**schema, "properties": properties}, validate_formats=True)
    shape = schema["properties"].get("geometry", {}).get("format")
    for each in features(season_client, collection):
        validator.validate({"id": each["id"], **each["properties"]})
        assert {"id", *each["properties"]} == properties.keys()
        assert each["geometry"] is None or shape == f"geometry-{each['geometry']['type'].lower()}"


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a property be without a value, which the schemas of OGC leave unsaid."""
    return {**schema, "type": [schema["type"], "null"]}


@pytest.mark.parametrize("collection", LAYERS)
def test_returnables_and_receivables_read_only(season_client: httpx.Client, collection: str) -> None:
    """/req/schemas/properties, H: what cannot be written is readOnly, and what can be is not."""
    layer = LAYERS[collection]
    properties = schema_of(season_client, collection, "schema")["properties"]
    writable = {name for name, each in properties.items() if not each.get("readOnly")}
    assert writable == layer.writable() | ({"geometry"} if layer.geometry_is_writable else set())
    assert not any(
        "readOnly" in each for each in schema_of(season_client, collection, "queryables")["properties"].values()
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_returnables_and_receivables_response_2(editor: Editor, collection: str) -> None:
    """/conf/returnables-and-receivables/response-2: what conforms is taken, what does not is 400 and changes nothing.

    A feature that is put back may repeat what is read-only; POST may propose an id (/per/create-replace-delete/rid).
    """
    properties = schema_of(editor.client, collection, "schema")["properties"]
    feature, path = editor.new(collection), editor.add(collection)
    before = editor.get(path).json()
    for name, each in properties.items():
        if name == "id" or (name == "geometry" and not LAYERS[collection].geometry_is_writable):
            continue
        for value in _not_of(each, before["properties"].get(name)):
            wrong = _with(feature, name, value)
            assert refused(editor.post(collection, wrong), 400)["field"] == name
            assert refused(editor.put(path, _with(before, name, value), if_match="*"), 400)["field"] == name
            assert refused(editor.patch(path, {name: value}, if_match="*"), 400)["field"] == name
    assert refused(editor.post(collection, _with(feature, "no_such", 1)), 400)["field"] == "no_such"
    assert refused(editor.put(path, _with(before, "no_such", 1), if_match="*"), 400)["field"] == "no_such"
    assert editor.get(path).json() == before
    assert editor.put(path, before, if_match="*").status_code in {200, 204}
    assert editor.post(collection, editor.new(collection)).status_code == 201


def _with(feature: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if name == "geometry":
        return {**feature, "geometry": value}
    return {**feature, "properties": {**feature["properties"], name: value}}


def _not_of(schema: dict[str, Any], present: Any) -> Iterator[Any]:
    """Give values that a property does not take: of another type or format, or another than it has and only reads."""
    if schema.get("format", "").startswith("geometry-"):
        yield {"type": "MultiPoint", "coordinates": [[113.6, 34.7]]}
    elif not schema.get("readOnly"):
        yield NOT_OF_TYPE[schema["type"]]
        if schema.get("format") in {"date", "date-time"}:
            yield "tomorrow"
    elif schema["type"] in {"number", "integer"}:
        yield (present or 0) + 1
    else:
        yield {"boolean": not present, "array": ["another"]}.get(schema["type"], "2019-01-01T00:00:00Z")


def test_returnables_and_receivables_response_2_where_the_geometry_is_read_only(editor: Editor) -> None:
    """A segment is cut from its road: its line goes back as it was read, in any CRS, and is nobody's to move."""
    crs = "http://www.opengis.net/def/crs/EPSG/0/4547"
    path, line = editor.add("segments"), [[113.5, 34.7], [113.6, 34.7]]
    for asked, headers in (({}, {}), ({"crs": crs}, {"content_crs": f"<{crs}>"})):
        before = editor.get(path, **asked).json()
        assert editor.put(path, before, if_match="*", **headers).status_code == 204
    before = editor.get(path).json()
    moved = {**before, "geometry": {"type": "LineString", "coordinates": line}}
    assert refused(editor.put(path, moved, if_match="*"), 400)["field"] == "geometry"
    added = {**editor.new("segments", from_m=500, to_m=501), "geometry": before["geometry"]}
    assert refused(editor.post("segments", added), 400)["field"] == "geometry"
    assert editor.get(path).json() == before


@pytest.mark.parametrize("collection", LAYERS)
def test_queryables_op_and_response(season_client: httpx.Client, collection: str) -> None:
    """/conf/queryables/op-and-response: each of them can be asked for, and no other name."""
    schema = schema_of(season_client, collection, "queryables")
    assert schema["additionalProperties"] is False
    every = " OR ".join(f"{name} IS NULL" for name in schema["properties"])
    fetched(season_client, items_path(collection), filter=every, limit="1")
    assert season_client.get(items_path(collection), params={"filter": "nothing IS NULL"}).status_code == 400


@pytest.mark.parametrize("collection", LAYERS)
def test_sortables_op_and_response(season_client: httpx.Client, collection: str) -> None:
    """/conf/sortables/op-and-response: each of them sorts, no other name does, and none is a shape or a list."""
    schema = schema_of(season_client, collection, "sortables")
    assert schema["additionalProperties"] is False
    assert schema["properties"]
    assert {"object", "array"}.isdisjoint(each["type"] for each in schema["properties"].values())
    names = [f"-{name}" for name in schema["properties"]]
    for start in range(0, len(names), TOGETHER):
        fetched(season_client, items_path(collection), sortby=",".join(names[start : start + TOGETHER]), limit="1")
    assert season_client.get(items_path(collection), params={"sortby": "geometry"}).status_code == 400


def test_titles_are_in_both_languages(season_client: httpx.Client) -> None:
    titles = {
        each["title"]
        for collection in LAYERS
        for each in schema_of(season_client, collection, "schema")["properties"].values()
    }
    assert all(any("一" <= letter <= "鿿" for letter in title) and title[-1].isascii() for title in titles)


@pytest.mark.parametrize("resource", RESOURCES)
def test_schema_of_no_collection_is_not_found(season_client: httpx.Client, resource: str) -> None:
    answer = season_client.get(f"/ogc/collections/nowhere/{resource}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert season_client.get(f"/ogc/collections/roads/{resource}?x=1").status_code == 400
