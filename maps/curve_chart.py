"""The S-curve as an SVG drawing: planned, actual and forecast work of one group, and how many days late it is.

The drawing holds its own colours, so that it is the same on a page, on paper and in a file of its own; the same points
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from markupsafe import Markup

from geo.types import Text
from geo.works.schedule import Forecast, Point
from maps.theme import PALETTE, TOKENS

# about as wide as it is shown, so that its words are as large as those around it
WIDTH, HEIGHT = 360, 216
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 30, 30
MOST_POINTS = 400
SHORT_DAYS = 62
MOST_TICKS = 8
PLAN, DONE, LATE = TOKENS["neutral"], TOKENS["progress-done"], TOKENS["progress-seriously-behind"]

WORDS = {
    "planned": Text("计划", "Planned"),
    "actual": Text("实际", "Actual"),
    "forecast": Text("按目前进度预测", "At the pace so far"),
    "late": Text("晚 {:g} 天", "{:g} d late"),
    "early": Text("早 {:g} 天", "{:g} d early"),
}


class Frame(NamedTuple):
    """What days and percentages are drawn in."""

    first: date
    last: date
    budget: float

    def x(self, day: date) -> float:
        """Return where a day lies, in pixels."""
        days = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * days, 1)

    def y(self, value: float) -> float:
        """Return where a value lies, in pixels."""
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.budget, 1)


def s_curve(points: Sequence[Point], budget: float, ahead: Forecast, *, title: str, lang: str) -> Markup:
    """Draw a curve of points in the order of days; empty where there is nothing to draw or no budget.

    ``ahead`` is what :func:`geo.works.schedule.forecast` says of the same points; ``title`` is read to those who do not
    see the drawing, and is escaped.
    """
    if not points or budget <= 0:
        return Markup()
    seen = [point for point in points if point.earned is not None]
    frame = Frame(points[0].day, _end(points, seen, ahead), budget)
    shown = [point for point in points if point.day <= frame.last]
    parts = [
        *_grid(frame, lang),
        _line(frame, [(point.day, point.planned) for point in shown], PLAN, "6 4"),
        _line(frame, [(point.day, point.earned or 0.0) for point in seen if point.day <= frame.last], DONE, None),
        *_today(frame, seen, ahead, lang),
        *_legend(lang, with_forecast=_goes_on(seen, ahead)),
    ]
    return Markup(
        '<svg class="s-curve" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' font-family="Noto Sans CJK SC, Noto Sans SC, sans-serif" font-size="12">{}</svg>'
    ).format(WIDTH, HEIGHT, title, Markup().join(parts))


def _goes_on(seen: Sequence[Point], ahead: Forecast) -> bool:
    return bool(seen) and ahead.finish is not None and ahead.finish > seen[-1].day


def _end(points: Sequence[Point], seen: Sequence[Point], ahead: Forecast) -> date:
    """Show the plan and the forecast, the latter for no longer than the plan again; after the end, not for ever."""
    planned = ahead.planned_finish or points[-1].day
    if ahead.finish is None:
        return max(planned, seen[-1].day if seen else planned)
    longest = planned + (planned - points[0].day)
    return max(planned, min(ahead.finish, longest)) + timedelta(days=3)


def _line(frame: Frame, values: Sequence[tuple[date, float]], colour: str, dash: str | None) -> Markup:
    step = -(-len(values) // MOST_POINTS) or 1
    kept = [*values[:-1:step], *values[-1:]]
    path = " ".join(f"{frame.x(day):g},{frame.y(value):g}" for day, value in kept)
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup()
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"{}/>').format(
        path, colour, dashes
    )


def _text(x: float, y: float, words: str, *, colour: str, anchor: str = "start", bold: bool = False) -> Markup:
    weight = Markup(' font-weight="700"') if bold else Markup()
    return Markup('<text x="{:g}" y="{:g}" fill="{}" text-anchor="{}"{}>{}</text>').format(
        x, y, colour, anchor, weight, words
    )


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1) -> Markup:
    return Markup('<line x1="{:g}" y1="{:g}" x2="{:g}" y2="{:g}" stroke="{}" stroke-width="{:g}"/>').format(
        x1, y1, x2, y2, colour, width
    )


def _grid(frame: Frame, lang: str) -> Iterator[Markup]:
    for share in (0, 25, 50, 75, 100):
        y = frame.y(frame.budget * share / 100)
        yield _rule(LEFT, y, WIDTH - RIGHT, y, PALETTE["rule"])
        yield _text(LEFT - 6, y + 4, f"{share}%", colour=PALETTE["muted"], anchor="end")
    for day in _ticks(frame):
        yield _rule(frame.x(day), HEIGHT - BOTTOM, frame.x(day), HEIGHT - BOTTOM + 5, PALETTE["muted"])
        yield _text(frame.x(day), HEIGHT - BOTTOM + 19, _named(day, lang), colour=PALETTE["muted"], anchor="middle")


def _ticks(frame: Frame) -> Iterator[date]:
    """Yield the first days of months, at most eight of them, and in a short time the 11th and 21st days as well."""
    span = (frame.last - frame.first).days
    days = (1, 11, 21) if span < SHORT_DAYS else (1,)
    skipped = -(-(span // 30 + 1) // MOST_TICKS)
    month = frame.first.replace(day=1)
    for n in range(span // 28 + 2):
        ticks = [month.replace(day=day) for day in days] if n % skipped == 0 else []
        yield from (day for day in ticks if frame.first <= day <= frame.last)
        month = (month + timedelta(days=31)).replace(day=1)


def _named(day: date, lang: str) -> str:
    if lang == "zh":
        year = f"{day.year}年" if (day.month, day.day) == (1, 1) else ""
        return f"{year}{day.month}月" + ("" if day.day == 1 else f"{day.day}日")
    month = day.strftime("%b") if day.day == 1 else f"{day.day} {day:%b}"
    return f"{month} {day.year}" if (day.month, day.day) == (1, 1) else month


def _today(frame: Frame, seen: Sequence[Point], ahead: Forecast, lang: str) -> Iterator[Markup]:
    """Mark the last day seen, how far the plan is away, and where the work will end if it goes on like this."""
    if not seen or seen[-1].day > frame.last:
        return
    last = seen[-1]
    x, y = frame.x(last.day), frame.y(last.earned or 0.0)
    yield _rule(x, TOP, x, HEIGHT - BOTTOM, PALETTE["accent"])
    if ahead.finish is not None and ahead.finish > last.day:
        goal = min(ahead.finish, frame.last)
        share = (goal - last.day).days / (ahead.finish - last.day).days
        reached = (last.earned or 0.0) + (frame.budget - (last.earned or 0.0)) * share
        yield _line(frame, [(last.day, last.earned or 0.0), (goal, reached)], LATE, "2 5")
    if ahead.slip_days:
        planned = frame.x(last.day - timedelta(days=ahead.slip_days))
        words = WORDS["late" if ahead.slip_days > 0 else "early"].in_language(lang).format(abs(ahead.slip_days))
        yield _rule(planned, y, x, y, LATE, width=2)
        anchor, at = ("start", x + 7) if x < WIDTH * 0.7 else ("end", x - 7)
        yield _text(at, y + 18, words, colour=LATE, anchor=anchor, bold=True)
    yield Markup('<circle cx="{:g}" cy="{:g}" r="4" fill="{}"/>').format(x, y, DONE)


def _legend(lang: str, *, with_forecast: bool) -> Iterator[Markup]:
    x = 4.0
    entries = [("planned", PLAN, "6 4"), ("actual", DONE, None)]
    if with_forecast:
        entries.append(("forecast", LATE, "2 5"))
    for name, colour, dash in entries:
        words = WORDS[name].in_language(lang)
        dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup()
        yield Markup('<line x1="{:g}" y1="12" x2="{:g}" y2="12" stroke="{}" stroke-width="2"{}/>').format(
            x, x + 20, colour, dashes
        )
        yield _text(x + 25, 16, words, colour=PALETTE["ink"])
        x += 37 + sum(12 if ord(letter) > 0x2E80 else 7 for letter in words)  # noqa: PLR2004 - CJK begins there
