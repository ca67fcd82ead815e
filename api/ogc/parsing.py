"""Parameters that are text in a request, read into values that cannot be wrong."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import NamedTuple

import numpy as np

from geo.crs import Crs, to_wgs84
from geo.errors import InvalidInputError
from geo.types import BBox, Text

MAX_LIMIT = 10_000
MAX_LIMIT_DIGITS = 18
CORNERS = 4
EDGE_POINTS = 21
WITH_HEIGHT = 6


def refuse_nul_in(name: str, text: str) -> None:
    """Refuse the character NUL, which PostgreSQL's text cannot hold."""
    if "\x00" in text:
        raise InvalidInputError(
            Text(f"参数“{name}”含有空字符（NUL）。", f"Parameter “{name}” holds the character NUL."), field=name
        )


def parse_limit(limit: str) -> int:
    """Read ``limit``; above the largest page it is clamped (OGC 17-069r4, 7.15.2)."""
    if not re.fullmatch(r"[0-9]+", limit) or not limit.strip("0"):
        raise InvalidInputError(
            Text(f"limit 应为 1 到 {MAX_LIMIT} 的整数。", f"limit is a whole number from 1 to {MAX_LIMIT}."),
            field="limit",
        )
    return MAX_LIMIT if len(limit) > MAX_LIMIT_DIGITS else min(int(limit), MAX_LIMIT)


def parse_bbox(bbox: str, crs: Crs = Crs.WGS84) -> BBox:
    """Read ``bbox``, in the axis order of ``crs``, as a box in WGS 84; heights of a six-number box are passed over."""
    numbers = [_coordinate(part) for part in bbox.split(",")] if len(bbox) < 200 else []  # noqa: PLR2004 - six numbers
    if len(numbers) == WITH_HEIGHT:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != CORNERS:
        raise _bad_bbox("应为四个数", "takes four numbers")
    if crs.unit == "metre":
        return _box_around(numbers, crs)
    box = BBox(*numbers) if crs.east_first else BBox(numbers[1], numbers[0], numbers[3], numbers[2])
    if box.south > box.north:
        raise _bad_bbox("南界大于北界", "has its south above its north")
    if not (box.south >= -90 and box.north <= 90 and all(-180 <= lon <= 180 for lon in (box.west, box.east))):  # noqa: PLR2004 - degrees
        raise _bad_bbox("超出经纬度范围，顺序应为经度在前", "is outside the range of degrees; longitude comes first")
    return box


def _box_around(numbers: list[float], crs: Crs) -> BBox:
    """Return the box in degrees around a box of metres, whose straight edges are bent on the globe."""
    first, last = numbers[:2], numbers[2:]
    if first[0] > last[0] or first[1] > last[1]:
        raise _bad_bbox("起点大于终点", "has a lower corner above its upper one")
    along = [np.linspace(low, high, EDGE_POINTS) for low, high in zip(first, last, strict=True)]
    edges = [np.column_stack([along[0], np.full(EDGE_POINTS, value)]) for value in (first[1], last[1])]
    edges += [np.column_stack([np.full(EDGE_POINTS, value), along[1]]) for value in (first[0], last[0])]
    points = to_wgs84(np.vstack(edges), crs, field="bbox")
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    return BBox(float(west), float(south), float(east), float(north))


def _coordinate(part: str) -> float:
    try:
        number = float(part.replace("_", "x"))  # Python reads 1_000 as a number
    except ValueError as error:
        raise _bad_bbox("含有不是数字的内容", "holds something that is no number") from error
    if not math.isfinite(number):
        raise _bad_bbox("含有不是数字的内容", "holds something that is no number")
    return number


def _bad_bbox(zh: str, en: str) -> InvalidInputError:
    example = "113.60,34.68,113.68,34.77"
    return InvalidInputError(
        Text(f"bbox {zh}：西,南,东,北，例如 {example}。", f"bbox {en}: west,south,east,north, such as {example}."),
        field="bbox",
    )


class Period(NamedTuple):
    """A time between two instants, both included; an end that is None is open."""

    start: datetime | None
    end: datetime | None


def parse_time(text: str) -> datetime | Period:
    """Read ``datetime``: an RFC 3339 instant, or an interval ``a/b``, ``../b``, ``a/..`` (empty is open too)."""
    parts = text.split("/")
    if len(parts) == 1:
        return parse_moment(text)
    ends = [None if part.strip() in {"", ".."} else parse_moment(part) for part in parts]
    if len(ends) != 2 or ends == [None, None]:  # noqa: PLR2004 - an interval's two ends
        raise InvalidInputError(
            Text("datetime 时段应为 起/止、../止 或 起/..。", "A datetime interval is start/end, ../end or start/.."),
            field="datetime",
        )
    period = Period(*ends)
    if period.start is not None and period.end is not None and period.start > period.end:
        raise InvalidInputError(
            Text("datetime 时段的起点晚于终点。", "datetime is an interval whose start is after its end."),
            field="datetime",
        )
    return period


def parse_moment(moment: str, *, field: str = "datetime") -> datetime:
    """Read an RFC 3339 instant, the value of the parameter ``field``."""
    try:
        # Python 3.10 does not read the Z of RFC 3339; a + of the offset often arrives as a space.
        instant = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", moment.strip()).replace(" ", "+"))
    except ValueError as error:
        raise _bad_moment(field) from error
    if instant.tzinfo is None or not 1900 <= instant.year <= 9000:  # noqa: PLR2004 - room for every offset
        raise _bad_moment(field)
    return instant


def _bad_moment(field: str) -> InvalidInputError:
    example = "2020-07-20T09:00:00+08:00"
    return InvalidInputError(
        Text(
            f"{field} 应为带时区的时刻，例如 {example}。",
            f"{field} is an instant with its offset, such as {example}.",
        ),
        field=field,
    )
