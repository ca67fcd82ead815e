"""What a reviewer looks at: pages of what waits, how much of what sort it is, and one report with all about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from api.foreseeing import foreseen
from api.reviewing import is_senders_own, not_there, refuse_others
from api.state import State
from api.store import Row
from geo.access.rules import Caller, Role
from geo.intake.decision import STEPS
from geo.intake.desk import decisions_on, on_the_desk, photos_of, things_named
from geo.intake.queue import Wanted, figures, matching, waiting

JsonObject: TypeAlias = dict[str, Any]
Mark: TypeAlias = tuple[datetime, UUID]

NOT_SHOWN = frozenset({"token_id", "reporter_id", "candidates", "body"})
OF_THE_REPORT = {
    "roads": "road_id",
    "segments": "segment_id",
    "sites": "site_id",
    "checkpoints": "checkpoint_id",
}
FACETS = ("status", "kind", "unit", "flag")


async def queue_page(state: State, caller: Caller, wanted: Wanted, *, after: Mark | None, limit: int) -> JsonObject:
    """Return a page of what waits for a decision of the caller's, the oldest first; the first one has the count."""
    unit_id = _own_unit(caller)
    of_unit, onwards = unit_id is not None, after is not None
    values = {**wanted.values(), "unit_id": unit_id, "limit": limit + 1}
    if after is not None:
        values |= {"after_at": after[0], "after_id": after[1]}
    rows = await state.store.all(
        ("waiting", wanted.shape, of_unit, onwards),
        lambda: waiting(caller.district, wanted, of_unit=of_unit, onwards=onwards),
        values,
    )
    page: JsonObject = {"reports": [_listed(row) for row in rows[:limit]]}
    if len(rows) > limit:
        last = rows[limit - 1]
        page["next"] = f"{last.received_at.isoformat()}~{last.id}"
    if not onwards:
        shape = ("matching", wanted.shape, of_unit)
        counted = await state.store.run(shape, lambda: matching(caller.district, wanted, of_unit=of_unit), values)
        page["matched"] = 0 if counted is None else counted.matched
    return page


async def queue_figures(state: State, caller: Caller, statuses: tuple[str, ...]) -> JsonObject:
    """Return how many reports wait, by status, kind, unit and flag, and since when the oldest does."""
    unit_id = _own_unit(caller)
    of_unit = unit_id is not None
    rows = await state.store.all(
        ("waiting figures", statuses, of_unit),
        lambda: figures(caller.district, statuses=statuses, of_unit=of_unit),
        {"unit_id": unit_id},
    )
    found: JsonObject = {facet: [] for facet in FACETS}
    oldest = [row.oldest for row in rows if row.facet == "status" and row.code in statuses]
    for row in rows:
        found[row.facet].append({name: row[name] for name in ("code", "name_zh", "name_en", "reports")})
    return {**found, "oldest": min(oldest, default=None)}


async def desk(state: State, caller: Caller, report_id: UUID) -> JsonObject:
    """Return one report with all that a decision on it takes.

    Raises NotFoundError, or ForbiddenError for a report of another unit.
    """
    district, store, which = caller.district, state.store, {"id": report_id}
    row = await store.run("on the desk", lambda: on_the_desk(district), which)
    if row is None:
        raise not_there()
    refuse_others(caller, row.unit_id)
    candidates = orjson.loads(row.candidates or "[]")
    things = await store.all("things named", lambda: things_named(district), {**which, **_ids(row, candidates)})
    photos = await store.all("photos of", lambda: photos_of(district), which)
    decisions = await store.all("decisions on", lambda: decisions_on(district), which)
    named = {(each.collection, each.id): dict(each.items()) for each in things}
    return {
        "report": {name: value for name, value in row.items() if name not in NOT_SHOWN},
        "sent": None if row.body is None else orjson.loads(row.body),
        "is_own": is_senders_own(caller, dict(row.items())),
        "may_become": sorted(STEPS[row.status]),
        "candidates": [{**named.get((each["collection"], each["id"]), {}), **each} for each in candidates],
        "things": [named[name, row[column]] for name, column in OF_THE_REPORT.items() if row[column] is not None],
        "photos": [_photo(each, row) for each in photos],
        "reviews": [_decision(each) for each in decisions],
        "acceptance": await foreseen(state, caller, report_id),
    }


def _own_unit(caller: Caller) -> str | None:
    return None if caller.role >= Role.commander else caller.unit_id


def _listed(row: Row) -> JsonObject:
    return {**row, "candidates": orjson.loads(row.candidates or "[]")}


def _ids(row: Row, candidates: list[JsonObject]) -> Mapping[str, list[str]]:
    """Return the things to be named, by collection: what the report is of, and what it may be of."""
    return {
        name: [
            *([row[column]] if row[column] is not None else []),
            *(each["id"] for each in candidates if each["collection"] == name),
        ]
        for name, column in OF_THE_REPORT.items()
    }


def _photo(photo: Row, report: Row) -> JsonObject:
    apart = None if photo.taken_at is None else (photo.taken_at - report.observed_at).total_seconds()
    return {**photo, "seconds_apart": apart}


def _decision(row: Row) -> JsonObject:
    return {**row, "applied": orjson.loads(row.applied), "conflicts": orjson.loads(row.conflicts)}
