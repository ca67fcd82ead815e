"""Photos as they are shown, and as they were sent to those who may see that."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.access.credentials import credentials_of
from api.auth import ViewCaller, audit, caller_of
from api.describing import describe
from api.ogc.schemas import response
from api.photo_vault import SERVED, THUMBNAIL
from api.photos import Sight, read_copy, read_original, refuse_original, sight_of
from api.state import State, state_of
from geo.access.rules import Caller, Role
from geo.access.tokens import unauthorized

JPEG = "image/jpeg"
ENDINGS = {JPEG: "jpg", "image/png": "png", "image/webp": "webp"}
BINARY = {"type": "string", "format": "binary"}
# Whatever a browser takes the bytes for, it runs nothing of them.
HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
PUBLIC, RESTRICTED = "public, max-age=86400, immutable", "private, no-cache"

router = APIRouter(prefix="/api/v1/photos", tags=["photos"])

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the photo as it was sent, in hex.")]


def _shown(text: str) -> dict[str, Any]:
    unchanged = response("Unchanged since the ETag of If-None-Match", {}, "ETag")
    answers = {200: response(text, {JPEG: BINARY}, "ETag"), 304: unchanged}
    found = describe(answers, errors=(401, 403, 404, 429), token=False)
    found["openapi_extra"]["security"] = [{}, {"bearer": []}]
    return found


@router.get("/{sha256}", **_shown("The photo, at most 2,048 pixels long, without metadata"))
async def photo(request: Request, sha256: Sha256) -> Response:
    """Show a photo that an accepted report names, or that the caller has sent or reviews."""
    return await _copy(request, sha256, SERVED)


@router.get("/{sha256}/thumbnail", **_shown("The photo, at most 320 pixels long, without metadata"))
async def photo_thumbnail(request: Request, sha256: Sha256) -> Response:
    """Show a photo small; the same people may see it."""
    return await _copy(request, sha256, THUMBNAIL)


@router.get(
    "/{sha256}/original",
    **describe({200: response("The photo as it was sent", dict.fromkeys(ENDINGS, BINARY), "ETag")}, errors=(404,)),
)
async def photo_original(request: Request, caller: ViewCaller, sha256: Sha256) -> Response:
    """Hand out a photo as it was sent, with its metadata, to its sender and to reviewers."""
    state = state_of(request)
    sight = await sight_of(state, bytes.fromhex(sha256), caller)
    refuse_original(sight)
    data = await read_original(state, bytes.fromhex(sha256))
    await audit(state, caller, "photo.original", "allowed", sha256)
    name = f'attachment; filename="{sha256[:16]}.{ENDINGS[sight.media_type]}"'
    headers = {**_headers(sight._replace(public=False), _tag(sha256, "original")), "Content-Disposition": name}
    return Response(data, headers=headers, media_type=sight.media_type)


async def _copy(request: Request, sha256: str, kind: str) -> Response:
    """Answer with a copy, made now if nobody has asked for it before."""
    state = state_of(request)
    sight = await sight_of(state, bytes.fromhex(sha256), await _caller(request, state))
    tag = _tag(sha256, kind)
    headers = _headers(sight, tag)
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(await read_copy(state, bytes.fromhex(sha256), kind), headers=headers, media_type=JPEG)


async def _caller(request: Request, state: State) -> Caller | None:
    """Return who is calling, None for somebody unknown where reading is public."""
    if credentials_of(request.scope) is not None:
        return await caller_of(request, state, Role.viewer)
    if not state.settings.public_reading:
        raise unauthorized("token-missing")
    return None


def _headers(sight: Sight, tag: str) -> dict[str, str]:
    return {
        **HARMLESS,
        "ETag": tag,
        "Cache-Control": PUBLIC if sight.public else RESTRICTED,
        "Vary": "Authorization, Cookie",
    }


def _tag(sha256: str, kind: str) -> str:
    return f'"{sha256[:32]}-{kind}"'
