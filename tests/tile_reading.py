"""Read vector tiles with a decoder that is not ours, and say with PROJ where things should be in them."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped] # it ships no types
import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

UNITS, MARGIN = 4096, 64
HALF_M = 20_037_508.342789244  # of the side of Web Mercator's square
TO_MERCATOR = Transformer.from_crs(4326, 3857, always_xy=True)

Feature = dict[str, Any]


def decode(body: bytes) -> dict[str, list[Feature]]:
    """Return the features of each layer; coordinates in units of the tile, y down."""
    if not body:
        return {}
    layers = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    assert all(layer["extent"] == UNITS and layer["version"] == 2 for layer in layers.values())
    return {name: layer["features"] for name, layer in layers.items()}


def projected(geometry: BaseGeometry) -> BaseGeometry:
    """Project a geometry of WGS 84 degrees into Web Mercator."""

    def move(points: Any) -> Any:
        return np.column_stack(TO_MERCATOR.transform(points[:, 0], points[:, 1]))

    return shapely.transform(shapely.force_2d(geometry), move)


def within_tile(geometry: BaseGeometry, zoom: int, row: int, column: int) -> BaseGeometry:
    """Move a geometry in Web Mercator into a tile's units, unrounded."""
    unit = 2 * HALF_M / 2**zoom / UNITS
    corner = np.array([column, row]) * UNITS
    return shapely.transform(geometry, lambda points: (points * [1, -1] + HALF_M) / unit - corner)


def in_tile(geometry: BaseGeometry, zoom: int, row: int, column: int) -> BaseGeometry:
    """Project a geometry of WGS 84 degrees into a tile's units, unrounded."""
    return within_tile(projected(geometry), zoom, row, column)


def tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return the row and column of the tile that holds a position."""
    x, y = TO_MERCATOR.transform(lon, lat)
    size = 2 * HALF_M / 2**zoom
    return int((HALF_M - y) // size), int((x + HALF_M) // size)


def tiles_over(box: tuple[float, float, float, float], zoom: int) -> list[tuple[int, int]]:
    """Return row and column of every tile that a box (west, south, east, north) touches."""
    (top, left), (bottom, right) = tile_at(box[0], box[3], zoom), tile_at(box[2], box[1], zoom)
    return [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def geometry_of(feature: Feature) -> BaseGeometry:
    """Return a feature's geometry in units of the tile."""
    return shape(feature["geometry"])
