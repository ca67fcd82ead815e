"""Login for people: a token, pasted once, becomes a session of this browser; and logout."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.access.credentials import COOKIE, Credentials, credentials_of, csrf_of, refuse_other_sites
from api.access.granting import close_session, open_session
from api.auth import ViewCaller, address_of, deny, form_of
from api.pages import Context, page
from api.state import State, state_of
from api.web.render import render
from geo.access.rules import TITLES, Caller
from geo.access.tokens import Secret, read_token
from geo.errors import ForbiddenError, UnauthorizedError
from maps.context import PageContext

router = APIRouter(include_in_schema=False)

# A path of ours: browsers take // and /\ for another host, and leave out tabs and line ends.
LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")


@router.get("/login")
async def login_page(request: Request, context: Context) -> Response:
    """Ask for a token, or say who is logged in."""
    return await _drawn(request, context, wanted=request.query_params.get("next"))


@router.post("/login")
async def login(request: Request, context: Context) -> Response:
    """Open a session for the holder of a token, and go where he wanted to."""
    state, address = state_of(request), address_of(request)
    secret: Secret | None = None
    form: dict[str, str] = {}
    try:
        refuse_other_sites(request.scope)  # which could log somebody in as somebody else
        form = await form_of(request)
        secret = read_token(form.get("token", "").strip())
        state.access.limiter.count_stranger(address)
        caller = await state.access.verifier.caller(Credentials("token", secret, unasked=False))
    except (UnauthorizedError, ForbiddenError) as error:
        await deny(request, state, None, error, subject=None if secret is None else f"token:{secret.id}")
        if isinstance(error, ForbiddenError):
            raise
        return await _drawn(request, context, wanted=form.get("next"), error=error)
    session, end = await open_session(state, caller, address)
    return _with_cookie(_onward(request, form.get("next")), request, session.code, end)


@router.post("/logout")
async def logout(request: Request, caller: ViewCaller) -> Response:
    """End the session of this browser."""
    given = credentials_of(request.scope)
    if given is not None and given.kind == "session" and given.secret is not None:
        await close_session(state_of(request), caller, given.secret, address_of(request))
    return _with_cookie(_onward(request, "/login"), request, "", None)


async def _drawn(
    request: Request, context: PageContext, *, wanted: str | None, error: UnauthorizedError | None = None
) -> Response:
    caller, csrf = await _present(request, state_of(request))
    values: dict[str, Any] = {
        "caller": caller,
        "csrf": csrf,
        "role": None if caller is None else TITLES[caller.role].in_language(context.lang),
        "wanted": _local(wanted),
        "error": None if error is None else error.text.in_language(context.lang),
    }
    response = page(render("login.html", context, **values), context)
    response.headers["Cache-Control"] = "no-store"
    if error is not None:
        response.status_code = 401
        response.headers["WWW-Authenticate"] = 'Bearer realm="erqi", error="invalid_token"'
    return response


async def _present(request: Request, state: State) -> tuple[Caller | None, str | None]:
    """Return who is logged in, with the value for the forms of his pages; a session that is over is nobody's."""
    given = credentials_of(request.scope)
    if given is None or given.kind != "session" or given.secret is None:
        return None, None
    try:
        return await state.access.verifier.caller(given), csrf_of(given.secret)
    except UnauthorizedError:
        return None, None


def _local(wanted: str | None) -> str:
    return wanted if wanted is not None and LOCAL.fullmatch(wanted) else "/"


def _onward(request: Request, wanted: str | None) -> Response:
    return RedirectResponse(_prefix(request) + _local(wanted), 303, headers={"Cache-Control": "no-store"})


def _prefix(request: Request) -> str:
    prefix: str = request.scope.get("root_path", "")
    return prefix.rstrip("/")


def _with_cookie(response: Response, request: Request, value: str, end: datetime | None) -> Response:
    """Set the session's cookie, or (without an end) take it away; scripts of a page cannot read it."""
    response.set_cookie(
        COOKIE,
        value,
        expires=end or 0,
        path=_prefix(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response
