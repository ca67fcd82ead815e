"""Features by id, read together: requests that come while a reading is under way share the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from sqlalchemy import ClauseElement

from api.store import Row, Store

MOST = 500  # ids of one reading


class Loader:
    """Rows by their key. A reading begins after each request that it answers came, so it never gives an older state."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[Hashable, _Batch] = {}
        self._running: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def row(
        self, shape: Hashable, build: Callable[[], ClauseElement], key: Any, values: Mapping[str, Any]
    ) -> Row | None:
        """Return the row whose first column is ``key``; the statement of ``build`` takes the parameter ``keys``.

        Requests of equal ``shape`` must have equal ``values``.
        """
        batch = self._waiting.get(shape)
        if batch is None or len(batch.keys) >= MOST:
            batch = _Batch(build, values)
            self._waiting[shape] = batch
        batch.keys.add(key)
        if shape not in self._running:
            self._running.add(shape)
            task = asyncio.get_running_loop().create_task(self._read(shape))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        rows = await asyncio.shield(batch.rows)
        return rows.get(key)

    async def _read(self, shape: Hashable) -> None:
        """Read batch after batch until nobody waits."""
        while (batch := self._waiting.pop(shape, None)) is not None:
            await batch.read(self._store, shape)
        self._running.discard(shape)


class _Batch:
    """The keys of one reading, and the rows that come of it."""

    def __init__(self, build: Callable[[], ClauseElement], values: Mapping[str, Any]) -> None:
        self.keys: set[Any] = set()
        self.rows: asyncio.Future[dict[Any, Row]] = asyncio.get_running_loop().create_future()
        self._build = build
        self._values = values

    async def read(self, store: Store, shape: Hashable) -> None:
        """Read the rows, or have the error raised in each request that waits."""
        try:
            rows = await store.all(shape, self._build, {**self._values, "keys": list(self.keys)})
        except Exception as error:  # noqa: BLE001 - see above
            self.rows.set_exception(error)
            self.rows.exception()  # nobody may be left to look at it
        else:
            self.rows.set_result({row[0]: row for row in rows})
