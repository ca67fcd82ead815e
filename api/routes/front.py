"""The planner's front page: key figures, what needs a look first, links to maps and data."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.ogc.fresh import fresh
from api.ogc.get import Get
from api.pages import Context, page_headers
from api.state import State, state_of
from api.web.front_page import PAGE_SOURCES, front_values
from api.web.render import render

router = APIRouter(tags=["pages"])


@router.get("/", response_class=HTMLResponse)
async def front(request: Request, context: Context) -> Response:
    """Show the district at a glance, as of the same moment as the maps."""
    asked = request.query_params.get("datetime")

    async def produce(state: State) -> bytes:
        html = render("front.html", context, asked_moment=asked, **await front_values(state, context))
        return html.encode()

    state = state_of(request)
    made = await fresh(
        Get(request.scope),
        state,
        PAGE_SOURCES,
        past=not context.moment_is_now,
        produce=lambda: produce(state),
        headers=[(b"content-type", b"text/html; charset=utf-8")],
        representation=context.lang,
    )
    answer = Response(made.body, made.status, page_headers(context))
    answer.headers.update({name.decode(): value.decode() for name, value in made.headers})
    return answer
