"""The S-curve's drawing: well formed, in its place, escaped, and the same for the same points."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from defusedxml import ElementTree

from geo.works.schedule import Point, forecast
from maps.curve_chart import HEIGHT, LEFT, RIGHT, TOP, WIDTH, s_curve

FIRST = date(2030, 6, 1)


def points(planned_days: int, told: list[float]) -> list[Point]:
    """Plan 100 in equal parts from the second day on; ``told`` is what was earned by the end of each day."""
    days = max(planned_days + 2, len(told))
    earned: list[float | None] = [*told, *[None] * days]
    return [
        Point(FIRST + timedelta(days=n), min(100.0, max(0, n - 1) * 100 / planned_days), earned[n]) for n in range(days)
    ]


def drawn(of: list[Point], *, lang: str = "zh", title: str = "嵩山路") -> Any:
    return ElementTree.fromstring(s_curve(of, 100, forecast(of, 100), title=title, lang=lang))


def texts(drawing: Any) -> list[str]:
    return [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]


def lines(drawing: Any) -> list[list[tuple[float, float]]]:
    found = []
    for line in drawing.iter("{http://www.w3.org/2000/svg}polyline"):
        pairs = (pair.split(",") for pair in line.get("points").split())
        found.append([(float(x), float(y)) for x, y in pairs])
    return found


def test_late_work_says_by_how_many_days_and_where_it_leads() -> None:
    """Ten days for 100: after 5 days 30 are done, so it is 2 days late, and three lines are drawn."""
    of = points(10, [0, 0, 0, 10, 20, 30, 30])
    assert "晚 2 天" in texts(drawn(of))
    assert "2 d late" in texts(drawn(of, lang="en"))
    plan, actual, ahead = lines(drawn(of))
    assert plan[0][0] == LEFT
    assert plan[-1][1] == TOP  # 100 %
    assert actual[-1] == ahead[0]
    assert ahead[-1][1] == TOP
    assert ahead[-1][0] <= WIDTH - RIGHT


def test_finished_work_has_no_forecast() -> None:
    of = points(4, [0, 0, 50, 100])
    assert len(lines(drawn(of))) == 2
    assert not any("预测" in text for text in texts(drawn(of)))


@pytest.mark.parametrize("told", [[], [0.0], [0.0, 0.0, 40.0], [float(n) for n in range(100)]])
@pytest.mark.parametrize("planned_days", [1, 30, 500, 3000])
def test_everything_lies_within_the_drawing(planned_days: int, told: list[float]) -> None:
    drawing = drawn(points(planned_days, told))
    for line in lines(drawing):
        assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT for x, y in line)
        assert len(line) <= 402
    months = [text for text in texts(drawing) if "月" in text]
    assert len(months) <= 13


def test_name_is_text_and_never_markup() -> None:
    name = '"><script>alert(1)</script>'
    drawing = drawn(points(5, [0, 0, 10]), title=name)
    assert drawing.get("aria-label") == name
    assert drawing.find(".//{http://www.w3.org/2000/svg}script") is None


def test_same_points_give_the_same_bytes() -> None:
    of = points(30, [0, 0, 10, 20.5])
    assert s_curve(of, 100, forecast(of, 100), title="a", lang="zh") == s_curve(
        list(of), 100, forecast(of, 100), title="a", lang="zh"
    )


def test_nothing_planned_draws_nothing() -> None:
    assert s_curve([], 100, forecast([], 100), title="a", lang="zh") == ""
    assert s_curve(points(3, [0]), 0, forecast([], 100), title="a", lang="zh") == ""
