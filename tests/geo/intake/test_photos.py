"""What is kept of a photo: its hash, its size, what its EXIF says, its likeness; and the copies that are shown."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageDraw, TiffImagePlugin

from geo.intake.photo_exif import Exif
from geo.intake.photos import copies_of, examine
from tests.geo.intake.photo_files import LIMITS, SECRET, Tags, at, dms, photo, picture, saved, with_exif

TAG, GPS = ExifTags.Base, ExifTags.GPS
ORIGINAL, OFFSET = TAG.DateTimeOriginal, TAG.OffsetTimeOriginal
BEIJING = timezone(timedelta(hours=8))
HERE = at(dms(113, 37, 30), dms(34, 44, 6))  # 113 + 37/60 + 30/3600 = 113.625; 34 + 44/60 + 6/3600 = 34.735
NOTHING = TiffImagePlugin.IFDRational(0, 0)


def exif_of(data: bytes) -> Exif:
    return examine(data, LIMITS).exif


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_photo_is_known_by_its_content(kind: str, media_type: str) -> None:
    data = photo(641, 479, kind)
    examined = examine(data, LIMITS)
    assert examined.sha256.hex() == hashlib.sha256(data).hexdigest()
    assert (examined.media_type, examined.size_bytes) == (media_type, len(data))
    assert (examined.width, examined.height) == (641, 479)
    assert examined.exif == Exif()
    assert examined.flags == []


def test_time_with_offset_is_that_moment() -> None:
    exif = exif_of(with_exif({ORIGINAL: "2020:05:05 09:30:00", OFFSET: "+08:00"}))
    assert exif.taken_at == datetime(2020, 5, 5, 1, 30, tzinfo=timezone.utc)
    assert not exif.zone_assumed
    west = exif_of(with_exif({ORIGINAL: "2020:05:05 09:30:00", OFFSET: "-03:30"}))
    assert west.taken_at == datetime(2020, 5, 5, 13, 0, tzinfo=timezone.utc)


def test_time_without_offset_is_beijing_time_and_flagged() -> None:
    examined = examine(with_exif({ORIGINAL: "2020:05:05 09:30:00"}), LIMITS)
    assert examined.exif.taken_at == datetime(2020, 5, 5, 9, 30, tzinfo=BEIJING)
    assert examined.flags == ["exif_zone_assumed"]


def test_time_of_the_file_stands_in_where_the_exposure_has_none() -> None:
    exif = exif_of(with_exif({}, main={TAG.DateTime: "2020:05:05 10:00:00"}))
    assert exif.taken_at == datetime(2020, 5, 5, 10, 0, tzinfo=BEIJING)
    both = exif_of(with_exif({ORIGINAL: "0000:00:00 00:00:00"}, main={TAG.DateTime: "2020:05:05 10:00:00"}))
    assert both.taken_at == exif.taken_at


@pytest.mark.parametrize(
    "said", ["", "0000:00:00 00:00:00", "2020:02:30 09:30:00", "yesterday", "2020-05-05", "\0" * 19]
)
def test_time_that_is_none_is_left_out(said: str) -> None:
    assert exif_of(with_exif({ORIGINAL: said})).taken_at is None


@pytest.mark.parametrize("said", ["", "Z", "+25:00", "+08:60", "8", "中国"])
def test_offset_that_is_none_leaves_the_time_assumed(said: str) -> None:
    exif = exif_of(with_exif({ORIGINAL: "2020:05:05 09:30:00", OFFSET: said.encode().decode("latin-1")}))
    assert exif.zone_assumed


def test_position_is_read_in_degrees() -> None:
    exif = exif_of(with_exif({}, HERE))
    assert exif.position == pytest.approx((113.625, 34.735), abs=1e-9)
    south_west = exif_of(with_exif({}, at(dms(70, 30, 0), dms(33, 0, 36), "WS")))
    assert south_west.position == pytest.approx((-70.5, -33.01), abs=1e-9)


@pytest.mark.parametrize(
    "gps",
    [
        at(dms(113, 37, 30), dms(34, 44, 6), "XN"),
        at(dms(113, 37, 30), dms(34, 44, 6), "NE"),
        at(dms(181, 0, 0), dms(34, 0, 0)),
        at(dms(113, 0, 0), dms(90, 0, 1)),
        at(dms(0, 0, 0), dms(0, 0, 0)),
        at((NOTHING, NOTHING, NOTHING), dms(34, 44, 6)),
        at((Fraction(113),), dms(34, 44, 6)),
        {GPS.GPSLatitude: dms(34, 44, 6), GPS.GPSLatitudeRef: "N"},
        {**HERE, GPS.GPSMapDatum: "TOKYO"},
    ],
)
def test_position_that_makes_no_sense_is_left_out(gps: dict[int, Any]) -> None:
    assert exif_of(with_exif({}, gps)).position is None


def test_datum_by_its_name_is_wgs84() -> None:
    assert exif_of(with_exif({}, {**HERE, GPS.GPSMapDatum: "WGS-84"})).position is not None


@pytest.mark.parametrize(
    ("said", "heading"), [(Fraction(90), 90.0), (Fraction(360), 0.0), (Fraction(361), None), (NOTHING, None)]
)
def test_heading_is_within_the_circle(said: Any, heading: float | None) -> None:
    assert exif_of(with_exif({}, {GPS.GPSImgDirection: said})).heading_deg == heading


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's own words on it
def test_exif_that_is_garbage_is_as_if_it_were_not_there() -> None:
    garbage = saved(picture(), exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 200)
    assert exif_of(garbage) == Exif()


def test_likeness_is_the_difference_hash() -> None:
    # Rows of 9 greys; a bit is 1 where the grey is brighter than the one to its left. Five kinds of row, by hand:
    rows = {
        "11111111": [0, 30, 60, 90, 120, 150, 180, 210, 240],
        "00000000": [240, 210, 180, 150, 120, 90, 60, 30, 0],
        "10101010": [0, 200, 0, 200, 0, 200, 0, 200, 0],
        "01010101": [200, 0, 200, 0, 200, 0, 200, 0, 200],
        "11110000": [0, 60, 120, 180, 240, 180, 120, 60, 0],
    }
    order = ["11111111", "00000000", "10101010", "01010101", "11110000", "11111111", "10101010", "00000000"]
    image = Image.new("L", (252, 224))
    draw = ImageDraw.Draw(image)
    for y, name in enumerate(order):
        for x, grey in enumerate(rows[name]):
            draw.rectangle((x * 28, y * 28, x * 28 + 27, y * 28 + 27), fill=grey)
    expected = int("".join(order), 2) - 2**64  # the first bit is the sign
    assert examine(saved(image, "PNG"), LIMITS).perceptual_hash == expected


def test_likeness_survives_other_quality_and_size() -> None:
    one = examine(photo(1600, 1200), LIMITS).perceptual_hash
    other = examine(saved(picture(800, 600), quality=40), LIMITS).perceptual_hash
    assert ((one ^ other) & (2**64 - 1)).bit_count() <= 6


@pytest.mark.parametrize(("size", "served", "small"), [((5000, 2500), (2048, 1024), (320, 160)), ((64, 48),) * 3])
def test_copies_are_no_larger_than_is_shown(
    size: tuple[int, int], served: tuple[int, int], small: tuple[int, int]
) -> None:
    copies = copies_of(saved(picture(*size)), LIMITS)
    assert opened(copies.served).size == served
    assert opened(copies.thumbnail).size == small


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_copies_hold_nothing_but_the_picture() -> None:
    tags: Tags = {ORIGINAL: "2020:05:05 09:30:00", TAG.UserComment: SECRET.encode()}
    main: Tags = {TAG.Artist: "Zhang San", TAG.Make: "Maker"}
    data = with_exif(
        tags, HERE, main, comment=SECRET.encode(), icc_profile=b"profile of Zhang San", xmp=b"<x>Zhang</x>"
    )
    data += b"film of Zhang San"
    for copy in copies_of(data, LIMITS):
        image = opened(copy)
        assert isinstance(image, Image.Image)
        assert [name for name, _ in image.applist] == ["APP0"]  # type: ignore[attr-defined] # of JPEG alone
        assert image.getexif() == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        for part in (SECRET.encode(), b"Zhang", b"Exif", b"2020:05"):
            assert part not in copy


@pytest.mark.parametrize("orientation", range(1, 9))
def test_copies_stand_upright(orientation: int) -> None:
    # The camera stores the picture turned; what undoes each orientation is in CIPA DC-008, 4.6.5.1.6.
    turned = {
        1: picture(),
        2: picture().transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: picture().rotate(180),
        4: picture().transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: picture().transpose(Image.Transpose.TRANSPOSE),
        6: picture().rotate(90, expand=True),
        7: picture().transpose(Image.Transpose.TRANSVERSE),
        8: picture().rotate(-90, expand=True),
    }[orientation]
    exif = Image.Exif()
    exif[TAG.Orientation] = orientation
    served = opened(copies_of(saved(turned, exif=exif, quality=95), LIMITS).served)
    assert served.size == (640, 480)
    for place, colour in (((50, 50), (255, 255, 255)), ((50, 400), (200, 30, 30)), ((600, 50), (20, 60, 120))):
        assert served.getpixel(place) == pytest.approx(colour, abs=12)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_png_of_every_mode_is_shown(mode: str) -> None:
    if mode == "I;16":
        image = Image.new("I;16", (64, 64), 32_768)
    else:
        image = Image.new("RGB", (64, 64), (128, 128, 128)).convert("1" if mode == "1" else "L").convert(mode)
    served = opened(copies_of(saved(image, "PNG"), LIMITS).served)
    assert served.mode == "RGB"
    if mode != "1":
        assert served.getpixel((32, 32)) == pytest.approx((128, 128, 128), abs=3)


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert opened(copies_of(saved(clear, "WEBP", lossless=True), LIMITS).served).getpixel((9, 9)) == (255, 255, 255)


def test_cmyk_jpeg_is_shown_in_rgb() -> None:
    assert opened(copies_of(saved(picture(mode="CMYK")), LIMITS).served).mode == "RGB"
