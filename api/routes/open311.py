"""The door of hotlines: Open311 GeoReport v2. Anybody reads what the public layer of reports shows; a token writes."""

from __future__ import annotations

from datetime import datetime, timezone

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import deny
from api.intake import take
from api.ogc.links import base_url
from api.open311 import ROOT, TYPES, Open311Route, admit_reader, answer, fields_of, hazards, sender_of
from api.open311_asking import wanted_by
from api.state import State, state_of
from geo.access.rules import Role
from geo.errors import ForbiddenError, NotFoundError
from geo.exchange.open311 import JURISDICTION, KEY, definition, no_service, read_request, refuse_jurisdiction, services
from geo.exchange.open311_rows import Wanted, requests_statement, shown_request
from geo.intake.report_body import as_uuid
from geo.types import Text

router = APIRouter(prefix=ROOT, tags=["open311"], route_class=Open311Route, include_in_schema=False)

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
KEY_SERVICE = "api_key：区里发放的令牌。 api_key is a token of the role field; the district's administrator makes it."


@router.get("/discovery.{form}")
async def discover(request: Request, form: str) -> Response:
    """Tell where the door is and what it speaks (Open311 service discovery)."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base_url(request)}{ROOT}",
        "changeset": "2020-06-01T00:00:00Z",
        "type": "production",
        "formats": [each.partition(";")[0] for each in TYPES.values()],
    }
    found = {
        "changeset": "2020-06-01T00:00:00Z",
        "contact": "二七区地理信息服务 Geospatial service of Erqi District",
        "key_service": KEY_SERVICE,
        "endpoints": [endpoint],
    }
    return answer(form, "discovery", found)


@router.get("/services.{form}")
async def list_services(request: Request, form: str) -> Response:
    """List the services: the kinds of hazard, and problems."""
    state = state_of(request)
    await admit_reader(request, state)
    return answer(form, "services", services(await hazards(state)))


@router.get("/services/{code}.{form}")
async def define_service(request: Request, code: str, form: str) -> Response:
    """Return what a service asks beside the standard's fields."""
    state = state_of(request)
    await admit_reader(request, state)
    found = {each["service_code"]: each for each in services(await hazards(state))}.get(code)
    if found is None:
        raise no_service()
    return answer(form, "service_definition", definition(found))


@router.post("/requests.{form}")
async def send_request(request: Request, form: str) -> Response:
    """Take a request in as a report: 201 is durably stored."""
    state = state_of(request)
    fields = await fields_of(request)
    refuse_jurisdiction(fields.get(JURISDICTION) or request.query_params.get(JURISDICTION), state.settings.district)
    caller = await sender_of(request, state, fields.get(KEY) or request.query_params.get(KEY), Role.field)
    body = read_request(fields, await hazards(state), caller.token_id, datetime.now(timezone.utc))
    (verdict,) = await take(state, caller, [body], channel="open311")
    if isinstance(verdict.problem, ForbiddenError):
        await deny(request, state, caller, verdict.problem)
    if verdict.problem is not None:
        raise verdict.problem
    stored = {"service_request_id": str(verdict.report_id), "service_notice": None, "account_id": None}
    return answer(form, "service_requests", [stored], verdict.status)


@router.get("/requests.{form}")
async def list_requests(request: Request, form: str) -> Response:
    """List requests, those received last first: 1,000 of 90 days at most."""
    state = state_of(request)
    await admit_reader(request, state)
    codes = [each["service_code"] for each in services(await hazards(state))]
    wanted = wanted_by(request.query_params, codes)
    return answer(form, "service_requests", await _requests(state, wanted))


@router.get("/requests/{request_id}.{form}")
async def read_one(request: Request, request_id: str, form: str) -> Response:
    """Return one request, in a list as the standard has it."""
    return answer(form, "service_requests", [await _one(request, request_id)])


@router.get("/tokens/{token}.{form}")
async def read_token(request: Request, token: str, form: str) -> Response:
    """Return the request of a token, which here is its id itself: every request has it at once."""
    await _one(request, token)
    return answer(form, "service_requests", [{"service_request_id": token, "token": token}])


async def _one(request: Request, request_id: str) -> dict[str, object]:
    state = state_of(request)
    await admit_reader(request, state)
    key = as_uuid(request_id)
    found = [] if key is None else await _requests(state, Wanted(ids=[key]))
    if not found:
        raise NotFoundError(
            Text("没有这个 service_request_id。", "There is no such service_request_id."), field="service_request_id"
        )
    return found[0]


async def _requests(state: State, wanted: Wanted) -> list[dict[str, object]]:
    rows = await state.store.rows(requests_statement(state.settings.district, wanted))
    return [shown_request(row) for row in rows]
