"""One-time links, by which a temporary worker's phone gets a token without anybody typing it."""

from __future__ import annotations

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.access.granting import give, redeem
from api.access.listing import private_json, shown
from api.access.schemas import BODY_ERRORS, LINK, WISH, WITH_SECRET
from api.auth import CommandCaller, address_of, deny
from api.describing import describe
from api.ogc.bodies import read_body
from api.ogc.links import JSON, base_url
from api.ogc.schemas import response
from api.state import state_of
from geo.access.tokens import read_code
from geo.access.wishes import read_wish
from geo.errors import NotFoundError, SpentError
from geo.intake.json_body import read_object

router = APIRouter(prefix="/api/v1", tags=["access"])

LONGEST_CODE = 200


@router.post(
    "/links",
    **describe(
        {201: response("The link, its code and a QR code of it, shown this once", {JSON: LINK})},
        errors=BODY_ERRORS,
        content={JSON: WISH},
    ),
)
async def create_link(request: Request, caller: CommandCaller) -> Response:
    """Make a link that is good for one token; ``days`` is how long that will count, from now."""
    wish = read_wish(read_object(await read_body(request, (JSON,))))
    secret, row = await give(state_of(request), caller, "link", wish, address_of(request))
    # After the number sign, which browsers keep to themselves: no proxy's log holds the code.
    url = f"{base_url(request)}/field#join={secret.code}"
    return private_json({"code": secret.code, "url": url, "qr_svg": _qr_svg(url), "link": shown(row)}, 201)


@router.post(
    "/links/{code}",
    **describe(
        {201: response("The token; its secret is shown this once", {JSON: WITH_SECRET})},
        errors=(404, 410, 429),
        token=False,
    ),
)
async def redeem_link(request: Request, code: Annotated[str, Path(max_length=LONGEST_CODE)]) -> Response:
    """Make the token that a link is good for, exactly once; who has the link needs nothing else."""
    state, address = state_of(request), address_of(request)
    state.access.limiter.count_stranger(address)
    try:
        token, row = await redeem(state, code, address)
    except (NotFoundError, SpentError) as error:
        link = read_code(code)
        await deny(request, state, None, error, subject=None if link is None else f"link:{link.id}")
        raise
    return private_json({**shown(row), "token": token.token}, 201)


def _qr_svg(url: str) -> str:
    drawn = io.BytesIO()
    segno.make_qr(url, error="m").save(drawn, kind="svg", scale=4, xmldecl=False, title="erqi")
    return drawn.getvalue().decode()
