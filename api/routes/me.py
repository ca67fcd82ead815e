"""Who the caller is, and what the audit log says of everybody."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.access.listing import entry_page, granted, private_json
from api.access.schemas import ENTRIES, ME
from api.auth import AdminCaller, ViewCaller, csrf_for
from api.describing import describe
from api.ogc.links import JSON
from api.ogc.schemas import response
from api.routes.tokens import After, Limit
from api.state import state_of

router = APIRouter(prefix="/api/v1", tags=["access"])


@router.get("/me", **describe({200: response("Who is calling, and what he may do", {JSON: ME})}))
async def me(request: Request, caller: ViewCaller) -> Response:
    """Tell the holder of a token or session what it opens; a session also gets the value of X-CSRF-Token."""
    csrf = csrf_for(request)
    body = {"id": caller.token_id, **granted(caller), "expires_at": caller.expires_at, "district": caller.district}
    return private_json(body if csrf is None else {**body, "csrf_token": csrf})


@router.get("/audit", **describe({200: response("The audit log, the newest entry first", {JSON: ENTRIES})}))
async def audit_log(request: Request, caller: AdminCaller, after: After = None, limit: Limit = 50) -> Response:
    """List denials and privileged acts."""
    del caller
    return private_json(await entry_page(state_of(request), after, limit, UUID))
