"""Reports of the field: sent one by one, many at once or as a file, and read again by their senders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.auth import FieldCaller, deny
from api.describing import describe
from api.errors import problem_of
from api.intake import take
from api.ogc.links import JSON
from api.ogc.schemas import response
from api.params import refuse_unknown
from api.report_bodies import read_many
from api.report_door import receive_report
from api.report_files import read_file
from api.report_reading import one_report, own_page
from api.report_schemas import (
    BATCH_CONTENT,
    BODY_ERRORS,
    FILE_CONTENT,
    ONE_CONTENT,
    OWN_PAGE,
    REPORT,
    STORED,
    VERDICTS,
)
from api.state import state_of
from geo.access.rules import Caller
from geo.errors import ForbiddenError
from geo.intake.verdicts import Verdict

router = APIRouter(prefix="/api/v1", tags=["reports"])

MULTI_STATUS = 207  # RFC 4918, 11.1: never 200, which a captive portal says as well


@router.post(
    "/reports",
    **describe(
        {
            201: response("Durably stored, with all of its photos", {JSON: STORED}, "Location"),
            202: response("Durably stored; photos that it names are still outstanding", {JSON: STORED}, "Location"),
        },
        errors=(409, *BODY_ERRORS),
        content=ONE_CONTENT,
    ),
)
async def send_report(request: Request, caller: FieldCaller) -> Response:
    """Take one report in. The same report sent again has the same answer; another one under its id has 409."""
    return await receive_report(request, state_of(request), caller)


@router.post(
    "/reports/batch",
    **describe(
        {MULTI_STATUS: response("A verdict for each report, in order", {JSON: VERDICTS})},
        errors=BODY_ERRORS,
        content=BATCH_CONTENT,
    ),
)
async def send_batch(request: Request, caller: FieldCaller) -> Response:
    """Take up to 1,000 reports in, each by itself: a bad one never keeps out another."""
    values = await read_many(request)
    return await _verdicts(request, caller, await take(state_of(request), caller, values, channel="batch"))


@router.post(
    "/reports/import",
    **describe(
        {MULTI_STATUS: response("A verdict for each row, in order", {JSON: VERDICTS})},
        errors=BODY_ERRORS,
        content=FILE_CONTENT,
    ),
)
async def import_file(
    request: Request,
    caller: FieldCaller,
    kind: Annotated[str | None, Query(description="Kind of those rows that name none.")] = None,
    datum: Annotated[str | None, Query(description="Datum of those rows that name none (CSV).")] = None,
) -> Response:
    """Take the rows of a CSV, GeoJSON or GPX file in as reports.

    A row without an id gets one made of its content, so that the same file sent again stores nothing twice.
    """
    refuse_unknown(request)
    channel, values = await read_file(request, state_of(request).settings.district, kind=kind, datum=datum)
    return await _verdicts(request, caller, await take(state_of(request), caller, values, channel=channel))


@router.get(
    "/reports",
    **describe({200: response("What the caller has sent, the newest first", {JSON: OWN_PAGE})}),
)
async def list_own(
    request: Request,
    caller: FieldCaller,
    mine: Annotated[Literal["true"], Query(description="Only one's own reports are listed.")],
    after: Annotated[str | None, Query(max_length=100, description="The value of next of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List what the caller has sent, with how it stands and what was answered."""
    del mine
    refuse_unknown(request)
    return _private(await own_page(state_of(request), caller, after, limit))


@router.get("/reports/{report_id:uuid}", **describe({200: response("The report", {JSON: REPORT})}, errors=(404,)))
async def read_report(request: Request, report_id: UUID, caller: FieldCaller) -> Response:
    """Return a report to its sender, or to a reviewer of its unit: as it was sent, how it stands, what was answered."""
    return _private(await one_report(state_of(request), caller, report_id))


async def _verdicts(request: Request, caller: Caller, verdicts: Sequence[Verdict]) -> Response:
    """Answer with a verdict for each report; that some were not the caller's to send is logged once."""
    for verdict in verdicts:
        if isinstance(verdict.problem, ForbiddenError):
            await deny(request, state_of(request), caller, verdict.problem)
            break
    return _json({"verdicts": [_verdict(n, each) for n, each in enumerate(verdicts)]}, MULTI_STATUS)


def _verdict(index: int, verdict: Verdict) -> dict[str, object]:
    if verdict.problem is not None:
        said = problem_of(verdict.status, verdict.problem)
        return {"index": index, "id": verdict.report_id, "status": verdict.status, "problem": said}
    return {"index": index, **verdict.answer, "status": verdict.status}


def _private(found: object) -> Response:
    answer = _json(found, 200)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _json(found: object, status: int) -> Response:
    return Response(orjson.dumps(found), status, media_type=JSON)
