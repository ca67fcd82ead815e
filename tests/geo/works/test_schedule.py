"""The earned schedule, by hand: 100 units of work planned from 1 to 10 June, ten a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo.works.schedule import UNKNOWN, Forecast, Point, forecast


def june(number: int) -> date:
    return date(2030, 5, 31) + timedelta(days=number)


def points(earned: Sequence[float], *, days: int = 12, pace: float = 10) -> list[Point]:
    """Return the curve from the last of May on, the plan rising by ``pace`` a day from the morning of 2 June on."""
    told: list[float | None] = [*earned, *[None] * days]
    return [Point(june(n), min(100, max(0, n - 1) * pace), told[n]) for n in range(days)]


def test_late_work_is_late_by_the_days_since_the_plan_was_there() -> None:
    """On the 6th, 5 days in, 30 of 50 are done: the plan was there after 3. 3 / 5 = 0.6, and 10 days become 16.7."""
    found = forecast(points([0, 0, 0, 10, 20, 30, 30]), 100)
    assert found == Forecast(june(10), 2.0, 0.6, june(17))


def test_work_between_two_days_of_the_plan_is_counted_in_part() -> None:
    """35 are reached at 3.5 days, of 5."""
    assert forecast(points([0, 0, 0, 10, 20, 30, 35]), 100).slip_days == 1.5


def test_early_work_has_a_negative_slip() -> None:
    """80 after 5 days: the plan is there after 8; 10 days become 6.25."""
    assert forecast(points([0, 0, 20, 40, 60, 70, 80]), 100) == Forecast(june(10), -3.0, 1.6, june(6))


def test_work_on_plan_ends_when_planned() -> None:
    assert forecast(points([0, 0, 10, 20, 30, 40, 50]), 100) == Forecast(june(10), 0.0, 1.0, june(10))


def test_nothing_done_has_a_slip_and_no_end() -> None:
    assert forecast(points([0, 0, 0, 0]), 100) == Forecast(june(10), 2.0, 0.0, None)


def test_nothing_is_late_before_it_should_begin() -> None:
    assert forecast(points([0]), 100) == Forecast(june(10), 0.0, None, june(10))
    assert forecast(points([5]), 100) == Forecast(june(10), 0.0, None, june(10))


def test_finished_work_keeps_the_day_on_which_it_was_finished() -> None:
    """Done on the 13th: 3 days late, 10 planned days took 13."""
    done = forecast(points([0] * 8 + [40, 60, 80, 90, 90, 100, 100, 100], days=16), 100)
    assert done == Forecast(june(10), 3.0, 0.77, june(13))


def test_work_taken_back_is_not_finished_before_it_is_so_again() -> None:
    told = [0, 0, 50, 100, 60, 60, 100, 100]
    assert forecast(points(told), 100) == Forecast(june(10), -4.0, 1.67, june(6))


def test_plan_that_does_not_cover_all_work_says_nothing_of_its_end() -> None:
    assert forecast(points([0, 0, 10]), 200) == UNKNOWN
    assert forecast([], 100) == UNKNOWN
    assert forecast([Point(june(1), 0, 10.0)], 100) == UNKNOWN


@given(st.lists(st.integers(0, 100), min_size=1, max_size=40), st.integers(1, 40))
def test_slip_is_never_longer_than_the_time_that_has_passed(told: list[int], pace: int) -> None:
    drawn = points([float(each) for each in sorted(told)], days=120, pace=pace)
    found = forecast(drawn, 100)
    assert found.slip_days is not None
    assert found.planned_finish is not None
    assert found.slip_days <= max(0, len(told) - 2) + 1
    if found.finish is not None and found.spi_time is not None and found.spi_time < 1:
        assert found.finish >= found.planned_finish
