"""The door of ODK Collect and its like: OpenRosa's form list, manifests and submissions. Each of them takes a token."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import caller_of, deny
from api.openrosa import ROOT, XML, OpenRosaRoute, address_of_server, receive, submission_headers
from api.openrosa_bodies import opened
from api.state import State, state_of
from geo.access.rules import Caller, Role
from geo.errors import ForbiddenError, NotFoundError
from geo.exchange.openrosa_forms import Form, form_list, forms, manifest, message
from geo.exchange.openrosa_lists import list_csv, list_statement
from geo.types import Text

router = APIRouter(prefix=ROOT, tags=["openrosa"], route_class=OpenRosaRoute, include_in_schema=False)

NO_CONTENT = 204


@router.get("/formList")
async def read_form_list(request: Request) -> Response:
    """List the forms of the kinds that the caller may report (OpenRosa Form List API)."""
    caller = await caller_of(request, state_of(request), Role.field)
    open_to_him = [form for form in forms().values() if caller.report_kinds is None or form.kind in caller.report_kinds]
    return _xml(form_list(open_to_him, address_of_server(request)))


@router.get("/forms/{form_id}.xml")
async def read_form(request: Request, form_id: str) -> Response:
    """Return a form as an XForm."""
    await caller_of(request, state_of(request), Role.field)
    return _xml(_form(form_id).xml)


@router.get("/forms/{form_id}/manifest")
async def read_manifest(request: Request, form_id: str) -> Response:
    """Return which lists a form chooses from, with a hash of what they hold now (OpenRosa Form Manifest API)."""
    state = state_of(request)
    caller = await caller_of(request, state, Role.field)
    form = _form(form_id)
    contents = [await _list(state, caller, name) for name in form.lists]
    return _xml(manifest(form, contents, address_of_server(request)))


@router.get("/lists/{name}")
async def read_list(request: Request, name: str) -> Response:
    """Return what there is to choose from, as it stands now."""
    state = state_of(request)
    caller = await caller_of(request, state, Role.field)
    return Response(await _list(state, caller, name), media_type="text/csv; charset=utf-8")


@router.get("/submission")
async def ask_before_sending(request: Request) -> Response:
    """Tell where submissions go and how large they may be; a phone asks by HEAD before it sends."""
    await caller_of(request, state_of(request), Role.field)
    return Response(status_code=NO_CONTENT, headers=submission_headers(request))


@router.post("/submission")
async def send_submission(request: Request) -> Response:
    """Take a filled-in form in (OpenRosa Form Submission API): 201 is durably stored, 202 waits for more photos."""
    state = state_of(request)
    caller = await caller_of(request, state, Role.field)
    try:
        async with opened(request) as envelope:
            outcome = await receive(state, caller, envelope)
    except ForbiddenError as error:
        await deny(request, state, caller, error)
        raise
    headers = submission_headers(request)
    return Response(message(outcome.text, outcome.nature), outcome.status, media_type=XML, headers=headers)


def _xml(document: bytes) -> Response:
    return Response(document, media_type=XML)


def _form(form_id: str) -> Form:
    found = forms().get(form_id)
    if found is None:
        raise NotFoundError(Text("没有这个表单。", "There is no such form."), field="form_id")
    return found


async def _list(state: State, caller: Caller, name: str) -> bytes:
    statement = list_statement(name, caller)
    if statement is None:
        raise NotFoundError(Text("没有这个列表。", "There is no such list."), field="name")
    return list_csv(name, await state.store.rows(statement))
