"""What a file is by its own bytes: its type, its size in pixels and what stands outside its pixels.

Nothing is decoded, so nothing is allocated whatever a header claims. Formats: ITU-T T.81 (annex B), W3C PNG (clause 5),
RFC 9649 (WebP).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from geo.intake import photo_refusals as refuse

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
HEAD = 4096  # bytes by which a file of another type is named
SEEN_OF_REST = 65_536  # bytes at either end of what follows the image that are looked at
PDF_REACH = 1024  # readers of PDF look for its header this far into a file (ISO 32000-1, annex H)
ZIP_REACH = 65_557  # the end record of a ZIP archive with its longest comment

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MARKUP = re.compile(rb"<(?:html|script|svg|iframe|!doctype|\?php)[\s>/]", re.IGNORECASE)
SCAN_END = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # a marker that is neither stuffing nor a restart
OTHERS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "BMP"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "TIFF"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), "ZIP"),
    (re.compile(rb"\x1f\x8b|7z\xbc\xaf|Rar!"), "a compressed file"),
    (re.compile(rb".{4}ftyp", re.DOTALL), "a video or AVIF"),
    (re.compile(rb"\s*<.*<?svg[\s>]", re.DOTALL | re.IGNORECASE), "SVG"),
    (re.compile(rb"\s*<"), "HTML"),
)
STANDALONE = {0x01, *range(0xD0, 0xD8)}
END_OF_IMAGE, START_OF_SCAN = 0xD9, 0xDA
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOFn without DHT, JPG, DAC
NOTES = {*range(0xE0, 0xF0), 0xFE}  # APPn and COM

Size = tuple[int, int]
Part = tuple[str, bytes]


class Form(NamedTuple):
    """A file by its structure: ``notes`` are its metadata, ``trailing`` the bytes that follow the image."""

    media_type: str
    width: int
    height: int
    notes: bytes
    trailing: int


def form_of(data: bytes) -> Form:
    """Return the form of a photo; raise UnprocessableError for what is none, is cut off, moves or is more."""
    if not data:
        raise refuse.empty()
    walk = _walker(data)
    try:
        form = walk(data)
    except (IndexError, struct.error) as error:
        raise refuse.broken() from error
    _refuse_foreign(data, form)
    return form


def _walker(data: bytes) -> Callable[[bytes], Form]:
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        raise refuse.heic()
    raise refuse.no_photo(next((name for pattern, name in OTHERS if pattern.match(data[:HEAD])), None))


def _jpeg(data: bytes) -> Form:
    """Walk the marker segments, and in the coded data from one scan's end to the next."""
    at, size, notes = 2, (0, 0), bytearray()
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # noqa: PLR2004 - fill bytes (B.1.1.2)
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:  # noqa: PLR2004 - the mark of a marker
            raise refuse.broken()
        at += 2
        if marker == END_OF_IMAGE:
            return _formed(JPEG, size, notes, len(data) - at)
        if marker in STANDALONE:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = (max(size[0], width), max(size[1], height))
        elif marker in NOTES:
            notes += data[at + 2 : at + length]
        at += length
        if marker == START_OF_SCAN:
            found = SCAN_END.search(data, at)
            if found is None:
                raise refuse.broken()
            at = found.end() - 2


def _png(data: bytes) -> Form:
    size, notes, at = (0, 0), bytearray(), 8
    for name, start, length in _png_chunks(data):
        at = start + length + 4
        if name == b"IHDR":
            size = struct.unpack_from(">II", data, start)
        elif name == b"acTL":
            raise refuse.animated()
        elif name[0] & 0x20:  # ancillary
            notes += data[start : start + length]
    return _formed(PNG, size, notes, len(data) - at)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and length of each chunk up to IEND."""
    at, name = 8, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise refuse.broken()
        yield name, at + 8, length
        at += 12 + length


def _webp(data: bytes) -> Form:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise refuse.broken()
    size, notes, at = (0, 0), bytearray(), 12
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        start = at + 8
        if name in {b"ANIM", b"ANMF"}:
            raise refuse.animated()
        if name in WEBP_SIZES:
            found = WEBP_SIZES[name](data, start)
            size = (max(size[0], found[0]), max(size[1], found[1]))
        elif name != b"ALPH":
            notes += data[start : start + length]
        at = start + length + length % 2
    return _formed(WEBP, size, notes, len(data) - end)


def _canvas(data: bytes, at: int) -> Size:
    """Read the canvas of an extended file (RFC 9649, 2.7): two 24-bit numbers, each less one."""
    return (int.from_bytes(data[at + 4 : at + 7], "little") + 1, int.from_bytes(data[at + 7 : at + 10], "little") + 1)


def _lossy(data: bytes, at: int) -> Size:
    """Read a key frame's header (RFC 6386, 9.1): 14 bits each, after the frame's tag and start code."""
    width, height = struct.unpack_from("<HH", data, at + 6)
    return (width & 0x3FFF, height & 0x3FFF)


def _lossless(data: bytes, at: int) -> Size:
    """Read a lossless header (RFC 9649, 3.4): 14 bits each, less one, after the signature."""
    (bits,) = struct.unpack_from("<I", data, at + 1)
    return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


WEBP_SIZES: dict[bytes, Callable[[bytes, int], Size]] = {b"VP8X": _canvas, b"VP8 ": _lossy, b"VP8L": _lossless}


def _formed(media_type: str, size: Size, notes: bytearray, trailing: int) -> Form:
    if not all(size):
        raise refuse.broken()
    return Form(media_type, *size, bytes(notes), trailing)


def _refuse_foreign(data: bytes, form: Form) -> None:
    """Refuse a photo that opens as an archive, a document or a page too.

    What phones put behind the image (a short film, a second picture for bright screens) is let through: it stays in
    the original, which is never shown as a page.
    """
    if b"%PDF-" in data[:PDF_REACH]:
        raise refuse.two_faced("PDF")
    if b"PK\x05\x06" in data[-ZIP_REACH:] and _opens_as_zip(data):
        raise refuse.two_faced("ZIP")
    rest = data[len(data) - form.trailing :]
    if any(MARKUP.search(part) for part in (form.notes, rest[:SEEN_OF_REST], rest[-SEEN_OF_REST:])):
        raise refuse.two_faced("HTML")


def _opens_as_zip(data: bytes) -> bool:
    """Tell an archive from four bytes that look like one's end, as any large file may hold."""
    try:
        zipfile.ZipFile(io.BytesIO(data)).close()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError, OSError):
        return False
    return True
