"""What the front page is drawn with: read together, as of one moment, from the layers and figures of the interfaces."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ClauseElement

from api.standings import SOURCES, Asked, Standing, standings
from api.state import State
from api.store import Row
from geo.collections import LAYERS
from geo.duties import duty_counts, duty_lists, freshness_counts
from geo.figures import attention_list, case_counts, state_counts
from geo.flood.alerts import flood_status
from geo.query.layer import Layer
from geo.query.view import View, parametric_view
from maps.context import PageContext
from maps.curve_chart import s_curve

LISTED = 12
WAITING = 6  # of each of the two lists
GROUPS = ("programme", "road", "unit")
# Between them, the tables that the page is made from.
PAGE_SOURCES: tuple[Layer, ...] = (
    *SOURCES,
    *(LAYERS[name] for name in ("districts", "checkpoint_status", "cases", "task_status", "flood_status")),
)
STATEMENTS: Mapping[str, Callable[[View], ClauseElement]] = {
    "counts": state_counts,
    "cases": case_counts,
    "attention": partial(attention_list, limit=LISTED),
    "duties": duty_counts,
    "freshness": freshness_counts,
    "waiting": partial(duty_lists, limit=WAITING),
    "flood": flood_status,
}


async def front_values(state: State, context: PageContext) -> dict[str, Any]:
    """Return the values of the template; its statements run side by side."""
    moment = None if context.moment_is_now else context.moment
    view = parametric_view(state.thresholds, moment is not None)
    values = {"district": state.settings.district, "moment": moment}

    def rows(name: str) -> Any:
        return state.store.all(("front", name, moment is not None), lambda: STATEMENTS[name](view), values)

    asked = (standings(state, Asked(by, moment, None)) for by in GROUPS)
    found, groups = await asyncio.gather(asyncio.gather(*map(rows, STATEMENTS)), asyncio.gather(*asked))
    read: dict[str, Sequence[Row]] = dict(zip(STATEMENTS, found, strict=True))
    return {
        "district": state.settings.district,
        "counts": read["counts"],
        "cases": read["cases"][0],
        "attention": read["attention"],
        "total": next(row for row in read["duties"] if row["by"] == "district"),
        "duties": _with_something(read["duties"]),
        "freshness": read["freshness"][0],
        "waiting": _by_list(read["waiting"]),
        "flood": next(iter(read["flood"]), None),
        "standing": dict(zip(GROUPS, groups, strict=True)),
        "curve": partial(_curve, lang=context.lang),
        "layers": list(LAYERS.values()),
    }


def _with_something(duties: Sequence[Row]) -> dict[str, list[Row]]:
    """Return by their kind the groups that have tasks or open entries, most of what is overdue or unseen first."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in duties:
        if row["tasks"] or row["open_cases"]:
            found[row["by"]].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (-row["overdue"] - row["overdue_cases"], -row["unseen"], row["id"]))
    return {by: found[by] for by in GROUPS}


def _by_list(waiting: Sequence[Row]) -> dict[str, list[Row]]:
    return {name: [row for row in waiting if row["list"] == name] for name in ("overdue", "unseen")}


def _curve(standing: Standing, *, lang: str) -> str:
    """Draw how a programme stands, under its name."""
    said = standing.figures
    return s_curve(standing.points, float(said["budget"]), standing.ahead, title=said[f"name_{lang}"], lang=lang)
