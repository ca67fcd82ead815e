"""The door of single reports: what its route does, and the short way there.

The framework's routing and dependencies take longer than reading, checking and answering a report do.
"""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.auth import caller_of, deny
from api.intake import checked, take
from api.ogc.links import JSON, base_url
from api.ogc.parsing import refuse_nul_in
from api.photos import store_photo
from api.report_bodies import read_parcel, refuse_unnamed
from api.state import State
from geo.access.rules import Caller, Role
from geo.errors import ForbiddenError

PATH = "/api/v1/reports"


async def receive_directly(request: Request, state: State) -> Response:
    """Answer a POST to ``PATH`` as its route would: the same refusals in the same order, a denial written down."""
    for name, value in request.query_params.multi_items():
        refuse_nul_in(name, f"{name}{value}")
    caller = await caller_of(request, state, Role.field)
    try:
        return await receive_report(request, state, caller)
    except ForbiddenError as error:
        await deny(request, state, caller, error)
        raise


async def receive_report(request: Request, state: State, caller: Caller) -> Response:
    """Take the report of a request in, with the photos of its form, and answer 201 or 202; raise what refuses it."""
    parcel = await read_parcel(request)
    if parcel.photos:
        refuse_unnamed(parcel, checked(caller, parcel.value).photos)
        for photo in parcel.photos:
            await store_photo(state, caller, photo)
    (verdict,) = await take(state, caller, [parcel.value], channel="api")
    if verdict.problem is not None:
        raise verdict.problem
    where = {"Location": f"{base_url(request)}{PATH}/{verdict.report_id}"}
    return Response(orjson.dumps(verdict.answer), verdict.status, media_type=JSON, headers=where)
