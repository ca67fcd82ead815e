"""What the API's definition says of tiles (OGC 20-057, class oas30): ``TILE_PATHS``."""

from __future__ import annotations

from typing import Any

from api.ogc import tile_matrix
from api.ogc.links import JSON
from api.ogc.parameters import READERS
from api.ogc.schemas import Schema, described, problems, response
from api.ogc.tile_requests import DRAWN, WISHES
from api.ogc.tiling import MVT, STYLE
from geo.query.tile_grid import MAX_ZOOM
from geo.types import Text

DOCUMENT: Schema = {"type": "object"}
TILESETS: Schema = {
    "type": "object",
    "required": ["tilesets"],
    "properties": {
        "links": {"type": "array", "items": DOCUMENT},
        "tilesets": {
            "type": "array",
            "items": {"type": "object", "required": ["dataType", "crs", "links", "tileMatrixSetURI"]},
        },
    },
}
TILESET: Schema = {"type": "object", "required": ["dataType", "crs", "links", "layers", "tileMatrixSetURI"]}
TILEJSON: Schema = {"type": "object", "required": ["tilejson", "tiles", "vector_layers"]}
LAYER_IDS: Schema = {"type": "string", "enum": [layer.id for layer in DRAWN]}
PLACES: dict[str, tuple[Schema, Text]] = {
    "collectionId": (LAYER_IDS, Text("有几何的图层。", "A collection with geometry.")),
    "tileMatrixSetId": (
        {"type": "string", "enum": [tile_matrix.ID]},
        Text("瓦片矩阵集。", "The tile matrix set."),
    ),
    "tileMatrix": (
        {"type": "string", "enum": [str(zoom) for zoom in range(MAX_ZOOM + 1)]},
        Text("缩放级别。", "The zoom."),
    ),
    "tileRow": ({"type": "integer", "minimum": 0}, Text("行号，自北起。", "The row, from the north.")),
    "tileCol": ({"type": "integer", "minimum": 0}, Text("列号，自西起。", "The column, from the west.")),
}
SELECTING: dict[str, tuple[Schema, Text]] = {
    "collections": (
        {"type": "array", "items": LAYER_IDS, "minItems": 1, "uniqueItems": True},
        Text("只要这些图层，先列的画在下面。", "Only these collections, the first of them lowest."),
    ),
    "datetime": (
        {"type": "string", "format": "date-time"},
        Text("该时刻的状态。", "As of this RFC 3339 instant; without it, as it stands now."),
    ),
}


WISHED = {name: (dict(READERS[name].schema), READERS[name].description) for name in WISHES}


def _parameters(path: str, query: dict[str, tuple[Schema, Text]]) -> list[Schema]:
    within = [
        {"name": name, "in": "path", "required": True, "description": described(text), "schema": dict(schema)}
        for name, (schema, text) in PLACES.items()
        if f"{{{name}}}" in path
    ]
    asked = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": described(text),
            "schema": dict(schema),
            "style": "form",
            "explode": False,
        }
        for name, (schema, text) in query.items()
    ]
    return [*within, *asked]


def _form(*forms: str) -> dict[str, tuple[Schema, Text]]:
    return {"f": ({"type": "string", "enum": list(forms)}, Text("格式。", "The form of the answer."))}


def _get(
    operation_id: str, summary: str, path: str, answers: dict[str, Schema], query: dict[str, tuple[Schema, Text]]
) -> dict[str, Any]:
    operation = {
        "tags": ["OGC API"],
        "operationId": operation_id,
        "summary": summary,
        "parameters": _parameters(path, query),
        "responses": {**answers, **problems(*((404,) if "{" in path else ()))},
    }
    return {path: {"get": operation}}


def _origin(name: str, base: str, selecting: dict[str, tuple[Schema, Text]]) -> dict[str, Any]:
    """Describe the tiles of the whole or of one collection; the ids end as 20-057, 14.2.1 wants them."""
    tileset = f"{base}/{{tileMatrixSetId}}"
    tile = {
        "200": response("The tile", {MVT: {"type": "string", "format": "binary"}}, "ETag"),
        "204": response("There is nothing in this tile", {}, "ETag"),
        "304": response("Unchanged since the ETag of If-None-Match", {}, "ETag"),
    }
    described_by = {"oneOf": [TILESET, TILEJSON]}
    return {
        **_get(
            f"erqi.{name}.vector.getTileSetsList",
            "List the tilesets.",
            base,
            {"200": response("The tilesets", {JSON: TILESETS})},
            _form("json"),
        ),
        **_get(
            f"erqi.{name}.vector.getTileSet",
            "Describe the tileset.",
            tileset,
            {"200": response("The tileset, or TileJSON", {JSON: described_by})},
            _form("json", "tilejson") | selecting,
        ),
        **_get(
            f"erqi.{name}.vector.getTileJson",
            "Describe the tileset as TileJSON 3.0.",
            f"{tileset}/tilejson.json",
            {"200": response("TileJSON", {JSON: TILEJSON})},
            _form("tilejson") | selecting,
        ),
        **_get(
            f"erqi.{name}.vector.getTile",
            "Return one tile.",
            f"{tileset}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
            tile,
            _form("mvt") | selecting,
        ),
    }


TILE_PATHS: dict[str, Any] = {
    **_origin("dataset", "/ogc/tiles", SELECTING),
    **_origin("collection", "/ogc/collections/{collectionId}/tiles", {"datetime": SELECTING["datetime"], **WISHED}),
    **_get(
        "tileMatrixSets",
        "List the tile matrix sets.",
        "/ogc/tileMatrixSets",
        {"200": response("The tile matrix sets", {JSON: DOCUMENT})},
        {},
    ),
    **_get(
        "tileMatrixSet",
        "Define a tile matrix set.",
        "/ogc/tileMatrixSets/{tileMatrixSetId}",
        {"200": response("The tile matrix set", {JSON: DOCUMENT})},
        {},
    ),
    **_get(
        "mapStyle",
        "Return the style that the tiles are drawn with.",
        "/ogc/styles/erqi",
        {"200": response("A MapLibre style", {STYLE: DOCUMENT})},
        {},
    ),
}
