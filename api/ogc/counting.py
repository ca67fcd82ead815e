"""Which layers are so small that a page counts all that match unasked, and which so large that maps draw tiles."""

from __future__ import annotations

import time
from collections.abc import Hashable
from datetime import datetime

from api.store import Store
from geo.collections import LAYERS
from geo.query.layer import Layer
from geo.query.sizes import main_table, number_at, sizes
from geo.query.view import Thresholds, parametric_view

MOST_KEPT = 2_000  # answers about moments
STEP_S = 60  # how long a size may stand; a layer does not often grow past the limit


class Sizes:
    """The layers' sizes up to a limit, read again now and then: a page that is not counted pays nothing for it."""

    def __init__(self, store: Store, district: str, limit: int) -> None:
        self._store = store
        self._values = {"district": district, "limit": limit + 1}
        self._limit = limit
        self._small: frozenset[str] = frozenset()
        self._reached: dict[Hashable, tuple[bool, float]] = {}
        self._next_s = float("-inf")

    async def reaches(self, layer: Layer, number: int, moment: datetime | None) -> bool:
        """Tell whether the layer has, or had at the moment, so many features; of the past it is asked only once."""
        now_s = time.monotonic()
        key = (main_table(layer), number, moment)
        found, until_s = self._reached.get(key, (False, float("-inf")))
        if now_s >= until_s:
            row = await self._store.run(
                ("number_at", main_table(layer), moment is None),
                lambda: number_at(layer, parametric_view(Thresholds(), with_moment=moment is not None)),
                {"district": self._values["district"], "moment": moment, "limit": number},
            )
            found = row is not None and row.rows >= number
            self._keep(key, found, now_s + STEP_S if moment is None else float("inf"))
        return found

    def _keep(self, key: Hashable, found: bool, until_s: float) -> None:  # noqa: FBT001 - what is kept
        self._reached[key] = (found, until_s)
        if len(self._reached) > MOST_KEPT:
            del self._reached[next(iter(self._reached))]

    async def is_small(self, layer: Layer) -> bool:
        """Tell whether the layer has no more features than the limit."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + STEP_S
            rows = await self._store.all("sizes", lambda: sizes(LAYERS.values()), self._values)
            self._small = frozenset(row.name for row in rows if row.rows <= self._limit)
        return main_table(layer) in self._small
