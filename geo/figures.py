"""The key figures of the front page, counted from the same layers that the maps draw."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Numeric, Select, case, cast, func, literal, null, select, union_all

from geo.flood.checkpoints import checkpoint_status
from geo.query.layer import pick
from geo.query.published import cases
from geo.query.view import View
from geo.works.places import segment_progress, site_progress

URGENT = ("danger", "blocked", "attention", "seriously_behind", "behind", "unconfirmed")
LAYERS_BY_STATE = {"segments": segment_progress, "sites": site_progress, "checkpoints": checkpoint_status}


def state_counts(view: View) -> CompoundSelect[Any]:
    """Select ``(layer, state, state_zh, state_en, colour, features, kilometres)`` for each state that occurs.

    ``layer`` is segments, sites or checkpoints; ``kilometres`` is the length of road in that state, 0 for points.
    """
    return union_all(*(_by_state(name, rows(view)) for name, rows in LAYERS_BY_STATE.items()))


def _by_state(name: str, rows: Select[Any]) -> Select[Any]:
    row = rows.subquery()
    metres = func.sum(row.c.to_m - row.c.from_m) if "to_m" in row.c else literal(0)
    labels = (row.c.state, row.c.state_zh, row.c.state_en, row.c.colour)
    figures = (func.count().label("features"), (metres / 1000).label("kilometres"))
    return select(literal(name).label("layer"), *labels, *figures).group_by(*labels)


def case_counts(view: View) -> Select[Any]:
    """Select ``(open, overdue, struck_off)``: how many entries the problem ledger holds, and past their deadline."""
    row = cases(view).subquery()
    is_open = row.c.status != "struck_off"
    overdue = is_open & (row.c.due_on < view.local_date())
    return select(
        func.count().filter(is_open).label("open"),
        func.count().filter(overdue).label("overdue"),
        func.count().filter(row.c.status == "struck_off").label("struck_off"),
    )


def _for_attention(layer: str, rows: Select[Any]) -> Select[Any]:
    row = rows.subquery()
    lag = row.c.lag_points if "lag_points" in row.c else cast(null(), Numeric)
    names = "id name_zh name_en state state_zh state_en colour why_zh why_en"
    return select(literal(layer).label("layer"), *pick(row, names), lag.label("lag_points"))


def attention_list(view: View, *, limit: int) -> Select[Any]:
    """Select what needs a look first: checkpoints in danger, then places that are blocked, then by the lag.

    Columns: ``layer id name_zh name_en state state_zh state_en colour lag_points why_zh why_en``.
    """
    places = union_all(*(_for_attention(layer, rows(view)) for layer, rows in LAYERS_BY_STATE.items())).subquery()
    urgency = case({state: number for number, state in enumerate(URGENT)}, value=places.c.state)
    return (
        select(places)
        .where(urgency.is_not(None))
        .order_by(urgency, places.c.lag_points.desc().nulls_last(), places.c.id)
        .limit(limit)
    )
