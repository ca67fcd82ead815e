"""Decisions on reports, each in one transaction: the step, what acceptance changes, and who decided why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from api.accepting import accepted
from api.retrying import coming_again
from api.state import State
from api.store import Transaction
from geo.access.rules import Caller, Role
from geo.errors import ConflictError, ForbiddenError, NotFoundError, UnprocessableError
from geo.intake import reviews
from geo.intake.decision import Decision, refuse_stale, refuse_step
from geo.intake.duplicates import duplicates_statement
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
        report = await locked(transaction, caller, report_id)
        _refuse_own(caller, report)
        return await _decided(transaction, caller, report, decision)

    return await run(state, work)


async def accept_at_once(state: State, caller: Caller, report_id: UUID) -> bool:
    """Accept a report as it came, of a kind for which its sender is trusted; tell whether it is accepted so by now.

    False where a person has to look after all: where something about it is doubtful (geo.intake.trust), a case would
    have to be opened, somebody has changed the same fields, or a reviewer has had it already.
    """
    decision = Decision(to="accepted", reason=AT_ONCE)

    async def work(transaction: Transaction) -> JsonObject:
        report = await locked(transaction, caller, report_id)
        if report["status"] == "accepted":
            row = await transaction.first(reviews.accepted_by(caller.district, report_id))
            return {"accepted": row is not None and row.actor == caller.actor}
        refuse_at_once(caller, report)
        await _decided(transaction, caller, report, decision)
        return {"accepted": True}

    try:
        found = await run(state, work)
    except (ConflictError, UnprocessableError):
        return False
    return bool(found["accepted"])


async def suggestions(state: State, caller: Caller, report_id: UUID) -> list[JsonObject]:
    """Return the earlier reports that may be of what a report is of, the likeliest first, as far as he may see them.

    Raises NotFoundError, or ForbiddenError for a report of another unit.
    """
    report = await state.store.first(reviews.repeated(caller.district, report_id))
    if report is None:
        raise not_there()
    refuse_others(caller, report.unit_id)
    unit_id = None if caller.role >= Role.commander else caller.unit_id
    rows = await state.store.rows(duplicates_statement(caller.district, report_id, unit_id=unit_id))
    return [dict(row.items()) for row in rows]


def looks_after(caller: Caller, unit_id: str | None) -> bool:
    """Tell whether the reports of a unit, or of none (None), are the caller's to review."""
    return caller.role >= Role.commander or (caller.role >= Role.reviewer and caller.covers_unit(unit_id))


def refuse_others(caller: Caller, unit_id: str | None) -> None:
    """Raise ForbiddenError for a report of a unit that is not the caller's to review."""
    if not looks_after(caller, unit_id):
        raise ForbiddenError(
            Text("令牌不允许审核其他单位的上报。", "The token does not allow reviewing another unit's reports.")
        )


def is_senders_own(caller: Caller, report: Mapping[str, Any]) -> bool:
    """Tell whether somebody has sent a report himself, by this token or another of his."""
    is_sender = report["token_id"] is not None and report["token_id"] == caller.token_id
    return is_sender or (caller.person_id is not None and report["reporter_id"] == caller.person_id)


async def run(state: State, work: Work) -> JsonObject:
    """Do work in a transaction, again where somebody else came between."""

    async def attempt() -> JsonObject:
        async with state.store.transaction() as transaction:
            return await work(transaction)

    try:
        return await coming_again(attempt, of="review")
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _refused(error.constraint_name or "") from error


async def locked(transaction: Transaction, caller: Caller, report_id: UUID) -> JsonObject:
    """Return a report and hold it until the transaction ends; raise NotFoundError without one."""
    row = await transaction.first(reviews.locked_report(caller.district, report_id))
    if row is None:
        raise not_there()
    return dict(row.items())


def _refuse_own(caller: Caller, report: Mapping[str, Any]) -> None:
    """Refuse a report of another unit, and one that the reviewer has sent: a second person has to look."""
    refuse_others(caller, report["unit_id"])
    if is_senders_own(caller, report):
        raise ForbiddenError(
            Text("自己上报的内容须由他人审核。", "What you have sent yourself takes another person's review.")
        )


async def _decided(transaction: Transaction, caller: Caller, report: JsonObject, decision: Decision) -> JsonObject:
    """Take the step, do what follows from it, and keep it; the report is locked."""
    district, report_id = report["district"], report["id"]
    if decision.reviews_seen is not None:
        # asked for once the report is held: whoever was waited for has decided by now
        row = await transaction.first(reviews.decided_so_far(district, report_id))
        assert row is not None  # noqa: S101 - one row
        refuse_stale(decision, decided=row.decided, status=report["status"])
    refuse_step(report, decision)
    await _refuse_bad_duplicate(transaction, caller, decision)
    await transaction.first(reviews.sign(caller.actor, decision.reason, report_id))
    applied: JsonObject = {}
    found: list[JsonObject] = []
    if decision.to != "accepted":
        await transaction.first(reviews.judged(district, report_id, decision.to))
    else:
        applied, found = await accepted(transaction, report, decision)
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


async def _refuse_bad_duplicate(transaction: Transaction, caller: Caller, decision: Decision) -> None:
    if decision.duplicate_of is None:
        return
    row = await transaction.first(reviews.repeated(caller.district, decision.duplicate_of))
    if row is None or row.status == "duplicate" or not looks_after(caller, row.unit_id):
        raise UnprocessableError(
            Text("所指的上报不存在，或本身已是重复。", "The report it repeats is not there, or is itself a duplicate."),
            field="duplicate_of",
        )


def not_there() -> NotFoundError:
    """Return the refusal of an id that no report has."""
    return NotFoundError(Text("没有这条上报。", "There is no such report."), field="report_id")


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
