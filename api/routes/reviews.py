"""What becomes of reports: what waits for a decision, one report on the desk, and decisions, one or many."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.auth import ReviewCaller, deny
from api.describing import describe
from api.ogc.bodies import read_body
from api.ogc.schemas import response
from api.params import refuse_unknown
from api.review_bulk import decide_each, read_decisions
from api.review_desk import desk, queue_figures, queue_page
from api.review_schemas import (
    DECIDED,
    DECISION,
    DECISIONS,
    DESK,
    FIGURES,
    MULTI_STATUS,
    QUEUE,
    SUGGESTIONS,
    VERDICTS,
)
from api.reviewing import decide, suggestions
from api.state import state_of
from geo.errors import InvalidInputError
from geo.intake.decision import WAITING, read_decision
from geo.intake.json_body import read_object
from geo.intake.queue import FLAGS, QUEUED, Wanted
from geo.types import Text

JSON = "application/json"
MOST = 200

router = APIRouter(prefix="/api/v1", tags=["reviews"])

Statuses = Annotated[
    str | None, Query(max_length=200, description="received, triaged, needs_information; several with commas.")
]


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
    since the sender looked, 409 names them with both values, and ``fields`` chooses. With ``reviews_seen`` nothing is
    decided over a decision that the reviewer does not know of.
    """
    state = state_of(request)
    decision = read_decision(read_object(await read_body(request, (JSON,))))
    decided = await decide(state, caller, report_id, decision)
    return _json(decided, 201)


@router.post(
    "/reviews/batch",
    **describe(
        {MULTI_STATUS: response("A verdict for each decision, in order", {JSON: VERDICTS})},
        errors=(408, 413, 415, 422),
        content={JSON: DECISIONS},
    ),
)
async def review_many(request: Request, caller: ReviewCaller) -> Response:
    """Decide on up to 200 reports, each by itself: one that cannot be decided never keeps out another.

    Each of ``decisions`` is a decision with the ``report_id`` that it is on.
    """
    state = state_of(request)
    values = read_decisions(read_object(await read_body(request, (JSON,))))
    verdicts, denied = await decide_each(state, caller, values)
    if denied is not None:  # logged once, however many there were
        await deny(request, state, caller, denied)
    return _json({"verdicts": verdicts}, MULTI_STATUS)


@router.get(
    "/reviews/queue",
    **describe({200: response("Reports that wait, the oldest first", {JSON: QUEUE})}),
)
async def queue(
    request: Request,
    caller: ReviewCaller,
    status: Statuses = None,
    kind: Annotated[str | None, Query(max_length=200, description="Kinds, several with commas.")] = None,
    unit: Annotated[str | None, Query(max_length=500, description="Ids of units, or none; with commas.")] = None,
    flag: Annotated[str | None, Query(max_length=300, description="Any of these flags; several with commas.")] = None,
    q: Annotated[str, Query(max_length=100, description="Words in what the report says.")] = "",
    after: Annotated[str | None, Query(max_length=100, description="The value of next.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """List the reports of the reviewer's unit that nobody has decided yet; the first page counts all that match."""
    refuse_unknown(request)
    wanted = Wanted(_statuses(status), _codes(kind), _codes(unit), _known("flag", flag, FLAGS), q.strip())
    page = await queue_page(state_of(request), caller, wanted, after=_read_place(after), limit=limit)
    return _json(page, 200)


@router.get(
    "/reviews/figures",
    **describe({200: response("How many reports wait, by status, kind, unit and flag", {JSON: FIGURES})}),
)
async def waiting_figures(request: Request, caller: ReviewCaller, status: Statuses = None) -> Response:
    """Count what waits for the reviewer: of every status, and of the statuses asked for by kind, unit and flag."""
    refuse_unknown(request)
    return _json(await queue_figures(state_of(request), caller, _statuses(status)), 200)


@router.get(
    "/reports/{report_id:uuid}/desk",
    **describe({200: response("The report with all that a decision takes", {JSON: DESK})}, errors=(404,)),
)
async def on_the_desk(request: Request, report_id: UUID, caller: ReviewCaller) -> Response:
    """Return a report with its positions, photos, flags and decisions, and what accepting it now would change."""
    return _json(await desk(state_of(request), caller, report_id), 200)


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
        found = datetime.fromisoformat(moment), UUID(report_id)
    except ValueError as error:
        raise _no_place() from error
    if found[0].tzinfo is None:
        raise _no_place()
    return found


def _no_place() -> InvalidInputError:
    return InvalidInputError(
        Text("after 只能用上一页给出的 next。", "after is the next of the page before."), field="after"
    )


def _statuses(text: str | None) -> tuple[str, ...]:
    return _known("status", text, QUEUED) or WAITING


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in (text or "").split(",") if each))


def _known(name: str, text: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Read codes of a fixed list; raise InvalidInputError for another."""
    codes = _codes(text)
    for code in codes:
        if code not in known:
            raise InvalidInputError(
                Text(
                    f"{name} 没有“{code}”，可用：{'、'.join(known)}。", f"{name} has no “{code}”: {', '.join(known)}."
                ),
                field=name,
            )
    return codes


def _json(answer: dict[str, Any], status: int) -> Response:
    body = orjson.dumps(answer, default=_plain)
    return Response(body, status, headers={"Cache-Control": "no-store"}, media_type=JSON)


def _plain(value: Any) -> str | float:
    """Return what the driver makes of an id or a number as JSON has it."""
    return str(value) if isinstance(value, UUID) else float(value)
