"""What accepting a report would change as things stand: it is done, looked at, and undone.

So the desk shows just what a decision will do, by the same statements, whatever rules, triggers and other reports have
to say in it. It costs what an acceptance costs, and the rows that were written in vain.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.accepting import JsonObject, following, improved, moved, present_state, seen_state
from api.errors import problem_of, status_of
from api.retrying import coming_again
from api.reviewing import locked
from api.state import State
from api.store import Transaction
from geo.access.rules import Caller
from geo.errors import ConflictError, ErqiError, UnprocessableError
from geo.intake import reviews
from geo.intake.decision import STEPS
from geo.intake.desk import place_of
from geo.intake.merging import TARGETS, Target, changes, conflicts

REASON = "试算 trial"


class _EnoughError(Exception):
    """Ends a transaction whose changes nobody wants."""


async def foreseen(state: State, caller: Caller, report_id: UUID) -> JsonObject:
    """Return what accepting a report would do.

    ``changes``: the fields with their values before and after; ``conflicts``: those in conflict, with the values seen,
    current and sent; ``fields``: the values of the fields that the report can set as its sender saw them (None:
    unknown) and as they are; ``moved``: its place if its suspected position is taken; ``refused``: the problem that
    stands against it.
    """
    answer: JsonObject = {}

    async def attempt() -> JsonObject:
        try:
            async with state.store.transaction() as transaction:
                answer.update(await _tried(transaction, caller, report_id))
                raise _EnoughError  # noqa: TRY301 - it is the way to have a transaction undone
        except _EnoughError:
            return answer

    return await coming_again(attempt, of="review")


async def _tried(transaction: Transaction, caller: Caller, report_id: UUID) -> JsonObject:
    report = await locked(transaction, caller, report_id)
    found: JsonObject = {"changes": {}, "conflicts": [], "fields": {}, "moved": None, "refused": None}
    if "accepted" not in STEPS[report["status"]]:
        return found
    await transaction.first(reviews.sign(caller.actor, REASON, report_id))
    try:
        if "datum_suspect" in report["flags"]:
            position, _ = await moved(transaction, report)
            called = await transaction.run("place of", lambda: place_of(caller.district), {"id": report_id})
            found["moved"] = {**position["position"]["after"], **dict(called.items() if called else ())}
        target = TARGETS.get(report["kind"])
        if target is not None:
            found |= await _followed(transaction, target, report)
        elif report["kind"] == "position_fix":
            found["changes"] = await improved(transaction, report)
    except (ConflictError, UnprocessableError) as error:
        found["refused"] = _problem(error)
    return found


async def _followed(transaction: Transaction, target: Target, report: JsonObject) -> JsonObject:
    before = await present_state(transaction, target, report)
    after = await following(transaction, target, report)
    seen = await seen_state(transaction, target, report)
    fields = {
        sent_as: {"column": name, "seen": None if seen is None else seen[name], "current": before[name]}
        for sent_as, name in target.fields.items()
    }
    return {
        "changes": changes(before, after),
        "conflicts": conflicts(target, seen, before, after),
        "fields": fields,
    }


def _problem(error: ErqiError) -> dict[str, Any]:
    return problem_of(int(status_of(error)), error)
