"""OGC API - Tiles, Part 1 (OGC 20-057): requests for tiles read, and tilesets described.

A tileset is described twice, for clients of the standard and, as TileJSON 3.0, for MapLibre, QGIS and others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Integer, Numeric
from sqlalchemy.types import TypeEngine

from api import __version__
from api.ogc import tile_matrix
from api.ogc.links import JSON, link
from api.ogc.tile_requests import Tiled
from geo.crs import Crs
from geo.query.layer import Layer
from geo.query.tile_grid import MAX_ZOOM
from geo.types import BBox

MVT = "application/vnd.mapbox-vector-tile"
STYLE = "application/vnd.mapbox.style+json"
OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0"
TILESETS = f"{OGC_REL}/tilesets-vector"
CLASSES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CONFORMS_TO = (
    *(
        f"{CLASSES}/{name}"
        for name in (
            "core",
            "tileset",
            "tilesets-list",
            "dataset-tilesets",
            "geodata-tilesets",
            "collections-selection",
            "mvt",
            "oas30",
        )
    ),
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilesetmetadata",
)
DIMENSIONS = {"Point": 0, "LineString": 1, "MultiPolygon": 2}
# What a crowded tile has in place of the properties.
COUNTS: Mapping[str | None, tuple[str, ...]] = {"Point": ("point_count",), "LineString": ("line_count",)}


def landing_links(base: str) -> list[dict[str, str]]:
    """Link to the tiles of the whole, their tile matrix sets and their style."""
    return [
        link(f"{base}/ogc/tiles", TILESETS, JSON, "Vector tiles"),
        link(f"{base}/ogc/tileMatrixSets", f"{OGC_REL}/tiling-schemes", JSON, "Tile matrix sets"),
        link(f"{base}/ogc/styles/erqi", "stylesheet", STYLE, "Map style"),
    ]


def tilesets(tiled: Tiled, base: str) -> dict[str, Any]:
    """List the tilesets of the whole or of one layer: the one."""
    entry = {
        "title": tiled.title,
        "dataType": "vector",
        "crs": Crs.WEB_MERCATOR.uri,
        "tileMatrixSetURI": tile_matrix.URI,
        "links": _links(tiled, base),
    }
    return {"links": [link(tiled.address(base), "self", JSON, "This page")], "tilesets": [entry]}


def tileset(tiled: Tiled, base: str, boxes: dict[str, BBox]) -> dict[str, Any]:
    """Describe a tileset (17-083r4, clause 8); ``boxes`` holds those of the layers that have features."""
    whole = _around(tiled, boxes)
    return {
        "title": tiled.title,
        "dataType": "vector",
        "crs": Crs.WEB_MERCATOR.uri,
        "tileMatrixSetURI": tile_matrix.URI,
        "tileMatrixSetLimits": tile_matrix.limits(),
        "mediaTypes": [MVT],
        **({} if whole is None else {"boundingBox": _bounding_box(whole)}),
        "layers": [_layer(layer, base, boxes.get(layer.id)) for layer in tiled.layers],
        "style": {"id": "erqi", "links": [link(f"{base}/ogc/styles/erqi", "stylesheet", STYLE, "Erqi")]},
        "links": _links(tiled, base),
    }


def tilejson(tiled: Tiled, base: str, boxes: dict[str, BBox]) -> dict[str, Any]:
    """Describe a tileset as TileJSON 3.0."""
    whole = _around(tiled, boxes)
    return {
        "tilejson": "3.0.0",
        "name": tiled.title,
        "version": __version__,
        "scheme": "xyz",
        "tiles": [tiled.tileset_address(base, "/{z}/{y}/{x}")],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        **({} if whole is None else {"bounds": list(whole)}),
        "vector_layers": [
            {
                "id": layer.id,
                "description": " ".join(layer.title),
                "minzoom": 0,
                "maxzoom": MAX_ZOOM,
                "fields": {name: kind.capitalize() for name, kind in _fields(layer).items()},
            }
            for layer in tiled.layers
        ],
    }


def _links(tiled: Tiled, base: str) -> list[dict[str, Any]]:
    template = link(tiled.tileset_address(base, "/{tileMatrix}/{tileRow}/{tileCol}"), "item", MVT, "Tiles")
    return [
        link(tiled.tileset_address(base), "self", JSON, tiled.title),
        link(tiled.tileset_address(base, "/tilejson.json"), "alternate", JSON, "TileJSON"),
        link(tile_matrix.address(base), f"{OGC_REL}/tiling-scheme", JSON, tile_matrix.TITLE),
        {**template, "templated": True},
    ]


def _layer(layer: Layer, base: str, box: BBox | None) -> dict[str, Any]:
    assert layer.geometry_type is not None  # noqa: S101 - see DRAWN
    return {
        "id": layer.id,
        "title": " ".join(layer.title),
        "description": " ".join(layer.description),
        "dataType": "vector",
        "geometryDimension": DIMENSIONS[layer.geometry_type],
        "minTileMatrix": "0",
        "maxTileMatrix": str(MAX_ZOOM),
        **({} if box is None else {"boundingBox": _bounding_box(box)}),
        "propertiesSchema": {
            "type": "object",
            "properties": {name: {"type": kind} for name, kind in _fields(layer).items()},
        },
        "links": [link(f"{base}/ogc/collections/{layer.id}", f"{OGC_REL}/geodata", JSON, layer.title.en)],
    }


def _fields(layer: Layer) -> dict[str, str]:
    """Return the name and JSON type of every property that a feature of a tile may have."""
    columns = {name: column for name, column in layer.columns().items() if name != "geom"}
    counts = dict.fromkeys(COUNTS.get(layer.geometry_type, ()), "number")
    return {name: _json_type(column) for name, column in columns.items()} | counts


def _json_type(column: TypeEngine[Any]) -> str:
    if isinstance(column, Boolean):
        return "boolean"
    return "number" if isinstance(column, Integer | Numeric) else "string"


def _around(tiled: Tiled, boxes: dict[str, BBox]) -> BBox | None:
    found = [boxes[layer.id] for layer in tiled.layers if layer.id in boxes]
    if not found:
        return None
    west, south, east, north = zip(*found, strict=True)
    return BBox(min(west), min(south), max(east), max(north))


def _bounding_box(box: BBox) -> dict[str, Any]:
    return {
        "lowerLeft": [box.west, box.south],
        "upperRight": [box.east, box.north],
        "crs": Crs.WGS84.uri,
        "orderedAxes": ["Lon", "Lat"],
    }
