"""Which layers are so small that a page counts everything that matches without being asked."""

from __future__ import annotations

import time

from api.store import Store
from geo.collections import LAYERS
from geo.query.layer import Layer
from geo.query.sizes import main_table, sizes

STEP_S = 60  # how long a size may stand; a layer does not often grow past the limit


class Sizes:
    """The layers' sizes up to a limit, read again now and then: a page that is not counted pays nothing for it."""

    def __init__(self, store: Store, district: str, limit: int) -> None:
        self._store = store
        self._values = {"district": district, "limit": limit + 1}
        self._limit = limit
        self._small: frozenset[str] = frozenset()
        self._next_s = float("-inf")

    async def is_small(self, layer: Layer) -> bool:
        """Tell whether the layer has no more features than the limit."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + STEP_S
            rows = await self._store.all("sizes", lambda: sizes(LAYERS.values()), self._values)
            self._small = frozenset(row.name for row in rows if row.rows <= self._limit)
        return main_table(layer) in self._small
