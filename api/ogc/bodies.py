"""What a writer sends: its media type, its CRS, and its bytes, of which no more are taken than a feature needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from api.ogc.links import GEOJSON, JSON
from geo.crs import Crs, by_uri
from geo.errors import InvalidInputError

FEATURE_TYPES = (GEOJSON, JSON)
PATCH_TYPES = ("application/merge-patch+json",)
MAX_BODY = 2_000_000  # bytes
BODY_S = 20.0  # for the whole of it, however slowly it comes
CLOSE = {"Connection": "close"}  # what is left of the body is not waited for


async def read_body(
    request: Request, types: tuple[str, ...], *, most: int = MAX_BODY, within_s: float | None = None
) -> bytes:
    """Return the body, of at most ``most`` bytes, of a request of one of the media types.

    Raises HTTPException 400, 408, 413 or 415.
    """
    _check_type(request, types)
    refuse_longer(request, most)
    try:
        return await asyncio.wait_for(_collected(request, most), within_s or BODY_S)
    except asyncio.TimeoutError as error:
        raise HTTPException(408, headers=CLOSE) from error
    except ClientDisconnect as error:
        raise HTTPException(400) from error


def refuse_longer(request: Request, most: int) -> None:
    """Raise HTTPException 413 for a body that says of itself that it has more bytes."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > most:
        raise HTTPException(413, headers=CLOSE)


def declared_crs(request: Request) -> Crs:
    """Return the CRS of the header Content-Crs (OGC 18-058r1, requirement 14), CRS84 without one."""
    declared = request.headers.get("content-crs")
    if declared is None:
        return Crs.WGS84
    bare = declared.strip()
    try:
        return by_uri(bare[1:-1] if bare.startswith("<") and bare.endswith(">") else bare)
    except InvalidInputError as error:
        raise InvalidInputError(error.text, field="Content-Crs") from error


def _check_type(request: Request, types: tuple[str, ...]) -> None:
    """Refuse other media types, charsets and codings (RFC 9110, 15.5.16)."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    plain = request.headers.get("content-encoding", "identity").lower() == "identity"
    if kind.strip().lower() not in types or charset not in {"", "charset=utf-8"} or not plain:
        raise HTTPException(415, headers=accepted(types))


def accepted(types: tuple[str, ...]) -> dict[str, str]:
    """Return the header that names what is taken, for POST (W3C LDP, 7.1) or for PATCH (RFC 5789, 3.1)."""
    return {"Accept-Patch" if types is PATCH_TYPES else "Accept-Post": ", ".join(types)}


async def _collected(request: Request, most: int) -> bytes:
    body = bytearray()
    async for part in limited(request, most):
        body += part
    return bytes(body)


async def limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """Yield the parts of a body; raise HTTPException 413 once they have more than ``most`` bytes together."""
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > most:
            raise HTTPException(413, headers=CLOSE)
        yield part
