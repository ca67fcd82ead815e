"""Links, which are absolute and carry a proxy's prefix, and small JSON answers."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.get import base_of

GEOJSON = "application/geo+json"
JSON = "application/json"


def base_url(request: Request) -> str:
    """Return the absolute address of the service, with the proxy's prefix and without a slash at the end."""
    return base_of(request.scope)


def link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    """Write one link object (RFC 8288)."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def answer(body: Any) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body), media_type=JSON)
