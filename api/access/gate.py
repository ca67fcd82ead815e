"""Reading that is not public: who may not read is told so, or led to the login, before anything is answered.

It stands before the short way of ``api/service.py`` and the framework alike. With public reading there is no gate.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from api.access.credentials import credentials_of
from api.auth import DENIALS, deny
from api.errors import answer_to
from api.ogc.writing import holds_token
from api.state import State
from geo.access.rules import Role
from geo.access.tokens import unauthorized

# What opens without a token: whether the service is there, the way in, and what a page is drawn with. The page /field
# is a shell without data, which somebody without a token comes to by a one-time link. The other doors ask for a token
# themselves, each in the words of its protocol.
OPEN = {
    "GET": re.compile(
        r"/healthz|/readyz|/login|/assets/.*|/field(/.*)?|/api/v1/receipts/key|/open(rosa|311)/.*", re.DOTALL
    ),
    "POST": re.compile(r"/login|/api/v1/links/[^/]+|/open(rosa|311)/.*"),
}
CACHE_CONTROL = b"cache-control"


class Gate:
    """Lets through who holds a token of a reader, a session, or the editors' token."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def admit(self, scope: Scope, receive: Receive, send: Send, path: str) -> Send | None:
        """Return how to answer, so that no cache shares it with others; None when it has been answered with a no.

        ``path`` is without a proxy's prefix.
        """
        is_open = OPEN.get("GET" if scope["method"] == "HEAD" else scope["method"])
        if is_open is not None and is_open.fullmatch(path):
            return send
        request = Request(scope, receive)
        if not holds_token(request, self._state):
            try:
                await self._check(request)
            except Exception as error:  # noqa: BLE001 - each kind has its answer, as behind the framework
                await _refusal(request, path, await answer_to(error, request))(scope, receive, send)
                return None
        return _private(send)

    async def _check(self, request: Request) -> None:
        """Raise UnauthorizedError where nobody is known, RateLimitedError where that happens too often."""
        try:
            given = credentials_of(request.scope)
            if given is None:
                raise unauthorized("token-missing")
            caller = await self._state.access.verifier.caller(given)
            caller.refuse_less_than(Role.viewer)
        except DENIALS as error:
            await deny(request, self._state, None, error)
            raise


def _refusal(request: Request, path: str, problem: Response) -> Response:
    """Lead a person to the login, and tell a program."""
    given = credentials_of(request.scope)
    by_token = given is not None and given.kind == "token"
    takes_pages = "text/html" in request.headers.get("accept", "")
    if request.method != "GET" or by_token or not takes_pages or problem.status_code != 401:  # noqa: PLR2004 - HTTP
        return problem
    query = request.url.query
    wanted = quote(path, safe="/:") + (f"?{query}" if query else "")
    login = f"{request.scope.get('root_path', '')}/login?{urlencode({'next': wanted})}"
    return RedirectResponse(login, 303, headers={"Cache-Control": "no-store"})


def _private(send: Send) -> Send:
    """Say of every answer that it is its reader's own."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [each for each in message["headers"] if each[0].lower() != CACHE_CONTROL]
            said = [value for name, value in message["headers"] if name.lower() == CACHE_CONTROL]
            message = {**message, "headers": [*others, (CACHE_CONTROL, _privately(b",".join(said)))]}
        await send(message)

    return sending


def _privately(said: bytes) -> bytes:
    rules = [rule.strip() for rule in said.split(b",") if rule.strip()] or [b"no-cache"]
    return b", ".join([b"private", *(rule for rule in rules if rule not in {b"public", b"private"})])
