"""How many rows of a list fit on a sheet, reckoned in em: a browser that prints says nothing of what it cuts off."""

from __future__ import annotations

import math
from collections.abc import Sequence

from maps.print_attention import Entry
from maps.print_labels import text_width
from maps.print_legend import Group
from maps.print_sheet import Sheet

# heights in em, as print.css has them
HEADING, LISTED = 2.2, 2.8
NAME_LINE, WHY_LINE, PADDING = 1.3, 1.15, 0.62
GAP = 1.0
NUMBER, STATE_MARK = 2.1, 2.0  # widths: the column of numbers; the swatch before a state and the space beside it
WHY_SIZE, STATE_SIZE = 0.88, 0.92
SLACK = 1.03  # letters of a real font are not all as wide as reckoned
OVERVIEW = (12.0, 8.6)  # of the small map, width and height


def fitting(entries: Sequence[Entry], sheet: Sheet, legend: Sequence[Group]) -> list[Entry]:
    """Return the first entries, as many as there is room for beside or below the map."""
    width, height = _room(sheet, legend)
    used, shown = 0.0, []
    for entry in entries:
        used += _height(entry, width)
        if used > height:
            break
        shown.append(entry)
    return shown


def _room(sheet: Sheet, legend: Sequence[Group]) -> tuple[float, float]:
    side = sheet.side / sheet.em
    if sheet.orientation == "landscape":
        taken = _legend_height(legend) + OVERVIEW[1] + 2 * HEADING + LISTED + 2 * GAP
        return side - NUMBER, sheet.map.height / sheet.em - taken
    whole = (sheet.width - 2 * sheet.margin) / sheet.em
    return 0.69 * whole - OVERVIEW[0] - 2 * GAP - NUMBER, side - HEADING - LISTED


def _legend_height(legend: Sequence[Group]) -> float:
    """Return about how high the legend stands in its two columns, which keep each group whole."""
    groups = [0.45 + 1.25 + NAME_LINE * len(group.rows) for group in legend if group.rows]
    return HEADING + max([sum(groups) / 2 + max(groups, default=0) / 4, *groups], default=0.0)


def _height(entry: Entry, width: float) -> float:
    name = text_width(entry.name, 1) + text_width(entry.state, STATE_SIZE) + STATE_MARK
    why = text_width(entry.why, WHY_SIZE)
    return PADDING + NAME_LINE * _lines(name, width) + WHY_LINE * _lines(why, width)


def _lines(length: float, width: float) -> int:
    return max(1, math.ceil(SLACK * length / width))
