"""Geometries of a filter: checked, brought to WGS 84 (the constant is moved, never the column), written as EWKB."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import LineString, MultiPolygon, Point, box, shape
from shapely.geometry.base import BaseGeometry

from geo.crs import WGS84_SRID, Crs, to_wgs84
from geo.query.cql2.refusal import FIELD, MAX_DEPTH, MAX_POSITIONS, refusal, too_deep, too_many_positions

# How many lists are around the positions of each type (RFC 7946, 3.1).
LISTS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
COLLECTION = "GeometryCollection"
RING_LEAST = 4
EDGE_POINTS = 21
CORNERS, WITH_HEIGHT = 4, 6


def read_geometry(tree: dict[str, Any], crs: Crs) -> bytes:
    """Return the EWKB (2D, WGS 84, longitude first) of a GeoJSON geometry in the axis order of ``crs``.

    Heights are passed over. Refused: what is empty, not finite, outside ``crs``, not closed or not valid.
    """
    found = _transformed(_shape_of(tree, 0), crs)
    if shapely.get_num_coordinates(found) > MAX_POSITIONS:
        raise too_many_positions()
    if not found.is_valid:
        reason = shapely.is_valid_reason(found)
        raise refusal(f"几何无效：{reason}。", f"The geometry is not valid: {reason}.")
    return _written(found)


def read_bbox(numbers: Any, crs: Crs) -> bytes:
    """Return the EWKB of a box, in the axis order of ``crs``; west beyond east crosses 180 degrees."""
    if not isinstance(numbers, list) or len(numbers) not in {CORNERS, WITH_HEIGHT} or not all(map(_is_finite, numbers)):
        raise refusal("BBOX 应为四个或六个数。", "BBOX takes four or six numbers.")
    half = len(numbers) // 2
    low, high = (numbers[0], numbers[1]), (numbers[half], numbers[half + 1])
    if crs.unit == "degree":
        return _written(_box_of_degrees(low, high, crs))
    if low[0] > high[0] or low[1] > high[1]:
        raise _bad_bbox()
    edges = shapely.segmentize(box(*low, *high), max(high[0] - low[0], high[1] - low[1], 1) / EDGE_POINTS)
    return _written(_transformed(edges, crs))


def _box_of_degrees(low: tuple[float, float], high: tuple[float, float], crs: Crs) -> BaseGeometry:
    (west, south), (east, north) = to_wgs84(np.array([low, high], dtype=float), crs, field=FIELD)
    if south > north:
        raise _bad_bbox()
    if west > east:
        return MultiPolygon([box(west, south, 180, north), box(-180, south, east, north)])
    if west == east or south == north:
        # A polygon without area is not valid; such a box is a line or a point.
        return Point(west, south) if (west, south) == (east, north) else LineString([(west, south), (east, north)])
    return box(west, south, east, north)


def _bad_bbox() -> Exception:
    return refusal("BBOX 的下界大于上界。", "BBOX has a lower corner above its upper one.")


def _written(found: BaseGeometry) -> bytes:
    return bytes(shapely.to_wkb(shapely.set_srid(found, WGS84_SRID), include_srid=True))


def _transformed(found: BaseGeometry, crs: Crs) -> BaseGeometry:
    result: BaseGeometry = shapely.transform(found, lambda points: to_wgs84(points, crs, field=FIELD))
    return result


def _shape_of(tree: Any, depth: int) -> BaseGeometry:
    if depth > MAX_DEPTH:
        raise too_deep()
    if not isinstance(tree, dict):
        raise _no_geometry()
    if tree.get("type") == COLLECTION:
        members = tree.get("geometries")
        if not isinstance(members, list) or not members or len(members) > MAX_POSITIONS:
            raise _no_geometry()
        return shapely.GeometryCollection([_shape_of(member, depth + 1) for member in members])
    lists = LISTS.get(str(tree.get("type")))
    if lists is None:
        raise _no_geometry()
    coordinates = tree.get("coordinates")
    if _positions_in(coordinates, lists) > MAX_POSITIONS:
        raise too_many_positions()
    _refuse_open_rings(str(tree["type"]), coordinates)
    try:
        return shapely.force_2d(shape({"type": tree["type"], "coordinates": coordinates}))
    except (ShapelyError, ValueError) as error:
        raise _no_geometry() from error


def _positions_in(coordinates: Any, lists: int) -> int:
    """Count the positions, and refuse what is not a list of lists of numbers just as deep as it should be."""
    if not isinstance(coordinates, list) or not coordinates:
        raise _no_geometry()
    if lists == 0:
        if len(coordinates) not in {2, 3} or not all(map(_is_finite, coordinates)):
            raise _no_geometry()
        return 1
    return sum(_positions_in(each, lists - 1) for each in coordinates)


def _refuse_open_rings(name: str, coordinates: Any) -> None:
    """Refuse a ring that does not end where it begins; shapely would close it quietly."""
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(name, [])
    for ring in (ring for polygon in polygons for ring in polygon):
        if len(ring) < RING_LEAST or ring[0] != ring[-1]:
            raise refusal(
                "多边形的环至少要有四个坐标，且首尾相同。",
                "A ring of a polygon has four positions or more, and the last is the first.",
            )


def _is_finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


def _no_geometry() -> Exception:
    return refusal("几何的坐标无法识别。", "The coordinates of a geometry cannot be read.")
