"""The maps: pages by Folium that fetch their data from the OGC API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.freshness import is_unchanged, tag_of
from api.ogc.parsing import parse_moment
from api.pages import Context, page
from api.state import state_of
from geo.collections import LAYERS
from maps.assets import content_security_policy
from maps.compare import compare_page
from maps.context import PageContext
from maps.hazard import hazard_page
from maps.page import MapPage
from maps.progress import progress_page

# Drawn from tiles where there are many segments: they and the roads that they are cut from, which have more vertices.
TILED = frozenset({"roads", "segment_progress"})

router = APIRouter(prefix="/maps", tags=["maps"])


def read_compare(
    compare: Annotated[
        str | None,
        Query(description="Show this RFC 3339 instant and the page's own side by side, the earlier one left."),
    ] = None,
) -> datetime | None:
    """Read the other moment of a comparison; None: there is none."""
    return None if compare is None else parse_moment(compare, field="compare")


Compared = Annotated[datetime | None, Depends(read_compare)]


@router.get("/progress", response_class=HTMLResponse)
async def progress(request: Request, context: Context, compared: Compared) -> Response:
    """Draw the progress of road segments and project sites."""
    context = await _measured(request, context)
    return _answer(request, progress_page, "progress", context, compared)


@router.get("/hazard", response_class=HTMLResponse)
async def hazard(request: Request, context: Context, compared: Compared) -> Response:
    """Draw the canal, its checkpoints and the hazards."""
    context = await _measured(request, context)
    return _answer(request, hazard_page, "hazard", context, compared)


async def _measured(request: Request, context: PageContext) -> PageContext:
    """Say which collections have so many features that the map draws them from tiles."""
    state = state_of(request)
    moment = None if context.moment_is_now else context.moment
    is_many = await state.sizes.reaches(LAYERS["segments"], state.settings.tiles_from, moment)
    return replace(context, many=TILED if is_many else frozenset())


def _answer(
    request: Request,
    draw: Callable[[PageContext], MapPage],
    map_id: str,
    context: PageContext,
    compared: datetime | None,
) -> Response:
    """Answer with a map or a comparison, or with 304 to a browser that has these very bytes."""
    drawn = draw(context) if compared is None else _comparison(context, map_id, compared)
    answer = page(drawn, context)
    answer.headers["Content-Security-Policy"] = content_security_policy(
        context, script=drawn.script_hash, frames=compared is not None
    )
    answer.headers["ETag"] = tag = tag_of(drawn)
    if not is_unchanged(request.headers.get("if-none-match"), tag):
        return answer
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=kept)


def _comparison(context: PageContext, map_id: str, compared: datetime) -> MapPage:
    """Draw the earlier moment beside the later one; the later one may be now, and then goes on."""
    if compared > context.moment:
        return compare_page(context, map_id, context.moment, compared)
    return compare_page(context, map_id, compared, None if context.moment_is_now else context.moment)
