"""What a collection holds, can be filtered by and sorted by, in JSON Schema (OGC API - Features Parts 3 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.ogc import formats
from api.ogc.html import document, document_parameters
from api.ogc.links import RELATION, SCHEMA_JSON, base_url, link
from api.ogc.writing import may_be_written
from api.params import refuse_unknown, settings_of
from geo.collections import layer_of
from geo.errors import InvalidInputError
from geo.intake.body_schema import body_schema
from geo.query.layer import Layer
from geo.query.schema import feature_schema, queryables_schema, sortables_schema
from geo.types import Text

router = APIRouter(
    prefix="/ogc/collections", tags=["OGC API"], dependencies=[Depends(refuse_unknown), Depends(document_parameters)]
)

CONFORMS_TO = (
    *(
        f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/{name}"
        for name in ("schemas", "advanced-property-roles", "returnables-and-receivables", "queryables", "sortables")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "property-property",
            "arithmetic",
        )
    ),
)
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "JSON Schema 2020-12",
        "content": {SCHEMA_JSON: {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}},
    }
}


@router.get("/{collectionId}/schema", responses=_ANSWER, response_class=Response)
async def schema(
    request: Request,
    collectionId: str,  # noqa: N803 - the standard's name
    of_body: Annotated[
        Literal["create", "replace"] | None,
        Query(
            alias="type", description="What a writer sends to create or replace a feature; without it, its features."
        ),
    ] = None,
) -> Response:
    """Describe the features of a collection, or what a writer sends."""
    layer = layer_of(collectionId)
    if of_body is None:
        return await _described(request, collectionId, "schema", feature_schema)
    if not may_be_written(settings_of(request), layer):
        raise InvalidInputError(Text("这个图层不能写入。", "Nobody can write to this collection."), field="type")
    return await _described(request, collectionId, f"schema?type={of_body}", body_schema)


@router.get("/{collectionId}/queryables", responses=_ANSWER, response_class=Response)
async def queryables(request: Request, collectionId: str) -> Response:  # noqa: N803 - the standard's name
    """Describe what a filter on a collection may name."""
    return await _described(request, collectionId, "queryables", queryables_schema)


@router.get("/{collectionId}/sortables", responses=_ANSWER, response_class=Response)
async def sortables(request: Request, collectionId: str) -> Response:  # noqa: N803 - the standard's name
    """Describe what a collection can be sorted by."""
    return await _described(request, collectionId, "sortables", sortables_schema)


def schema_links(here: str) -> list[dict[str, str]]:
    """Link from the collection at ``here`` to its descriptions."""
    return [
        link(f"{here}/{name}", RELATION + name, SCHEMA_JSON, title)
        for name, title in (("schema", "Schema"), ("queryables", "Queryables"), ("sortables", "Sortables"))
    ]


async def _described(
    request: Request, collection_id: str, name: str, describe: Callable[[Layer, str], dict[str, Any]]
) -> Response:
    layer = layer_of(collection_id)
    body = describe(layer, f"{base_url(request)}/ogc/collections/{collection_id}/{name}")
    heading = f"{layer.title.zh} {layer.title.en}: {name}"
    return await document(request, body, "ogc_document.html", offered=formats.SCHEMA, layer=layer, heading=heading)
