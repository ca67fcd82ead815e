"""What the API's definition says of writing (OGC 20-002); there is nothing to say where nobody may write."""

from __future__ import annotations

from typing import Any

from api.ogc.bodies import FEATURE_TYPES, PATCH_TYPES
from api.ogc.schemas import LINKS, PATH_PARAMETERS, TEXT, Schema, described, problems, ref, response, schema_ref
from geo.collections import LAYERS
from geo.crs import Crs
from geo.types import Text

SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "description": "A token of the service"}}
ITEMS = "/ogc/collections/{collectionId}/items"
ITEM = f"{ITEMS}/{{featureId}}"
COLLECTION: Schema = {
    **PATH_PARAMETERS["collectionId"],
    "description": described(Text("可以写入的图层。", "A collection that can be written to.")),
    "schema": {"type": "string", "enum": [layer.id for layer in LAYERS.values() if layer.edits is not None]},
}
FEATURE: Schema = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": TEXT,
        "geometry": schema_ref("geometry"),
        "properties": {"type": "object"},
        "links": LINKS,
    },
}
PATCH: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "geometry": schema_ref("geometry"),
        "properties": {"type": "object"},
    },
}


def _header(name: str, schema: Schema, text: Text) -> Schema:
    return {"name": name, "in": "header", "required": False, "description": described(text), "schema": schema}


CONTENT_CRS = _header(
    "Content-Crs",
    {"type": "string", "enum": [f"<{crs.uri}>" for crs in Crs if crs.uri]},
    Text("坐标的参考系。", "The CRS of the coordinates; without it, CRS84."),
)
CONDITIONS = [
    _header("If-Match", TEXT, Text("读到的 ETag。", "The ETag that the writer has read.")),
    _header("If-None-Match", TEXT, Text("不应有的 ETag。", "An ETag that must not be the present one.")),
    _header("If-Unmodified-Since", TEXT, Text("读到的时间。", "The time at which the writer has read (RFC 9110).")),
]


def write_paths() -> dict[str, Any]:
    """Return the operations that write, and those that say what can be done, by path."""
    changed = response("Changed", {}, "ETag")
    feature = {"content": {kind: {"schema": FEATURE} for kind in FEATURE_TYPES}, "required": True}
    patch = {"content": {kind: {"schema": PATCH} for kind in PATCH_TYPES}, "required": True}
    return {
        ITEMS: {
            "post": _operation(
                "addItem",
                "Add a feature.",
                [],
                [CONTENT_CRS],
                {"201": response("Added", {}, "Location", "ETag")},
                feature,
            ),
            "options": _options("itemsOptions", []),
        },
        ITEM: {
            "put": _operation(
                "replaceItem",
                "Replace a feature.",
                ["featureId"],
                [CONTENT_CRS, *CONDITIONS],
                {"204": changed},
                feature,
            ),
            "patch": _operation(
                "changeItem",
                "Change the members of a feature that are given (RFC 7396).",
                ["featureId"],
                [CONTENT_CRS, *CONDITIONS],
                {"204": changed},
                patch,
            ),
            "delete": _operation(
                "deleteItem", "Delete a feature.", ["featureId"], CONDITIONS, {"204": response("Deleted", {})}, None
            ),
            "options": _options("itemOptions", ["featureId"]),
        },
    }


def _operation(
    name: str, summary: str, ids: list[str], headers: list[Schema], answers: dict[str, Schema], body: Schema | None
) -> dict[str, Any]:
    errors = (401, 404, 405, 409, 412, 422, 428) if ids else (401, 404, 405, 409, 422)
    of_content = () if body is None else (408, 413, 415)
    operation: dict[str, Any] = {
        "tags": ["OGC API"],
        "operationId": name,
        "summary": summary,
        "security": [{"bearer": []}],
        "parameters": [COLLECTION, *(ref("parameters", each) for each in ids), *headers],
        "responses": {**answers, **problems(*errors, *of_content)},
    }
    return operation if body is None else {**operation, "requestBody": body}


def _options(name: str, ids: list[str]) -> dict[str, Any]:
    return {
        "tags": ["OGC API"],
        "operationId": name,
        "summary": "Say what this client can do here, in the header Allow.",
        "parameters": [ref("parameters", each) for each in ("collectionId", *ids)],
        "responses": {"200": response("The methods", {}, "Allow"), **problems(404)},
    }
