"""Earned schedule: when the plan wanted what is done now, and so how late a group is and when it will be done.

Earned value says how much is missing, in work; the earned schedule says it in days (Lipke, "Schedule is Different",
The Measurable News, 2003). With AT the days from the planned start to now and ES the days from it to when the plan
reached the present earned value, the schedule performance index in time is SPI(t) = ES / AT, the slip AT - ES, and the
forecast duration the planned one over SPI(t).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple


class Point(NamedTuple):
    """A day of an S-curve: planned value on its morning, earned value at its end (None: not yet)."""

    day: date
    planned: float
    earned: float | None


class Forecast(NamedTuple):
    """What the earned schedule says, None where it can say nothing.

    ``slip_days`` is positive when late; ``finish`` is when all will be done if work goes on as so far, or was done.
    """

    planned_finish: date | None
    slip_days: float | None
    spi_time: float | None
    finish: date | None


UNKNOWN = Forecast(None, None, None, None)
ENOUGH = 1 - 1e-9  # of the budget: the curve's values are rounded


def forecast(points: Sequence[Point], budget: float) -> Forecast:
    """Work out the earned schedule from a curve in the order of days; ``budget`` is in the curve's own unit.

    Nothing is known without a planned beginning, or where not all of the budget is planned. Before the planned
    beginning nothing is late; with nothing earned since, there is a slip and no forecast of the end.
    """
    begin = _begin(points)
    end = _reached(points, budget)
    seen = [point for point in points if point.earned is not None]
    if begin is None or end is None or not seen:
        return UNKNOWN
    planned_days, finish = end - begin, points[0].day + timedelta(days=end - 1)
    earned = seen[-1].earned or 0.0
    if earned >= budget * ENOUGH:
        return _done(points, budget, begin, planned_days, finish)
    actual_days = (seen[-1].day - points[0].day).days - begin
    if actual_days <= 0:
        return Forecast(finish, 0.0, None, finish)
    earned_days = max(0.0, (_reached(points, earned) or 0.0) - begin) if earned > 0 else 0.0
    if earned_days == 0:
        return Forecast(finish, float(actual_days), 0.0, None)
    index = earned_days / actual_days
    ahead = min(planned_days / index, 36525.0)  # a century: further off, a date says nothing more
    return Forecast(
        finish,
        round(actual_days - earned_days, 1),
        round(index, 2),
        points[0].day + timedelta(days=round(begin + ahead) - 1),
    )


def _done(points: Sequence[Point], budget: float, begin: int, planned_days: float, finish: date) -> Forecast:
    """Say how late, or early, a group was that is complete: by the day on which it became so for good."""
    seen = [point for point in points if point.earned is not None]
    missing = (n for n, point in enumerate(seen, 1) if (point.earned or 0.0) < budget * ENOUGH)
    last = seen[max(missing, default=0)].day
    taken = (last - points[0].day).days + 1 - begin
    index = round(planned_days / taken, 2) if taken > 0 else None
    return Forecast(finish, float((last - finish).days), index, last)


def _begin(points: Sequence[Point]) -> int | None:
    """Return how many days after the first point the plan begins to rise."""
    rising = (n for n, point in enumerate(points[1:]) if point.planned > points[n].planned)
    return next(rising, None)


def _reached(points: Sequence[Point], value: float) -> float | None:
    """Return how many days after the first point the plan reaches a value, between days in proportion."""
    planned = [point.planned for point in points]
    if not planned or planned[-1] < value * ENOUGH:
        return None
    wanted = min(value, planned[-1])
    after = bisect_right(planned, wanted - max(1e-9, abs(wanted) * 1e-9))
    if after == 0 or after == len(planned):
        return float(min(after, len(planned) - 1))
    below, above = planned[after - 1], planned[after]
    return after - 1 + (wanted - below) / (above - below)
