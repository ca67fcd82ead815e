"""Tokens and the audit log read a page at a time, and how both are written as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import orjson
from starlette.responses import Response

from api.ogc.links import JSON
from api.state import State
from geo.access import audit, statements
from geo.access.rules import Caller, Grant
from geo.errors import InvalidInputError
from geo.types import Text

MOST = 200  # entries of a page
LONGEST_MARK = 100
YEARS = range(2000, 9000)  # beyond, a zone can lead out of what dates can be

Key = TypeVar("Key")


async def token_page(state: State, caller: Caller, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of tokens and links, the newest first, of the caller's unit or of all."""
    mark = _read_mark(after, str)
    rows = await state.store.rows(statements.listed(state.settings.district, limit + 1, mark, unit_id=caller.unit_id))
    return _page("tokens", [shown(row) for row in rows], limit, "created_at")


async def entry_page(state: State, after: str | None, limit: int, read_id: Callable[[str], Any]) -> dict[str, Any]:
    """Return a page of the audit log, the newest first."""
    rows = await state.store.rows(audit.entries(state.settings.district, limit + 1, _read_mark(after, read_id)))
    entries = [{**row, "id": str(row.id), "detail": orjson.loads(row.detail)} for row in rows]
    return _page("entries", entries, limit, "happened_at")


def shown(row: Any) -> dict[str, Any]:
    """Return what may be shown of a token or link: never its secret."""
    return {
        "id": row.id,
        "kind": row.kind,
        "role": row.role,
        "label": row.label,
        "unit": row.unit_id,
        "person": row.person_id,
        "checkpoint": row.checkpoint_id,
        "kinds": row.report_kinds,
        "trusted": row.trusted_kinds,
        "expires_at": row.expires_at,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "revoked_at": row.revoked_at,
        "revoked_by": row.revoked_by,
    }


def granted(grant: Grant) -> dict[str, Any]:
    """Return what somebody may do."""
    return {
        "role": grant.role.name,
        "label": grant.label,
        "unit": grant.unit_id,
        "person": grant.person_id,
        "checkpoint": grant.checkpoint_id,
        "kinds": None if grant.report_kinds is None else sorted(grant.report_kinds),
        "trusted": sorted(grant.trusted_kinds),
    }


def private_json(body: Mapping[str, Any], status: int = 200) -> Response:
    """Answer with JSON that nobody keeps."""
    return Response(orjson.dumps(body), status, headers={"Cache-Control": "no-store"}, media_type=JSON)


def _page(name: str, entries: Sequence[Mapping[str, Any]], limit: int, moment: str) -> dict[str, Any]:
    """Return the first ``limit`` entries, with the mark of the last one when there are more."""
    page: dict[str, Any] = {name: entries[:limit]}
    if len(entries) > limit:
        last = entries[limit - 1]
        page["next"] = f"{last[moment].isoformat()}~{last['id']}"
    return page


def _read_mark(after: str | None, read_id: Callable[[str], Key]) -> tuple[datetime, Key] | None:
    if after is None:
        return None
    moment, _, found = after.replace(" ", "+").partition("~")  # a plus that was not encoded
    try:
        return _read_moment(moment), read_id(found)
    except ValueError as error:
        text = Text("after 只能用上一页给出的 next。", "after is the next of the page before.")
        raise InvalidInputError(text, field="after") from error


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.year not in YEARS:
        message = "not a moment that a page has ended with"
        raise ValueError(message)
    return moment
