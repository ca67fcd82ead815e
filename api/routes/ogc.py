"""OGC API - Features, Part 1 (OGC 17-069r4): landing page, conformance, collections, items, item.

A page of features is finished text from PostGIS between an opening and a closing that are written here.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.routing import Route

from api.ogc import formats, tiling, writing
from api.ogc.html import MAPPED, document, document_parameters
from api.ogc.links import base_url, link
from api.params import refuse_unknown, settings_of
from api.routes import schemas
from api.routes.docs import OPENAPI
from api.store import Database
from geo.collections import LAYERS, layer_of
from geo.crs import Crs
from geo.query.extent import extent
from geo.query.layer import Layer
from geo.query.titles import title_of
from geo.query.view import PRESENT
from geo.types import BBox

router = APIRouter(
    prefix="/ogc", tags=["OGC API"], dependencies=[Depends(refuse_unknown), Depends(document_parameters)]
)

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-6/1.0/conf/properties",
    "http://www.opengis.net/spec/ogcapi-features-6/1.0/conf/properties-features",
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sortables",
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sorting",
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/features-sorting",
    *tiling.CONFORMS_TO,
    *schemas.CONFORMS_TO,
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
        *tiling.landing_links(base),
    ]
    body = {
        "title": "erqi 二七",
        "description": "二七区道路整治、重点项目和防汛点位。 Works and flood defence.",
        "links": links,
    }
    return await document(request, body, "ogc_landing.html", landing_address=f"{base}/ogc")


@router.get("/conformance")
async def conformance(request: Request) -> Response:
    """List the conformance classes that are met and tested."""
    writes = writing.CONFORMS_TO if settings_of(request).edit_token else ()
    return await document(request, {"conformsTo": CONFORMS_TO + writes}, "ogc_conformance.html")


@router.get("/collections")
async def collections(request: Request, database: Database) -> Response:
    """List every published layer with its extent."""
    district = {"district": settings_of(request).district}
    rows = await database.all("extents", lambda: extent(list(LAYERS.values()), PRESENT), district)
    boxes = {row.id: row for row in rows}
    base = base_url(request)
    body = {
        "links": [link(f"{base}/ogc/collections", "self", "application/json", "This page")],
        "collections": [describe(layer, base, box_of(boxes.get(layer.id))) for layer in LAYERS.values()],
    }
    return await document(request, body, "ogc_collections.html")


@router.get("/collections/{collectionId}")
async def collection(request: Request, database: Database, collectionId: str) -> Response:  # noqa: N803 - the standard's name
    """Describe one layer."""
    layer = layer_of(collectionId)
    district = {"district": settings_of(request).district}
    row = None
    if layer.geometry_type:
        row = await database.run(("extent", layer.id), lambda: extent([layer], PRESENT), district)
    return await document(
        request,
        describe(layer, base_url(request), box_of(row)),
        "ogc_collection.html",
        layer=layer,
        properties=[(name, title_of(name)) for name in ("id", *layer.property_names())],
        downloads=[each for each in formats.ITEMS if each.encoding is not None],
        mapped=MAPPED,
    )


# Reading them is answered before the framework is asked: api/service.py, api/ogc/serving.py.
ITEMS = "/ogc/collections/{collectionId}/items"
router.routes += [
    Route(ITEMS, writing.EveryMethod(writing.items)),
    Route(ITEMS + "/{featureId:path}", writing.EveryMethod(writing.item)),
]


def describe(layer: Layer, base: str, box: BBox | None) -> dict[str, Any]:
    """Describe a layer as the standard asks, with its Chinese title and text beside the English."""
    here = f"{base}/ogc/collections/{layer.id}"
    body: dict[str, Any] = {
        "id": layer.id,
        "title": f"{layer.title.zh} {layer.title.en}",
        "description": f"{layer.description.zh} {layer.description.en}",
        "itemType": "feature",
        "crs": [crs.uri for crs in Crs if crs.uri] if layer.geometry_type else [],
        "links": [
            link(here, "self", "application/json", layer.title.en),
            link(f"{here}?f=html", "alternate", formats.HTML.bare_type, "HTML"),
            *(link(_items(here, each), "items", each.bare_type, _title(layer, each)) for each in formats.ITEMS),
            *schemas.schema_links(here),
        ],
    }
    if layer.geometry_type:
        body["storageCrs"] = Crs.WGS84.uri
        body["links"].append(link(f"{here}/tiles", tiling.TILESETS, "application/json", "Vector tiles"))
    if box is not None:
        body["extent"] = {"spatial": {"bbox": [list(box)], "crs": Crs.WGS84.uri}}
    return body


def _items(here: str, form: formats.Format) -> str:
    return f"{here}/items" if form is formats.GEOJSON else f"{here}/items?f={form.name}"


def _title(layer: Layer, form: formats.Format) -> str:
    return layer.title.en if form is formats.GEOJSON else f"{layer.title.en} ({form.title})"


def box_of(row: Any) -> BBox | None:
    """Return the box of a row of :func:`extent`, or None where the layer has no geometry."""
    return None if row is None or row.west is None else BBox(row.west, row.south, row.east, row.north)
