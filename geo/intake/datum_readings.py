"""The sender's two numbers read as every datum and axis order that they may have been meant in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import ArrayLike


class Readings(NamedTuple):
    """What one pair of numbers can mean: ``declared`` (WGS 84 lon, lat; None if impossible) and the other readings.

    ``lon``, ``lat`` and ``name`` are of one length; a name is the datum (``wgs84``, ``gcj02``, ``bd09``,
    ``epsg4547``, ``epsg4526``), with ``_swapped`` behind it where the axes stand the other way round.
    """

    declared: tuple[float, float] | None
    lon: list[float]
    lat: list[float]
    name: list[str]


def read_positions(numbers: ArrayLike, datums: Sequence[str]) -> list[Readings]:
    """Return the readings of each ``(x, y)`` of ``numbers``, shape ``(n, 2)``, declared in ``datums`` (n names)."""
    raise NotImplementedError
