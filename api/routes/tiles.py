"""OGC API - Tiles, Part 1 (OGC 20-057): vector tiles of one layer or of several, and what describes them.

A tile is finished bytes from PostGIS; tiles of several layers are put one behind the other, as their format allows.
"""

from __future__ import annotations

import time
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.freshness import is_unchanged, tag_of
from api.ogc import tile_matrix
from api.ogc.fresh import CLOCK_STEP_S
from api.ogc.links import answer, base_url
from api.ogc.map_style import map_style
from api.ogc.tiling import MVT, STYLE, Tiled, read_tile, read_tiled, refuse_parameters, tilejson, tileset, tilesets
from api.state import State, state_of
from geo.query.extent import extent
from geo.query.revision import revision_of
from geo.query.tile_grid import Tile
from geo.query.tiles import DETAIL_ZOOM, tile_statement
from geo.query.view import PRESENT, parametric_view
from geo.types import BBox

router = APIRouter()


async def list_tilesets(request: Request) -> Response:
    """List the tilesets of the whole or of one layer."""
    return answer(tilesets(read_tiled(request, ["json"]), base_url(request)))


async def describe_tileset(request: Request) -> Response:
    """Describe a tileset as the standard does, or as TileJSON with ``f=tilejson``."""
    tiled = read_tiled(request, ["json", "tilejson"])
    write = tilejson if tiled.form == "tilejson" else tileset
    return answer(write(tiled, base_url(request), await _boxes(state_of(request), tiled)))


async def describe_as_tilejson(request: Request) -> Response:
    """Describe a tileset as TileJSON 3.0."""
    tiled = read_tiled(request, ["tilejson"])
    return answer(tilejson(tiled, base_url(request), await _boxes(state_of(request), tiled)))


async def tile(request: Request) -> Response:
    """Return a tile; 204 when there is nothing in it, 304 when the client has it.

    The revision is read first: what is kept or sent under its tag is then at least as new as the tag says.
    """
    state, tiled, place = state_of(request), read_tiled(request, ["mvt"]), read_tile(request)
    tag = await _tag(request, state, tiled)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if is_unchanged(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    body = state.cache.get(tag)
    if body is None:
        body = b"".join([await _layer_tile(state, tiled, number, place) for number in range(len(tiled.layers))])
        if body:  # an empty one would take no room in the cache and never leave it
            state.cache.put(tag, body)
    return Response(body, media_type=MVT, headers=headers) if body else Response(status_code=204, headers=headers)


async def define_tile_matrix_set(request: Request) -> Response:
    """Define the tile matrix set."""
    tile_matrix.check_tile_matrix_set(request.path_params["tileMatrixSetId"])
    refuse_parameters(request)
    return answer(tile_matrix.tile_matrix_set(tile_matrix.address(base_url(request))))


async def list_tile_matrix_sets(request: Request) -> Response:
    """List the tile matrix sets."""
    refuse_parameters(request)
    return answer(tile_matrix.tile_matrix_sets(base_url(request)))


async def style(request: Request) -> Response:
    """Return the style that draws the combined tiles."""
    refuse_parameters(request)
    body = answer(map_style(base_url(request))).body
    return Response(body, media_type=STYLE)


async def _tag(request: Request, state: State, tiled: Tiled) -> str:
    current = await state.revisions.current()
    by_clock = tiled.moment is None and any(layer.by_clock for layer in tiled.layers)
    tick = str(int(time.time() // CLOCK_STEP_S)) if by_clock else ""
    revisions = [revision_of(layer, current) for layer in tiled.layers]
    return tag_of(request.scope["path"], tiled.kept, *revisions, tick)


async def _layer_tile(state: State, tiled: Tiled, number: int, place: Tile) -> bytes:
    layer, detailed = tiled.layers[number], place.zoom >= DETAIL_ZOOM
    with_moment = tiled.moment is not None
    row = await state.store.run(
        ("tile", layer.id, detailed, with_moment),
        lambda: tile_statement(layer, parametric_view(state.thresholds, with_moment), detailed=detailed),
        {"district": state.settings.district, "moment": tiled.moment, **place.values()},
    )
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    body: bytes = row[0]
    return body


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
