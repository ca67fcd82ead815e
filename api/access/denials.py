"""Denials in the audit log, so many a minute and no more: whoever hammers is counted, and the log stays readable."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.access.limiting import network_of
from api.store import Store
from geo.access.audit import NOBODY, entry

LOG = logging.getLogger("erqi")

WINDOW_S = 60.0
OF_ONE_ADDRESS = 10  # written out in a window; the others of the window are one entry with their number
OF_ALL = 300
EVERYBODY = "*"


@dataclass
class _Window:
    """The denials of one address, or of everybody, since a moment."""

    began: float
    room: int
    kept_back: int = 0


class Denials:
    """The denials of one process."""

    def __init__(self, store: Store, district: str, window_s: float = WINDOW_S) -> None:
        self._store = store
        self._district = district
        self._window_s = window_s
        self._windows: dict[str, _Window] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def record(
        self, address: str, *, actor: str, action: str, subject: str | None, detail: Mapping[str, Any]
    ) -> None:
        """Write a denial down, or count it where its address, or all together, have had many."""
        for key, room in ((EVERYBODY, OF_ALL), (network_of(address), OF_ONE_ADDRESS)):
            if not self._has_room(key, room):
                return
        await self._write(actor, action, subject, detail, address)

    async def close(self) -> None:
        """Write down what is still only counted."""
        for task in self._telling:
            task.cancel()
        self._telling.clear()
        for key in list(self._windows):
            await self._tell(key)

    def _has_room(self, key: str, room: int) -> bool:
        now = time.monotonic()
        window = self._windows.get(key)
        if window is None or (now - window.began >= self._window_s and not window.kept_back):
            self._forget_old(now)
            window = self._windows[key] = _Window(now, room)
        if window.room:
            window.room -= 1
            return True
        if not window.kept_back:
            task = asyncio.get_running_loop().create_task(self._tell_later(key, window))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        window.kept_back += 1
        return False

    def _forget_old(self, now: float) -> None:
        """Drop windows that are over; there are never more than denials of one window, which EVERYBODY bounds."""
        for key, window in list(self._windows.items()):
            if now - window.began >= self._window_s and not window.kept_back:
                del self._windows[key]

    async def _tell_later(self, key: str, window: _Window) -> None:
        await asyncio.sleep(window.began + self._window_s - time.monotonic())
        await self._tell(key)

    async def _tell(self, key: str) -> None:
        """End a window, and write down how many denials of it were kept back."""
        window = self._windows.pop(key)
        if window.kept_back:
            detail = {"denials": window.kept_back, "seconds": round(self._window_s)}
            await self._write(NOBODY, "denials", None, detail, None if key == EVERYBODY else key)

    async def _write(
        self, actor: str, action: str, subject: str | None, detail: Mapping[str, Any], address: str | None
    ) -> None:
        statement = entry(self._district, actor, action, "denied", subject=subject, detail=detail, address=address)
        try:
            await self._store.rows(statement)
        except Exception as error:  # noqa: BLE001 - a denial stays one while the database is away
            LOG.error("a denial could not be written to the audit log: %s", type(error).__name__)  # noqa: TRY400 - no trace
