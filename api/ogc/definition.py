"""What the API's definition says of the endpoints that are plain Starlette: made from the readers themselves."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.ogc.links import GEOJSON
from api.ogc.reading import ITEM_ONLY, READERS, Parameter

COLLECTION = "/ogc/collections/{collectionId}/items"
PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}


def define(app: FastAPI) -> dict[str, Any]:
    """Return the definition of every path, made once."""
    if app.openapi_schema is None:
        definition = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=app.servers,
        )
        definition["paths"] |= {
            COLLECTION: {"get": _operation("items", "Return a page of features.", [], READERS)},
            f"{COLLECTION}/{{featureId}}": {
                "get": _operation(
                    "item", "Return one feature.", ["featureId"], {name: READERS[name] for name in ITEM_ONLY}
                )
            },
        }
        app.openapi_schema = definition
    return app.openapi_schema


def _operation(name: str, summary: str, ids: list[str], readers: dict[str, Parameter]) -> dict[str, Any]:
    path = [
        {"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in ["collectionId", *ids]
    ]
    query = [
        {
            "name": each,
            "in": "query",
            "required": False,
            "description": f"{reader.description.zh} {reader.description.en}",
            "schema": dict(reader.schema),
            "style": "form",
            "explode": False,
        }
        for each, reader in readers.items()
    ]
    return {
        "tags": ["OGC API"],
        "operationId": name,
        "summary": summary,
        "parameters": [*path, *query],
        "responses": {
            "200": {"description": "GeoJSON (RFC 7946)", "content": {GEOJSON: {"schema": {"type": "object"}}}},
            "304": {"description": "Unchanged since the ETag of If-None-Match"},
            "400": {"description": "A parameter that cannot be read", "content": PROBLEM},
            "404": {"description": "No such collection or feature", "content": PROBLEM},
        },
    }
