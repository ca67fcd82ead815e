"""The shifted datums of Chinese web maps, GCJ-02 and BD-09, against WGS 84; ``geo.crs`` is the way in.

Rule: the shift applies in mainland China, taken as the boxes of ``MAINLAND`` without those of ``NOT_SHIFTED``
(Hong Kong, Macau). Taiwan and the neighbours' cities lie outside; near a land border the boxes reach some tens of
kilometres across it. Along the edge the shift fades to nothing over ``FADE_DEG`` (about 3 km), outwards from
``MAINLAND`` and inwards into ``NOT_SHIFTED``. A sharp edge would give two places one image and some images no place;
with the fade every place has one image and every image one place, so both directions agree everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
Shift: TypeAlias = Callable[[Points], Points]
ShiftOfNumbers: TypeAlias = Callable[[float, float, Any], tuple[float, float]]

FADE_DEG = 0.03
INVERSE_TOLERANCE_DEG = 1e-10  # 0.01 mm on the ground
INVERSE_MAX_STEPS = 80
DEEP_DEG = 0.1  # farther from an edge than the fade and twice the largest shift together
FEW = 16  # rows up to which numbers are quicker than arrays

# west, south, east, north in degrees; drawn by hand from south to north around the mainland
MAINLAND: Points = np.array(
    [
        (108.4, 18.0, 111.3, 20.3),
        (107.9, 20.1, 113.0, 21.7),
        (99.9, 21.1, 101.9, 22.4),
        (106.5, 21.6, 115.5, 22.6),
        (98.8, 22.3, 117.0, 23.3),
        (98.5, 23.1, 117.7, 24.1),
        (97.5, 24.0, 119.2, 25.1),
        (97.9, 25.0, 120.1, 26.2),
        (98.0, 26.1, 120.9, 27.7),
        (91.5, 26.8, 97.5, 28.0),
        (88.7, 27.2, 89.2, 28.0),
        (97.3, 27.6, 122.4, 29.7),
        (85.8, 27.8, 97.4, 28.6),
        (83.9, 28.5, 97.4, 29.7),
        (81.9, 29.6, 123.1, 30.6),
        (80.9, 30.1, 123.1, 31.1),
        (78.6, 31.0, 122.4, 32.6),
        (78.2, 32.5, 122.0, 35.6),
        (75.8, 35.5, 122.9, 36.7),
        (74.4, 36.6, 122.9, 38.1),
        (73.4, 38.0, 123.4, 39.7),
        (73.4, 39.6, 125.4, 40.5),
        (75.2, 40.4, 126.9, 41.0),
        (76.7, 40.9, 128.5, 41.3),
        (78.1, 41.2, 128.9, 42.4),
        (80.0, 42.1, 97.2, 44.9),
        (96.4, 42.1, 131.4, 42.8),
        (109.3, 42.7, 131.4, 43.6),
        (111.4, 43.5, 131.4, 44.9),
        (79.9, 44.8, 91.3, 45.4),
        (82.1, 45.3, 91.2, 47.1),
        (85.3, 47.0, 91.1, 48.2),
        (85.6, 48.1, 90.0, 49.3),
        (111.5, 44.8, 133.4, 45.5),
        (114.3, 45.4, 134.2, 46.7),
        (115.3, 46.6, 134.9, 48.5),
        (115.3, 48.4, 131.3, 49.7),
        (116.5, 49.6, 128.6, 50.6),
        (118.9, 50.5, 127.7, 51.5),
        (119.6, 51.4, 126.9, 52.6),
        (120.6, 52.5, 126.0, 53.6),
    ]
)
NOT_SHIFTED: Points = np.array(
    [
        (113.82, 22.08, 114.50, 22.52),  # Hong Kong
        (113.50, 22.08, 113.65, 22.24),  # Macau
    ]
)

KRASOVSKY_A_M = 6378245.0
KRASOVSKY_E2 = 0.00669342162296594323


def gcj02_shift(points: Points) -> Points:
    """Return the GCJ-02 shift in degrees at WGS 84 ``(n, 2)`` lon, lat, wherever they lie."""
    degrees: Points = np.column_stack(_gcj02(points[:, 0], points[:, 1], np))
    return degrees


def _gcj02(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    """Return the shift east and north in degrees, of arrays (``m`` is numpy) or of numbers (``m`` is math).

    Formula: the noise polynomial around 105 E, 35 N published with "Mars Coordinates" (on4wp7, 2010), a length in
    metres turned into degrees on the Krasovsky 1940 ellipsoid.
    """
    x, y = lon - 105.0, lat - 35.0
    common = 20.0 * (m.sin(6.0 * m.pi * x) + m.sin(2.0 * m.pi * x))
    root = m.sqrt(abs(x))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * (x + y) + 0.1 * root
    east_m = east_m + 2.0 / 3.0 * (common + _waves(x, (20.0, 40.0, 150.0, 300.0), m))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m = north_m + 2.0 / 3.0 * (common + _waves(y, (20.0, 40.0, 160.0, 320.0), m))
    return _metres_to_degrees(east_m, north_m, lat, m)


def _waves(t: Any, amplitudes: tuple[float, float, float, float], m: Any) -> Any:
    """Return the sum of four sines of ``t`` with half periods of 1, 3, 12 and 30 degrees."""
    first, second, third, fourth = amplitudes
    turn = m.pi * t
    short = first * m.sin(turn) + second * m.sin(turn / 3.0)
    return short + third * m.sin(turn / 12.0) + fourth * m.sin(turn / 30.0)


def _metres_to_degrees(east_m: Any, north_m: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    """Return lengths along parallel and meridian as degrees, by the Krasovsky radii of curvature at ``lat``."""
    phi = m.radians(lat)
    w2 = 1.0 - KRASOVSKY_E2 * m.sin(phi) ** 2
    meridian_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_E2) / w2**1.5
    parallel_m = KRASOVSKY_A_M / m.sqrt(w2) * m.cos(phi)
    return m.degrees(east_m / parallel_m), m.degrees(north_m / meridian_m)


def bd09_shift(points: Points) -> Points:
    """Return the BD-09 shift in degrees at WGS 84 ``(n, 2)`` lon, lat: GCJ-02, then Baidu's own (published code)."""
    degrees: Points = np.column_stack(_bd09(points[:, 0], points[:, 1], np))
    return degrees


def _bd09(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    """Return the shift as ``_gcj02`` does."""
    east, north = _gcj02(lon, lat, m)
    x, y = lon + east, lat + north
    angle_of = m.arctan2 if m is np else m.atan2
    radius = m.hypot(x, y) + 0.00002 * m.sin(m.radians(y) * 3000.0)
    angle = angle_of(y, x) + 0.000003 * m.cos(m.radians(x) * 3000.0)
    return radius * m.cos(angle) + 0.0065 - lon, radius * m.sin(angle) + 0.006 - lat


def shifted(points: Points, shift: Shift) -> Points:
    """Return WGS 84 ``(n, 2)`` lon, lat moved by ``shift`` where the rule applies it; empty gives empty."""
    weight = mainland_weight(points)
    moved: Points = points.copy()
    touched = weight > 0.0  # the formula is only asked where it counts: at the poles it is infinite
    moved[touched] += weight[touched, None] * shift(points[touched])
    return moved


def unshifted(points: Points, shift: Shift) -> Points:
    """Return the WGS 84 ``(n, 2)`` lon, lat whose ``shifted`` is ``points``.

    Fixed-point iteration: the weighted shift changes by less than 0.7 degree per degree, so every step shrinks the
    error at least by that, and by forty times away from the fade. A row is finished when its error was below
    ``INVERSE_TOLERANCE_DEG``, whatever rows stand beside it. A few rows are worked out as numbers: on an array that
    small each step of numpy costs ten times as much.
    """
    if len(points) <= FEW and shift in OF_NUMBERS:
        found = [_unshifted_one(lon, lat, OF_NUMBERS[shift]) for lon, lat in points.tolist()]
        return np.array(found, dtype=np.float64).reshape(-1, 2)
    guess: Points = points.copy()
    unfinished = np.arange(len(points))
    for _ in range(INVERSE_MAX_STEPS):
        error = shifted(guess[unfinished], shift) - points[unfinished]
        guess[unfinished] -= error
        unfinished = unfinished[np.abs(error).max(axis=1) >= INVERSE_TOLERANCE_DEG]
        if unfinished.size == 0:
            break
    return guess


def _unshifted_one(lon: float, lat: float, shift: ShiftOfNumbers) -> tuple[float, float]:
    x, y = lon, lat
    certain = _is_deep(lon, lat)
    for _ in range(INVERSE_MAX_STEPS):
        weight = 1.0 if certain else _weight_one(x, y)
        east, north = shift(x, y, math) if weight > 0.0 else (0.0, 0.0)
        error_x, error_y = x + weight * east - lon, y + weight * north - lat
        x, y = x - error_x, y - error_y
        if max(abs(error_x), abs(error_y)) < INVERSE_TOLERANCE_DEG:
            break
    return x, y


def _is_deep(x: float, y: float) -> bool:
    """Tell whether the whole shift applies here and anywhere that the iteration for this place can lead."""
    if any(_depth_one(x, y, box) > -DEEP_DEG for box in _NOT_SHIFTED):
        return False
    return any(_depth_one(x, y, box) > DEEP_DEG for box in _MAINLAND)


def _weight_one(x: float, y: float) -> float:
    cut_out = 1.0 - max(_depth_one(x, y, box) for box in _NOT_SHIFTED) / FADE_DEG
    if any(west <= x <= east and south <= y <= north for west, south, east, north in _MAINLAND):
        return min(max(cut_out, 0.0), 1.0)  # inside one box, how far outside the others does not matter
    inside = 1.0 + max(_depth_one(x, y, box) for box in _MAINLAND) / FADE_DEG
    return min(max(min(inside, cut_out), 0.0), 1.0)


def _depth_one(x: float, y: float, box: tuple[float, float, float, float]) -> float:
    return min(x - box[0], box[2] - x, y - box[1], box[3] - y)


def mainland_weight(points: Points) -> Points:
    """Return how much of the shift applies at WGS 84 ``(n, 2)`` lon, lat: 1 in the mainland, 0 outside it."""
    inside = 1.0 + _depth(points, MAINLAND).max(axis=1) / FADE_DEG
    cut_out = 1.0 - _depth(points, NOT_SHIFTED).max(axis=1) / FADE_DEG
    weight: Points = np.clip(np.minimum(inside, cut_out), 0.0, 1.0)
    return weight


def _depth(points: Points, boxes: Points) -> Points:
    """Return how deep in each box the points lie, ``(n, boxes)`` in degrees along the nearer axis; negative outside."""
    west, south, east, north = boxes.T
    x, y = points[:, :1], points[:, 1:]
    depth: Points = np.minimum(np.minimum(x - west, east - x), np.minimum(y - south, north - y))
    return depth


OF_NUMBERS: dict[Shift, ShiftOfNumbers] = {gcj02_shift: _gcj02, bd09_shift: _bd09}
# The largest first: most places lie in it, and are found there at once.
_MAINLAND = sorted(
    ((box[0], box[1], box[2], box[3]) for box in MAINLAND.tolist()),
    key=lambda box: (box[2] - box[0]) * (box[3] - box[1]),
    reverse=True,
)
_NOT_SHIFTED = [(box[0], box[1], box[2], box[3]) for box in NOT_SHIFTED.tolist()]
