"""What the API's definition says of tokens, links and the audit log."""

from __future__ import annotations

from api.ogc.schemas import TEXT, Schema
from geo.access.rules import Role
from geo.access.wishes import LONGEST, MOST_DAYS, REPORT_KINDS

BODY_ERRORS = (408, 413, 415, 422)

MOMENT: Schema = {"type": "string", "format": "date-time"}
MAYBE: Schema = {"type": "string", "nullable": True}
ROLE: Schema = {"type": "string", "enum": list(Role.__members__)}
KINDS: Schema = {"type": "array", "items": {"type": "string", "enum": list(REPORT_KINDS)}}
SOME_KINDS: Schema = {**KINDS, "minItems": 1}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _page(name: str, members: dict[str, Schema]) -> Schema:
    entries = {"type": "array", "items": _object(members)}
    return {"type": "object", "required": [name], "properties": {name: entries, "next": TEXT}}


WISH: Schema = {
    "type": "object",
    "required": ["role"],
    "additionalProperties": False,
    "properties": {
        "role": ROLE,
        "unit": NAME,
        "person": NAME,
        "checkpoint": NAME,
        "kinds": SOME_KINDS,
        "trusted": SOME_KINDS,
        "days": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS},
        "label": NAME,
    },
    "example": {"role": "field", "unit": "songshanlu", "days": 30, "label": "嵩山路一组"},
}
GRANTED: dict[str, Schema] = {
    "id": TEXT,
    "role": ROLE,
    "label": TEXT,
    "unit": MAYBE,
    "person": MAYBE,
    "checkpoint": MAYBE,
    "kinds": {**KINDS, "nullable": True},
    "trusted": KINDS,
    "expires_at": MOMENT,
}
SHOWN: dict[str, Schema] = {
    **GRANTED,
    "kind": {"type": "string", "enum": ["token", "link"]},
    "created_at": MOMENT,
    "created_by": TEXT,
    "revoked_at": {**MOMENT, "nullable": True},
    "revoked_by": MAYBE,
}
ENTRY: dict[str, Schema] = {
    "id": {"type": "string", "format": "uuid"},
    "happened_at": MOMENT,
    "actor": TEXT,
    "action": TEXT,
    "outcome": {"type": "string", "enum": ["allowed", "denied"]},
    "subject": MAYBE,
    "detail": {"type": "object"},
    "address": MAYBE,
}

WITH_SECRET = _object({**SHOWN, "token": TEXT})
LINK = _object({"code": TEXT, "url": TEXT, "qr_svg": TEXT, "link": _object(SHOWN)})
ME: Schema = {
    **_object({**GRANTED, "district": TEXT}),
    "properties": {**GRANTED, "district": TEXT, "csrf_token": TEXT},
}
TOKENS, ENTRIES = _page("tokens", SHOWN), _page("entries", ENTRY)
