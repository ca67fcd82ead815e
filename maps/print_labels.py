"""Names on a printed map: a name stands where it covers no symbol and no other name, or not at all."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from maps.print_frame import Points
from maps.print_sheet import Box

FIRST_WIDE = 0x2E80  # CJK begins there
WIDE, NARROW = 1.0, 0.56  # widths of letters in em
LINE = 1.25
# where a name may stand beside its symbol: direction across, direction down
BESIDE = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))

CELL_MM = 12.0
REACHES = (1.0, 1.8)  # how far from the symbol, in its radius


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in letters of ``size``."""
    return size * sum(WIDE if ord(letter) >= FIRST_WIDE else NARROW for letter in text)


class Paper:
    """What is covered already; ``width`` and ``height`` are the map's."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._taken: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)

    def cover(self, x: float, y: float, radius: float) -> None:
        """Keep names off a symbol."""
        self._keep(Box(x - radius, y - radius, 2 * radius, 2 * radius))

    def take(self, *boxes: Box) -> bool:
        """Cover boxes if all are free and on the map; tell whether they were."""
        if not all(self._inside(box) for box in boxes):
            return False
        if any(_meet(box, other) for box in boxes for cell in _cells(box) for other in self._taken.get(cell, ())):
            return False
        for box in boxes:
            self._keep(box)
        return True

    def _keep(self, box: Box) -> None:
        for cell in _cells(box):
            self._taken[cell].append(box)

    def _inside(self, box: Box) -> bool:
        return box.x >= 0 and box.y >= 0 and box.x + box.width <= self._width and box.y + box.height <= self._height

    def cover_line(self, points: Points, width: float) -> None:
        """Keep names off a line as wide as ``width``: they may stand beside it, and not on it."""
        for start, end in itertools.pairwise(points):
            steps = max(1, int(np.hypot(*(end - start)) / width))
            for step in range(steps + 1):
                x, y = start + (end - start) * step / steps
                self.cover(float(x), float(y), width / 2)

    def place(self, x: float, y: float, radius: float, text: str, size: float) -> Box | None:
        """Find room for a name beside its symbol, the right first; None where there is none."""
        for reach in REACHES:
            for candidate in _beside(x, y, reach * radius, text_width(text, size), LINE * size):
                if self.take(candidate):
                    return candidate
        return None


def _beside(x: float, y: float, radius: float, width: float, height: float) -> Sequence[Box]:
    gap = 0.25 * height
    boxes = []
    for across, down in BESIDE:
        left = {1: x + radius + gap, 0: x - width / 2, -1: x - radius - gap - width}[across]
        over = radius + gap if across == 0 else 0.7 * radius
        top = {1: y + over, 0: y - height / 2, -1: y - over - height}[down]
        boxes.append(Box(left, top, width, height))
    return boxes


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    """Yield the squares of the sheet that a box reaches into, so that only neighbours are looked at."""
    for column in range(int(box.x // CELL_MM), int((box.x + box.width) // CELL_MM) + 1):
        for row in range(int(box.y // CELL_MM), int((box.y + box.height) // CELL_MM) + 1):
            yield column, row


def _meet(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
