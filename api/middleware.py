"""What happens to a request before anybody sees it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

HOST, FORWARDED_HOST = b"host", b"x-forwarded-host"


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
            host = _forwarded_host(scope["headers"])
            if host:
                others = [(name, value) for name, value in scope["headers"] if name != HOST]
                scope = {**scope, "headers": [(HOST, host), *others]}
        await self._app(scope, receive, send)  # type: ignore[arg-type] # see above


def _forwarded_host(headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return the name that the browser knows: each proxy adds its own, the first is the outermost."""
    said = next((value for name, value in headers if name == FORWARDED_HOST), b"")
    return said.split(b",")[0].strip()
