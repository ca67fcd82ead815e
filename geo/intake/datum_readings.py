"""The sender's two numbers read as every datum and axis order that they may have been meant in.

CGCS2000 and WGS 84 are one reading: no position of a phone tells them apart. The conversions are those of ``geo.crs``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs import Crs, Pair, by_name, to_wgs84
from geo.gcj import Points

SWAPPED = "_swapped"
GEOGRAPHIC = {"wgs84": Crs.WGS84, "gcj02": Crs.GCJ02, "bd09": Crs.BD09}
PROJECTED = {"epsg4547": Crs.CGCS2000_CM114E, "epsg4526": Crs.CGCS2000_ZONE38}
NAMES = tuple(name + order for name in (*GEOGRAPHIC, *PROJECTED) for order in ("", SWAPPED))


class Readings(NamedTuple):
    """What one pair of numbers can mean: ``declared`` (WGS 84 lon, lat; None if impossible) and the other readings.

    ``lon``, ``lat`` and ``name`` are of one length; a name is the datum (``wgs84``, ``gcj02``, ``bd09``, ``epsg4547``,
    ``epsg4526``: x easting, y northing), with ``_swapped`` behind it where the axes stand the other way round. They
    stand in the order of the mistakes that the sender must have made: one before two (other axes *and* another datum).
    """

    declared: tuple[float, float] | None
    lon: list[float]
    lat: list[float]
    name: list[str]


def read_positions(numbers: ArrayLike, datums: Sequence[str]) -> list[Readings]:
    """Return the readings of each ``(x, y)`` of ``numbers``, shape ``(n, 2)``, declared in ``datums`` (n names).

    A reading that the numbers cannot have (a latitude of 113, NaN) is left out. InvalidInputError for an unknown
    datum. No numbers give no readings.
    """
    pairs = np.asarray(numbers, dtype=np.float64).reshape(-1, 2)
    declared = [_plain_name(datum) for datum in datums]
    least, most = np.fmin.reduce(pairs, initial=np.inf).tolist(), np.fmax.reduce(pairs, initial=-np.inf).tolist()
    every = {name: _read(pairs, name) for name in NAMES if _may_be(name, least, most)}
    return [_readings(row, datum, every) for row, datum in enumerate(declared)]


def _plain_name(datum: str) -> str:
    """Name the reading of a declared datum; of those that are equal, WGS 84."""
    crs = by_name(datum)
    return next((name for name, reading in GEOGRAPHIC.items() if reading is crs), "wgs84")


def _readings(row: int, declared: str, every: dict[str, Points]) -> Readings:
    possible = {name: points[row] for name, points in every.items() if not np.isnan(points[row, 0])}
    own = possible.pop(declared, None)
    names = sorted(possible, key=lambda name: _changes(name, declared))
    return Readings(
        None if own is None else (float(own[0]), float(own[1])),
        [float(possible[name][0]) for name in names],
        [float(possible[name][1]) for name in names],
        names,
    )


def _changes(name: str, declared: str) -> int:
    """Count the mistakes between two readings; metres for degrees, in whatever order, are one."""
    datum = name.removesuffix(SWAPPED)
    return 1 if datum in PROJECTED else (datum != declared) + (datum != name)


def _may_be(name: str, least: Pair, most: Pair) -> bool:
    """Tell whether any pair between these bounds can have a reading: most pairs have few, and the others cost time."""
    crs, in_authority_order = _system(name)
    low, high = (least, most) if in_authority_order else (least[::-1], most[::-1])
    allowed = zip(low, high, crs.value.low, crs.value.high, strict=True)
    return all(least_of <= upper and most_of >= lower for least_of, most_of, lower, upper in allowed)


def _system(name: str) -> tuple[Crs, bool]:
    """Return the system of a reading, and whether the numbers stand in its authority order."""
    datum = name.removesuffix(SWAPPED)
    crs = GEOGRAPHIC.get(datum) or PROJECTED[datum]
    return crs, (datum == name) == crs.east_first


def _read(pairs: Points, name: str) -> Points:
    """Return WGS 84 lon, lat of ``pairs`` in one reading, NaN where they cannot have it."""
    crs, in_authority_order = _system(name)
    return _into_wgs84(pairs if in_authority_order else pairs[:, ::-1], crs)


def _into_wgs84(pairs: Points, crs: Crs) -> Points:
    """Convert what lies within the bounds of ``crs``; the rest is NaN."""
    result = np.full(pairs.shape, np.nan)
    rows = np.flatnonzero(_possible(pairs, crs))
    if rows.size:
        result[rows] = to_wgs84(pairs[rows], crs)
    return result


def _possible(pairs: Points, crs: Crs) -> NDArray[np.bool_]:
    (low_x, low_y), (high_x, high_y) = crs.value.low, crs.value.high
    x, y = pairs[:, 0], pairs[:, 1]
    inside: NDArray[np.bool_] = (x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y)
    return inside
