"""The tiles of WebMercatorQuad (OGC 17-083r4, annex D.1): which there are, where each lies, which cells it has."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

MAX_ZOOM = 22
SIDE_M = 2 * math.pi * 6_378_137.0  # of the square that is the tile of zoom 0
EXTENT, BUFFER = 4096, 64  # units of a tile's side, and of the margin in which its features go on
CELL_LEVELS, GRID_LEVELS = 30, 6  # zoom of the cells that erqi_cell numbers; 2^6 cells along the side of a tile
# A quarter of a unit: with the half unit that the grid takes, a vertex stays within one unit of where it was.
TOLERANCE = 0.25
MAX_LATITUDE = 85.06  # a little beyond the edge of Web Mercator's square


class Tile(NamedTuple):
    """A tile by its zoom and by its row and column, counted from the north-west."""

    zoom: int
    row: int
    column: int

    def exists(self) -> bool:
        """Tell whether the tile matrix set has this tile."""
        return 0 <= self.zoom <= MAX_ZOOM and all(0 <= each < 2**self.zoom for each in (self.row, self.column))

    def values(self) -> dict[str, Any]:
        """Return the parameters of a tile's statement: its box with margin in degrees, its cells, a tolerance (m).

        The margin ends at the edges of the world, where degrees would begin anew.
        """
        margin = BUFFER / EXTENT
        shift = 2 * (CELL_LEVELS - self.zoom)
        number = _interleaved(self.row, self.column)
        return {
            **self._asdict(),
            "west": max(longitude(self.column - margin, self.zoom), -180.0),
            "south": max(latitude(self.row + 1 + margin, self.zoom), -MAX_LATITUDE),
            "east": min(longitude(self.column + 1 + margin, self.zoom), 180.0),
            "north": min(latitude(self.row - margin, self.zoom), MAX_LATITUDE),
            "first": number << shift,
            "behind": (number + 1) << shift,
            "shift": shift - 2 * GRID_LEVELS,
            "tolerance": TOLERANCE * SIDE_M / 2**self.zoom / EXTENT,
        }


def longitude(column: float, zoom: int) -> float:
    """Return the longitude of a column's western edge, in degrees."""
    return column / float(2**zoom) * 360 - 180


def latitude(row: float, zoom: int) -> float:
    """Return the latitude of a row's northern edge, in degrees (EPSG guidance note 7-2, 3.2.1.2)."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / float(2**zoom)))))


def _interleaved(row: int, column: int) -> int:
    """Return the number of a tile among those of its zoom as ``erqi_cell`` counts: bits of row and column by turns."""
    return sum(((column >> bit & 1) << 2 * bit) | ((row >> bit & 1) << 2 * bit + 1) for bit in range(MAX_ZOOM))
