"""GeoReport's own words: answers as JSON or XML by the address, errors as its list, and who is calling by api_key."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.auth import FORM, caller_of
from api.errors import answer_to
from api.ogc.bodies import read_body
from api.report_bodies import MAX_REPORT
from api.state import State
from geo.access.rules import Caller, Role
from geo.access.tokens import unauthorized
from geo.errors import InvalidInputError, NotFoundError
from geo.exchange.open311 import KEY, refuse_jurisdiction
from geo.exchange.open311_rows import hazards_statement
from geo.exchange.open311_xml import as_xml
from geo.types import Text

ROOT = "/open311/v2"
TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
MOST_FIELDS = 50
AUTHORIZATION = b"authorization"
UNAUTHORIZED, FORBIDDEN = 401, 403


class Open311Route(APIRoute):
    """A route that says what it refuses as GeoReport does, in the format of its address."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with GeoReport's errors."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                refuse_format(request.path_params["form"])
                response = await inner(request)
            except Exception as error:  # noqa: BLE001 - each kind has its answer, as elsewhere
                response = refusal(request.path_params["form"], await answer_to(error, request))
            response.headers["Cache-Control"] = "private, no-cache"
            return response

        return handler


def refuse_format(form: str) -> None:
    """Raise NotFoundError for a format that is not spoken here, before anything is done."""
    if form not in TYPES:
        raise NotFoundError(Text("格式应为 json 或 xml。", "The format is json or xml."), field="form", kind="format")


def refusal(form: str, problem: Response) -> Response:
    """Return a problem document as GeoReport's errors; an api_key that does not count is 403 there."""
    said = orjson.loads(problem.body)
    status = FORBIDDEN if problem.status_code == UNAUTHORIZED else problem.status_code
    error = {"code": status, "description": said["detail"], "kind": said["type"].rpartition(":")[2]}
    response = answer(form if form in TYPES else "json", "errors", [error], status)
    kept = {name: value for name, value in problem.headers.items() if name in {"retry-after", "connection"}}
    response.headers.update(kept)
    return response


def answer(form: str, root: str, value: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    """Answer in a format; ``root`` is the root element of the XML."""
    content = orjson.dumps(value) if form == "json" else as_xml(root, value)
    return Response(content, status, media_type=TYPES[form])


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a new request; raise InvalidInputError for one that is there twice or cannot be read."""
    body = await read_body(request, (FORM,), most=MAX_REPORT)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidInputError(Text("表单无法读取。", "The form cannot be read.")) from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidInputError(Text("有字段出现两次。", "A field is there twice."), kind="field-repeated")
    return fields


async def sender_of(request: Request, state: State, key: str | None, least: Role) -> Caller:
    """Return who is calling, by an api_key or else by the header Authorization; a session opens nothing here."""
    if key:
        others = [each for each in request.scope["headers"] if each[0] != AUTHORIZATION]
        headers = [*others, (AUTHORIZATION, b"Bearer " + key.encode("utf-8", "replace"))]
        return await caller_of(Request({**request.scope, "headers": headers}), state, least)
    if AUTHORIZATION.decode() not in request.headers:
        raise unauthorized("token-missing")
    return await caller_of(request, state, least)


async def admit_reader(request: Request, state: State) -> None:
    """Let a reader in: everybody, or where reading is not public who holds a token; refuse another jurisdiction."""
    refuse_jurisdiction(request.query_params.get("jurisdiction_id"), state.settings.district)
    if not state.settings.public_reading:
        await sender_of(request, state, request.query_params.get(KEY), Role.viewer)


async def hazards(state: State) -> Sequence[Any]:
    """Return the kinds of hazard, each of which is a service."""
    rows: Sequence[Any] = await state.store.rows(hazards_statement())
    return rows
