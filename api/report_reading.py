"""Reports that came in, as their senders and reviewers read them; nobody else does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from api.keeping import made_of
from api.reviewing import looks_after
from api.state import State
from api.store import Row
from geo.access.rules import Caller
from geo.errors import ForbiddenError, InvalidInputError, NotFoundError
from geo.intake.inquiries import own_reports, report_by_id
from geo.intake.receipts import Taken
from geo.intake.report_body import as_uuid
from geo.intake.values import read_instant
from geo.types import Text

AS_STORED = ("kind", "status", "observed_at", "received_at", "unit_id", "task_id", "case_id", "note")
JsonObject = dict[str, Any]
Mark = tuple[datetime, UUID]


async def one_report(state: State, caller: Caller, report_id: UUID) -> JsonObject:
    """Return a report with its body as sent; raise NotFoundError, or ForbiddenError where it is none of his."""
    district = state.settings.district
    row = await state.store.run("report by id", lambda: report_by_id(district), {"id": report_id})
    if row is None:
        raise NotFoundError(Text(f"没有上报 {report_id}。", f"There is no report {report_id}."), field="report_id")
    if not _may_read(caller, row):
        raise ForbiddenError(
            Text("这份上报不是您报的，也不归您审核。", "The report is neither yours nor yours to review."),
            field="report_id",
        )
    return _shown(state, row) | {"body": None if row.body is None else orjson.loads(row.body), "channel": row.channel}


async def own_page(state: State, caller: Caller, after: str | None, limit: int) -> JsonObject:
    """Return a page of what the caller has sent, the newest first, with the mark of the next."""
    district = state.settings.district
    mark = None if after is None else _read_mark(after)
    statement = own_reports(district, caller.token_id, caller.person_id, after=mark, limit=limit + 1)
    rows = await state.store.rows(statement)
    page: JsonObject = {"reports": [_shown(state, row) for row in rows[:limit]]}
    last = rows[limit - 1] if len(rows) > limit else None
    return page if last is None else page | {"next": f"{last.received_at.isoformat()}~{last.id}"}


async def is_stored(state: State, receipt: Mapping[str, Any]) -> bool:
    """Tell whether the report of a genuine receipt is in the store as it says."""
    district, report_id = state.settings.district, as_uuid(receipt["report_id"])
    if receipt["district"] != district or report_id is None:
        return False
    row = await state.store.run("report by id", lambda: report_by_id(district), {"id": report_id})
    return row is not None and row.body_sha256 is not None and row.body_sha256.hex() == receipt["body_sha256"]


def _may_read(caller: Caller, row: Row) -> bool:
    if looks_after(caller, row.unit_id):
        return True
    own = row.token_id is not None and row.token_id == caller.token_id
    return own or (caller.person_id is not None and row.reporter_id == caller.person_id)


def _shown(state: State, row: Row) -> JsonObject:
    reviews = orjson.loads(row.reviews)
    answered = reviews[-1]["reason"] if reviews else None
    found = {"id": str(row.id), **{name: row[name] for name in AS_STORED}, "reason": answered, "reviews": reviews}
    if row.sequence is None:  # no submission brought it
        return found
    digests = (row.body_sha256, row.photo_sha256, row.sequence, row.received_at)
    taken = Taken(state.settings.district, row.id, *digests)
    photos = [each.hex() for each in row.photo_sha256]
    return {**found, **made_of(row), "photos": photos, "receipt": state.intake.keeper.key.receipt(taken)}


def _read_mark(text: str) -> Mark:
    """Read where a page begins: the moment and id of the last entry of the page before."""
    moment, _, key = text.partition("~")
    found, report_id = read_instant(moment.replace(" ", "+")), as_uuid(key)
    if found is None or report_id is None:
        raise InvalidInputError(
            Text("“after”应为上一页的 next。", "“after” should be the next of the page before."), field="after"
        )
    return found, report_id
