"""The shifted datums of Chinese web maps, GCJ-02 and BD-09, against WGS 84; ``geo.crs`` is the way in.

Rule: the shift applies in mainland China, taken as the boxes of ``MAINLAND`` without those of ``NOT_SHIFTED``
(Hong Kong, Macau). Taiwan and the neighbours' cities lie outside; near a land border the boxes reach some tens of
kilometres across it. Along the edge the shift fades to nothing over ``FADE_DEG`` (about 3 km), outwards from
``MAINLAND`` and inwards into ``NOT_SHIFTED``. A sharp edge would give two places one image and some images no place;
with the fade every place has one image and every image one place, so both directions agree everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
Shift: TypeAlias = Callable[[Points], Points]

FADE_DEG = 0.03
INVERSE_TOLERANCE_DEG = 1e-10  # 0.01 mm on the ground
INVERSE_MAX_STEPS = 80

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
    """Return the GCJ-02 shift in degrees at WGS 84 ``(n, 2)`` lon, lat, wherever they lie.

    Formula: the noise polynomial around 105 E, 35 N published with "Mars Coordinates" (on4wp7, 2010), a length in
    metres turned into degrees on the Krasovsky 1940 ellipsoid.
    """
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    common = 20.0 * (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x))
    root = np.sqrt(np.abs(x))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * (x + y) + 0.1 * root
    east_m += 2.0 / 3.0 * (common + _waves(x, (20.0, 40.0, 150.0, 300.0)))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += 2.0 / 3.0 * (common + _waves(y, (20.0, 40.0, 160.0, 320.0)))
    return _metres_to_degrees(east_m, north_m, points[:, 1])


def _waves(t: Points, amplitudes: tuple[float, float, float, float]) -> Points:
    """Return the sum of four sines of ``t`` with half periods of 1, 3, 12 and 30 degrees."""
    half_periods = (1.0, 3.0, 12.0, 30.0)
    total = np.zeros_like(t)
    for amplitude, half_period in zip(amplitudes, half_periods, strict=True):
        total += amplitude * np.sin(np.pi * t / half_period)
    return total


def _metres_to_degrees(east_m: Points, north_m: Points, lat: Points) -> Points:
    """Return lengths along parallel and meridian as degrees, by the Krasovsky radii of curvature at ``lat``."""
    phi = np.radians(lat)
    w2 = 1.0 - KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_E2) / w2**1.5
    parallel_m = KRASOVSKY_A_M / np.sqrt(w2) * np.cos(phi)
    degrees: Points = np.degrees(np.column_stack([east_m / parallel_m, north_m / meridian_m]))
    return degrees


def bd09_shift(points: Points) -> Points:
    """Return the BD-09 shift in degrees at WGS 84 ``(n, 2)`` lon, lat: GCJ-02, then Baidu's own (published code)."""
    gcj = points + gcj02_shift(points)
    x, y = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(np.radians(y) * 3000.0)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(np.radians(x) * 3000.0)
    baidu: Points = np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
    return baidu - points


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
    ``INVERSE_TOLERANCE_DEG``, whatever rows stand beside it.
    """
    guess: Points = points.copy()
    unfinished = np.arange(len(points))
    for _ in range(INVERSE_MAX_STEPS):
        error = shifted(guess[unfinished], shift) - points[unfinished]
        guess[unfinished] -= error
        unfinished = unfinished[np.abs(error).max(axis=1) >= INVERSE_TOLERANCE_DEG]
        if unfinished.size == 0:
            break
    return guess


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
