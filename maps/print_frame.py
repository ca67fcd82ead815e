"""From degrees to millimetres of a sheet: a transverse Mercator projection through the middle of the map.

There its scale is true, and 20 km beside it still so to 5 parts in a million: the scale bar can be measured on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Proj

from geo.types import BBox
from maps.print_sheet import Box, round_scale

Points = NDArray[np.float64]
ROOM = 0.9  # of the frame that the features fill
LEAST_M = 500.0  # extent of a map of a single point


@dataclass(frozen=True)
class Frame:
    """A map's frame of ``box`` millimetres, its middle in degrees, and its scale 1:``scale``."""

    box: Box
    lon: float
    lat: float
    scale: int

    @cached_property
    def _projection(self) -> Proj:
        return Proj(proj="tmerc", lon_0=self.lon, lat_0=self.lat, ellps="GRS80")

    def to_mm(self, coordinates: Any) -> Points:
        """Return millimetres from the frame's upper left corner, shape ``(n, 2)``, of degrees (lon, lat, ...)."""
        rows = np.asarray([point[:2] for point in coordinates], dtype=float).reshape(-1, 2)
        east, north = self._projection(rows[:, 0], rows[:, 1])
        per_mm = self.scale / 1000
        x = self.box.width / 2 + np.asarray(east) / per_mm
        y = self.box.height / 2 - np.asarray(north) / per_mm
        return np.column_stack([x, y]).reshape(-1, 2)

    def to_degrees(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return the longitude and latitude of a point so many metres from the map's middle."""
        lon, lat = self._projection(east_m, north_m, inverse=True)
        return float(lon), float(lat)

    def mm(self, metres: float) -> float:
        """Return a length on the ground as one on paper."""
        return metres * 1000 / self.scale

    def shows(self, point: Sequence[float], margin: float = 0.0) -> bool:
        """Tell whether a point in millimetres lies in the frame, ``margin`` away from its edges."""
        x, y = point[0], point[1]
        return margin <= x <= self.box.width - margin and margin <= y <= self.box.height - margin


def fit(bounds: BBox, box: Box) -> Frame:
    """Return the frame in which the bounds fit, at a round scale."""
    lon, lat = (bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2
    plain = Frame(Box(0, 0, 0, 0), lon, lat, 1000)
    corners = plain.to_mm([(x, y) for x in (bounds.west, bounds.east) for y in (bounds.south, bounds.north)])
    width, height = np.maximum(np.ptp(corners, axis=0), LEAST_M)
    return Frame(box, lon, lat, round_scale(1000 * max(width / (ROOM * box.width), height / (ROOM * box.height))))


def bounds_of(features: Sequence[Any], otherwise: BBox) -> BBox:
    """Return the box of the features' geometries, or ``otherwise`` where there is none."""
    points = [point for feature in features for line in lines_of(feature) for point in line]
    if not points:
        return otherwise
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return BBox(min(lons), min(lats), max(lons), max(lats))


def lines_of(feature: Any) -> Iterator[list[list[float]]]:
    """Yield the rings or lines of a feature as lists of positions; a point is a line of one."""
    geometry = feature["geometry"]
    if geometry is None:
        return
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        yield [coordinates]
    elif kind == "LineString":
        yield coordinates
    elif kind in {"Polygon", "MultiLineString"}:
        yield from coordinates
    else:  # MultiPolygon
        yield from (ring for polygon in coordinates for ring in polygon)


def along(points: Points, share: float) -> tuple[Points, float]:
    """Return the point at a share (0 to 1) of a line's length, and the line's direction there in degrees, -90 to 90."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    if steps.size == 0 or steps.sum() == 0:
        return points[0], 0.0
    goal = share * steps.sum()
    number = int(min(np.searchsorted(np.cumsum(steps), goal), steps.size - 1))
    rest = (goal - steps[:number].sum()) / (steps[number] or 1)
    delta = points[number + 1] - points[number]
    angle = float(np.degrees(np.arctan2(delta[1], delta[0])))
    return points[number] + delta * rest, (angle + 90) % 180 - 90
