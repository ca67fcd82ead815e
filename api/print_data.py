"""What a wall map is drawn from, read by the statements of the OGC API under the filters of the map's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi.concurrency import run_in_threadpool

from api.pages import page_context
from api.settings import Settings
from api.store import Store
from api.web.conditions import condition_of
from api.web.tables import filters_of
from geo.collections import layer_of
from geo.query.features import Shape, items_statement, page_values
from geo.query.view import parametric_view
from maps.print_sheet import Sheet
from maps.printing import COLLECTIONS, Wanted, print_page

PAGE_ROWS = 10_000
MOST_FEATURES = 50_000  # of one layer; a sheet has no room for more

Feature = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A wall map that is asked for; ``moment`` None: the district's own opening moment, or now."""

    map_name: str
    sheet: Sheet
    lang: str
    moment: datetime | None
    filters: Mapping[str, Sequence[str]]


async def print_document(store: Store, settings: Settings, asked: Asked) -> str:
    """Return the HTML of the wall map."""
    context = await page_context(store, settings, lang=asked.lang, moment=asked.moment, base_path="")
    moment = None if context.moment_is_now else context.moment
    names = sorted(COLLECTIONS[asked.map_name])
    data = {name: await _features(store, settings, asked, name, moment) for name in names}
    filters = "; ".join(f"{name}={','.join(codes)}" for name, codes in sorted(asked.filters.items()))
    # other requests go on meanwhile
    return await run_in_threadpool(print_page, Wanted(asked.map_name, asked.sheet, filters), context, data)


async def _features(
    store: Store, settings: Settings, asked: Asked, layer_id: str, moment: datetime | None
) -> list[Feature]:
    layer = layer_of(layer_id)
    condition, constants = condition_of(layer, filters_of(asked.map_name, layer_id), asked.filters)
    view = parametric_view(settings.thresholds(), moment is not None)
    features: list[Feature] = []
    after: str | None = None
    while len(features) < MOST_FEATURES:
        shape = Shape(after=after is not None, filter=condition)
        values = {
            "district": settings.district,
            "moment": moment,
            "limit": PAGE_ROWS,
            **constants,
            **page_values(layer, after=after, bbox=None),
        }
        row = await store.first(items_statement(layer, view, shape).params(values))
        if row is None:  # an aggregate without GROUP BY always has its row
            break
        features += orjson.loads(b"[" + row.body + b"]")
        after = row.next_mark
        if after is None:
            break
    return features
