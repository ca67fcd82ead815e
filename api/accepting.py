"""What accepting a report changes, in the transaction of its caller; the report is locked by then."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, TypeAlias, cast

from sqlalchemy import ClauseElement

from api.store import Row, Transaction
from geo.errors import ConflictError, UnprocessableError
from geo.intake import moving, reviews
from geo.intake.acceptance import acceptance
from geo.intake.decision import Decision
from geo.intake.merging import TARGETS, Target, changes, conflicts, refuse_unresolved
from geo.types import Text

JsonObject: TypeAlias = dict[str, Any]


async def accepted(
    transaction: Transaction, report: JsonObject, decision: Decision
) -> tuple[JsonObject, list[JsonObject]]:
    """Accept a report, at the position that the decision names; return what changed, and what was in conflict."""
    position: JsonObject = {}
    if decision.position == "suspected":
        position, report = await moved(transaction, report)
    target = TARGETS.get(report["kind"])
    if target is not None:
        applied, found = await _applied(transaction, target, report, decision)
        return {**applied, **position}, found
    await transaction.first(reviews.judged(report["district"], report["id"], decision.to))
    return {**await _followed(transaction, report, decision), **position}, []


async def moved(transaction: Transaction, report: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Put a report at its suspected position; return both positions, and the report with its new place."""
    where = moving.position_of(report["district"], report["id"])
    before = await transaction.first(where)
    await transaction.first(moving.moved(report["district"], report["id"]))
    after = await transaction.first(where)
    assert before is not None  # noqa: S101 - the report is locked
    assert after is not None  # noqa: S101 - likewise
    place = dict(after.items())
    return {"position": {"before": dict(before.items()), "after": place}}, {**report, **place}


async def _applied(
    transaction: Transaction, target: Target, report: JsonObject, decision: Decision
) -> tuple[JsonObject, list[JsonObject]]:
    """Let a task or checkpoint follow its report, and return what changed and which fields were in conflict."""
    before = await present_state(transaction, target, report)
    kept = {
        sent_as: before[name] for sent_as, name in target.fields.items() if decision.fields.get(sent_as) == "current"
    }
    if kept:
        await transaction.first(reviews.kept_values(report["district"], report["id"], kept))
    after = await following(transaction, target, report)
    found = conflicts(target, await seen_state(transaction, target, report), before, after)
    refuse_unresolved(found, decision.fields)
    return changes(before, after), found


async def following(transaction: Transaction, target: Target, report: JsonObject) -> JsonObject:
    """Mark a report as accepted, let its task or checkpoint follow, and return the row that is then."""
    await transaction.first(reviews.judged(report["district"], report["id"], "accepted"))
    await _take_effect(transaction, report)
    return await present_state(transaction, target, report)


async def _take_effect(transaction: Transaction, report: JsonObject) -> None:
    """Run what an accepted report changes; each kind's statements are compiled once."""
    for number, (statement, values) in enumerate(acceptance({**report, "status": "accepted"})):
        await transaction.run(
            ("acceptance", report["kind"], number), partial(_same, cast(ClauseElement, statement)), values
        )


def _same(statement: ClauseElement) -> ClauseElement:
    return statement


async def _followed(transaction: Transaction, report: JsonObject, decision: Decision) -> JsonObject:
    """Do what follows from an accepted report that sets no fields: a reading, a better position, a new case."""
    await _take_effect(transaction, report)
    if report["kind"] == "position_fix":
        return await improved(transaction, report)
    if decision.case is None:
        return {}
    now = await transaction.first(reviews.moment())
    assert now is not None  # noqa: S101 - one row
    await transaction.first(reviews.opened_case(report, decision.case, now.moment))
    await transaction.first(reviews.linked_case(report["district"], report["id"]))
    return {"case_id": {"before": None, "after": reviews.case_id(report["id"])}}


async def improved(transaction: Transaction, report: JsonObject) -> JsonObject:
    """Put the place of a position fix where it was found; raise where there is none, or one known better already."""
    if report["checkpoint_id"] is None and report["site_id"] is None:
        raise UnprocessableError(
            Text("位置订正须指明点位或项目点。", "A position fix is of a checkpoint or of a site."),
            field="checkpoint_id",
        )
    row = await transaction.first(reviews.improved_place(report))
    if row is None:
        raise ConflictError(
            Text("该地点的现有位置更准，不能用这次订正替换。", "The place is known better already than by this fix."),
            field="position",
            kind="review-no-better",
        )
    return {"position_accuracy_m": {"after": report["position_accuracy_m"]}, "place": {"after": row.id}}


async def present_state(transaction: Transaction, target: Target, report: JsonObject) -> JsonObject:
    """Return the row of the task or checkpoint that a report is of, and hold it until the transaction ends."""
    row = await transaction.first(reviews.present_state(target, report["district"], report[target.id_column]))
    assert row is not None  # noqa: S101 - a foreign key holds it
    state: JsonObject = json.loads(row.state)
    return state


async def seen_state(transaction: Transaction, target: Target, report: JsonObject) -> JsonObject | None:
    """Return that row as the sender saw it; None when he did not say which version he looked at."""
    # A report of a stretch overwrites nothing of what others have said of other stretches.
    if report["base_version"] is None or report["from_m"] is not None:
        return None
    statement = reviews.seen_state(target, report["district"], report[target.id_column], report["base_version"])
    row: Row | None = await transaction.first(statement)
    return None if row is None else json.loads(row.state)
