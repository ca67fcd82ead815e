"""GeoJSON geometry from outside, in the CRS that its sender declares, as GeoJSON text in WGS 84."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from geo.crs import Crs, to_wgs84
from geo.errors import CoordinateError, InvalidInputError, UnprocessableError
from geo.query.layer import GeometryType
from geo.types import Text

MAX_VERTICES = 50_000
FIELD = "geometry"
PAIR = 2


def read_geometry(value: Any, kind: GeometryType, crs: Crs) -> str | None:
    """Return a geometry of type ``kind`` as GeoJSON text in WGS 84, longitude first, or None for null.

    ``value`` has its coordinates in ``crs``, in its authority axis order. A part of a geometry object without
    ``type`` is taken as one of ``kind``, for a merge patch may leave out what stays. Raises InvalidInputError for
    another type, a height (there is no place to keep it), too many vertices and a line without length, and
    UnprocessableError for coordinates that cannot lie in ``crs``.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _wrong("应为 GeoJSON 几何对象或 null", "should be a GeoJSON geometry object or null")
    if value.get("type", kind) != kind:
        raise _wrong(f"类型应为 {kind}", f"should be of type {kind}")
    coordinates = value.get("coordinates")
    if coordinates is None:
        raise _wrong("缺少 coordinates", "lacks its coordinates")
    given = [coordinates] if kind == "Point" else coordinates
    if not isinstance(given, list):
        raise _no_pairs()
    if len(given) > MAX_VERTICES:
        raise _wrong(f"顶点超过 {MAX_VERTICES} 个", f"has more than {MAX_VERTICES} vertices")
    for position in given:
        _check_position(position)
    try:
        points = to_wgs84(np.array(given, dtype=np.float64), crs, field=FIELD)
    except CoordinateError as error:
        raise UnprocessableError(error.text, field=FIELD) from error
    if kind == "LineString" and not (points[1:] != points[:1]).any():
        raise _wrong("至少要有两个不同的点", "needs two different points at least")
    found = points.tolist()
    return json.dumps({"type": kind, "coordinates": found[0] if kind == "Point" else found})


def _check_position(position: Any) -> None:
    if not isinstance(position, list) or any(
        isinstance(number, bool) or not isinstance(number, (int, float)) for number in position
    ):
        raise _no_pairs()
    if len(position) > PAIR:
        raise _wrong("带有高程，这里只存平面坐标", "has heights, and only plane coordinates are kept here")
    if len(position) < PAIR:
        raise _no_pairs()


def _no_pairs() -> InvalidInputError:
    return _wrong("坐标应为成对的数字", "should be made of pairs of numbers")


def _wrong(zh: str, en: str) -> InvalidInputError:
    return InvalidInputError(Text(f"几何{zh}。", f"The geometry {en}."), field=FIELD)
