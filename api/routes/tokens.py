"""Tokens: made, listed and revoked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.access.granting import give, revoke
from api.access.listing import LONGEST_MARK, MOST, private_json, shown, token_page
from api.access.schemas import BODY_ERRORS, TOKENS, WISH, WITH_SECRET
from api.auth import CommandCaller, ViewCaller, address_of
from api.describing import describe
from api.ogc.bodies import read_body
from api.ogc.links import JSON
from api.ogc.schemas import response
from api.state import state_of
from geo.access.wishes import read_wish
from geo.intake.json_body import read_object

router = APIRouter(prefix="/api/v1", tags=["access"])

After = Annotated[str | None, Query(max_length=LONGEST_MARK, description="The value of next of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@router.post(
    "/tokens",
    **describe(
        {201: response("The token; its secret is shown this once", {JSON: WITH_SECRET})},
        errors=BODY_ERRORS,
        content={JSON: WISH},
    ),
)
async def create_token(request: Request, caller: CommandCaller) -> Response:
    """Make a token of what its maker may hand on: a commander to viewers and the field team, an admin to all."""
    wish = read_wish(read_object(await read_body(request, (JSON,))))
    secret, row = await give(state_of(request), caller, "token", wish, address_of(request))
    return private_json({**shown(row), "token": secret.token}, 201)


@router.get("/tokens", **describe({200: response("Tokens and links, the newest first", {JSON: TOKENS})}))
async def list_tokens(request: Request, caller: CommandCaller, after: After = None, limit: Limit = 50) -> Response:
    """List the tokens and links of the caller's unit, or of all; no secret is among them."""
    return private_json(await token_page(state_of(request), caller, after, limit))


@router.delete("/tokens/{id}", **describe({204: response("Revoked", {})}, errors=(404,)))
async def revoke_token(
    request: Request,
    caller: ViewCaller,
    token_id: Annotated[str, Path(alias="id", max_length=LONGEST_MARK)],
) -> Response:
    """Revoke a token or link that the caller could have made, or his own token. It counts everywhere within 2 s."""
    await revoke(state_of(request), caller, token_id, address_of(request))
    return Response(status_code=204)
