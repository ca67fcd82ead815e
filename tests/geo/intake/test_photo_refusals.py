"""What is no photo, or more than a photo, is refused by name, in both languages, before anything large is decoded."""

from __future__ import annotations

import io
import re
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.errors import ErqiError, UnprocessableError
from geo.intake.photo_refusals import TooLargeError
from geo.intake.photos import examine
from tests.geo.intake.photo_files import LIMITS, black_png, chunk, claiming, noise, photo, picture, saved

JPEG, PNG, WEBP = photo(), photo(kind="PNG"), photo(kind="WEBP")
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros", bytes(30_000_000))
    return written.getvalue()


def moving(kind: str) -> bytes:
    return saved(picture(), kind, save_all=True, append_images=[picture().rotate(90)], duration=100)


def huge_webp() -> bytes:
    """Return an extended WebP whose canvas is said to be 16,383 by 16,383 (RFC 9649, 2.7)."""
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16_382).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(WEBP) - 12) + b"WEBP" + canvas + WEBP[12:]


def kind_of(data: bytes) -> str | None:
    with pytest.raises(UnprocessableError) as refusal:
        examine(data, LIMITS)
    assert refusal.value.field == "photo"
    assert re.search(r"[一-鿿]", refusal.value.text.zh)
    assert refusal.value.text.en.endswith(".")
    return refusal.value.kind


@pytest.mark.parametrize(
    ("data", "kind", "looks_like"),
    [
        (b"", "photo-empty", ""),
        (SVG, "photo-type", "SVG"),
        (b'<?xml version="1.0"?>\n<!-- c -->\n' + SVG, "photo-type", "SVG"),
        (PAGE, "photo-type", "HTML"),
        (saved(picture(), "GIF"), "photo-type", "GIF"),
        (b"GIF89a" + JPEG, "photo-type", "GIF"),
        (saved(picture(), "BMP"), "photo-type", "BMP"),
        (saved(picture(), "TIFF"), "photo-type", "TIFF"),
        (archive(), "photo-type", "ZIP"),
        (b"%PDF-1.7\n" + JPEG, "photo-type", "PDF"),
        (b"MZ\x90\0" + bytes(500), "photo-type", ""),
        (b"\0", "photo-type", ""),
        (HEIC, "photo-heic", "HEIC"),
        (moving("PNG"), "photo-animated", ""),
        (moving("WEBP"), "photo-animated", ""),
    ],
)
def test_what_is_no_photo_is_refused_by_name(data: bytes, kind: str, looks_like: str) -> None:
    assert kind_of(data) == kind
    with pytest.raises(ErqiError) as refusal:
        examine(data, LIMITS)
    assert looks_like in refusal.value.text.en


def test_heic_refusal_says_what_to_do() -> None:
    with pytest.raises(UnprocessableError) as refusal:
        examine(HEIC, LIMITS)
    assert "Most Compatible" in refusal.value.text.en
    assert "兼容性最佳" in refusal.value.text.zh


@pytest.mark.parametrize(
    "data",
    [
        JPEG + archive(),
        JPEG + PAGE,
        JPEG + bytes(1000) + SVG,
        PNG + archive(),
        PNG + PAGE,
        WEBP + archive(),
        WEBP + PAGE,
        saved(picture(), comment=PAGE),
        saved(picture(), comment=b"%PDF-1.7 1 0 obj"),
        PNG[:33] + chunk(b"tEXt", b"Comment\0" + SVG) + PNG[33:],
    ],
)
def test_photo_that_is_something_else_too_is_refused(data: bytes) -> None:
    assert kind_of(data) == "photo-foreign-content"


def test_film_behind_a_photo_is_let_through_and_noted() -> None:
    film = b"\0\0\0\x18ftypmp42" + zlib.compress(bytes(10_000)) + b"PK\5\6 by chance"
    examined = examine(JPEG + film, LIMITS)
    assert (examined.trailing_bytes, examined.flags) == (len(film), ["trailing_data"])


@pytest.mark.parametrize("data", [JPEG, PNG, WEBP, saved(picture(), progressive=True)])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.9, 0.9999])
def test_truncated_photo_is_refused(data: bytes, part: float) -> None:
    assert kind_of(data[: max(20, int(len(data) * part))]) == "photo-broken"


def test_photo_whose_pixels_end_early_is_refused() -> None:
    cut = PNG.index(b"IDAT") - 4
    assert kind_of(PNG[:cut] + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")) == "photo-broken"


def test_more_bytes_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLargeError) as refusal:
        examine(JPEG, LIMITS._replace(max_bytes=len(JPEG) - 1))
    assert refusal.value.kind == "photo-too-large"
    examine(JPEG, LIMITS._replace(max_bytes=len(JPEG)))


def test_pixels_are_limited_to_the_last_one() -> None:
    exactly = LIMITS._replace(max_pixels=640 * 480)
    assert examine(PNG, exactly).width == 640
    with pytest.raises(UnprocessableError, match="640×480"):
        examine(PNG, exactly._replace(max_pixels=640 * 480 - 1))


@pytest.mark.parametrize(
    "data", [black_png(20_000, 20_000), claiming(JPEG, 20_000, 20_000), claiming(JPEG, 65_000, 65_000), huge_webp()]
)
def test_huge_dimensions_are_refused_whatever_the_size_of_the_file(data: bytes) -> None:
    assert len(data) < 200_000
    assert kind_of(data) == "photo-too-many-pixels"


def test_huge_dimensions_are_refused_without_memory_for_them(tmp_path: Path) -> None:
    # 20,000 by 20,000 pixels take 400 MB at a byte each, the canvas of the WebP 1 GB; the process may have neither.
    program = """
import resource, sys
from pathlib import Path
from geo.errors import ErqiError
from geo.intake.photos import Limits, examine
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000,) * 2)
for name in sys.argv[1:]:
    try:
        examine(Path(name).read_bytes(), Limits(20_000_000, 50_000_000))
    except ErqiError as error:
        print(error.kind)
"""
    assert resource.getpagesize()
    files = [tmp_path / name for name in ("a.png", "b.jpg", "c.webp")]
    for file, data in zip(files, (black_png(20_000, 20_000), claiming(JPEG, 20_000, 20_000), huge_webp()), strict=True):
        file.write_bytes(data)
    done = subprocess.run([sys.executable, "-c", program, *map(str, files)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["photo-too-many-pixels"] * 3


def test_text_that_unpacks_to_hundreds_of_megabytes_is_refused() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300_000_000), 9))
    assert kind_of(PNG[:33] + bomb + PNG[33:]) == "photo-broken"


def test_declared_type_of_the_frame_does_not_choose_the_decoder() -> None:
    assert kind_of(b"\xff\xd8\xff\xe0" + PNG) == "photo-broken"


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_photo_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([JPEG, PNG, WEBP]))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, min(len(whole) - 1, 700)))] = data.draw(st.integers(0, 255))
    with suppress(UnprocessableError):
        assert examine(bytes(damaged), LIMITS).size_bytes == len(whole)


def test_large_photo_of_a_camera_is_taken() -> None:
    data = noise(4000, 3000)
    assert len(data) > 5_000_000
    assert examine(data, LIMITS).size_bytes == len(data)


def test_pillow_reads_what_the_tests_call_a_photo() -> None:
    for data in (JPEG, PNG, WEBP):
        Image.open(io.BytesIO(data)).verify()
