"""The sheet that a map is printed on: sizes of ISO 216, what goes where in millimetres, and a round scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.errors import InvalidInputError
from geo.types import Text

Orientation = Literal["landscape", "portrait"]
SIZES_MM = {"A4": (210, 297), "A3": (297, 420), "A2": (420, 594), "A1": (594, 841), "A0": (841, 1189)}
ORIENTATIONS: tuple[Orientation, ...] = ("landscape", "portrait")
LARGE = frozenset({"A1", "A0"})
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10)  # of a power of ten
BAR_SHARE = 0.2  # of the map's width, at most


@dataclass(frozen=True)
class Box:
    """A box on paper in millimetres, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sheet:
    """A sheet and its orientation; every length is in millimetres.

    ``em`` is the size of ordinary text and ``pixel`` that of a pixel of the line styles; both grow with the paper,
    for a large sheet is read from farther away.
    """

    size: str
    orientation: Orientation

    @property
    def width(self) -> float:
        """Return the width as the sheet hangs."""
        return max(SIZES_MM[self.size]) if self.orientation == "landscape" else min(SIZES_MM[self.size])

    @property
    def height(self) -> float:
        """Return the height as the sheet hangs."""
        return min(SIZES_MM[self.size]) if self.orientation == "landscape" else max(SIZES_MM[self.size])

    @property
    def em(self) -> float:
        """Return the size of ordinary text: 7 points on A4, 8.5 on A3, 24 on A0."""
        return max(2.45, 0.0101 * min(SIZES_MM[self.size]))

    @property
    def pixel(self) -> float:
        """Return what a pixel of a line style measures."""
        return 0.068 * self.em

    @property
    def margin(self) -> float:
        """Return the margin, which no printer needs larger."""
        return max(7.0, 3 * self.em)

    @property
    def header(self) -> float:
        """Return the height of the heading."""
        return 4.6 * self.em

    @property
    def footer(self) -> float:
        """Return the height of the line below everything."""
        return 2.2 * self.em

    @property
    def map(self) -> Box:
        """Return the map's frame."""
        width, height = self.width - 2 * self.margin, self._inner_height
        if self.orientation == "landscape":
            width -= self.side + self.em
        else:
            height -= self.side + self.em
        return Box(self.margin, self.margin + self.header, round(width, 2), round(height, 2))

    @property
    def side(self) -> float:
        """Return how wide the column beside the map is, or how high the band below it."""
        share = 0.295 * self.width if self.orientation == "landscape" else 0.33 * self.height
        return round(share, 2)

    @property
    def _inner_height(self) -> float:
        return self.height - 2 * self.margin - self.header - self.footer


def sheet_of(size: str, orientation: str) -> Sheet:
    """Return a sheet; raise InvalidInputError, naming the field, for a size or orientation that there is not."""
    if size not in SIZES_MM:
        known = ", ".join(SIZES_MM)
        raise InvalidInputError(Text(f"size 应为：{known}。", f"size is one of: {known}."), field="size")
    for known_one in ORIENTATIONS:
        if orientation == known_one:
            return Sheet(size, known_one)
    known = ", ".join(ORIENTATIONS)
    raise InvalidInputError(
        Text(f"orientation 应为：{known}。", f"orientation is one of: {known}."), field="orientation"
    )


def round_scale(least: float) -> int:
    """Return the smallest round number N that is not below ``least``, for a scale of 1:N."""
    power = 1
    while 10 * power < least:
        power *= 10
    return next(int(each * power) for each in (*ROUND, 10) if each * power >= least or each == ROUND[-1])


def bar_metres(scale: int, width_mm: float) -> int:
    """Return the longest round length in metres whose bar is no wider than a fifth of the map (1, 2 or 5 and zeros)."""
    most = BAR_SHARE * width_mm * scale / 1000
    power = 1
    while 10 * power <= most:
        power *= 10
    return max(each * power for each in (1, 2, 5) if each * power <= max(most, 1))
