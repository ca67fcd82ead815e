"""What a photo is: what is kept of it beside its bytes, and the copies that are shown in its place.

Everything here computes; callers run it in a thread, one at a time, for a photo may take hundreds of megabytes while
it is decoded: for PNG and WebP up to 8 bytes a pixel, for JPEG, which is decoded smaller than it is, a fraction of it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from PIL import Image

from geo.errors import ErqiError
from geo.intake import photo_refusals as refuse
from geo.intake.photo_exif import Exif, orientation_of, read_exif
from geo.intake.photo_form import Form, form_of

READERS = ("JPEG", "PNG", "WEBP")
HASH_WIDTH, HASH_HEIGHT = 9, 8
HASHED_PX, SERVED_PX, THUMBNAIL_PX = 256, 2048, 320  # the longer side
SERVED_QUALITY, THUMBNAIL_QUALITY = 82, 75
TRANSPOSED = {  # by the orientation of EXIF (CIPA DC-008, 4.6.5.1.6)
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DEEP_GREY = ("I;16", "I;16B", "I;16L", "I")


class Limits(NamedTuple):
    """What is read at most."""

    max_bytes: int
    max_pixels: int


class Examined(NamedTuple):
    """A photo that can be read to its end; ``width`` and ``height`` are as stored, before its orientation.

    ``perceptual_hash`` is signed, 64 bits; ``trailing_bytes`` follow the image in its file.
    """

    sha256: bytes
    media_type: str
    size_bytes: int
    width: int
    height: int
    perceptual_hash: int
    exif: Exif
    trailing_bytes: int

    @property
    def flags(self) -> list[str]:
        """Name what a reviewer should know of the photo."""
        noted = {"exif_zone_assumed": self.exif.zone_assumed, "trailing_data": self.trailing_bytes > 0}
        return [name for name, is_so in noted.items() if is_so]


class Copies(NamedTuple):
    """What is shown: JPEG, upright, without any metadata."""

    served: bytes
    thumbnail: bytes


def examine(data: bytes, limits: Limits) -> Examined:
    """Read a photo to its end; raise UnprocessableError, or TooLargeError, with the case's name as ``kind``."""
    if len(data) > limits.max_bytes:
        raise refuse.too_large(limits.max_bytes)
    form = form_of(data)
    _refuse_pixels(form.width, form.height, limits)
    with _opened(data, form, limits) as image:
        exif = read_exif(image)
        perceptual_hash = difference_hash(_decoded(image, HASHED_PX))
    return Examined(
        hashlib.sha256(data).digest(),
        form.media_type,
        len(data),
        form.width,
        form.height,
        perceptual_hash,
        exif,
        form.trailing,
    )


def copies_of(data: bytes, limits: Limits) -> Copies:
    """Make what is shown of a photo that has been examined."""
    form = form_of(data)
    with _opened(data, form, limits) as image:
        served = _decoded(image, SERVED_PX)
    thumbnail = served.copy()
    thumbnail.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.HAMMING)
    return Copies(_jpeg(served, SERVED_QUALITY), _jpeg(thumbnail, THUMBNAIL_QUALITY))


def difference_hash(image: Image.Image) -> int:
    """Return the 64-bit difference hash (N. Krawetz, "Kind of Like That", 2013), signed as the database keeps it.

    The picture is shrunk to 9 by 8 greys; a bit, row by row, is 1 where a grey is brighter than its left neighbour.
    """
    small = image.convert("L").resize((HASH_WIDTH, HASH_HEIGHT), Image.Resampling.LANCZOS)
    greys = small.tobytes()
    bits = 0
    for at in range(HASH_WIDTH * HASH_HEIGHT):
        if at % HASH_WIDTH:
            bits = bits << 1 | (greys[at] > greys[at - 1])
    return int.from_bytes(bits.to_bytes(8, "big"), "big", signed=True)


def _refuse_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise refuse.too_many_pixels(width, height, limits.max_pixels)


@contextmanager
def _opened(data: bytes, form: Form, limits: Limits) -> Iterator[Image.Image]:
    """Open the image by the decoder of its own type; whatever the decoder stumbles over, the photo is broken."""
    try:
        with Image.open(io.BytesIO(data), formats=READERS) as image:
            if Image.MIME.get(image.format or "") not in {form.media_type, "image/mpo"}:
                raise refuse.broken()  # noqa: TRY301 - one way out for every photo that cannot be read
            _refuse_pixels(image.width, image.height, limits)
            yield image
    except ErqiError:
        raise
    except Exception as error:  # hostile files make decoders raise nearly anything
        raise refuse.broken() from error


def _decoded(image: Image.Image, side_px: int) -> Image.Image:
    """Return the picture upright, in RGB on white, no larger than ``side_px``, and free of all that came with it."""
    orientation = orientation_of(image)
    image.draft("RGB", (side_px, side_px))
    image.load()
    plain = _with_real_colours(image)
    plain.thumbnail((side_px, side_px), Image.Resampling.HAMMING)
    clean = Image.new("RGB", plain.size, "white")
    clean.paste(plain, mask=plain.getchannel("A") if plain.mode == "RGBA" else None)
    return clean if orientation == 1 else clean.transpose(TRANSPOSED[orientation])


def _with_real_colours(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be shrunk: no palette, no separate kind of transparency, 8 bits."""
    if image.mode in DEEP_GREY:
        return image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
