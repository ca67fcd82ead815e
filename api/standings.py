"""How groups of works stand: their figures, their curves and the forecast of their end, as finished bytes."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BindParameter, bindparam
from sqlalchemy.types import Text as SqlText

from api.state import State
from api.store import Row
from geo.collections import LAYERS
from geo.errors import InvalidInputError, NotFoundError
from geo.query.layer import Layer
from geo.query.view import parametric_view
from geo.types import Text
from geo.works.curve import curves
from geo.works.earned_value import figures
from geo.works.schedule import Forecast, Point, forecast

# Between them, the tables that the figures come from.
SOURCES: tuple[Layer, ...] = tuple(
    LAYERS[name] for name in ("segment_progress", "site_progress", "checkpoints", "programmes", "units")
)
JsonObject = dict[str, Any]


class Asked(NamedTuple):
    """Which groups are asked for, as of when (None: now), against which baseline (None: each programme's current)."""

    by: str
    moment: datetime | None
    baseline: str | None
    group: str | None = None

    def values(self, state: State) -> Mapping[str, Any]:
        """Return the parameters of the statements."""
        return {
            "district": state.settings.district,
            "moment": self.moment,
            "baseline": self.baseline,
            "group": self.group,
        }


class Standing(NamedTuple):
    """A group in one measure: its figures, the points of its curve, and what they say of its end."""

    figures: JsonObject
    points: Sequence[Point]
    ahead: Forecast

    def said(self) -> JsonObject:
        """Return the figures with the forecast."""
        ahead = self.ahead
        return self.figures | {
            "slip_days": ahead.slip_days,
            "spi_time": ahead.spi_time,
            "forecast_finish": ahead.finish,
        }


async def standings(state: State, asked: Asked) -> list[Standing]:
    """Return how each group stands, or the one asked for, in each measure.

    Raises InvalidInputError for a baseline that there is not, NotFoundError for a group without any work.
    """
    rows = [row for row in await _figures(state, asked) if asked.group in {None, row["id"]}]
    if asked.group is not None and not rows:
        raise NotFoundError(Text(f"“{asked.group}”没有工序。", f"There is no work of “{asked.group}”."), field="id")
    drawn = await _points(state, asked)
    found = []
    for row in rows:
        points = drawn[row["id"], row["measure"]]
        ahead = forecast(points, float(row["budget"]))
        found.append(Standing({str(name): value for name, value in row.items()}, points, ahead))
    return found


def with_curve(standing: Standing) -> JsonObject:
    """Return a group's figures, forecast and the points of its curve."""
    return standing.said() | {"curve": [point._asdict() for point in standing.points]}


def as_json(asked: Asked, groups: Sequence[JsonObject]) -> bytes:
    """Write groups as one JSON document."""
    return orjson.dumps({"by": asked.by, "baseline": asked.baseline, "groups": groups}, default=float)


def as_csv(groups: Sequence[JsonObject]) -> bytes:
    """Write groups as CSV in UTF-8 with a mark at the beginning, by which Excel knows it; nothing for no group."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(groups[0]) if groups else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(groups)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


async def _figures(state: State, asked: Asked) -> Sequence[Row]:
    view = parametric_view(state.thresholds, asked.moment is not None)
    shape = ("figures", asked.by, asked.moment is not None, asked.baseline is not None)
    rows = await state.store.all(shape, lambda: figures(view, asked.by, _baseline(asked)), asked.values(state))
    if asked.baseline is not None and not any(row["baseline_zh"] for row in rows):
        raise InvalidInputError(
            Text(f"没有基线“{asked.baseline}”。", f"There is no baseline “{asked.baseline}”."), field="baseline"
        )
    return rows


async def _points(state: State, asked: Asked) -> defaultdict[tuple[str, str], list[Point]]:
    view = parametric_view(state.thresholds, asked.moment is not None)
    group: BindParameter[str] | None = None if asked.group is None else bindparam("group", type_=SqlText)
    shape = ("curves", asked.by, asked.moment is not None, asked.baseline is not None, asked.group is not None)
    rows = await state.store.all(shape, lambda: curves(view, asked.by, group, _baseline(asked)), asked.values(state))
    drawn: defaultdict[tuple[str, str], list[Point]] = defaultdict(list)
    for row in rows:
        earned = None if row["earned_value"] is None else float(row["earned_value"])
        drawn[row["id"], row["measure"]].append(Point(row["day"], float(row["planned_value"]), earned))
    return drawn


def _baseline(asked: Asked) -> BindParameter[str] | None:
    return None if asked.baseline is None else bindparam("baseline", type_=SqlText)
