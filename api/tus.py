"""The words of tus 1.0.0 (resumable uploads): what its headers say, and what ours do."""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import formatdate

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from api.errors import VersionError
from api.receiving import ALGORITHMS, Checksum
from api.uploads import Upload
from geo.errors import InvalidInputError
from geo.intake import photo_refusals
from geo.types import Text

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "checksum", "expiration", "termination")
CONTENT = "application/offset+octet-stream"
RESUMABLE = {"Tus-Resumable": VERSION}
LENGTH, OFFSET, METADATA, CHECKSUM = "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum"
MOST_DIGITS = 18
SHA256 = re.compile(r"[0-9a-f]{64}")


def capabilities(max_bytes: int) -> dict[str, str]:
    """Return the headers that answer OPTIONS."""
    return {
        **RESUMABLE,
        "Tus-Version": VERSION,
        "Tus-Max-Size": str(max_bytes),
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def state_headers(upload: Upload, offset: int) -> dict[str, str]:
    """Return the headers that say how far an upload is and when it will be thrown away."""
    return {
        OFFSET: str(offset),
        LENGTH: str(upload.length),
        "Upload-Expires": formatdate(upload.expires_at, usegmt=True),
        "Cache-Control": "no-store",
    }


def refuse_other_versions(headers: Headers) -> None:
    """Raise VersionError for a client of another version, or of none."""
    if headers.get("tus-resumable") != VERSION:
        raise VersionError(
            Text(f"只支持 tus {VERSION}，见 Tus-Version。", f"This takes Tus-Resumable: {VERSION}."),
            field="Tus-Resumable",
            kind="tus-version",
        )


def refuse_other_content(headers: Headers) -> None:
    """Raise HTTPException 415 for a body that is not declared as bytes of an upload."""
    if not is_content(headers):
        raise HTTPException(415, headers={"Accept-Patch": CONTENT})


def is_content(headers: Headers) -> bool:
    """Tell whether a request brings bytes of an upload."""
    return headers.get("content-type", "").strip().lower() == CONTENT


def read_length(headers: Headers, max_bytes: int) -> int:
    """Read how long the photo is; raise InvalidInputError, TooLargeError or UnprocessableError."""
    length = _number(headers, LENGTH)
    if length > max_bytes:
        raise photo_refusals.too_large(max_bytes)
    if length == 0:
        raise photo_refusals.empty()
    return length


def read_offset(headers: Headers) -> int:
    """Read from where on the bytes are."""
    return _number(headers, OFFSET)


def read_sha256(headers: Headers) -> str:
    """Read the photo's hash, in hex, from the metadata; raise InvalidInputError without one."""
    pairs = [pair.strip().partition(" ") for pair in headers.get(METADATA.lower(), "").split(",")]
    value = _decoded({name: value for name, _, value in pairs}.get("sha256", "")).lower()
    if SHA256.fullmatch(value.decode("latin-1")) is None:
        raise _wrong(
            METADATA, Text("应含 sha256（照片的十六进制摘要，再用 base64 编码）。", "takes sha256, in hex, in base64.")
        )
    return value.decode("ascii")


def read_checksum(headers: Headers) -> Checksum | None:
    """Read what the bytes of this request hash to; None where that is not said."""
    said = headers.get(CHECKSUM.lower())
    if said is None:
        return None
    algorithm, _, value = said.strip().partition(" ")
    digest = _decoded(value)
    if algorithm not in ALGORITHMS or len(digest) != ALGORITHMS[algorithm]().digest_size:
        names = ", ".join(ALGORITHMS)
        raise _wrong(
            CHECKSUM, Text(f"应为算法（{names}）和 base64 摘要。", f"takes an algorithm ({names}) and base64.")
        )
    return Checksum(algorithm, digest)


def _decoded(value: str) -> bytes:
    """Decode base64; what is none gives nothing."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _number(headers: Headers, name: str) -> int:
    said = headers.get(name.lower(), "")
    if re.fullmatch(r"[0-9]+", said) is None:
        raise _wrong(name, Text("应为字节数。", "takes a number of bytes."))
    return int(said) if len(said) <= MOST_DIGITS else 10**MOST_DIGITS


def _wrong(name: str, what: Text) -> InvalidInputError:
    return InvalidInputError(Text(f"{name} {what.zh}", f"{name} {what.en}"), field=name, kind="tus-header")
