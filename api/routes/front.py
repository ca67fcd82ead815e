"""The planner's front page: key figures, what needs a look first, links to maps and data."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages import Context, page
from api.standings import Asked, Standing, standings
from api.state import state_of
from api.store import Database
from api.web.render import render
from geo.collections import LAYERS
from geo.figures import attention_list, case_counts, state_counts
from geo.query.view import parametric_view
from maps.curve_chart import s_curve

router = APIRouter(tags=["pages"])

LISTED = 12
GROUPS = ("programme", "road", "unit")


@router.get("/", response_class=HTMLResponse)
async def front(request: Request, database: Database, context: Context) -> HTMLResponse:
    """Show the district at a glance, as of the same moment as the maps."""
    state, with_moment = state_of(request), not context.moment_is_now
    view = parametric_view(state.thresholds, with_moment)
    values = {"district": state.settings.district, "moment": context.moment}
    moment = context.moment if with_moment else None
    html = render(
        "front.html",
        context,
        counts=await database.all(("state_counts", with_moment), lambda: state_counts(view), values),
        cases=await database.run(("case_counts", with_moment), lambda: case_counts(view), values),
        attention=await database.all(("attention", with_moment), lambda: attention_list(view, limit=LISTED), values),
        layers=LAYERS.values(),
        standing={by: await standings(state, Asked(by, moment, None)) for by in GROUPS},
        curve=partial(_curve, lang=context.lang),
        asked_moment=request.query_params.get("datetime"),
    )
    return page(html, context)


def _curve(standing: Standing, *, lang: str) -> str:
    """Draw how a programme stands, under its name."""
    said = standing.figures
    return s_curve(standing.points, float(said["budget"]), standing.ahead, title=said[f"name_{lang}"], lang=lang)
