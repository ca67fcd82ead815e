"""What a writer may send, in JSON Schema: the GeoJSON feature that creates or replaces one of a layer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, Column
from sqlalchemy.types import Text as SqlText

from geo.intake.editing import ID, table_of
from geo.intake.geometry import MAX_VERTICES
from geo.intake.values import MAX_TEXT, MAX_TEXTS
from geo.query.layer import Layer
from geo.query.queryables import GEOMETRY
from geo.query.schema import DRAFT, Schema, feature_schema

POSITION: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
COORDINATES: dict[str, Schema] = {
    "Point": POSITION,
    "LineString": {"type": "array", "items": POSITION, "minItems": 2, "maxItems": MAX_VERTICES},
}


def body_schema(layer: Layer, uri: str) -> Schema:
    """Describe the feature that a writer to ``layer`` sends (OGC 20-002, /req/features/representation-geojson-replace).

    What only reads is allowed, with the value that it has, so that a feature can be sent back as it was read.
    """
    described = feature_schema(layer, uri)
    table = table_of(layer)
    names = [name for name in layer.property_names() if name in layer.writable()]
    needed = [name for name in names if _is_needed(table.c[name])]
    properties = {
        name: _limited(table.c[name], schema)
        if name in layer.writable()
        else {"title": schema["title"], "readOnly": True}
        for name, schema in described["properties"].items()
        if name not in {"id", GEOMETRY}
    }
    inner = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
    members = {
        "type": {"const": "Feature"},
        "id": {"type": "string", "pattern": f"^{ID.pattern}$"},
        "geometry": _geometry(layer),
        "properties": inner,
    }
    required = ["type", "properties", *(["geometry"] if _needs_geometry(layer) else [])]
    head = {name: described[name] for name in ("title", "description")}
    return {"$schema": DRAFT, "$id": uri, "type": "object", **head, "properties": members, "required": required}


def _is_needed(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None


def _needs_geometry(layer: Layer) -> bool:
    return layer.geometry_is_writable and _is_needed(table_of(layer).c.geom)


def _limited(column: Column[Any], schema: Schema) -> Schema:
    """Add the limits of a value, and null where a property may be empty or has a default."""
    limits: Schema = {}
    if isinstance(column.type, SqlText):
        limits = {"maxLength": MAX_TEXT}
    elif isinstance(column.type, ARRAY):
        limits = {"maxItems": MAX_TEXTS, "items": {"type": "string", "maxLength": MAX_TEXT}}
    kind = schema["type"] if _is_needed(column) else [schema["type"], "null"]
    return {**schema, **limits, "type": kind}


def _geometry(layer: Layer) -> Schema:
    if not layer.geometry_is_writable or layer.geometry_type is None:
        return {"type": ["object", "null"]} if layer.geometry_type else {"type": "null"}
    return {
        "type": "object" if _needs_geometry(layer) else ["object", "null"],
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"const": layer.geometry_type},
            "coordinates": COORDINATES[layer.geometry_type],
        },
    }
