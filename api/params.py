"""Request parameters as typed values, before a route sees them."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from api.settings import Settings
from geo.errors import InvalidInputError
from geo.query.view import Thresholds, View
from geo.types import BBox, Text

MAX_LIMIT = 10_000
MAX_LIMIT_DIGITS = 18
CORNERS = 4
WITH_HEIGHT = 6


def settings_of(request: Request) -> Settings:
    """Return the settings of the running service."""
    settings: Settings = request.app.state.settings
    return settings


def refuse_nul(request: Request) -> None:
    """Refuse the character NUL, which PostgreSQL's text cannot hold, in the path and in every parameter."""
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if "\x00" in f"{name}{value}":
            raise InvalidInputError(
                Text(f"参数“{name}”含有空字符（NUL）。", f"Parameter “{name}” holds the character NUL."), field=name
            )


def refuse_unknown(request: Request) -> None:
    """Refuse a query parameter that the API's definition does not name (OGC 17-069r4, requirement 8)."""
    definition = request.app.openapi()["paths"][request.scope["route"].path_format]["get"]
    known = {each["name"] for each in definition.get("parameters", ()) if each["in"] == "query"}
    for name in request.query_params:
        if name not in known:
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)


def read_limit(
    request: Request,
    limit: Annotated[str | None, Query(description=f"Features of a page, 1 to {MAX_LIMIT}; more is cut.")] = None,
) -> int:
    """Read ``limit``; above the largest page it is clamped (OGC 17-069r4, 7.15.2)."""
    if limit is None:
        return settings_of(request).items_limit
    if not re.fullmatch(r"[0-9]+", limit) or not limit.strip("0"):
        raise InvalidInputError(
            Text(f"limit 应为 1 到 {MAX_LIMIT} 的整数。", f"limit is a whole number from 1 to {MAX_LIMIT}."),
            field="limit",
        )
    return MAX_LIMIT if len(limit) > MAX_LIMIT_DIGITS else min(int(limit), MAX_LIMIT)


def read_bbox(
    bbox: Annotated[
        str | None, Query(description="west,south,east,north in WGS 84 degrees; west > east crosses 180°.")
    ] = None,
) -> BBox | None:
    """Read ``bbox``; heights of a six-number box are passed over."""
    if bbox is None:
        return None
    numbers = [_coordinate(part) for part in bbox.split(",")] if len(bbox) < 200 else []  # noqa: PLR2004 - six numbers
    if len(numbers) == WITH_HEIGHT:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != CORNERS:
        raise _bad_bbox("应为四个数", "takes four numbers")
    box = BBox(*numbers)
    if box.south > box.north:
        raise _bad_bbox("南界大于北界", "has its south above its north")
    if not (box.south >= -90 and box.north <= 90 and all(-180 <= lon <= 180 for lon in (box.west, box.east))):  # noqa: PLR2004 - degrees
        raise _bad_bbox("超出经纬度范围，顺序应为经度在前", "is outside the range of degrees; longitude comes first")
    return box


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


def read_moment(
    moment: Annotated[
        str | None,
        Query(alias="datetime", description="As of this RFC 3339 instant; without it, as it stands now."),
    ] = None,
) -> datetime | None:
    """Read ``datetime`` as an aware instant."""
    if moment is None:
        return None
    try:
        # Python 3.10 does not read the Z of RFC 3339; a + of the offset often arrives as a space.
        instant = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", moment.strip()).replace(" ", "+"))
    except ValueError as error:
        raise _bad_moment() from error
    if instant.tzinfo is None or not 1900 <= instant.year <= 9000:  # noqa: PLR2004 - room for every offset
        raise _bad_moment()
    return instant


def _bad_moment() -> InvalidInputError:
    example = "2020-07-20T09:00:00+08:00"
    return InvalidInputError(
        Text(
            f"datetime 应为带时区的时刻，例如 {example}。",
            f"datetime is an instant with its offset, such as {example}.",
        ),
        field="datetime",
    )


def view_at(settings: Settings, moment: datetime | None) -> View:
    """Return the view of the served district under the set thresholds."""
    thresholds = Thresholds(settings.behind_points, settings.seriously_behind_points, settings.freshness_hours)
    return View(settings.district, moment, thresholds)


def read_view(request: Request, moment: Annotated[datetime | None, Depends(read_moment)]) -> View:
    """Return the view that the request asks for."""
    return view_at(settings_of(request), moment)


Limit = Annotated[int, Depends(read_limit)]
Box = Annotated[BBox | None, Depends(read_bbox)]
AsOf = Annotated[View, Depends(read_view)]
After = Annotated[str | None, Query(max_length=200, description="Page mark of a `next` link.")]
