"""How a route of FastAPI says what it reads and answers, for the API's definition (``api/ogc/definition.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from api.ogc.schemas import Schema, problems


def describe(
    answers: Mapping[int, Schema],
    *,
    errors: tuple[int, ...] = (),
    content: Mapping[str, Schema] | None = None,
    token: bool = True,
) -> dict[str, Any]:
    """Return the arguments of a route's decorator: ``@router.post("/reports", **describe({201: response(...)}))``.

    ``answers``: what it answers by status (``api.ogc.schemas.response``); ``errors``: the statuses of problem documents
    beside those that every operation can give, and 401, 403 and 429 where a token is needed; ``content``: the schemas
    of the body that it reads by media type.
    """
    extra: dict[str, Any] = {}
    if token:
        extra["security"] = [{"bearer": []}]
    if content is not None:
        extra["requestBody"] = {"required": True, "content": {kind: {"schema": each} for kind, each in content.items()}}
    of_token = (401, 403, 429) if token else ()
    return {
        "status_code": min(answers),
        "response_class": Response,
        "responses": {**answers, **problems(*errors, *of_token)},
        "openapi_extra": extra,
    }
