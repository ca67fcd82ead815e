"""The files that pages load, from an allow-list, at URLs that carry their content's hash."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from maps.assets import ASSETS, load_asset

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/assets/{name:path}")
async def asset(request: Request, name: str) -> Response:
    """Send one file; what is asked for by its hash may be kept for ever."""
    if name not in ASSETS:
        raise HTTPException(404)
    found = load_asset(name)
    tag = f'"{found.version}"'
    headers = {"ETag": tag, "X-Content-Type-Options": "nosniff"}
    headers["Cache-Control"] = FOR_EVER if request.query_params.get("v") == found.version else "no-cache"
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.content_type, headers=headers)
