"""The rows of a map's table, by the statements of the OGC API: the same filters, the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from api.state import State
from api.web.conditions import condition_of
from api.web.tables import Table, value_of
from geo.collections import layer_of
from geo.exchange.sheets import Value
from geo.query.features import Shape, items_statement, page_values
from geo.query.sorting import SortKey
from geo.query.view import parametric_view

MOST_ROWS = 100_000  # of a file; a sheet of Excel ends at 1,048,576
PAGE_ROWS = 10_000

Feature = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """What is chosen of a table: values of its map's filters, the order, the moment (None: now)."""

    table: Table
    lang: str
    moment: datetime | None
    wanted: Mapping[str, Sequence[str]]
    sort: tuple[SortKey, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some features of a table, how many match in all, and the mark of what follows (None: nothing)."""

    features: Sequence[Feature]
    matched: int
    after: str | None

    def rows(self, table: Table, lang: str) -> list[list[Value]]:
        """Return the cells as typed values, the id last."""
        return [_row(table, lang, feature) for feature in self.features]


async def read_page(state: State, choice: Choice, *, limit: int, after: str | None = None) -> Page:
    """Return a page of the table; raise InvalidInputError for a mark that is none of its order."""
    table, layer = choice.table, choice.table.layer
    condition, constants = condition_of(layer, table.filters(), choice.wanted)
    shape = Shape(after=after is not None, geometry=False, sort=choice.sort, filter=condition, counted=True)
    with_moment = choice.moment is not None
    view = parametric_view(state.thresholds, with_moment)
    values = {
        "district": state.settings.district,
        "moment": choice.moment,
        "limit": limit,
        **constants,
        **page_values(layer, after=after, bbox=None, sort=choice.sort),
    }
    key = (layer.id, shape, with_moment, False)
    row = await state.store.run(key, lambda: items_statement(layer, view, shape), values)
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY always has its row
    return Page(orjson.loads(b"[" + row.body + b"]"), row.matched, row.next_mark)


async def read_all(state: State, choice: Choice) -> list[list[Value]]:
    """Return every row that matches, up to ``MOST_ROWS``."""
    rows: list[list[Value]] = []
    after: str | None = None
    while len(rows) < MOST_ROWS:
        page = await read_page(state, choice, limit=PAGE_ROWS, after=after)
        rows += page.rows(choice.table, choice.lang)
        after = page.after
        if after is None:
            break
    return rows


async def names_in(state: State, layer_id: str, choice: Choice) -> list[tuple[str, str]]:
    """Return id and name of each feature of a small layer, such as the roads."""
    layer, name = layer_of(layer_id), f"name_{choice.lang}"
    shape = Shape(names=(name,), geometry=False)
    view = parametric_view(state.thresholds, choice.moment is not None)
    values = {"district": state.settings.district, "moment": choice.moment, "limit": PAGE_ROWS}
    key = (layer.id, shape, choice.moment is not None, False)
    row = await state.store.run(key, lambda: items_statement(layer, view, shape), values)
    features: list[Feature] = [] if row is None else orjson.loads(b"[" + row.body + b"]")
    return [(str(feature["id"]), feature["properties"][name]) for feature in features]


def _row(table: Table, lang: str, feature: Feature) -> list[Value]:
    properties = feature["properties"]
    cells = [value_of(properties[name], table.kind(name)) for name in table.properties(lang)]
    return [*cells, str(feature["id"])]
