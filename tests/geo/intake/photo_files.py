"""Photos that Pillow makes for the tests, and files that pretend to be photos."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from typing import Any

from PIL import ExifTags, Image, ImageDraw

from geo.intake.photos import Limits

LIMITS = Limits(max_bytes=20_000_000, max_pixels=50_000_000)
SECRET = "张三的手机"  # noqa: S105 - what must not leave with a served copy

Tags = dict[int, Any]


def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Return a picture whose left half is red and whose upper left corner is white."""
    image = Image.new("RGB", (width, height), (20, 60, 120))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height - 1), fill=(200, 30, 30))
    draw.rectangle((0, 0, width // 4, height // 4), fill=(255, 255, 255))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def photo(width: int = 640, height: int = 480, kind: str = "JPEG", seed: int = 0, **options: Any) -> bytes:
    """Return a photo; each seed gives other bytes."""
    image = picture(width, height)
    corner = (width - width // 8, height - height // 8, width, height)
    ImageDraw.Draw(image).rectangle(corner, fill=(20 + seed * 7 % 200, 60 + seed % 150, 120))
    return saved(image, kind, **({"quality": 95, **options} if kind == "JPEG" else options))


def noise(width: int, height: int, seed: int = 1) -> bytes:
    """Return a JPEG that hardly shrinks, so that it is large: about a byte and a half a pixel."""
    return saved(Image.effect_noise((width, height), 90 + seed).convert("RGB"), quality=98)


def with_exif(tags: Tags, gps: Tags | None = None, main: Tags | None = None, **options: Any) -> bytes:
    """Return a JPEG with these tags of Exif, of GPS and of the first directory."""
    exif = Image.Exif()
    for number, value in (main or {}).items():
        exif[number] = value
    exif.get_ifd(ExifTags.IFD.Exif).update(tags)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return saved(picture(), exif=exif, **options)


def at(longitude: tuple[Any, ...], latitude: tuple[Any, ...], refs: str = "EN") -> Tags:
    gps = ExifTags.GPS
    return {
        gps.GPSLongitude: longitude,
        gps.GPSLongitudeRef: refs[0],
        gps.GPSLatitude: latitude,
        gps.GPSLatitudeRef: refs[1],
    }


def dms(degrees: float, minutes: float, seconds: float) -> tuple[Fraction, ...]:
    return tuple(Fraction(str(each)) for each in (degrees, minutes, seconds))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def black_png(width: int, height: int) -> bytes:
    """Return a PNG of one bit a pixel that is small as a file, however many pixels it has."""
    deflate, row = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    rows = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose frame header says other dimensions (ITU-T T.81, B.2.2)."""
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]
