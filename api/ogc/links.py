"""Links, which are absolute and carry a proxy's prefix, and small JSON answers."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.get import base_of

GEOJSON = "application/geo+json"
JSON = "application/json"
SCHEMA_JSON = "application/schema+json"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"  # what OGC has registered beside IANA


def base_url(request: Request) -> str:
    """Return the absolute address of the service, with the proxy's prefix and without a slash at the end."""
    return base_of(request.scope)


def link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    """Write one link object (RFC 8288)."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def queryables_header(base: str, collection_id: str) -> tuple[bytes, bytes]:
    """Link from features to what they can be filtered and sorted by (Part 3 and Part 8, …-link)."""
    here = f"{base}/ogc/collections/{collection_id}"
    links = (f'<{here}/{each}>; rel="{RELATION}{each}"; type="{SCHEMA_JSON}"' for each in ("queryables", "sortables"))
    return b"link", ", ".join(links).encode()


def answer(body: Any) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body), media_type=JSON)
