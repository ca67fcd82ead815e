"""What happens to a request before a route sees it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class AnswerHead:
    """Answer HEAD as GET (RFC 9110, 9.3.2); the server leaves out the content, for it knows what was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as GET where it is HEAD."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self._app({**scope, "method": "GET"} if is_head else scope, receive, send)


class Prefix:
    """Say under which prefix a proxy shows the service, so that links carry it; routes match with and without it."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its prefix."""
        await self._app({**scope, "root_path": self._prefix}, receive, send)


class ForwardedHeaders:
    """Believe a trusted proxy about the scheme, client and host (X-Forwarded-Proto, -For, -Host) of a request.

    uvicorn's middleware knows the first two; without the third every link would lead to the inner host of a proxy
    that does not pass on the Host header.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type] # uvicorn types ASGI more narrowly

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with what the proxy says."""
        peer = scope.get("client")
        if scope["type"] == "http" and peer and peer[0] in self._app.trusted_hosts:
            scope = {**scope, "headers": list(scope["headers"])}
            headers = MutableHeaders(scope=scope)
            # Each proxy adds its own; the first is the name that the browser knows.
            host = headers.get("x-forwarded-host", "").split(",")[0].strip()
            if host:
                headers["host"] = host
        await self._app(scope, receive, send)  # type: ignore[arg-type] # see above
