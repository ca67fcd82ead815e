"""The field team's page, which works without a network once it has been opened."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.pages import Context, page
from api.params import settings_of
from api.web.field_page import field_html, field_policy, manifest, worker_script
from maps.assets import JAVASCRIPT

router = APIRouter(prefix="/field", include_in_schema=False)

MODULE, CLASSIC = "worker.js", "worker-classic.js"


@router.get("", response_class=HTMLResponse)
async def field(request: Request, context: Context) -> HTMLResponse:
    """Send the page; the phone may use camera and position on it, and nobody may frame it."""
    answer = page(field_html(context, settings_of(request)), context)
    answer.headers["Content-Security-Policy"] = field_policy(context)
    answer.headers["Permissions-Policy"] = "camera=(self), geolocation=(self)"
    return answer


@router.get("/manifest.webmanifest")
async def web_manifest(context: Context) -> Response:
    """Send what a phone needs to install the page."""
    body = json.dumps(manifest(context), ensure_ascii=False)
    return Response(body, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@router.get(f"/{MODULE}")
@router.get(f"/{CLASSIC}")
async def worker(request: Request) -> Response:
    """Send the service worker, which may look after the page one folder up."""
    base_path = request.scope.get("root_path", "").rstrip("/")
    script = worker_script(base_path, module=request.url.path.endswith(MODULE))
    headers = {
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": f"{base_path}/field",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'",
    }
    return Response(script, media_type=JAVASCRIPT, headers=headers)
