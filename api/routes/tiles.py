"""OGC API - Tiles, Part 1 (OGC 20-057): vector tiles of one layer or of several, and what describes them."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import tile_matrix, tile_serving
from api.ogc.get import Get
from api.ogc.links import answer, base_url
from api.ogc.map_style import map_style
from api.ogc.tile_requests import Tiled, read_tiled, refuse_parameters
from api.ogc.tiling import STYLE, tilejson, tileset, tilesets
from api.state import State, state_of
from geo.query.extent import extent
from geo.query.view import PRESENT
from geo.types import BBox

router = APIRouter()


async def list_tilesets(request: Request) -> Response:
    """List the tilesets of the whole or of one layer."""
    return answer(tilesets(_read(request, "json"), base_url(request)))


async def describe_tileset(request: Request) -> Response:
    """Describe a tileset as the standard does, or as TileJSON with ``f=tilejson``."""
    tiled = _read(request, "json", "tilejson")
    write = tilejson if tiled.form == "tilejson" else tileset
    return answer(write(tiled, base_url(request), await _boxes(state_of(request), tiled)))


async def describe_as_tilejson(request: Request) -> Response:
    """Describe a tileset as TileJSON 3.0."""
    tiled = _read(request, "tilejson")
    return answer(tilejson(tiled, base_url(request), await _boxes(state_of(request), tiled)))


async def tile(request: Request) -> Response:
    """Return a tile, as the short way (:mod:`api.service`) does; here the framework learns of its methods."""
    named = request.path_params
    place = (named[name] for name in ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"))
    made = await tile_serving.tile(Get(request.scope), state_of(request), named.get("collectionId"), *place)
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})


async def define_tile_matrix_set(request: Request) -> Response:
    """Define the tile matrix set."""
    tile_matrix.check_tile_matrix_set(request.path_params["tileMatrixSetId"])
    refuse_parameters(Get(request.scope).query)
    return answer(tile_matrix.tile_matrix_set(tile_matrix.address(base_url(request))))


async def list_tile_matrix_sets(request: Request) -> Response:
    """List the tile matrix sets."""
    refuse_parameters(Get(request.scope).query)
    return answer(tile_matrix.tile_matrix_sets(base_url(request)))


async def style(request: Request) -> Response:
    """Return the style that draws the combined tiles."""
    refuse_parameters(Get(request.scope).query)
    return Response(answer(map_style(base_url(request))).body, media_type=STYLE)


def _read(request: Request, *forms: str) -> Tiled:
    places = (request.path_params.get(name) for name in ("collectionId", "tileMatrixSetId"))
    return read_tiled(Get(request.scope).query, forms, *places)


async def _boxes(state: State, tiled: Tiled) -> dict[str, BBox]:
    boxes = {}
    for layer in tiled.layers:
        row = await state.store.run(
            ("extent", layer.id), partial(extent, [layer], PRESENT), {"district": state.settings.district}
        )
        if row is not None and row.west is not None:
            boxes[layer.id] = BBox(row.west, row.south, row.east, row.north)
    return boxes


TILESET = "/{tileMatrixSetId}"
for origin, base in (("dataset", "/ogc/tiles"), ("collection", "/ogc/collections/{collectionId}/tiles")):
    router.add_route(base, list_tilesets, name=f"{origin}_tilesets")
    router.add_route(f"{base}{TILESET}", describe_tileset, name=f"{origin}_tileset")
    router.add_route(f"{base}{TILESET}/tilejson.json", describe_as_tilejson, name=f"{origin}_tilejson")
    router.add_route(f"{base}{TILESET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", tile, name=f"{origin}_tile")
router.add_route("/ogc/tileMatrixSets", list_tile_matrix_sets)
router.add_route("/ogc/tileMatrixSets/{tileMatrixSetId}", define_tile_matrix_set)
router.add_route("/ogc/styles/erqi", style)
