"""The reviewer's page: for who may review; others are led to the login, or told in words why not."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import caller_of
from api.pages import Context, page
from api.state import state_of
from api.web.reviews_page import denied_html, reviews_html
from geo.access.rules import Role
from geo.errors import ForbiddenError, UnauthorizedError

router = APIRouter(include_in_schema=False)

PATH = "/reviews"


@router.get(PATH)
async def reviews(request: Request, context: Context) -> Response:
    """Send the page; it holds nothing of any report."""
    query = dict(request.query_params)
    try:
        caller = await caller_of(request, state_of(request), Role.reviewer)
    except UnauthorizedError:
        wanted = quote(PATH) + (f"?{request.url.query}" if request.url.query else "")
        login = f"{context.base_path}/login?{urlencode({'lang': context.lang, 'next': wanted})}"
        return RedirectResponse(login, 303, headers={"Cache-Control": "no-store"})
    except ForbiddenError as error:
        return _unkept(page(denied_html(context, error, query), context), 403)
    return _unkept(page(reviews_html(context, caller, query), context), 200)


def _unkept(answer: Response, status: int) -> Response:
    """Keep the page out of caches: who is logged in stands on it."""
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
