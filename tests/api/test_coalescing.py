"""When reports that come together share a statement, and when a second statement is begun beside the first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

from api.coalescing import LONG_S, Intake
from api.keeping import LANES, Keeper
from geo.access.rules import Caller, Role
from geo.intake.report_body import read_report
from geo.intake.sent import Sent, sent_by
from geo.intake.verdicts import STORED, Verdict
from tests.apart import run_apart

CALLER = Caller(role=Role.field, district="410103", token_id="t")  # noqa: S106 - an id, no secret


class SlowKeeper:
    """Notes what each statement stores, and ends one only when it is told to."""

    def __init__(self) -> None:
        self.statements: list[list[UUID]] = []
        self._ends: list[asyncio.Event] = []
        self.broken = False

    async def keep(self, _: str, reports: Sequence[Sent], stored: Callable[[], None]) -> list[Verdict]:
        ended = asyncio.Event()
        self.statements.append([each.body.id for each in reports])
        self._ends.append(ended)
        await ended.wait()
        if self.broken:
            raise ConnectionError
        stored()
        return [Verdict(each.body.id, STORED) for each in reports]

    def end(self, number: int) -> None:
        self._ends[number].set()

    @property
    def sizes(self) -> list[int]:
        return [len(each) for each in self.statements]


class Door:
    """An intake over a slow keeper, and those who send."""

    def __init__(self) -> None:
        self.keeper = SlowKeeper()
        self._intake = Intake(cast(Keeper, self.keeper))
        self.senders: list[asyncio.Task[list[Verdict]]] = []

    async def come(self, count: int) -> None:
        """Let single reports come, each from a sender of its own, and whatever follows at once happen."""
        self.senders += [asyncio.create_task(self._intake.store([a_report()])) for _ in range(count)]
        await settle()

    async def end(self, number: int) -> None:
        self.keeper.end(number)
        await settle()

    @property
    def answered(self) -> int:
        return sum(each.done() for each in self.senders)


def a_report() -> Sent:
    value: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": "note",
        "observed_at": "2020-06-01T08:00:00+08:00",
        "note": "围挡倒伏",
    }
    return sent_by(CALLER, read_report(value), value, "api", None)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_second_statement_is_begun_when_as_many_wait_as_the_first_stores() -> None:
    async def work() -> None:
        door = Door()
        await door.come(3)
        await door.come(2)
        assert door.keeper.sizes == [3]
        await door.come(1)
        assert door.keeper.sizes == [3, 3]
        await door.come(5)
        assert door.keeper.sizes == [3, 3]  # two are enough as long as few wait
        await door.end(0)
        assert door.keeper.sizes == [3, 3, 5]
        await door.end(1)
        await door.end(2)
        assert door.answered == 11

    run_apart(work())


def test_those_who_wait_are_stored_when_the_statement_under_way_ends() -> None:
    async def work() -> None:
        door = Door()
        await door.come(3)
        await door.come(2)
        assert (door.keeper.sizes, door.answered) == ([3], 0)
        await door.end(0)
        assert (door.keeper.sizes, door.answered) == ([3, 2], 3)
        await door.end(1)
        assert door.answered == 5

    run_apart(work())


def test_nobody_waits_long_with_a_statement_that_does() -> None:
    async def work() -> None:
        door = Door()
        await door.come(3)
        await door.come(1)
        assert door.keeper.sizes == [3]
        await asyncio.sleep(LONG_S * 1.5)  # nobody comes meanwhile who would have the door look again
        assert door.keeper.sizes == [3, 1]
        await door.end(1)
        assert door.answered == 1
        await door.end(0)

    run_apart(work())


def test_no_more_statements_are_under_way_than_there_are_connections() -> None:
    async def work() -> None:
        door = Door()
        for _ in range(LANES + 2):
            await door.come(200)
        assert len(door.keeper.statements) == LANES
        while door.answered < 200 * (LANES + 2):
            for number in range(len(door.keeper.statements)):
                door.keeper.end(number)
            await settle()
        stored = [each for statement in door.keeper.statements for each in statement]
        assert len(stored) == len(set(stored)) == 200 * (LANES + 2)

    run_apart(work())


def test_what_breaks_is_raised_to_each_who_waited_and_the_next_are_stored() -> None:
    async def work() -> None:
        door = Door()
        await door.come(2)
        await door.come(1)
        door.keeper.broken = True
        await door.end(0)
        door.keeper.broken = False
        assert all(isinstance(each.exception(), ConnectionError) for each in door.senders[:2])
        assert door.keeper.sizes == [2, 1]
        await door.end(1)
        assert door.senders[2].result()[0].status == STORED

    run_apart(work())


def test_sender_who_has_gone_takes_nobody_along() -> None:
    async def work() -> None:
        door = Door()
        await door.come(2)
        door.senders[0].cancel()
        await door.end(0)
        assert door.senders[0].cancelled()
        assert door.senders[1].result()[0].status == STORED

    run_apart(work())
