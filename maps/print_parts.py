"""Segments on paper: each in its style, or its stretches in theirs, carriageways side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from maps import theme
from maps.print_frame import Frame, Points, lines_of
from maps.print_symbols import path_of, styled_line, token_of

Feature = Mapping[str, Any]
TO_THE_LEFT = {"left": 1, "right": -1}
SHARPEST = 0.3  # corners sharper than this are not drawn out to their point


def segments(frame: Frame, data: Mapping[str, Sequence[Feature]], pixel: float) -> Iterator[Markup]:
    """Draw the segments; ``pixel`` is what a pixel of a line style measures in millimetres."""
    parts: dict[str, list[Feature]] = defaultdict(list)
    for part in data.get("progress_parts", ()):
        parts[part["properties"]["segment_id"]].append(part)
    for segment in data.get("segment_progress", ()):
        for feature in parts.get(str(segment["id"])) or [segment]:
            for line in lines_of(feature):
                yield _line(frame.to_mm(line), feature, pixel)


def _line(points: Points, feature: Feature, pixel: float) -> Markup:
    """Draw a line, or beside it one carriageway."""
    side = TO_THE_LEFT.get(feature["properties"].get("carriageway", ""))
    if side is None:
        return styled_line(path_of(points), token_of(feature), pixel)
    lane = beside(points, side * theme.CARRIAGEWAY["apart"] * pixel)
    return styled_line(path_of(lane), token_of(feature), pixel * theme.CARRIAGEWAY["narrow"])


def beside(points: Points, distance: float) -> Points:
    """Return a line ``distance`` to the left of one ``(n, 2)``, to the right where it is negative; y grows downwards.

    Corners are mitred. A line without length comes back as it is.
    """
    line = points[np.r_[True, np.any(np.diff(points, axis=0) != 0, axis=1)]]
    if len(line) < 2:  # noqa: PLR2004 - a line has two ends
        return points
    steps = np.diff(line, axis=0)
    normals = np.column_stack([steps[:, 1], -steps[:, 0]]) / np.hypot(*steps.T)[:, None]
    before, after = np.vstack([normals[:1], normals]), np.vstack([normals, normals[-1:]])
    sharpness = np.maximum(SHARPEST, 1 + np.sum(before * after, axis=1))
    moved: Points = line + distance * (before + after) / sharpness[:, None]
    return moved
