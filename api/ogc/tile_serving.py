"""Vector tiles as finished bytes: from the cache while nothing has changed, else from the database.

Tiles of several layers are put one behind the other, as their format allows. Where they would be too large together,
the largest give way: each layer's tile is worked out as for itself, and again with less room only where it must be.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial

from api.ogc.fresh import fresh
from api.ogc.get import Answer, Get
from api.ogc.tile_requests import Tiled, read_tile, read_tiled
from api.ogc.tiling import MVT
from api.state import State
from geo.query.layer import Layer
from geo.query.tile_grid import Tile
from geo.query.tiles import DETAIL_ZOOM, MAX_BYTES, narrow_tile_statement, tile_statement
from geo.query.view import parametric_view

HEADERS = ((b"content-type", MVT.encode()),)


async def tile(
    get: Get, state: State, collection_id: str | None, matrix_set: str, zoom: str, row: str, column: str
) -> Answer:
    """Return a tile of a collection, or of all; 204 when there is nothing in it, 304 when the client has it."""
    tiled = read_tiled(get.query, ["mvt"], collection_id, matrix_set)
    place = read_tile(zoom, row, column)
    return await fresh(
        get,
        state,
        tiled.layers,
        past=tiled.moment is not None,
        produce=partial(_produce, state, tiled, place),
        headers=HEADERS,
    )


async def _produce(state: State, tiled: Tiled, place: Tile) -> bytes:
    tiles = {layer: await _layer_tile(state, layer, tiled, place) for layer in tiled.layers}
    if sum(map(len, tiles.values())) > MAX_BYTES:
        await _make_fit(tiles, partial(_layer_tile, state, tiled=tiled, place=place))
    return b"".join(tiles.values())


async def _make_fit(tiles: dict[Layer, bytes], narrow: Callable[..., Awaitable[bytes]]) -> None:
    """Ask anew for the tiles that are larger than an even share of ``MAX_BYTES``.

    The smaller ones are settled first, and what each leaves over is shared by those after it.
    """
    left = MAX_BYTES
    for behind, layer in enumerate(sorted(tiles, key=lambda each: (len(tiles[each]), each.id))):
        share = left // (len(tiles) - behind)
        if len(tiles[layer]) > share:
            tiles[layer] = await narrow(layer, room=share)
        left -= len(tiles[layer])


async def _layer_tile(state: State, layer: Layer, tiled: Tiled, place: Tile, room: int | None = None) -> bytes:
    detailed, with_moment = place.zoom >= DETAIL_ZOOM, tiled.moment is not None
    build = tile_statement if room is None else narrow_tile_statement
    row = await state.store.run(
        (build.__name__, layer.id, detailed, with_moment, tiled.wish),
        lambda: build(layer, parametric_view(state.thresholds, with_moment), detailed=detailed, wish=tiled.wish),
        {
            "district": state.settings.district,
            "moment": tiled.moment,
            "room": room,
            **tiled.constants,
            **place.values(),
        },
    )
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    body: bytes = row[0]
    return body


# What is answered before the framework is asked; the groups of the pattern are the endpoint's further arguments.
ENDPOINTS = ((re.compile(r"/ogc(?:/collections/([^/]+))?/tiles/([^/]+)/([^/]+)/([^/]+)/([^/]+)"), tile),)
