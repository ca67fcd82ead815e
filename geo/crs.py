"""Every datum of the service; the only module that names an EPSG code.

WGS 84 longitude, latitude is what is stored. ``to_wgs84`` and ``from_wgs84`` take and give arrays of shape ``(n, 2)``
(or one pair, ``(2,)``) with the other system's coordinates in that system's own authority axis order.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from geo import gcj
from geo.errors import CoordinateError, InvalidInputError
from geo.gcj import Points
from geo.types import Text

WGS84_SRID = 4326
WEB_MERCATOR_SRID = 3857
CGCS2000_SRID = 4490
CGCS2000_CM114E_SRID = 4547
CGCS2000_ZONE38_SRID = 4526

Pair = tuple[float, float]

ZONE_M = 1_000_000  # a zone prefix counts millions of metres of easting
OUR_ZONE = 38  # the 3-degree zone with central meridian 114 E
ZONES = range(13, 46)  # numbers of the 6- and 3-degree zones over China
SOUTH_M, NORTH_M = 1_900_000.0, 6_000_000.0  # 17 N to 54 N, so that degrees never pass for northings
MERCATOR_X_M, MERCATOR_Y_M = 20_037_508.343, 20_048_966.105  # 180 degrees; latitude 85.06, the area of use
FULL_CIRCLE_DEG = 360.0
ROUNDING = 1e-9  # what a value may exceed its bound by, relative to it


@dataclass(frozen=True)
class Facts:
    """What is fixed about a CRS; ``low`` and ``high`` bound its two coordinates in authority order."""

    title: Text
    uri: str | None
    srid: int | None
    axes: tuple[str, str]
    unit: str
    low: Pair
    high: Pair


def _lon_lat(title: Text, *, uri: str | None = None, srid: int | None = None) -> Facts:
    return Facts(title, uri, srid, ("lon", "lat"), "degree", (-180.0, -90.0), (180.0, 90.0))


def _lat_lon(title: Text, srid: int) -> Facts:
    return Facts(title, _epsg_uri(srid), srid, ("lat", "lon"), "degree", (-90.0, -180.0), (90.0, 180.0))


def _north_east(title: Text, srid: int, *, prefix_m: float) -> Facts:
    low, high = (SOUTH_M, prefix_m), (NORTH_M, prefix_m + ZONE_M)
    return Facts(title, _epsg_uri(srid), srid, ("northing", "easting"), "metre", low, high)


def _epsg_uri(srid: int) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{srid}"


class Crs(Enum):
    """The coordinate reference systems that the service takes and gives.

    GCJ-02 and BD-09 have no URI and no SRID: no authority has registered them.
    """

    WGS84 = _lon_lat(
        Text("WGS 84（经度，纬度）", "WGS 84 (longitude, latitude)"),
        uri="http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        srid=WGS84_SRID,
    )
    WGS84_LAT_LON = _lat_lon(Text("WGS 84（纬度，经度）", "WGS 84 (latitude, longitude)"), WGS84_SRID)
    CGCS2000 = _lat_lon(Text("2000国家大地坐标系（纬度，经度）", "CGCS2000 (latitude, longitude)"), CGCS2000_SRID)
    CGCS2000_LON_LAT = _lon_lat(
        Text("2000国家大地坐标系（经度，纬度）", "CGCS2000 (longitude, latitude)"), srid=CGCS2000_SRID
    )
    CGCS2000_CM114E = _north_east(
        Text("CGCS2000 3度带，中央子午线114°E，不带带号", "CGCS2000 / 3-degree CM 114E (no zone prefix)"),
        CGCS2000_CM114E_SRID,
        prefix_m=0.0,
    )
    CGCS2000_ZONE38 = _north_east(
        Text("CGCS2000 3度带第38带，带带号", "CGCS2000 / 3-degree zone 38 (with zone prefix)"),
        CGCS2000_ZONE38_SRID,
        prefix_m=float(OUR_ZONE * ZONE_M),
    )
    WEB_MERCATOR = Facts(
        Text("Web墨卡托", "Web Mercator"),
        _epsg_uri(WEB_MERCATOR_SRID),
        WEB_MERCATOR_SRID,
        ("x", "y"),
        "metre",
        (-MERCATOR_X_M, -MERCATOR_Y_M),
        (MERCATOR_X_M, MERCATOR_Y_M),
    )
    GCJ02 = _lon_lat(Text("GCJ-02（火星坐标）", "GCJ-02"))
    BD09 = _lon_lat(Text("BD-09（百度坐标）", "BD-09"))

    @property
    def title(self) -> Text:
        """Name the CRS in both languages."""
        return self.value.title

    @property
    def uri(self) -> str | None:
        """Return the OGC URI, or None where no authority has registered the CRS in this axis order."""
        return self.value.uri

    @property
    def srid(self) -> int | None:
        """Return the EPSG code, which is the SRID in PostGIS, or None where there is none."""
        return self.value.srid

    @property
    def axes(self) -> tuple[str, str]:
        """Name the two coordinates in authority order."""
        return self.value.axes

    @property
    def unit(self) -> str:
        """Return ``degree`` or ``metre``."""
        return self.value.unit

    @property
    def east_first(self) -> bool:
        """Tell whether authority order is PostGIS's order (x, y); if not, flip what PostGIS gives."""
        return self.value.axes[0] in {"lon", "x"}


FIELD_NAMES = {
    "wgs84": Crs.WGS84,
    "gcj02": Crs.GCJ02,
    "bd09": Crs.BD09,
    "cgcs2000": Crs.CGCS2000_LON_LAT,  # longitude first, as phones give it
}
_BY_URI = {crs.uri: crs for crs in Crs if crs.uri}


def by_uri(uri: str, *, field: str = "crs") -> Crs:
    """Return the CRS of a URI that we publish; InvalidInputError for every other text (OGC 18-058r1, requirement 7)."""
    if uri not in _BY_URI:
        served = ", ".join(_BY_URI)
        message = Text(f"不支持该坐标参考系，可用：{served}", f"This CRS is not served; use one of {served}")
        raise InvalidInputError(message, field=field)
    return _BY_URI[uri]


def by_name(name: str) -> Crs:
    """Return the CRS a field report declares: ``wgs84``, ``gcj02``, ``bd09`` or ``cgcs2000``, all lon, lat."""
    crs = FIELD_NAMES.get(name.strip().lower())
    if crs is None:
        known = ", ".join(FIELD_NAMES)
        message = Text(f"未知的坐标系名称，可用：{known}", f"Unknown datum name; use one of {known}")
        raise InvalidInputError(message, field="coord_sys")
    return crs


def to_wgs84(points: ArrayLike, crs: Crs, *, field: str = "coordinates") -> Points:
    """Return WGS 84 degrees (lon, lat) of ``points`` in ``crs``, axes in its authority order.

    Shape ``(n, 2)`` or ``(2,)`` is kept; ``(0, 2)`` gives ``(0, 2)``. CGCS2000 and WGS 84 are taken as equal: by 2020
    the ground has moved some decimetres since the epoch of CGCS2000, less than any accuracy held here.
    CoordinateError, naming ``field``, for what cannot be a position in ``crs``.
    """
    rows, shape = _rows(points, field)
    _refuse_outside(rows, crs, field)
    return _into_wgs84(rows, crs).reshape(shape)


def from_wgs84(points: ArrayLike, crs: Crs, *, field: str = "coordinates") -> Points:
    """Return the coordinates in ``crs``, in its authority order, of ``points`` in WGS 84 degrees (lon, lat).

    Shapes and errors as in ``to_wgs84``; also CoordinateError for a position too far away for a projected ``crs``.
    """
    rows, shape = _rows(points, field)
    _refuse_outside(rows, Crs.WGS84, field)
    result = _out_of_wgs84(rows, crs)
    beyond = np.flatnonzero(_outside(result, crs))
    if beyond.size:
        raise CoordinateError(_located(rows, int(beyond[0]), _beyond(crs)), field=field)
    return result.reshape(shape)


def _into_wgs84(rows: Points, crs: Crs) -> Points:
    if crs is Crs.GCJ02:
        return gcj.unshifted(rows, gcj.gcj02_shift)
    if crs is Crs.BD09:
        return gcj.unshifted(rows, gcj.bd09_shift)
    if crs.unit == "degree":
        return rows if crs.east_first else rows[:, ::-1].copy()
    lat, lon = _projection(crs).transform(rows[:, 0], rows[:, 1], direction="INVERSE")
    return np.column_stack([lon, lat])


def _out_of_wgs84(rows: Points, crs: Crs) -> Points:
    if crs is Crs.GCJ02:
        return gcj.shifted(rows, gcj.gcj02_shift)
    if crs is Crs.BD09:
        return gcj.shifted(rows, gcj.bd09_shift)
    if crs.unit == "degree":
        return rows if crs.east_first else rows[:, ::-1].copy()
    return np.column_stack(_projection(crs).transform(rows[:, 1], rows[:, 0]))


@lru_cache
def _projection(crs: Crs) -> Transformer:
    """Return the transformer from EPSG:4326 (lat, lon), kept: to build one costs milliseconds."""
    return Transformer.from_crs(WGS84_SRID, crs.srid, always_xy=False)


def _rows(points: ArrayLike, field: str) -> tuple[Points, tuple[int, ...]]:
    """Return a fresh ``(n, 2)`` float array of ``points`` and the shape they came in."""
    try:
        given = np.array(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = Text("坐标必须是成对的数字", "Coordinates must be pairs of numbers")
        raise CoordinateError(message, field=field) from error
    if given.shape != (2,) and (given.ndim != 2 or given.shape[1] != 2):  # noqa: PLR2004 - a pair is two
        message = Text("每个坐标必须恰好有两个数", "Each coordinate must have exactly two numbers")
        raise CoordinateError(message, field=field)
    return given.reshape(-1, 2), given.shape


def _refuse_outside(rows: Points, crs: Crs, field: str) -> None:
    outside = np.flatnonzero(_outside(rows, crs))
    if outside.size:
        row = int(outside[0])
        raise CoordinateError(_located(rows, row, _diagnosis(rows[row], crs)), field=field)


def _outside(rows: Points, crs: Crs) -> NDArray[np.bool_]:
    """Tell for each row whether it is not finite or out of the bounds of ``crs``."""
    low, high = np.array(crs.value.low), np.array(crs.value.high)
    slack = ROUNDING * np.abs(high)
    inside: NDArray[np.bool_] = ((rows >= low - slack) & (rows <= high + slack)).all(axis=1)
    return ~inside


def _diagnosis(pair: Points, crs: Crs) -> Text:
    """Say what is probably wrong with a pair that cannot lie in ``crs``."""
    largest = float(np.max(np.abs(pair)))
    if not np.isfinite(pair).all():
        return Text("坐标不是有限数值（NaN 或无穷大）", "not a finite number")
    if not _outside(pair[None, ::-1], crs)[0]:
        order = ", ".join(crs.axes)
        return Text(f"坐标顺序可能颠倒，应为 {order}", f"the axes are probably swapped: the order is {order}")
    if crs.unit == "degree" and largest > FULL_CIRCLE_DEG:
        return Text("像是以米为单位的平面坐标，而不是度", "these look like projected metres, not degrees")
    if crs.axes[1] == "easting" and largest <= FULL_CIRCLE_DEG:
        return Text("像是以度为单位的经纬度，而不是米", "these look like degrees, not metres")
    return _zone_fault(float(pair[1]), crs) or _beyond(crs)


def _zone_fault(easting: float, crs: Crs) -> Text | None:
    """Compare the zone prefix of an easting with the one that ``crs`` wants (0: none)."""
    given, wanted = int(easting // ZONE_M), int(crs.value.low[1] // ZONE_M)
    if crs.axes[1] != "easting" or given == wanted or given not in (0, *ZONES):
        return None
    if given == 0:
        return Text(f"东坐标缺少带号前缀 {wanted}", f"the easting lacks the zone prefix {wanted}")
    if wanted == 0:
        return Text(f"东坐标带有带号前缀 {given}，此坐标系不带带号", f"the easting carries the zone prefix {given}")
    return Text(f"带号是 {given}，应为 {wanted}", f"the zone prefix is {given}, it should be {wanted}")


def _beyond(crs: Crs) -> Text:
    return Text(f"超出「{crs.title.zh}」的适用范围", f"outside the range of {crs.title.en}")


def _located(rows: Points, row: int, fault: Text) -> Text:
    """Name the point at fault, counted from one, before what is wrong with it."""
    first, second = (f"{value:.10g}" for value in rows[row])
    return Text(
        f"第 {row + 1} 个坐标 ({first}, {second})：{fault.zh}。",
        f"Coordinate {row + 1} ({first}, {second}): {fault.en}.",
    )
