"""Reports that come at the same time, stored together.

Those of one sender that arrive while others of his are being stored share the next statement, so that many at once
cost one transaction; those of different senders are stored side by side, each under its sender's name.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from api.keeping import Group, Keeper
from geo.intake.sent import Sent
from geo.intake.storing import MOST
from geo.intake.verdicts import Verdict


class Intake:
    """The reports that wait for their statement, by sender and door; ``keeper`` stores and looks them up."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._waiting: dict[Group, deque[tuple[Sent, asyncio.Future[Verdict]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def store(self, reports: Sequence[Sent]) -> list[Verdict]:
        """Return what became of each report once all of them are committed or refused."""
        return list(await asyncio.gather(*(self._enter(each) for each in reports)))

    def _enter(self, report: Sent) -> asyncio.Future[Verdict]:
        loop = asyncio.get_running_loop()
        verdict: asyncio.Future[Verdict] = loop.create_future()
        group = Group(report.caller.actor, report.channel)
        waiting = self._waiting.get(group)
        if waiting is None:
            waiting = self._waiting[group] = deque()
            task = loop.create_task(self._store(group, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        waiting.append((report, verdict))
        return verdict

    async def _store(self, group: Group, waiting: deque[tuple[Sent, asyncio.Future[Verdict]]]) -> None:
        """Store what waits, some at a time, until nothing does; what breaks is raised in each request."""
        while waiting:
            some = [waiting.popleft() for _ in range(min(MOST, len(waiting)))]
            try:
                verdicts = await self.keeper.keep(group, [report for report, _ in some])
            except Exception as error:  # noqa: BLE001 - see above
                for _, future in some:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), verdict in zip(some, verdicts, strict=True):
                    if not future.done():  # who asked may have gone
                        future.set_result(verdict)
        del self._waiting[group]
