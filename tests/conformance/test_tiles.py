"""OGC API - Tiles - Part 1: Core 1.0 (OGC 20-057), annex A, one test for each abstract test of the classes declared.

With it the classes of 17-083r4 (Two Dimensional Tile Matrix Set and Tile Set Metadata 2.0) that they rest on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from shapely.geometry import box

from tests.conformance.walk import definition_of, fetched
from tests.tile_reading import HALF_M, MARGIN, UNITS, decode, geometry_of, in_tile, tile_at

TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
TMS = "http://www.opengis.net/spec/tms/2.0/conf"
CLASSES = {
    f"{TILES}/core",
    f"{TILES}/tileset",
    f"{TILES}/tilesets-list",
    f"{TILES}/dataset-tilesets",
    f"{TILES}/geodata-tilesets",
    f"{TILES}/collections-selection",
    f"{TILES}/mvt",
    f"{TILES}/oas30",
    f"{TMS}/tilematrixset",
    f"{TMS}/json-tilematrixset",
    f"{TMS}/json-tilesetmetadata",
}
REL = "http://www.opengis.net/def/rel/ogc/1.0"
MVT = "application/vnd.mapbox-vector-tile"
REGISTERED = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
TILE = "{tileMatrix}/{tileRow}/{tileCol}"
ORIGINS = ("/ogc/tiles", "/ogc/collections/segments/tiles")
SUFFIXES = ("getTileSetsList", "getTileSet", "getTile")
ZOOM, PLACE = 13, (113.645, 34.735)


def links(document: Any, rel: str) -> list[dict[str, Any]]:
    return [each for each in document["links"] if each["rel"] == rel]


def href(document: Any, rel: str) -> str:
    (found,) = links(document, rel)
    address: str = found["href"]
    return address


def tileset_of(client: httpx.Client, origin: str) -> dict[str, Any]:
    """Go from the list of tilesets to the one that it has."""
    (entry,) = fetched(client, origin).json()["tilesets"]
    found: dict[str, Any] = fetched(client, href(entry, "self")).json()
    return found


def filled(template: str, zoom: int, row: int, column: int) -> str:
    for name, value in (("tileMatrix", zoom), ("tileRow", row), ("tileCol", column)):
        template = template.replace(f"{{{name}}}", str(value))
    return template


def tile_path(origin: str) -> str:
    origin = origin.replace("segments", "{collectionId}")
    return f"{origin}/{{tileMatrixSetId}}/{TILE}"


def parameter(client: httpx.Client, path: str, name: str) -> dict[str, Any]:
    parameters = definition_of(client)["paths"][path]["get"]["parameters"]
    (found,) = [each for each in parameters if each.get("name") == name]
    return dict(found)


def test_conf_core_conformance_success(season_client: httpx.Client) -> None:
    """/conf/core/conformance-success."""
    declared = fetched(season_client, "/ogc/conformance").json()["conformsTo"]
    assert set(declared) >= CLASSES


@pytest.mark.parametrize("origin", ORIGINS)
def test_conf_core_tc_op(season_client: httpx.Client, origin: str) -> None:
    """/conf/core/tc-op: the template of the tileset leads to tiles by matrix, row and column."""
    template = href(tileset_of(season_client, origin), "item")
    row, column = tile_at(*PLACE, ZOOM)
    assert fetched(season_client, filled(template, ZOOM, row, column)).content


@pytest.mark.parametrize("origin", ORIGINS)
def test_conf_core_tc_tilematrix_definition(season_client: httpx.Client, origin: str) -> None:
    """/conf/core/tc-tilematrix-definition: a mandatory text."""
    found = parameter(season_client, tile_path(origin), "tileMatrix")
    assert (found["in"], found["required"], found["schema"]["type"]) == ("path", True, "string")


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("name", ["tileRow", "tileCol"])
def test_conf_core_tc_tilerow_and_tilecol_definition(season_client: httpx.Client, origin: str, name: str) -> None:
    """/conf/core/tc-tilerow-definition and /conf/core/tc-tilecol-definition: mandatory whole numbers."""
    found = parameter(season_client, tile_path(origin), name)
    assert (found["in"], found["required"], found["schema"]["type"]) == ("path", True, "integer")


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("zoom", [9, 12, 15])
def test_conf_core_tc_success(season_client: httpx.Client, origin: str, zoom: int) -> None:
    """/conf/core/tc-success: 200, the format asked for, and only what intersects the tile or its margin."""
    row, column = tile_at(*PLACE, zoom)
    address = filled(href(tileset_of(season_client, origin), "item"), zoom, row, column)
    answer = season_client.get(address, headers={"Accept": MVT})
    assert (answer.status_code, answer.headers["content-type"]) == (200, MVT)
    edge = box(-MARGIN, -MARGIN, UNITS + MARGIN, UNITS + MARGIN)
    shown = [geometry_of(each) for features in decode(answer.content).values() for each in features]
    assert shown
    assert all(each.intersects(edge) for each in shown)


@pytest.mark.parametrize("origin", ORIGINS)
def test_conf_core_tc_error(season_client: httpx.Client, origin: str) -> None:
    """/conf/core/tc-error: 404 outside the tile matrix set or its limits, 204 where there is nothing."""
    template = href(tileset_of(season_client, origin), "item")
    for outside in ((23, 0, 0), (24, 0, 0), (25, 0, 0), (3, 8, 0), (3, 0, 8)):
        assert season_client.get(filled(template, *outside)).status_code == 404
    assert season_client.get(filled(template, 10, 0, 0)).status_code == 204


@pytest.mark.parametrize("origin", ORIGINS)
def test_conf_tileset_description(season_client: httpx.Client, origin: str) -> None:
    """/conf/tileset/description."""
    tileset = tileset_of(season_client, origin)
    assert tileset["dataType"] == "vector"
    assert tileset["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    assert tileset["tileMatrixSetURI"] == REGISTERED
    definition = fetched(season_client, href(tileset, f"{REL}/tiling-scheme")).json()
    assert definition["uri"] == REGISTERED
    (item,) = links(tileset, "item")
    assert all(name in item["href"] for name in TILE.split("/"))
    assert (item["type"], item["templated"]) == (MVT, True)


@pytest.mark.parametrize("origin", ORIGINS)
def test_conf_tilesets_list_tileset_links(season_client: httpx.Client, origin: str) -> None:
    """/conf/tilesets-list/tileset-links."""
    answer = season_client.get(origin, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    for entry in answer.json()["tilesets"]:
        assert {"title", "dataType", "crs", "tileMatrixSetURI"} <= set(entry)
        assert href(entry, "self").endswith(f"{origin}/WebMercatorQuad")
        assert fetched(season_client, href(entry, "self")).json()["dataType"] == entry["dataType"]
        assert fetched(season_client, href(entry, f"{REL}/tiling-scheme")).json()["tileMatrices"]


def test_conf_dataset_tilesets_landingpage(season_client: httpx.Client) -> None:
    """/conf/dataset-tilesets/landingpage."""
    landing = fetched(season_client, "/ogc").json()
    assert fetched(season_client, href(landing, f"{REL}/tilesets-vector")).json()["tilesets"]


def test_conf_dataset_tilesets_operation(season_client: httpx.Client) -> None:
    """/conf/dataset-tilesets/operation: the list is at the root's address with /tiles behind it."""
    landing = fetched(season_client, "/ogc").json()
    assert href(landing, f"{REL}/tilesets-vector") == href(landing, "self") + "/tiles"
    assert "get" in definition_of(season_client)["paths"]["/ogc/tiles"]


def collections(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Give each collection that has positions."""
    for collection in fetched(client, "/ogc/collections").json()["collections"]:
        if "storageCrs" in collection:
            yield collection


def test_conf_geodata_tilesets_desc_links(season_client: httpx.Client) -> None:
    """/conf/geodata-tilesets/desc-links."""
    found = [fetched(season_client, href(each, f"{REL}/tilesets-vector")) for each in collections(season_client)]
    assert len(found) > 10
    assert all(each.json()["tilesets"] for each in found)


def test_conf_geodata_tilesets_operation(season_client: httpx.Client) -> None:
    """/conf/geodata-tilesets/operation: the list is at the collection's address with /tiles behind it."""
    for collection in collections(season_client):
        assert href(collection, f"{REL}/tilesets-vector") == href(collection, "self") + "/tiles"
        layers = tileset_of(season_client, f"/ogc/collections/{collection['id']}/tiles")["layers"]
        assert [each["id"] for each in layers] == [collection["id"]]


CHOICES = (["roads"], ["sites", "roads"], ["segment_progress", "reports", "canals", "roads", "districts"])


@pytest.mark.parametrize("chosen", CHOICES, ids=len)
def test_conf_collections_selection_query_collections(season_client: httpx.Client, chosen: list[str]) -> None:
    """/conf/collections-selection/query-collections: accepted for the tileset and for tiles."""
    query = {"collections": ",".join(chosen)}
    fetched(season_client, "/ogc/tiles/WebMercatorQuad", **query)
    fetched(season_client, "/ogc/tiles/WebMercatorQuad/0/0/0", **query | {"collections": "sites"})
    assert parameter(season_client, tile_path("/ogc/tiles"), "collections")["explode"] is False


@pytest.mark.parametrize("chosen", CHOICES, ids=len)
def test_conf_collections_selection_collections_response(season_client: httpx.Client, chosen: list[str]) -> None:
    """/conf/collections-selection/collections-response: only those chosen, the first of them first."""
    tileset = fetched(season_client, "/ogc/tiles/WebMercatorQuad", collections=",".join(chosen)).json()
    assert [each["id"] for each in tileset["layers"]] == chosen
    row, column = tile_at(*PLACE, 10)
    tile = fetched(season_client, filled(href(tileset, "item"), 10, row, column))
    assert list(decode(tile.content)) == chosen


def test_conf_mvt_content(season_client: httpx.Client) -> None:
    """/conf/mvt/content: one tile, geometries with their type, units linear in the CRS of the tileset from the NW."""
    row, column = tile_at(*PLACE, ZOOM)
    origin = "/ogc/collections/segments/tiles"
    answer = fetched(season_client, filled(href(tileset_of(season_client, origin), "item"), ZOOM, row, column))
    (layer,) = decode(answer.content).values()
    assert {geometry_of(each).geom_type for each in layer} <= {"LineString", "MultiLineString"}
    items = fetched(season_client, "/ogc/collections/segments/items", limit="1000").json()["features"]
    whole = {each["id"]: in_tile(geometry_of(each), ZOOM, row, column) for each in items}
    assert layer
    for feature in layer:
        assert geometry_of(feature).hausdorff_distance(whole[feature["properties"]["id"]]) <= UNITS
        assert geometry_of(feature).within(whole[feature["properties"]["id"]].buffer(1))


def test_conf_oas30_completeness(season_client: httpx.Client) -> None:
    """/conf/oas30/completeness: every resource is defined, with its parameters, where the links lead."""
    paths = definition_of(season_client)["paths"]
    for origin in ("/ogc/tiles", "/ogc/collections/{collectionId}/tiles"):
        for ending in ("", "/{tileMatrixSetId}", f"/{{tileMatrixSetId}}/{TILE}"):
            operation = paths[origin + ending]["get"]
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == {part.strip("{}") for part in (origin + ending).split("/") if part.startswith("{")}
    assert paths[tile_path("/ogc/tiles")]["get"]["responses"]["200"]["content"].keys() == {MVT}


def test_conf_oas30_operation_id(season_client: httpx.Client) -> None:
    """/conf/oas30/operation-id: the endings of 20-057, table 5."""
    paths = definition_of(season_client)["paths"]
    ids = {operation["operationId"] for path in paths.values() for operation in path.values()}
    for origin in ("dataset", "collection"):
        for suffix in SUFFIXES:
            assert len([each for each in ids if each.endswith(f".{origin}.vector.{suffix}")]) == 1


def test_tms_tilematrixset(season_client: httpx.Client) -> None:
    """17-083r4, tilematrixset: WebMercatorQuad as annex D.1 has it, whose table begins with these numbers."""
    (entry,) = fetched(season_client, "/ogc/tileMatrixSets").json()["tileMatrixSets"]
    definition = fetched(season_client, href(entry, "self")).json()
    assert (definition["id"], definition["uri"]) == ("WebMercatorQuad", REGISTERED)
    matrices = definition["tileMatrices"]
    assert [each["id"] for each in matrices] == [str(zoom) for zoom in range(25)]
    first = matrices[0]
    assert math.isclose(first["scaleDenominator"], 559082264.028717, rel_tol=1e-12)
    assert math.isclose(first["cellSize"], 156543.033928041, rel_tol=1e-12)
    assert math.isclose(matrices[18]["scaleDenominator"], 2132.72958384978, rel_tol=1e-12)
    for zoom, matrix in enumerate(matrices):
        assert matrix["matrixWidth"] == matrix["matrixHeight"] == 2**zoom
        assert matrix["tileWidth"] == matrix["tileHeight"] == 256
        assert all(math.isclose(abs(each), HALF_M, rel_tol=1e-12) for each in matrix["pointOfOrigin"])
        assert matrix["pointOfOrigin"][0] < 0 < matrix["pointOfOrigin"][1]


def test_tms_json_tilematrixset(season_client: httpx.Client) -> None:
    """17-083r4, json-tilematrixset: what its JSON schema requires, of its types."""
    definition = fetched(season_client, "/ogc/tileMatrixSets/WebMercatorQuad").json()
    assert definition["crs"].startswith("http://www.opengis.net/def/crs/")
    for matrix in definition["tileMatrices"]:
        assert isinstance(matrix["id"], str)
        assert matrix["cornerOfOrigin"] == "topLeft"
        assert all(isinstance(matrix[name], int) for name in ("tileWidth", "tileHeight", "matrixWidth", "matrixHeight"))
        assert all(isinstance(matrix[name], float) for name in ("scaleDenominator", "cellSize"))


@pytest.mark.parametrize("origin", ORIGINS)
def test_tms_json_tilesetmetadata(season_client: httpx.Client, origin: str) -> None:
    """17-083r4, json-tilesetmetadata: limits, box and layers of their types."""
    tileset = tileset_of(season_client, origin)
    assert [each["tileMatrix"] for each in tileset["tileMatrixSetLimits"]] == [str(zoom) for zoom in range(23)]
    for zoom, limit in enumerate(tileset["tileMatrixSetLimits"]):
        assert (limit["minTileRow"], limit["minTileCol"]) == (0, 0)
        assert (limit["maxTileRow"], limit["maxTileCol"]) == (2**zoom - 1, 2**zoom - 1)
    (west, south), (east, north) = tileset["boundingBox"]["lowerLeft"], tileset["boundingBox"]["upperRight"]
    assert 113 < west < PLACE[0] < east < 114
    assert 34 < south < PLACE[1] < north < 35
    for layer in tileset["layers"]:
        assert layer["dataType"] == "vector"
        assert layer["geometryDimension"] in {0, 1, 2}
        assert "id" in layer["propertiesSchema"]["properties"]
        assert fetched(season_client, href(layer, f"{REL}/geodata")).json()["id"] == layer["id"]
