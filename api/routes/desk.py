"""The pages of reviewers and commanders; others are led to the login, or told in words why not."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import caller_of
from api.pages import Context, page
from api.state import state_of
from api.web.desk_pages import REVIEWS, TOKENS, DeskPage, denied_html, desk_html
from geo.errors import ForbiddenError, UnauthorizedError
from maps.context import PageContext

router = APIRouter(include_in_schema=False)


@router.get("/reviews")
async def reviews(request: Request, context: Context) -> Response:
    """Send the page on which reports are decided; it holds nothing of any report."""
    return await _sent(request, context, REVIEWS)


@router.get("/tokens")
async def tokens(request: Request, context: Context) -> Response:
    """Send the page on which tokens and links are handed out; it holds none of them."""
    return await _sent(request, context, TOKENS)


async def _sent(request: Request, context: PageContext, wanted: DeskPage) -> Response:
    query = dict(request.query_params)
    try:
        caller = await caller_of(request, state_of(request), wanted.least)
    except UnauthorizedError:
        back = quote(f"/{wanted.name}") + (f"?{request.url.query}" if request.url.query else "")
        login = f"{context.base_path}/login?{urlencode({'lang': context.lang, 'next': back})}"
        return RedirectResponse(login, 303, headers={"Cache-Control": "no-store"})
    except ForbiddenError as error:
        return _unkept(page(denied_html(wanted, context, error, query), context), 403)
    return _unkept(page(desk_html(wanted, context, caller, query), context), 200)


def _unkept(answer: Response, status: int) -> Response:
    """Keep the page out of caches: who is logged in stands on it."""
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
