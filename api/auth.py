"""Who is calling, and may he: by bearer token, or by the session of a page. Every denial goes to the audit log.

Routes take a caller by its role: ``async def route(caller: FieldCaller)``. What they refuse him themselves by
ForbiddenError is logged too. Whoever asks :func:`caller_of` without that tells :func:`deny`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from api.access.credentials import (
    CSRF_FIELD,
    CSRF_HEADER,
    SAFE,
    Credentials,
    credentials_of,
    csrf_of,
    refuse_forged,
    refuse_other_sites,
)
from api.errors import status_of
from api.ogc.bodies import read_body
from api.state import State, state_of
from api.store import Statements
from geo.access.audit import NOBODY, Outcome, entry
from geo.access.rules import Caller, Role
from geo.access.tokens import unauthorized
from geo.errors import ErqiError, ForbiddenError, InvalidInputError, RateLimitedError, UnauthorizedError
from geo.types import Text

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20  # of a form
UNKNOWN_ADDRESS = "unknown"

DENIALS = (UnauthorizedError, ForbiddenError, RateLimitedError)


async def caller_of(request: Request, state: State, least: Role) -> Caller:
    """Return who is calling if he has at least a role.

    Raises UnauthorizedError, ForbiddenError (the role; a session used by another site) or RateLimitedError (writes).
    """
    caller = None
    try:
        caller = await _made_out(request, state)
        caller.refuse_less_than(least)
        if request.method not in SAFE:
            state.access.limiter.count_write(caller.token_id, address_of(request))
    except DENIALS as error:
        await deny(request, state, caller, error)
        raise
    return caller


async def deny(
    request: Request, state: State, caller: Caller | None, error: ErqiError, *, subject: str | None = None
) -> None:
    """Write a denial to the audit log; who brought nothing has only been asked to log in.

    ``subject``: the id of what was presented, where it did not come as a token or cookie.
    Raises RateLimitedError when an address has brought too many tokens that do not count.
    """
    if error.kind == "token-missing":
        return
    address = address_of(request)
    facts = {"kind": error.kind or "forbidden", "status": int(status_of(error))}
    await state.access.denials.record(
        address,
        actor=NOBODY if caller is None else caller.actor,
        action=f"{request.method} {_template(request)}",
        subject=subject or _presented(request.scope),
        detail=facts if error.field is None else {**facts, "field": error.field},
    )
    if isinstance(error, UnauthorizedError):
        state.access.limiter.count_stranger(address)


async def audit(
    state: State,
    caller: Caller | None,
    action: str,
    outcome: Outcome,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
    *,
    address: str | None = None,
    within: Statements | None = None,
) -> None:
    """Write an act to the audit log, ``within`` the transaction of the act itself where there is one.

    ``detail`` holds no secret and no personal data.
    """
    actor = NOBODY if caller is None else caller.actor
    statement = entry(state.settings.district, actor, action, outcome, subject=subject, detail=detail, address=address)
    await (within or state.store).rows(statement)


def address_of(request: HTTPConnection) -> str:
    """Return the address of the client, as a trusted proxy tells it."""
    return request.client.host if request.client else UNKNOWN_ADDRESS


def csrf_for(request: Request) -> str | None:
    """Return what a page puts into its forms and its header X-CSRF-Token; None without a session."""
    given = credentials_of(request.scope)
    return csrf_of(given.secret) if given and given.kind == "session" and given.secret else None


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form, read once for all who ask."""
    if not hasattr(request.state, "form"):
        body = await read_body(request, (FORM,))
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError as error:
            raise InvalidInputError(Text("表单无法读取。", "The form cannot be read.")) from error
        request.state.form = dict(pairs)
    found: dict[str, str] = request.state.form
    return found


async def _made_out(request: Request, state: State) -> Caller:
    given = credentials_of(request.scope)
    if given is None:
        raise unauthorized("token-missing")
    caller = await state.access.verifier.caller(given)
    if given.unasked and request.method not in SAFE:
        refuse_other_sites(request.scope)
        await _refuse_without_page(request, given)
    return caller


async def _refuse_without_page(request: Request, given: Credentials) -> None:
    """Refuse a session's write that no page of ours has made: one that does not know what they were given."""
    if given.kind != "session" or given.secret is None:
        return
    value = request.headers.get(CSRF_HEADER)
    if value is None and request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        value = (await form_of(request)).get(CSRF_FIELD)
    refuse_forged(given.secret, value)


def _template(request: Request) -> str:
    """Return the path as the route writes it: a path itself may hold a link's secret or a person's name."""
    route = request.scope.get("route")
    return getattr(route, "path_format", None) or "/".join(request.scope["path"].split("/")[:4])


def _presented(scope: Scope) -> str | None:
    """Return the id of what was presented, which is no secret."""
    given = credentials_of(scope)
    return f"{given.kind}:{given.secret.id}" if given and given.secret else None


def _asking_for(least: Role) -> Callable[[Request], AsyncIterator[Caller]]:
    """Make the dependency of routes that a role is needed for."""

    async def caller(request: Request) -> AsyncIterator[Caller]:
        state = state_of(request)
        found = await caller_of(request, state, least)
        try:
            yield found
        except ForbiddenError as error:
            await deny(request, state, found, error)
            raise

    return caller


ViewCaller = Annotated[Caller, Depends(_asking_for(Role.viewer))]
FieldCaller = Annotated[Caller, Depends(_asking_for(Role.field))]
ReviewCaller = Annotated[Caller, Depends(_asking_for(Role.reviewer))]
CommandCaller = Annotated[Caller, Depends(_asking_for(Role.commander))]
AdminCaller = Annotated[Caller, Depends(_asking_for(Role.admin))]
