"""What a camera says of a photo (CIPA DC-008, Exif 3.0): when, where, which way. Evidence, not the truth."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, TypeVar

from PIL import ExifTags, Image

from geo.types import Degrees, LonLat

# The camera's clock without a zone is taken for Beijing time, which has had no summer time since 1991.
BEIJING = timezone(timedelta(hours=8))
OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
DAY_H, HOUR_MIN = 24, 60
TIMES = (  # the moment of exposure first, the last change of the file last
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    (ExifTags.Base.DateTime, ExifTags.Base.OffsetTime),
)
GPS = ExifTags.GPS
WGS84_NAMES = {"", "WGS84", "CGCS2000"}  # as written in GPSMapDatum, without signs
FULL_CIRCLE = 360.0

Tags = Mapping[int, Any]
Found = TypeVar("Found")


class Exif(NamedTuple):
    """What EXIF says: each part is None where it is missing or makes no sense.

    ``zone_assumed``: the time came without an offset and is read as Beijing time. ``heading_deg``: clockwise from
    north, true or magnetic as the camera has it.
    """

    taken_at: datetime | None = None
    zone_assumed: bool = False
    position: LonLat | None = None
    heading_deg: Degrees | None = None


def read_exif(image: Image.Image) -> Exif:
    """Read the EXIF of an opened image; what cannot be read is as if it were not there."""
    tags = _or_none(image.getexif) or Image.Exif()
    own = _or_none(lambda: tags.get_ifd(ExifTags.IFD.Exif)) or {}
    gps = _or_none(lambda: tags.get_ifd(ExifTags.IFD.GPSInfo)) or {}
    taken_at, zone_assumed = _time({**tags, **own})
    return Exif(taken_at, zone_assumed, _position(gps), _heading(gps))


def orientation_of(image: Image.Image) -> int:
    """Return how the camera was held, 1 to 8; 1 where that is not said."""
    tags = _or_none(image.getexif)
    value = None if tags is None else tags.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and value in range(1, 9) else 1


def _or_none(read: Callable[[], Found]) -> Found | None:
    """Return what Pillow reads out of tags that may hold anything, None where it gives up in whichever way."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - hostile tags make Pillow raise nearly anything
        return None


def _time(tags: Tags) -> tuple[datetime | None, bool]:
    for name, offset_name in TIMES:
        zone = _zone(_text(tags.get(offset_name)))
        moment = _moment(_text(tags.get(name)), zone or BEIJING)
        if moment is not None:
            return moment, zone is None
    return None, False


def _moment(text: str, zone: timezone) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None


def _zone(text: str) -> timezone | None:
    found = OFFSET.fullmatch(text)
    if found is None or int(found[2]) >= DAY_H or int(found[3]) >= HOUR_MIN:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


def _position(gps: Tags) -> LonLat | None:
    """Return the position; None too at 0, 0, where cameras without a fix say they are, and in another datum."""
    datum = re.sub(r"[^A-Z0-9]", "", _text(gps.get(GPS.GPSMapDatum)).upper())
    lon = _angle(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "EW", 180)
    lat = _angle(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "NS", 90)
    if datum not in WGS84_NAMES or lon is None or lat is None or (lon, lat) == (0, 0):
        return None
    return LonLat(lon, lat)


def _angle(parts: Any, ref: Any, refs: str, limit: float) -> Degrees | None:
    """Return degrees, minutes and seconds as degrees, south and west below zero."""
    side = _text(ref).upper()
    numbers = [_number(part) for part in parts] if isinstance(parts, tuple) and len(parts) == len("dms") else []
    known = [number for number in numbers if number is not None and number >= 0]
    if len(known) < len("dms") or len(side) != 1 or side not in refs:
        return None
    degrees = known[0] + known[1] / 60 + known[2] / 3600
    if degrees > limit:
        return None
    return -degrees if side == refs[1] and degrees else degrees


def _heading(gps: Tags) -> Degrees | None:
    number = _number(gps.get(GPS.GPSImgDirection))
    return number % FULL_CIRCLE if number is not None and 0 <= number <= FULL_CIRCLE else None


def _number(value: Any) -> float | None:
    """Return a rational as a number, None for a division by zero, for NaN and for what is no number."""
    number = _or_none(lambda: float(value))
    return number if number is not None and math.isfinite(number) else None


def _text(value: Any) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text.strip("\0 ") if isinstance(text, str) else ""
