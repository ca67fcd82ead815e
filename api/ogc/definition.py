"""The API's definition by OpenAPI 3.0.3 (OGC 17-069r4, class oas30), put together once.

Routes of FastAPI describe their parameters themselves; what they answer, and the endpoints that are plain Starlette,
is said here, from the same tables that read the requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.ogc import formats
from api.ogc.downgrade import to_openapi_30
from api.ogc.parameters import ITEM_READERS, READERS, Parameter
from api.ogc.schemas import PATH_PARAMETERS, Schema, components, described, problems, ref, response, schema_ref
from api.ogc.tile_paths import TILE_PATHS
from api.ogc.write_paths import SECURITY, write_paths

VERSION = "3.0.3"
OGC = "OGC API"
COLLECTION = "/ogc/collections/{collectionId}"
ITEMS = f"{COLLECTION}/items"
ITEM = f"{ITEMS}/{{featureId}}"

# What the routes of FastAPI that answer with JSON of a known form answer with.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "/ogc": ("The landing page", "landingPage"),
    "/ogc/conformance": ("The classes that the API conforms to", "confClasses"),
    "/ogc/collections": ("Every collection", "collections"),
    COLLECTION: ("One collection", "collection"),
}
NOT_PUBLISHED = {"HTTPValidationError", "ValidationError"}  # FastAPI's own errors, which problem documents replace


def define(app: FastAPI) -> dict[str, Any]:
    """Return the definition of every path, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _definition(app)
    return app.openapi_schema


def parameters_of(app: FastAPI, path: str, method: str) -> frozenset[str]:
    """Return the names of the query parameters that an operation takes, looked up once."""
    known: dict[tuple[str, str], frozenset[str]] = app.state.__dict__.setdefault("query_parameters", {})
    if (path, method) not in known:
        parameters = define(app)["paths"][path][method.lower()].get("parameters", ())
        known[path, method] = frozenset(each["name"] for each in parameters if each.get("in") == "query")
    return known[path, method]


def _definition(app: FastAPI) -> dict[str, Any]:
    described_by_fastapi = to_openapi_30(
        get_openapi(
            title=app.title,
            version=app.version,
            openapi_version=VERSION,
            description=app.description,
            routes=app.routes,
            servers=app.servers,
        )
    )
    shared = components()
    own = described_by_fastapi.pop("components", {}).get("schemas", {})
    shared["schemas"] |= {name: schema for name, schema in own.items() if name not in NOT_PUBLISHED}
    paths = _adopted(described_by_fastapi["paths"])
    writes = write_paths() if app.state.settings.edit_token is not None else {}
    for part in (_features(), TILE_PATHS, writes):
        for path, operations in part.items():
            paths[path] = {**paths.get(path, {}), **operations}
    shared["securitySchemes"] = SECURITY
    return {**described_by_fastapi, "paths": paths, "components": shared}


def _adopted(paths: Mapping[str, Any]) -> dict[str, Any]:
    """Return FastAPI's paths with our errors, our operation ids and the shared path parameters."""
    return {
        path: {method: _adopted_operation(path, method, found) for method, found in operations.items()}
        for path, operations in paths.items()
    }


def _adopted_operation(path: str, method: str, found: Mapping[str, Any]) -> dict[str, Any]:
    answers = {status: _answer(answer) for status, answer in found["responses"].items() if not _is_fastapis(answer)}
    if path in ANSWERS:
        text, schema = ANSWERS[path]
        answers["200"] = response(text, _content(formats.DOCUMENT, schema_ref(schema)))
    ending = re.sub(r"\W", "_", path) + f"_{method}"  # which FastAPI puts after the name of the function
    operation = {
        **found,
        "operationId": found["operationId"].removesuffix(ending),
        "responses": {**answers, **problems(*_errors(path))},
    }
    if "parameters" in found:
        operation["parameters"] = [_shared_parameter(each) for each in found["parameters"]]
    return operation


def _is_fastapis(answer: Schema) -> bool:
    """Tell whether an answer is FastAPI's own for what it cannot read, which our problem documents replace."""
    return "HTTPValidationError" in str(answer.get("content"))


def _answer(answer: Schema) -> Schema:
    """Return an answer that refers to a shared one without the description that FastAPI puts beside."""
    return {"$ref": answer["$ref"]} if "$ref" in answer else answer


def _errors(path: str) -> tuple[int, ...]:
    return (*((404,) if "{" in path else ()), *((406,) if path in ANSWERS else ()))


def _shared_parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    if parameter["in"] == "path" and parameter["name"] in PATH_PARAMETERS:
        return ref("parameters", parameter["name"])
    # A parameter of an address is there or not; it cannot be null.
    schema = {name: value for name, value in parameter["schema"].items() if name not in {"nullable", "title"}}
    return {**parameter, "schema": schema}


def _features() -> dict[str, Any]:
    pages = _content(formats.ITEMS, schema_ref("featureCollection"))
    page = response("A page of features", pages, "ETag", "Content-Crs")
    feature = response("The feature", _content(formats.ITEM, schema_ref("feature")), "ETag", "Content-Crs")
    return {
        ITEMS: {"get": _read("items", "Return a page of features.", ITEMS, READERS, page)},
        ITEM: {"get": _read("item", "Return one feature.", ITEM, ITEM_READERS, feature)},
    }


def _read(name: str, summary: str, path: str, readers: Mapping[str, Parameter], answer: Schema) -> dict[str, Any]:
    """Describe an operation whose answer carries an ETag."""
    shared = [ref("parameters", each) for each in PATH_PARAMETERS if f"{{{each}}}" in path]
    return {
        "tags": [OGC],
        "operationId": name,
        "summary": summary,
        "parameters": [*shared, *(query_parameter(each, reader) for each, reader in readers.items())],
        "responses": {
            "200": answer,
            "304": response("Unchanged since the ETag of If-None-Match", {}, "ETag"),
            **problems(404, 406),
        },
    }


def _content(offered: tuple[formats.Format, ...], schema: Schema) -> dict[str, Schema]:
    """Return the media types of an answer: the first is JSON of a schema, the others are text but for FlatGeobuf."""
    first, *others = offered
    binary = {"type": "string", "format": "binary"}
    rest = {each.bare_type: binary if each is formats.FLATGEOBUF else {"type": "string"} for each in others}
    return {first.bare_type: schema, **rest}


def query_parameter(name: str, reader: Parameter) -> dict[str, Any]:
    """Describe a query parameter as its reader does."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": described(reader.description),
        "schema": dict(reader.schema),
        "style": "form",
        "explode": False,
    }
