"""OGC API - Features, Part 1 (OGC 17-069r4): landing page, conformance, collections, items, item.

A page of features is finished text from PostGIS between an opening and a closing that are written here.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.params import After, AsOf, Box, Limit, refuse_unknown, settings_of
from api.routes.docs import OPENAPI
from api.store import Database
from geo.collections import LAYERS, layer_of
from geo.crs import Crs
from geo.errors import NotFoundError
from geo.query.extent import extent
from geo.query.features import item, items_page
from geo.query.layer import Layer
from geo.query.view import View
from geo.types import BBox, Text

router = APIRouter(prefix="/ogc", tags=["OGC API"], dependencies=[Depends(refuse_unknown)])

GEOJSON = "application/geo+json"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)


@router.get("")
async def landing(request: Request) -> Response:
    """Link to everything that this API has."""
    base = base_url(request)
    links = [
        link(f"{base}/ogc", "self", "application/json", "This page"),
        link(f"{base}/openapi.json", "service-desc", OPENAPI, "API definition"),
        link(f"{base}/docs", "service-doc", "text/html", "API documentation"),
        link(f"{base}/ogc/conformance", "conformance", "application/json", "Conformance classes"),
        link(f"{base}/ogc/collections", "data", "application/json", "Collections"),
    ]
    return answer(
        {
            "title": "erqi 二七",
            "description": "二七区道路整治、重点项目和防汛点位。 Works and flood defence.",
            "links": links,
        }
    )


@router.get("/conformance")
async def conformance() -> Response:
    """List the conformance classes that are met and tested."""
    return answer({"conformsTo": CONFORMS_TO})


@router.get("/collections")
async def collections(request: Request, database: Database) -> Response:
    """List every published layer with its extent."""
    view = View(settings_of(request).district)
    boxes = {row.id: row for row in await database.rows(extent(list(LAYERS.values()), view))}
    base = base_url(request)
    body = {
        "links": [link(f"{base}/ogc/collections", "self", "application/json", "This page")],
        "collections": [describe(layer, base, box_of(boxes.get(layer.id))) for layer in LAYERS.values()],
    }
    return answer(body)


@router.get("/collections/{collectionId}")
async def collection(request: Request, database: Database, collectionId: str) -> Response:  # noqa: N803 - the standard's name
    """Describe one layer."""
    layer = layer_of(collectionId)
    view = View(settings_of(request).district)
    row = await database.first(extent([layer], view)) if layer.geometry_type else None
    return answer(describe(layer, base_url(request), box_of(row)))


@router.get("/collections/{collectionId}/items")
async def items(
    request: Request,
    database: Database,
    view: AsOf,
    collectionId: str,  # noqa: N803 - the standard's name
    limit: Limit,
    bbox: Box,
    after: After = None,
) -> Response:
    """Return a page of features, in the order of their ids; follow ``next`` until there is none."""
    layer = layer_of(collectionId)
    page = await database.first(items_page(layer, view, limit=limit, after=after, bbox=bbox))
    assert page is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    features, returned, next_after = page
    here = f"{base_url(request)}/ogc/collections/{layer.id}/items"
    asked = request.query_params.multi_items()
    links = [
        link(f"{here}?{urlencode(asked)}" if asked else here, "self", GEOJSON, "This page"),
        link(f"{base_url(request)}/ogc/collections/{layer.id}", "collection", "application/json", layer.title.en),
    ]
    if next_after is not None:
        following = [*((name, value) for name, value in asked if name != "after"), ("after", next_after)]
        links.append(link(f"{here}?{urlencode(following)}", "next", GEOJSON, "Next page"))
    return feature_collection(features, returned, links)


@router.get("/collections/{collectionId}/items/{featureId:path}")
async def single_item(
    request: Request,
    database: Database,
    view: AsOf,
    collectionId: str,  # noqa: N803 - the standard's name
    featureId: str,  # noqa: N803 - the standard's name
) -> Response:
    """Return one feature."""
    layer = layer_of(collectionId)
    row = await database.first(item(layer, view, featureId))
    if row is None:
        raise NotFoundError(
            Text(f"图层“{layer.title.zh}”中没有“{featureId}”。", f"“{layer.title.en}” has no feature “{featureId}”."),
            field="featureId",
        )
    base = f"{base_url(request)}/ogc/collections/{layer.id}"
    links = [
        link(f"{base}/items/{quote(featureId, safe='')}", "self", GEOJSON, "This feature"),
        link(base, "collection", "application/json", layer.title.en),
    ]
    # The text ends with the brace of the feature; the links go in before it.
    text = row[0][:-1] + ',"links":' + orjson.dumps(links).decode() + "}"
    return Response(text, media_type=GEOJSON)


def feature_collection(features: str, returned: int, links: list[dict[str, str]]) -> Response:
    """Put the finished features between the opening and the closing of a FeatureCollection."""
    head = {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "numberReturned": returned,
        "links": links,
    }
    text = orjson.dumps(head)[:-1].decode() + ',"features":[' + features + "]}"
    return Response(text, media_type=GEOJSON, headers={"Content-Crs": f"<{Crs.WGS84.uri}>"})


def describe(layer: Layer, base: str, box: BBox | None) -> dict[str, Any]:
    """Describe a layer as the standard asks, with its Chinese title and text beside the English."""
    here = f"{base}/ogc/collections/{layer.id}"
    body: dict[str, Any] = {
        "id": layer.id,
        "title": f"{layer.title.zh} {layer.title.en}",
        "description": f"{layer.description.zh} {layer.description.en}",
        "itemType": "feature",
        "crs": [Crs.WGS84.uri],
        "links": [
            link(here, "self", "application/json", layer.title.en),
            link(f"{here}/items", "items", GEOJSON, layer.title.en),
        ],
    }
    if box is not None:
        body["extent"] = {"spatial": {"bbox": [list(box)], "crs": Crs.WGS84.uri}}
    return body


def box_of(row: Any) -> BBox | None:
    """Return the box of a row of :func:`extent`, or None where the layer has no geometry."""
    return None if row is None or row.west is None else BBox(row.west, row.south, row.east, row.north)


def base_url(request: Request) -> str:
    """Return the absolute address of the service, with the proxy's prefix and without a slash at the end."""
    return str(request.base_url).rstrip("/")


def link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    """Write one link object (RFC 8288)."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def answer(body: Any) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body), media_type="application/json")
