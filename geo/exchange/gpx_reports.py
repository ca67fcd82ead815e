"""Reports as waypoints of GPX 1.0 or 1.1: a position in WGS 84, a time, and words."""

from __future__ import annotations

from typing import Any

import gpxpy
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from gpxpy.gpx import GPX, GPXException, GPXWaypoint

from geo.errors import InvalidInputError, UnprocessableError
from geo.exchange.rows import MOST_ROWS, completed
from geo.types import Text


def read_gpx(data: bytes, district: str, *, kind: str | None = None) -> list[object]:
    """Return a report body for each waypoint: its time, its position, and name, comment and description as the note.

    ``kind`` is that of all of them, ``note`` if not given. Raises InvalidInputError for what is no GPX, and for one
    that defines entities, by which a small file can become a huge one.
    """
    points = _parsed(data).waypoints
    if len(points) > MOST_ROWS:
        raise UnprocessableError(
            Text(f"一个文件最多 {MOST_ROWS} 个航点。", f"A file has at most {MOST_ROWS} waypoints."), field="wpt"
        )
    return [completed(district, _body(each), {"kind": kind or "note"}) for each in points]


def _parsed(data: bytes) -> GPX:
    unreadable = InvalidInputError(Text("内容不是可读的 GPX。", "The content is no GPX that can be read."))
    try:
        root = fromstring(data, forbid_dtd=True)
        found = gpxpy.parse(data.decode("utf-8-sig"))
    except (DefusedXmlException, ParseError, GPXException, ValueError) as error:  # ValueError: also of its decoding
        raise unreadable from error
    if root.tag.rpartition("}")[2] != "gpx":  # in other XML gpxpy finds no waypoints, and nothing wrong
        raise unreadable
    return found


def _body(point: GPXWaypoint) -> dict[str, Any]:
    body: dict[str, Any] = {"position": {"x": point.longitude, "y": point.latitude, "datum": "wgs84"}}
    words = (each.strip() for each in (point.name, point.comment, point.description) if each)
    note = " ".join(dict.fromkeys(each for each in words if each))
    if note:
        body["note"] = note
    if point.time is not None:
        body["observed_at"] = point.time.isoformat()
    return body
