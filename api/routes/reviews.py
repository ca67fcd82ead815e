"""What becomes of reports: the queue of those that wait for a decision, and the decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.auth import ReviewCaller
from api.describing import describe
from api.ogc.bodies import read_body
from api.ogc.schemas import TEXT, Schema, response
from api.reviewing import decide, suggestions, waiting
from api.state import state_of
from geo.errors import InvalidInputError
from geo.intake.decision import STEPS, read_decision
from geo.intake.json_body import read_object
from geo.types import Text

JSON = "application/json"
MOST = 200

router = APIRouter(prefix="/api/v1", tags=["reviews"])

DECIDED: Schema = {
    "type": "object",
    "required": ["report_id", "number", "from", "to", "reason", "decided_at", "applied", "conflicts"],
    "properties": {
        "report_id": {"type": "string", "format": "uuid"},
        "number": {"type": "integer", "minimum": 1},
        "from": {"type": "string", "enum": list(STEPS)},
        "to": {"type": "string", "enum": list(STEPS)},
        "reason": TEXT,
        "decided_at": {"type": "string", "format": "date-time"},
        "applied": {"type": "object"},
        "conflicts": {"type": "array", "items": {"type": "object"}},
    },
}
QUEUE: Schema = {
    "type": "object",
    "required": ["reports"],
    "properties": {"reports": {"type": "array", "items": {"type": "object"}}, "next": TEXT},
}
REASONS = ["along_road", "near", "same_place", "same_time", "photo_alike"]
SUGGESTION: Schema = {
    "type": "object",
    "required": ["id", "kind", "status", "observed_at", "distance_m", "hours_apart", "photo_bits", "score", "reasons"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "kind": TEXT,
        "status": {"type": "string", "enum": list(STEPS)},
        "observed_at": {"type": "string", "format": "date-time"},
        "distance_m": {"type": "number", "minimum": 0, "nullable": True},
        "hours_apart": {"type": "number", "minimum": 0},
        "photo_bits": {"type": "integer", "minimum": 0, "maximum": 64, "nullable": True},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "reasons": {"type": "array", "items": {"type": "string", "enum": REASONS}},
    },
}
SUGGESTIONS: Schema = {
    "type": "object",
    "required": ["reports"],
    "properties": {"reports": {"type": "array", "items": SUGGESTION}},
}
DECISION: Schema = {
    "type": "object",
    "required": ["to", "reason"],
    "additionalProperties": False,
    "properties": {
        "to": {"type": "string", "enum": sorted(set(STEPS) - {"received"})},
        "reason": {"type": "string", "minLength": 1, "maxLength": 2000},
        "duplicate_of": {"type": "string", "format": "uuid"},
        "fields": {"type": "object", "additionalProperties": {"type": "string", "enum": ["sent", "current"]}},
        "position": {"type": "string", "enum": ["declared", "suspected"]},
        "case": {"type": "object", "required": ["programme_id", "category"]},
    },
}


@router.post(
    "/reports/{report_id}/reviews",
    **describe(
        {201: response("The decision, and what it changed", {JSON: DECIDED})},
        errors=(404, 409, 413, 415, 422),
        content={JSON: DECISION},
    ),
)
async def review(request: Request, report_id: UUID, caller: ReviewCaller) -> Response:
    """Decide on a report; its sender reads the reason.

    Accepting changes what the report speaks of in the same transaction. Where somebody has changed the same fields
    since the sender looked, 409 names them with both values, and ``fields`` chooses.
    """
    state = state_of(request)
    decision = read_decision(read_object(await read_body(request, (JSON,))))
    decided = await decide(state, caller, report_id, decision)
    return _json(decided, 201)


@router.get(
    "/reviews/queue",
    **describe({200: response("Reports that wait, the oldest first", {JSON: QUEUE})}),
)
async def queue(
    request: Request,
    caller: ReviewCaller,
    after: Annotated[str | None, Query(max_length=100, description="The value of next.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """List the reports of the reviewer's unit that nobody has decided yet."""
    rows = await waiting(state_of(request), caller, after=_read_place(after), limit=limit + 1)
    page = rows[:limit]
    answer: dict[str, Any] = {"reports": page}
    if len(rows) > limit:
        answer["next"] = f"{page[-1]['received_at'].isoformat()}~{page[-1]['id']}"
    return _json(answer, 200)


@router.get(
    "/reports/{report_id:uuid}/duplicates",
    **describe({200: response("Earlier reports, the likeliest first", {JSON: SUGGESTIONS})}, errors=(404,)),
)
async def duplicates(request: Request, report_id: UUID, caller: ReviewCaller) -> Response:
    """List the earlier reports that may be of the same thing, by place, time and photos; nothing is merged by that.

    Whoever finds one to be the same decides ``duplicate`` with its id as ``duplicate_of``.
    """
    return _json({"reports": await suggestions(state_of(request), caller, report_id)}, 200)


def _read_place(after: str | None) -> tuple[datetime, UUID] | None:
    if after is None:
        return None
    moment, _, report_id = after.replace(" ", "+").partition("~")
    try:
        return datetime.fromisoformat(moment), UUID(report_id)
    except ValueError as error:
        raise InvalidInputError(
            Text("after 只能用上一页给出的 next。", "after is the next of the page before."), field="after"
        ) from error


def _json(answer: dict[str, Any], status: int) -> Response:
    body = orjson.dumps(answer, default=_plain)
    return Response(body, status, headers={"Cache-Control": "no-store"}, media_type=JSON)


def _plain(value: Any) -> str | float:
    """Return what the driver makes of an id or a number as JSON has it."""
    return str(value) if isinstance(value, UUID) else float(value)
