"""What can be chosen of the segments by the filters of the progress map, and how many of them each choice has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from api.state import State
from api.web.tables import filters_of
from geo.query.view import parametric_view
from geo.works.choices import segment_choices
from maps.filters import Filter

LAYER = "segment_progress"


async def choices_as_json(state: State, moment: datetime | None) -> bytes:
    """Write ``{"counts": {filter: {code: number}}}``; a filter that is not counted is left out."""
    with_moment = moment is not None
    rows = await state.store.all(
        ("segment_choices", with_moment),
        lambda: segment_choices(parametric_view(state.thresholds, with_moment)),
        {"district": state.settings.district, "moment": moment},
    )
    numbers = {(row["property"], row["value"]): row["number"] for row in rows}
    counted = {param: _counted(each, numbers) for param, each in filters_of("progress", LAYER).items()}
    return orjson.dumps({"counts": {param: codes for param, codes in counted.items() if codes}})


def _counted(filter_: Filter, numbers: Mapping[tuple[str, str], int]) -> dict[str, int]:
    if "flags" in filter_:
        return {code: numbers.get((name, "true"), 0) for code, name in filter_["flags"].items()}
    return {value: number for (name, value), number in sorted(numbers.items()) if name == filter_["property"]}
