"""Receipts: the public key, and whether a receipt is one of ours."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.describing import describe
from api.ogc.bodies import read_body
from api.ogc.links import JSON, answer
from api.ogc.schemas import TEXT, Schema, response
from api.report_reading import is_stored
from api.report_schemas import BODY_ERRORS, RECEIPT
from api.state import state_of
from geo.intake.json_body import read_object
from geo.intake.receipts import read_public_key, verify

router = APIRouter(prefix="/api/v1/receipts", tags=["receipts"])

PEM = "application/x-pem-file"
KEY_ID = "Erqi-Key-Id"
VERIFIED: Schema = {
    "type": "object",
    "required": ["valid", "stored"],
    "properties": {"valid": {"type": "boolean", "enum": [True]}, "stored": {"type": "boolean"}},
}


@router.get("/key", **describe({200: response("The public key in PEM", {PEM: TEXT})}, token=False))
async def public_key(request: Request) -> Response:
    """Return the key that checks receipts; the header Erqi-Key-Id has the name by which receipts call it."""
    key = state_of(request).intake.keeper.key
    return Response(key.public_pem, media_type=PEM, headers={KEY_ID: key.key_id})


@router.post(
    "/verify",
    **describe(
        {200: response("The receipt is ours and unchanged", {JSON: VERIFIED})},
        errors=BODY_ERRORS,
        content={JSON: RECEIPT},
        token=False,
    ),
)
async def verify_receipt(request: Request) -> Response:
    """Check a receipt: 422 says what is wrong with it. ``stored`` tells whether the report of it is in the store."""
    state = state_of(request)
    receipt = read_object(await read_body(request, (JSON,)))
    verify(receipt, read_public_key(state.intake.keeper.key.public_pem.encode()))
    return answer({"valid": True, "stored": await is_stored(state, receipt)})
