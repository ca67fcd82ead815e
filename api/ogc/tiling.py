"""OGC API - Tiles, Part 1 (OGC 20-057): requests for tiles read, and tilesets described.

A tileset is described twice, for clients of the standard and, as TileJSON 3.0, for MapLibre, QGIS and others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Boolean, Integer, Numeric
from sqlalchemy.types import TypeEngine

from api import __version__
from api.ogc import tile_matrix
from api.ogc.links import JSON, link
from api.ogc.parsing import parse_moment, refuse_nul_in
from geo.collections import LAYERS, layer_of
from geo.crs import Crs
from geo.errors import InvalidInputError, NotFoundError
from geo.query.layer import Layer
from geo.query.tile_grid import MAX_ZOOM, Tile
from geo.types import BBox, Text

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
DRAWN: tuple[Layer, ...] = tuple(layer for layer in LAYERS.values() if layer.geometry_type is not None)
DIMENSIONS = {"Point": 0, "LineString": 1, "MultiPolygon": 2}
MAX_QUERY = 2_000  # characters
MAX_SAID = 60  # characters of a request that an error repeats
# What a crowded tile has in place of the properties.
COUNTS: Mapping[str | None, tuple[str, ...]] = {"Point": ("point_count",), "LineString": ("line_count",)}


@dataclass(frozen=True)
class Tiled:
    """What a request for tiles is about: the layers, in the order asked for, and the moment (None: now).

    ``collection`` is the layer whose own tileset it is; None for that of the whole.
    """

    layers: tuple[Layer, ...]
    collection: Layer | None = None
    moment: datetime | None = None
    form: str | None = None
    kept: str = ""

    def address(self, base: str) -> str:
        """Return the address of the list of tilesets."""
        return f"{base}/ogc/tiles" if self.collection is None else f"{base}/ogc/collections/{self.collection.id}/tiles"

    def tileset_address(self, base: str, ending: str = "") -> str:
        """Return the address of the tileset or of what is below it, with the parameters that select its content."""
        return f"{self.address(base)}/{tile_matrix.ID}{ending}{self.kept}"

    @property
    def title(self) -> str:
        """Return what the tileset is called."""
        return " ".join(self.collection.title) if self.collection else "二七 Erqi"


def read_tiled(query: str, forms: Sequence[str], collection_id: str | None, matrix_set: str | None) -> Tiled:
    """Read a request for a tile or about a tileset; ``forms`` are those that the answer has, by the names of ``f``.

    Without ``collection_id`` it is about the whole, without ``matrix_set`` about the list of tilesets. Raises
    NotFoundError for a collection or tile matrix set that there is not, InvalidInputError for a parameter.
    """
    if matrix_set is not None:
        tile_matrix.check_tile_matrix_set(matrix_set)
    collection = None if collection_id is None else _drawn(layer_of(collection_id))
    selecting = () if matrix_set is None else ("datetime",) if collection else ("datetime", "collections")
    given = _parameters(query, ("f", *selecting))
    form = given.pop("f", None)
    if form is not None and form not in forms:
        raise InvalidInputError(Text(f"f 应为：{'、'.join(forms)}。", f"f is one of: {', '.join(forms)}."), field="f")
    return Tiled(
        layers=(collection,) if collection else _chosen(given.get("collections")),
        collection=collection,
        moment=parse_moment(given["datetime"]) if "datetime" in given else None,
        form=form,
        kept=f"?{urlencode(given, safe=',:')}" if given else "",
    )


def read_tile(zoom: str, row: str, column: str) -> Tile:
    """Read which tile is asked for; raise NotFoundError for one outside the tileset (20-057, 7.2.6)."""
    texts = (zoom, row, column)
    # The last matrix has seven digits of rows; a longer number need not be read.
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 7]  # noqa: PLR2004 - digits
    tile = Tile(*numbers) if len(numbers) == len(texts) else None
    if tile is None or not tile.exists():
        said = "/".join(texts)[:MAX_SAID]
        raise NotFoundError(
            Text(
                f"没有瓦片 {said}：缩放级别为 0 到 {MAX_ZOOM}，行列号从 0 到 2 的该次方减 1。",
                f"There is no tile {said}: zoom is 0 to {MAX_ZOOM}, row and column 0 to 2^zoom - 1.",
            ),
            field="tileMatrix",
        )
    return tile


def refuse_parameters(query: str) -> None:
    """Refuse every parameter where none is taken."""
    _parameters(query, ())


def _parameters(query: str, known: Sequence[str]) -> dict[str, str]:
    if len(query) > MAX_QUERY:
        raise InvalidInputError(Text("查询参数太长。", "The query is too long."), field="query")
    given: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)
        if name in given:
            raise InvalidInputError(Text(f"参数“{name}”重复。", f"Parameter “{name}” is given twice."), field=name)
        refuse_nul_in(name, text)
        given[name] = text
    return given


def _drawn(layer: Layer) -> Layer:
    if layer not in DRAWN:
        raise NotFoundError(
            Text(
                f"图层“{layer.title.zh}”没有几何，因此没有瓦片。",
                f"“{layer.title.en}” has no geometry, so no tiles.",
            ),
            field="collectionId",
        )
    return layer


def _chosen(collections: str | None) -> tuple[Layer, ...]:
    """Read ``collections``; what is no collection with tiles is a bad request there (20-057, 12.4)."""
    if collections is None:
        return DRAWN
    names = collections.split(",")
    drawn = {layer.id: layer for layer in DRAWN}
    for name in names:
        if name not in drawn or names.count(name) > 1:
            raise InvalidInputError(
                Text(
                    f"collections 中的“{name}”重复，或不是有瓦片的图层。",
                    f"“{name}” in collections is there twice, or is no collection with tiles.",
                ),
                field="collections",
            )
    return tuple(drawn[name] for name in names)


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
