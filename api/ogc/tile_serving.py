"""Vector tiles as finished bytes: from the cache while nothing has changed, else from the database.

Tiles of several layers are put one behind the other, as their format allows.
"""

from __future__ import annotations

import re
from functools import partial

from api.ogc.fresh import fresh
from api.ogc.get import Answer, Get
from api.ogc.tiling import MVT, Tiled, read_tile, read_tiled
from api.state import State
from geo.query.layer import Layer
from geo.query.tile_grid import Tile
from geo.query.tiles import DETAIL_ZOOM, tile_statement
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
    return b"".join([await _layer_tile(state, layer, tiled, place) for layer in tiled.layers])


async def _layer_tile(state: State, layer: Layer, tiled: Tiled, place: Tile) -> bytes:
    detailed, with_moment = place.zoom >= DETAIL_ZOOM, tiled.moment is not None
    row = await state.store.run(
        ("tile", layer.id, detailed, with_moment),
        lambda: tile_statement(layer, parametric_view(state.thresholds, with_moment), detailed=detailed),
        {"district": state.settings.district, "moment": tiled.moment, **place.values()},
    )
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    body: bytes = row[0]
    return body


# What is answered before the framework is asked; the groups of the pattern are the endpoint's further arguments.
ENDPOINTS = ((re.compile(r"/ogc(?:/collections/([^/]+))?/tiles/([^/]+)/([^/]+)/([^/]+)/([^/]+)"), tile),)
