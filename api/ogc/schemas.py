"""The shared parts of the API's definition (OpenAPI 3.0.3): what answers look like, and how errors do.

Schemas follow OGC 17-069r4 (clause 7) and OGC 18-058r1 (clause 6), RFC 7946 and RFC 9457.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.collections import LAYERS
from geo.crs import Crs
from geo.types import Text

Schema = dict[str, Any]

NULL: Schema = {"type": "object", "nullable": True, "enum": [None]}
CRS_URIS = [crs.uri for crs in Crs if crs.uri]


def ref(kind: str, name: str) -> Schema:
    """Point to a shared part of the definition."""
    return {"$ref": f"#/components/{kind}/{name}"}


def schema_ref(name: str) -> Schema:
    """Point to a shared schema."""
    return ref("schemas", name)


def described(text: Text) -> str:
    """Join both languages as every description of the definition has them."""
    return f"{text.zh} {text.en}"


def _array(items: Schema, **limits: Any) -> Schema:
    return {"type": "array", "items": items, **limits}


def _object(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _geometry(kind: str, coordinates: Schema) -> Schema:
    return _object("type coordinates", type={"type": "string", "enum": [kind]}, coordinates=coordinates)


POSITION = _array({"type": "number"}, minItems=2, maxItems=3)
LINE = _array(POSITION, minItems=2)
RING = _array(POSITION, minItems=4)
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LINKS = _array(schema_ref("link"))
BOX = _array({"type": "number"}, oneOf=[{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}])
EXTENT: Schema = {
    "type": "object",
    "properties": {
        "spatial": _object(
            "bbox",
            bbox=_array(BOX, minItems=1),
            crs={"type": "string", "enum": [Crs.WGS84.uri]},
        ),
        "temporal": _object(
            "interval",
            interval=_array(
                _array({"type": "string", "format": "date-time", "nullable": True}, minItems=2, maxItems=2), minItems=1
            ),
        ),
    },
}

SCHEMAS: Mapping[str, Schema] = {
    "link": {
        **_object(
            "href rel type", href=TEXT, rel=TEXT, type=TEXT, title=TEXT, hreflang=TEXT, templated={"type": "boolean"}
        ),
        "example": {"href": "https://example.org/ogc/collections/roads", "rel": "self", "type": "application/json"},
    },
    "landingPage": _object("title links", title=TEXT, description=TEXT, links=LINKS),
    "confClasses": _object("conformsTo", conformsTo=_array(TEXT, minItems=1)),
    "collection": _object(
        "id title links itemType",
        id={"type": "string", "enum": list(LAYERS)},
        title=TEXT,
        description=TEXT,
        itemType={"type": "string", "enum": ["feature"]},
        extent=EXTENT,
        crs=_array({"type": "string", "enum": CRS_URIS}),
        storageCrs={"type": "string", "enum": [Crs.WGS84.uri]},
        links=LINKS,
    ),
    "collections": _object("links collections", links=LINKS, collections=_array(schema_ref("collection"))),
    "geometry": {
        "type": "object",
        "nullable": True,
        "oneOf": [
            _geometry("Point", POSITION),
            _geometry("LineString", LINE),
            _geometry("Polygon", _array(RING)),
            _geometry("MultiPolygon", _array(_array(RING))),
            NULL,
        ],
    },
    "feature": _object(
        "type id geometry properties",
        type={"type": "string", "enum": ["Feature"]},
        id=TEXT,
        geometry=schema_ref("geometry"),
        properties={"type": "object", "nullable": True},
        links=LINKS,
    ),
    "featureCollection": _object(
        "type features links numberReturned",
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_array(schema_ref("feature")),
        links=LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched=COUNT,
        numberReturned=COUNT,
    ),
    "problem": {
        **_object(
            "type title status detail detail_zh detail_en",
            type={"type": "string", "pattern": "^urn:erqi:problem:[a-z-]+$"},
            title=TEXT,
            status={"type": "integer", "minimum": 400, "maximum": 599},
            detail=TEXT,
            detail_zh=TEXT,
            detail_en=TEXT,
            field=TEXT,
        ),
        "example": {
            "type": "urn:erqi:problem:bad-request",
            "title": "Bad Request",
            "status": 400,
            "detail": "limit 应为 1 到 10000 的整数。 limit is a whole number from 1 to 10000.",
            "detail_zh": "limit 应为 1 到 10000 的整数。",
            "detail_en": "limit is a whole number from 1 to 10000.",
            "field": "limit",
        },
    },
}

PROBLEMS: Mapping[int, str] = {
    400: "A parameter or a content that cannot be read or is not of its schema, such as a change of what is read-only",
    401: "The token is missing or not the right one",
    403: "The token does not open this",
    404: "Nothing is at this address",
    405: "The address does not take this method",
    406: "No form of the answer is acceptable to the client",
    408: "The content came too slowly",
    409: "It would contradict what is stored",
    410: "It was there and is used up or gone",
    412: "It has changed since the client read it",
    413: "The content is too large",
    415: "The content is of a kind that is not read",
    422: "The content is of its schema but lacks a part or breaks a rule of the collection",
    423: "Somebody else is writing to it",
    428: "A change has to say what it was made from",
    429: "Too many requests; Retry-After says when to go on",
    460: "The content does not have the checksum that was announced",
    500: "Something went wrong in the service; it has been logged",
    503: "The database cannot be reached at the moment",
    504: "The query took too long and was stopped",
}
ALWAYS = (400, 500, 503, 504)

HEADERS: Mapping[str, Schema] = {
    "ETag": {"description": "Changes with every committed change of the answer", "schema": TEXT},
    "Content-Crs": {
        "description": "The CRS of the coordinates, in angle brackets (OGC 18-058r1, 6.5)",
        "schema": {"type": "string", "pattern": "^<[^>]+>$"},
    },
    "Allow": {"description": "The methods that the address takes", "schema": TEXT},
    "Location": {"description": "Where the new feature is", "schema": {"type": "string", "format": "uri"}},
}

PATH_PARAMETERS: Mapping[str, Schema] = {
    "collectionId": {
        "name": "collectionId",
        "in": "path",
        "required": True,
        "description": described(Text("图层。", "The collection.")),
        "schema": {"type": "string", "enum": list(LAYERS)},
    },
    "featureId": {
        "name": "featureId",
        "in": "path",
        "required": True,
        "description": described(Text("要素的编号。", "The id of the feature.")),
        # Without the character NUL, which no id can have.
        "schema": {"type": "string", "minLength": 1, "pattern": r"^[^\x00]+$"},
    },
}


def components() -> dict[str, Any]:
    """Return every shared part."""
    return {
        "schemas": dict(SCHEMAS),
        "responses": {f"Problem{status}": _problem(text) for status, text in PROBLEMS.items()},
        "headers": dict(HEADERS),
        "parameters": dict(PATH_PARAMETERS),
    }


def _problem(text: str) -> Schema:
    return {"description": text, "content": {"application/problem+json": {"schema": schema_ref("problem")}}}


def problems(*statuses: int) -> dict[str, Schema]:
    """Return the responses for errors that an operation can give beside those that every operation can."""
    return {str(int(status)): ref("responses", f"Problem{int(status)}") for status in sorted({*ALWAYS, *statuses})}


def response(text: str, content: Mapping[str, Schema], *headers: str) -> Schema:
    """Write one response: its content by media type, and the shared headers that it has."""
    body: Schema = {"description": text}
    if headers:
        body["headers"] = {name: ref("headers", name) for name in headers}
    if content:
        body["content"] = {kind: {"schema": schema} for kind, schema in content.items()}
    return body
