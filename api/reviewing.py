"""Decisions on reports, each in one transaction: the step, what acceptance changes, and who decided why."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, cast
from uuid import UUID

import asyncpg
from sqlalchemy import ClauseElement

from api.retrying import coming_again
from api.state import State
from api.store import Row, Transaction
from geo.access.rules import Caller, Role
from geo.errors import ConflictError, ForbiddenError, NotFoundError, UnprocessableError
from geo.intake import moving, reviews
from geo.intake.acceptance import acceptance
from geo.intake.decision import WAITING, Decision, refuse_step
from geo.intake.duplicates import duplicates_statement
from geo.intake.merging import TARGETS, Target, changes, conflicts, refuse_unresolved
from geo.intake.trust import AT_ONCE, refuse_at_once
from geo.types import Text

JsonObject: TypeAlias = dict[str, Any]
Work: TypeAlias = Callable[[Transaction], Awaitable[JsonObject]]


async def decide(state: State, caller: Caller, report_id: UUID, decision: Decision) -> JsonObject:
    """Keep a reviewer's decision and return it; of two reviewers at once the second sees what the first decided.

    Raises NotFoundError, ForbiddenError for a report of another unit or of the reviewer's own, ConflictError for a step
    that does not follow or for fields that somebody has changed meanwhile.
    """

    async def work(transaction: Transaction) -> JsonObject:
        report = await _locked(transaction, caller, report_id)
        _refuse_own(caller, report)
        return await _decided(transaction, caller, report, decision)

    return await _run(state, work)


async def accept_at_once(state: State, caller: Caller, report_id: UUID) -> bool:
    """Accept a report as it came, of a kind for which its sender is trusted; tell whether it is accepted so by now.

    False where a person has to look after all: where something about it is doubtful (geo.intake.trust), a case would
    have to be opened, somebody has changed the same fields, or a reviewer has had it already.
    """
    decision = Decision(to="accepted", reason=AT_ONCE)

    async def work(transaction: Transaction) -> JsonObject:
        report = await _locked(transaction, caller, report_id)
        if report["status"] == "accepted":
            row = await transaction.first(reviews.accepted_by(caller.district, report_id))
            return {"accepted": row is not None and row.actor == caller.actor}
        refuse_at_once(caller, report)
        await _decided(transaction, caller, report, decision)
        return {"accepted": True}

    try:
        found = await _run(state, work)
    except (ConflictError, UnprocessableError):
        return False
    return bool(found["accepted"])


async def suggestions(state: State, caller: Caller, report_id: UUID) -> list[JsonObject]:
    """Return the earlier reports that may be of what a report is of, the likeliest first, as far as he may see them.

    Raises NotFoundError, or ForbiddenError for a report of another unit.
    """
    report = await state.store.first(reviews.repeated(caller.district, report_id))
    if report is None:
        raise _not_there()
    if not looks_after(caller, report.unit_id):
        raise _not_yours()
    unit_id = None if caller.role >= Role.commander else caller.unit_id
    rows = await state.store.rows(duplicates_statement(caller.district, report_id, unit_id=unit_id))
    return [dict(row.items()) for row in rows]


def looks_after(caller: Caller, unit_id: str | None) -> bool:
    """Tell whether the reports of a unit, or of none (None), are the caller's to review."""
    return caller.role >= Role.commander or (caller.role >= Role.reviewer and caller.covers_unit(unit_id))


async def waiting(state: State, caller: Caller, *, after: tuple[datetime, UUID] | None, limit: int) -> list[JsonObject]:
    """Return the reports that wait for a decision of the caller's, the oldest first."""
    unit_id = None if caller.role >= Role.commander else caller.unit_id
    rows = await state.store.rows(
        reviews.waiting(caller.district, statuses=WAITING, unit_id=unit_id, after=after, limit=limit)
    )
    return [{**row, "candidates": json.loads(row.candidates or "[]")} for row in rows]


async def _run(state: State, work: Work) -> JsonObject:
    async def attempt() -> JsonObject:
        async with state.store.transaction() as transaction:
            return await work(transaction)

    try:
        return await coming_again(attempt, of="review")
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _refused(error.constraint_name or "") from error


async def _locked(transaction: Transaction, caller: Caller, report_id: UUID) -> JsonObject:
    row = await transaction.first(reviews.locked_report(caller.district, report_id))
    if row is None:
        raise _not_there()
    return dict(row.items())


def _refuse_own(caller: Caller, report: Mapping[str, Any]) -> None:
    """Refuse a report of another unit, and one that the reviewer has sent: a second person has to look."""
    if not looks_after(caller, report["unit_id"]):
        raise _not_yours()
    is_sender = report["token_id"] == caller.token_id
    if is_sender or (caller.person_id is not None and report["reporter_id"] == caller.person_id):
        raise ForbiddenError(
            Text("自己上报的内容须由他人审核。", "What you have sent yourself takes another person's review.")
        )


async def _decided(transaction: Transaction, caller: Caller, report: JsonObject, decision: Decision) -> JsonObject:
    """Take the step, do what follows from it, and keep it; the report is locked."""
    refuse_step(report, decision)
    district, report_id = report["district"], report["id"]
    await _refuse_bad_duplicate(transaction, caller, decision)
    await transaction.first(reviews.sign(caller.actor, decision.reason, report_id))
    applied: JsonObject = {}
    found: list[JsonObject] = []
    if decision.to != "accepted":
        await transaction.first(reviews.judged(district, report_id, decision.to))
    else:
        applied, found = await _accepted(transaction, report, decision)
    kept = await transaction.first(reviews.recorded(report, decision, caller.actor, applied, found))
    assert kept is not None  # noqa: S101 - an INSERT that returns its row
    return {
        "report_id": str(report_id),
        "number": kept.number,
        "from": report["status"],
        "to": decision.to,
        "reason": decision.reason,
        "decided_at": kept.decided_at.isoformat(),
        "applied": applied,
        "conflicts": found,
    }


async def _accepted(
    transaction: Transaction, report: JsonObject, decision: Decision
) -> tuple[JsonObject, list[JsonObject]]:
    """Accept a report, at the position that the decision names; return what changed, and what was in conflict."""
    position: JsonObject = {}
    if decision.position == "suspected":
        position, report = await _moved(transaction, report)
    target = TARGETS.get(report["kind"])
    if target is not None:
        applied, found = await _applied(transaction, target, report, decision)
        return {**applied, **position}, found
    await transaction.first(reviews.judged(report["district"], report["id"], decision.to))
    return {**await _followed(transaction, report, decision), **position}, []


async def _moved(transaction: Transaction, report: JsonObject) -> tuple[JsonObject, JsonObject]:
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
    district, target_id = report["district"], report[target.id_column]
    before = await _state(transaction, target, district, target_id)
    kept = {
        sent_as: before[name] for sent_as, name in target.fields.items() if decision.fields.get(sent_as) == "current"
    }
    if kept:
        await transaction.first(reviews.kept_values(district, report["id"], kept))
    await transaction.first(reviews.judged(district, report["id"], decision.to))
    await _take_effect(transaction, report)
    after = await _state(transaction, target, district, target_id)
    found = conflicts(target, await _seen(transaction, target, report), before, after)
    refuse_unresolved(found, decision.fields)
    return changes(before, after), found


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
        return await _improved(transaction, report)
    if decision.case is None:
        return {}
    now = await transaction.first(reviews.moment())
    assert now is not None  # noqa: S101 - one row
    await transaction.first(reviews.opened_case(report, decision.case, now.moment))
    await transaction.first(reviews.linked_case(report["district"], report["id"]))
    return {"case_id": {"before": None, "after": reviews.case_id(report["id"])}}


async def _improved(transaction: Transaction, report: JsonObject) -> JsonObject:
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


async def _state(transaction: Transaction, target: Target, district: str, target_id: str) -> JsonObject:
    row = await transaction.first(reviews.present_state(target, district, target_id))
    assert row is not None  # noqa: S101 - a foreign key holds it
    state: JsonObject = json.loads(row.state)
    return state


async def _seen(transaction: Transaction, target: Target, report: JsonObject) -> JsonObject | None:
    if report["base_version"] is None:
        return None
    statement = reviews.seen_state(target, report["district"], report[target.id_column], report["base_version"])
    row: Row | None = await transaction.first(statement)
    return None if row is None else json.loads(row.state)


async def _refuse_bad_duplicate(transaction: Transaction, caller: Caller, decision: Decision) -> None:
    if decision.duplicate_of is None:
        return
    row = await transaction.first(reviews.repeated(caller.district, decision.duplicate_of))
    if row is None or row.status == "duplicate" or not looks_after(caller, row.unit_id):
        raise UnprocessableError(
            Text("所指的上报不存在，或本身已是重复。", "The report it repeats is not there, or is itself a duplicate."),
            field="duplicate_of",
        )


def _not_there() -> NotFoundError:
    return NotFoundError(Text("没有这条上报。", "There is no such report."), field="report_id")


def _not_yours() -> ForbiddenError:
    return ForbiddenError(
        Text("令牌不允许审核其他单位的上报。", "The token does not allow reviewing another unit's reports.")
    )


def _refused(constraint: str) -> UnprocessableError:
    """Say which member of the new case refers to nothing, or that the case is not as the ledger wants it."""
    field = constraint.removeprefix("fk_cases_").removeprefix("district_")
    if constraint.startswith("fk_cases_"):
        return UnprocessableError(
            Text(f"“{field}”指向的内容不存在。", f"What “{field}” refers to is not there."), field=f"case.{field}"
        )
    return UnprocessableError(
        Text(
            "条目不符合台账规则，例如隐患类须有隐患类型。",
            "The case breaks a rule of the ledger, such as the kind of a hazard.",
        ),
        field="case",
    )
