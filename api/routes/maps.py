"""The maps: pages by Folium that fetch their data from the OGC API."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.freshness import is_unchanged, tag_of
from api.pages import Context, page
from api.state import state_of
from geo.collections import LAYERS
from maps.assets import content_security_policy
from maps.context import PageContext
from maps.hazard import hazard_page
from maps.page import MapPage
from maps.progress import progress_page

# Drawn from tiles where there are many segments: they and the roads that they are cut from, which have more vertices.
TILED = frozenset({"roads", "segment_progress"})

router = APIRouter(prefix="/maps", tags=["maps"])


@router.get("/progress", response_class=HTMLResponse)
async def progress(request: Request, context: Context) -> Response:
    """Draw the progress of road segments and project sites."""
    context = await _measured(request, context)
    return _answer(request, progress_page(context), context)


@router.get("/hazard", response_class=HTMLResponse)
async def hazard(request: Request, context: Context) -> Response:
    """Draw the canal, its checkpoints and the hazards."""
    context = await _measured(request, context)
    return _answer(request, hazard_page(context), context)


async def _measured(request: Request, context: PageContext) -> PageContext:
    """Say which collections have so many features that the map draws them from tiles."""
    state = state_of(request)
    moment = None if context.moment_is_now else context.moment
    is_many = await state.sizes.reaches(LAYERS["segments"], state.settings.tiles_from, moment)
    return replace(context, many=TILED if is_many else frozenset())


def _answer(request: Request, drawn: MapPage, context: PageContext) -> Response:
    """Answer with a map, or with 304 to a browser that has these very bytes."""
    answer = page(drawn, context)
    answer.headers["Content-Security-Policy"] = content_security_policy(context, script=drawn.script_hash)
    answer.headers["ETag"] = tag = tag_of(drawn)
    if not is_unchanged(request.headers.get("if-none-match"), tag):
        return answer
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=kept)
