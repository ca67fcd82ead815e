"""Reports that come at the same time, stored together.

Those that arrive by one door while others are being stored share the next statement, whoever sends them: many at once
cost one transaction. A second statement is begun beside the first as soon as at least as many wait as that one stores:
so, while the database works on one half of those who send, the service reads and answers the other half, and neither
waits for the disk alone. Further ones are begun only when many wait, or when those under way take long.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from api.keeping import LANES, Keeper
from geo.intake.sent import Sent
from geo.intake.storing import MOST
from geo.intake.verdicts import Verdict

ENOUGH = 100  # reports for a statement beside two others: its beginning and end are then a small part of it
LONG_S = 0.1  # a statement that takes longer may be waiting for somebody; others do not wait with it

Waiting = tuple[Sent, "asyncio.Future[Verdict]"]


class Intake:
    """The reports that wait for their statement, by door; ``keeper`` stores and looks them up."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._doors: dict[str, _Door] = {}

    async def store(self, reports: Sequence[Sent]) -> list[Verdict]:
        """Return what became of each report once all of them are committed or refused."""
        return list(await asyncio.gather(*(self._enter(each) for each in reports)))

    def _enter(self, report: Sent) -> asyncio.Future[Verdict]:
        door = self._doors.get(report.channel)
        if door is None:
            door = self._doors[report.channel] = _Door(self.keeper, report.channel)
        return door.enter(report)


class _Door:
    """What waits at one door, and the statements under way beside which it waits."""

    def __init__(self, keeper: Keeper, channel: str) -> None:
        self._keeper = keeper
        self._channel = channel
        self._waiting: deque[Waiting] = deque()
        self._under_way: dict[object, int] = {}  # with the number of reports of each
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps none alive
        self._begun = 0.0
        self._looks_soon = False
        self._looks_later: asyncio.TimerHandle | None = None

    def enter(self, report: Sent) -> asyncio.Future[Verdict]:
        """Let a report wait for the next statement."""
        loop = asyncio.get_running_loop()
        verdict: asyncio.Future[Verdict] = loop.create_future()
        self._waiting.append((report, verdict))
        if not self._looks_soon:  # once for all that enter in this turn of the loop
            self._looks_soon = True
            loop.call_soon(self._look)
        return verdict

    def _look(self) -> None:
        """Begin the statements that are due; when some have to wait, look again once those under way take long."""
        loop = asyncio.get_running_loop()
        self._looks_soon = False
        if self._looks_later is not None:
            self._looks_later.cancel()
            self._looks_later = None
        while self._waiting and self._is_due(loop.time()):
            some = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._begun = loop.time()
            statement = object()
            self._under_way[statement] = len(some)
            task = loop.create_task(self._store(some, partial(self._ended, statement)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._waiting and len(self._under_way) < LANES:
            self._looks_later = loop.call_at(self._begun + LONG_S, self._look)

    def _is_due(self, now: float) -> bool:
        waiting, under_way = len(self._waiting), self._under_way
        if len(under_way) in {0, LANES}:
            return not under_way
        return waiting >= (max(under_way.values()) if len(under_way) == 1 else ENOUGH) or now - self._begun >= LONG_S

    def _ended(self, statement: object) -> None:
        if self._under_way.pop(statement, None) is not None:
            self._look()

    async def _store(self, some: Sequence[Waiting], ended: Callable[[], None]) -> None:
        """Store some reports; what breaks is raised in each request."""
        try:
            verdicts = await self._keeper.keep(self._channel, [report for report, _ in some], ended)
        except Exception as error:  # noqa: BLE001 - see above
            ended()
            for _, future in some:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), verdict in zip(some, verdicts, strict=True):
                if not future.done():  # who asked may have gone
                    future.set_result(verdict)
