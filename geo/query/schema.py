"""Layers described in JSON Schema (OGC API - Features Part 5, 23-058r2): features, queryables and sortables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, Numeric, Uuid
from sqlalchemy.types import NullType, TypeEngine

from geo.query.layer import Layer
from geo.query.queryables import GEOMETRY, queryables
from geo.query.sorting import sortable_names
from geo.query.titles import title_of

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

# The first that fits decides: what is an Integer or a Float is a Numeric to SQLAlchemy too.
_TYPES: tuple[tuple[type[TypeEngine[Any]], Schema], ...] = (
    (Uuid, {"type": "string", "format": "uuid"}),
    (Boolean, {"type": "boolean"}),
    (Integer, {"type": "integer", "format": "int32"}),
    (Float, {"type": "number", "format": "double"}),
    (Numeric, {"type": "number"}),
    (Date, {"type": "string", "format": "date"}),
    (DateTime, {"type": "string", "format": "date-time"}),
    (ARRAY, {"type": "array", "items": {"type": "string"}}),
    (NullType, {"type": "array", "items": {"type": "object"}}),  # rows of another table, as JSON
)
# UCUM, case sensitive
_UNITS = {"_m": "m", "_percent": "%", "_hours": "h"}


def feature_schema(layer: Layer, uri: str) -> Schema:
    """Describe the features of a layer; ``readOnly`` is what nobody can write."""
    names = ["id", *([GEOMETRY] if layer.geometry_type else []), *layer.property_names()]
    writable = layer.writable() | ({GEOMETRY} if layer.geometry_is_writable else set())
    properties = _properties(layer, names)
    for name, schema in properties.items():
        if name not in writable:
            schema["readOnly"] = True
    return _object(layer, uri, properties)


def queryables_schema(layer: Layer, uri: str) -> Schema:
    """Describe what a filter on a layer may name."""
    return _object(layer, uri, _properties(layer, queryables(layer)))


def sortables_schema(layer: Layer, uri: str) -> Schema:
    """Describe what a layer can be sorted by."""
    return _object(layer, uri, _properties(layer, sortable_names(layer)))


def _object(layer: Layer, uri: str, properties: dict[str, Schema]) -> Schema:
    return {
        "$schema": DRAFT,
        "$id": uri,
        "type": "object",
        "title": f"{layer.title.zh} {layer.title.en}",
        "description": f"{layer.description.zh} {layer.description.en}",
        "properties": properties,
        "additionalProperties": False,
    }


def _properties(layer: Layer, names: Iterable[str]) -> dict[str, Schema]:
    return {name: {**_property(layer, name), "x-ogc-propertySeq": place} for place, name in enumerate(names, 1)}


def _property(layer: Layer, name: str) -> Schema:
    title = title_of(name)
    schema = {"title": f"{title.zh} {title.en}", **_type(layer, name)}
    role = _role(layer, name)
    if role is not None:
        schema["x-ogc-role"] = role
    unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), None)
    if unit is not None and schema.get("type") in {"number", "integer"}:
        schema["x-ogc-unit"] = unit
    return schema


def _type(layer: Layer, name: str) -> Schema:
    if name == GEOMETRY:
        return {"format": f"geometry-{str(layer.geometry_type).lower()}"}
    column = layer.columns()[name]
    assert not isinstance(column, Geometry)  # noqa: S101 - a layer has one geometry, which goes by its own name
    return dict(next((schema for sql, schema in _TYPES if isinstance(column, sql)), {"type": "string"}))


def _role(layer: Layer, name: str) -> str | None:
    if name == "id":
        return "id"
    if name == GEOMETRY:
        return "primary-geometry"
    if layer.valid_time is None or name not in layer.valid_time:
        return None
    start, end = layer.valid_time
    if start == end:
        return "primary-instant"
    return "primary-interval-start" if name == start else "primary-interval-end"
