"""The planner's front page: key figures, what needs a look first, links to maps and data."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages import Context, page
from api.params import settings_of, view_at
from api.store import Database
from api.web.render import render
from geo.collections import LAYERS
from geo.figures import attention_list, case_counts, state_counts

router = APIRouter(tags=["pages"])

LISTED = 12


@router.get("/", response_class=HTMLResponse)
async def front(request: Request, database: Database, context: Context) -> HTMLResponse:
    """Show the district at a glance, as of the same moment as the maps."""
    view = view_at(settings_of(request), None if context.moment_is_now else context.moment)
    html = render(
        "front.html",
        context,
        counts=await database.rows(state_counts(view)),
        cases=await database.first(case_counts(view)),
        attention=await database.rows(attention_list(view, limit=LISTED)),
        layers=LAYERS.values(),
        asked_moment=request.query_params.get("datetime"),
    )
    return page(html, context)
