"""Reports that come at the same time, stored together.

Those that arrive by one door while others are being stored share the next statement, whoever sends them: many at once
cost one transaction. A second statement is begun beside the first only when that one takes long, or when as many wait
as fill one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from api.keeping import LANES, Keeper
from geo.intake.sent import Sent
from geo.intake.storing import MOST
from geo.intake.verdicts import Verdict

ENOUGH = 100  # reports for a statement beside the one under way: its beginning and end are then a small part of it
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
    """What waits at one door, and the statements under way that it waits for."""

    def __init__(self, keeper: Keeper, channel: str) -> None:
        self._keeper = keeper
        self._channel = channel
        self._waiting: deque[Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lanes = 0  # a task counts itself off as it ends: later somebody could still wait for it
        self._begun = 0.0

    def enter(self, report: Sent) -> asyncio.Future[Verdict]:
        """Let a report wait for the next statement."""
        loop = asyncio.get_running_loop()
        verdict: asyncio.Future[Verdict] = loop.create_future()
        self._waiting.append((report, verdict))
        if self._is_lane_needed(loop.time()):
            self._begun = loop.time()
            self._lanes += 1
            task = loop.create_task(self._lane())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return verdict

    def _is_lane_needed(self, now: float) -> bool:
        if self._lanes == 0:
            return True
        return self._lanes < LANES and (len(self._waiting) >= ENOUGH or now - self._begun > LONG_S)

    async def _lane(self) -> None:
        try:
            await self._store()
        finally:
            self._lanes -= 1

    async def _store(self) -> None:
        """Store what waits, some at a time, until nothing does; what breaks is raised in each request."""
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._begun = asyncio.get_running_loop().time()
            try:
                verdicts = await self._keeper.keep(self._channel, [report for report, _ in some])
            except Exception as error:  # noqa: BLE001 - see above
                for _, future in some:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), verdict in zip(some, verdicts, strict=True):
                    if not future.done():  # who asked may have gone
                        future.set_result(verdict)
