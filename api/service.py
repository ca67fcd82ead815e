"""The application: pages of features and the like are answered here, everything else by the framework."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI, Request
from starlette.types import Receive, Scope, Send

from api import report_door
from api.access.gate import Gate
from api.errors import answer_to
from api.middleware import ForwardedHeaders
from api.ogc import serving, tile_serving
from api.ogc.compression import Compression
from api.ogc.get import Get
from api.ogc.serving import Endpoint
from api.state import State

READING = ("GET", "HEAD")
ENDPOINTS = (*serving.ENDPOINTS, *tile_serving.ENDPOINTS)


class Service(FastAPI):
    """A FastAPI application with a short way in for what is asked most.

    The framework's middleware and routing cost more than a kept page does, so they come after it. HEAD is answered
    as GET (RFC 9110, 9.3.2); the server leaves out the content, for it knows what was asked.
    """

    def enter_by(self, state: State) -> None:
        """Answer with this state, under the prefix and behind the proxies of its settings."""
        self._shared = state
        self._prefix = state.settings.base_path
        self._gate = None if state.settings.public_reading else Gate(state)
        compressed = Compression(self._enter, state.cache)
        self._entrance = ForwardedHeaders(compressed, state.settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as its proxy says it came."""
        await self._entrance(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say under which prefix a proxy shows the service, so that links carry it, and find who answers."""
        if scope["type"] == "http":
            scope["root_path"] = self._prefix
            if self._gate is not None:
                admitted = await self._gate.admit(scope, receive, send, self._without_prefix(scope["path"]))
                if admitted is None:
                    return
                send = admitted
            if scope["method"] in READING:
                if scope["method"] == "HEAD":
                    scope = {**scope, "method": "GET"}  # the server's own still says HEAD
                path = self._without_prefix(scope["path"])
                for pattern, endpoint in ENDPOINTS:
                    found = pattern.fullmatch(path)
                    if found is not None:
                        await self._answer(endpoint, found.groups(), scope, send)
                        return
            elif scope["method"] == "POST" and self._without_prefix(scope["path"]) == report_door.PATH:
                await self._receive(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    async def _receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a report in by the short way."""
        request = Request({**scope, "app": self, "path": report_door.PATH}, receive)
        try:
            response = await report_door.receive_directly(request, self._shared)
        except Exception as error:  # noqa: BLE001 - each kind has its answer, as behind the framework
            response = await answer_to(error, request)
        await response(request.scope, receive, send)

    async def _answer(self, endpoint: Endpoint, named: Sequence[str], scope: Scope, send: Send) -> None:
        """Answer by the short way."""
        try:
            answer = await endpoint(Get(scope), self._shared, *named)
        except Exception as error:  # noqa: BLE001 - each kind has its answer, as behind the framework
            response = await answer_to(error, Request(scope))
            await response(scope, _nothing, send)
        else:
            await answer.send(send)

    def _without_prefix(self, path: str) -> str:
        """Return the path as our routes know it; a proxy may or may not have taken its prefix off."""
        rest = path.removeprefix(self._prefix)
        return rest if rest.startswith("/") else path


async def _nothing() -> dict[str, str]:
    """Take the place of a request's body, which a problem document does not ask for."""
    return {"type": "http.disconnect"}
