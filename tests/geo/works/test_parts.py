"""Progress by stretch: by hand, and against the same rule asked metre by metre in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, permutations
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from geo.intake.acceptance import acceptance
from geo.model import Task
from geo.query.view import View
from tests.geo.reading import read_page
from tests.geo.sample import DISTRICT, add, reason_of, refused, set_values, settings

BEGINS, ENDS = 100, 200  # the sample's segment, K0+100 to K0+200
TASK = "task"  # one of three of equal weight on the segment; nobody has reported the others
JUNE = datetime(2020, 6, 1, 1, 0, tzinfo=timezone.utc)  # 9:00 in Shanghai
LANES = ("left", "right")


class Seen(NamedTuple):
    """A report: percent, day of June, stretch (None: the whole segment), carriageway, reason."""

    percent: float
    day: int
    stretch: tuple[int, int] | None = None
    carriageway: str = "both"
    reason: str | None = None


def accept(connection: Connection, number: int, seen: Seen) -> None:
    """Store the report as accepted, received as the ``number``-th, and let it take effect."""
    begins, ends = seen.stretch or (None, None)
    observed_at = JUNE + timedelta(days=seen.day - 1)
    said = {
        "district": DISTRICT,
        "id": UUID(int=1000 + number),
        "kind": "task_progress",
        "status": "accepted",
        "task_id": TASK,
        "observed_at": observed_at,
        "received_at": JUNE + timedelta(days=40, minutes=number),
        "progress_percent": seen.percent,
        "blocked_reason": seen.reason,
        "from_m": begins,
        "to_m": ends,
        "carriageway": None if seen.stretch is None else seen.carriageway,
    }
    add(connection, "reports", **{"note": None, **said})
    for statement, values in acceptance(said):
        connection.execute(statement, values)


def task(connection: Connection) -> tuple[Any, ...]:
    told = (Task.progress_percent, Task.actual_start, Task.actual_finish, Task.blocked_reason)
    return tuple(connection.execute(select(*told).where(Task.district == DISTRICT, Task.id == TASK)).one())


def parts(connection: Connection, moment: datetime | None = None) -> list[dict[str, Any]]:
    """Return the properties of the stretches, by where they begin, the left one first."""
    features = read_page(connection, "progress_parts", View(DISTRICT, moment)).features
    found = [feature["properties"] for feature in features]
    return sorted(found, key=lambda each: (each["from_m"], each["carriageway"]))


def ranges(found: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(each["carriageway"], each["from_m"], each["to_m"], each["actual_percent"]) for each in found]


def test_task_is_the_mean_of_its_stretches_by_length(world: Connection) -> None:
    # left 100 % on 40 of 100 m, right nothing: 40 x 100 / 200 m
    accept(world, 1, Seen(100, 3, (110, 150), "left"))
    assert task(world) == (Decimal("20.00"), date(2020, 6, 3), None, None)
    # then 60 % all over: (2 x 100 m x 60) / 200 m; and 30 m of both at 80 %: (170 x 60 + 30 x 80) / 200 = 63
    accept(world, 2, Seen(60, 4))
    assert task(world)[0] == 60
    accept(world, 3, Seen(80, 5, (170, 185)))
    assert task(world)[0] == Decimal("63.00")


def test_stretches_by_hand(world: Connection) -> None:
    accept(world, 1, Seen(30, 1))
    accept(world, 2, Seen(90, 3, (120, 160), "left"))
    accept(world, 3, Seen(60, 5, (150, 180)))
    # left: 30 to K120, 90 to K150, 60 to K180; right: 30 to K150, 60 to K180. A third of it is the whole place's.
    found = parts(world)
    assert ranges(found) == [
        ("both", 100, 120, 10), ("left", 120, 150, 30), ("right", 120, 150, 10), ("both", 150, 180, 20),
        ("both", 180, 200, 10),
    ]  # fmt: skip
    assert [each["last_report_at"][:10] for each in found] == [
        "2020-06-01", "2020-06-03", "2020-06-01", "2020-06-05", "2020-06-01",
    ]  # fmt: skip
    left = found[1]
    assert (left["segment_id"], left["road_id"], left["chainage"]) == ("segment", "road", "K0+120–K0+150")
    assert (left["carriageway_zh"], left["carriageway_en"]) == ("左幅", "Left carriageway")
    assert left["stages_zh"].endswith(" 90%")
    assert (left["state"], left["rule"], left["why_en"]) == (
        "on_plan", "progress-7", "Actual 30.0%, no planned dates to compare with",
    )  # fmt: skip
    # (2 x 100 x 30 + 30 x 60 + 30 x 30 + 30 x 30) / 200: what the stretches add to 30 % all over
    assert task(world)[0] == Decimal("48.00")


def test_stretch_that_nobody_has_seen_is_not_confirmed(world: Connection) -> None:
    accept(world, 1, Seen(50, 1, (100, 140)))
    seen, unseen = parts(world)
    assert (seen["actual_percent"], unseen["actual_percent"], unseen["state"]) == (16.7, None, "unconfirmed")
    assert (unseen["stages_en"].endswith("not reported"), unseen["last_report_at"]) == (True, None)


def test_segment_that_says_the_same_all_over_is_not_cut(world: Connection) -> None:
    assert parts(world) == []
    accept(world, 1, Seen(50, 1, (100, 140)))
    accept(world, 2, Seen(50, 2, (140, 200), "left"))
    assert ranges(parts(world)) == [("both", 100, 140, 16.7), ("left", 140, 200, 16.7), ("right", 140, 200, None)]
    accept(world, 3, Seen(50, 3, (140, 200), "right"))
    assert parts(world) == []
    assert task(world)[0] == 50


def test_stretch_lies_on_its_part_of_the_road(world: Connection) -> None:
    accept(world, 1, Seen(50, 1, (120, 150)))
    lines = [each["geometry"] for each in read_page(world, "progress_parts", View(DISTRICT)).features]
    # The road runs from 113.65 to 113.66 degrees in 1000 m of measure.
    assert [line["type"] for line in lines] == ["LineString"] * 3
    ends = sorted((line["coordinates"][0][0], line["coordinates"][-1][0]) for line in lines)
    assert ends == [(113.651, 113.6512), (113.6512, 113.6515), (113.6515, 113.652)]


def test_reason_blocks_its_stretch_until_that_is_reported_anew(world: Connection) -> None:
    accept(world, 1, Seen(20, 1))
    accept(world, 2, Seen(20, 2, (150, 200), "right", "管线未迁"))
    accept(world, 3, Seen(70, 3, (100, 150)))
    assert task(world)[3] == "管线未迁"
    blocked = [(each["carriageway"], each["from_m"]) for each in parts(world) if each["state"] == "blocked"]
    assert blocked == [("right", 150)]
    accept(world, 4, Seen(40, 4, (150, 200), "right"))
    assert task(world)[3] is None


def test_last_metre_completes_the_task_and_nothing_short_of_it(world: Connection) -> None:
    accept(world, 1, Seen(100, 1, (100, 199)))
    accept(world, 2, Seen(99.99, 2, (199, 200)))
    assert task(world) == (Decimal("99.99"), date(2020, 6, 1), None, None)  # 99.9999 is not all
    accept(world, 3, Seen(100, 6, (199, 200)))
    assert task(world) == (100, date(2020, 6, 1), date(2020, 6, 6), None)


def test_least_progress_begins_the_task(world: Connection) -> None:
    accept(world, 1, Seen(0.5, 2, (100, 101), "left"))  # 0.0025 % of all
    assert task(world)[:2] == (Decimal("0.01"), date(2020, 6, 2))


def test_stretch_is_cut_at_the_ends_of_its_segment_when_that_is_shortened(world: Connection) -> None:
    accept(world, 1, Seen(40, 1, (150, 200)))
    set_values(world, "segments", "segment", "from_m = 180, to_m = 190")
    assert parts(world) == []  # 40 % all over what is left
    set_values(world, "segments", "segment", "from_m = 100, to_m = 140")
    assert parts(world) == []


def test_as_of_a_moment_what_had_been_accepted_counts(world: Connection) -> None:
    def moment(day: int) -> datetime:
        return datetime(2031, 1, day, tzinfo=timezone.utc)

    for number, seen in enumerate([Seen(30, 1), Seen(90, 2, (100, 130), "left"), Seen(100, 3)], start=1):
        settings(world, clock=moment(2 * number).isoformat())
        accept(world, number, seen)
    found = {day: ranges(parts(world, moment(day))) for day in (1, 3, 5, 7)}
    assert found == {
        1: [],
        3: [],
        5: [("left", 100, 130, 30), ("right", 100, 130, 10), ("both", 130, 200, 10)],
        7: [],
    }


def test_order_of_acceptance_does_not_matter(world: Connection) -> None:
    told = [
        Seen(100, 2, (100, 160), "left"),
        Seen(40, 4),
        Seen(70, 6, (140, 200)),
        Seen(0, 5, (100, 110), "right", "停"),
    ]
    answers = []
    for order in permutations(enumerate(told)):
        attempt = world.begin_nested()
        for number, seen in order:
            accept(world, number, seen)
        answers.append((task(world), tuple(ranges(parts(world)))))
        attempt.rollback()
    assert len(answers) == 24
    # (2 x 100 x 40 + 2 x 60 x 30 - 10 x 40) / 200
    assert {answer[0] for answer in answers} == {(Decimal("56.00"), date(2020, 6, 2), None, "停")}
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_m": 120},
        {"from_m": 120, "to_m": 150},
        {"carriageway": "left"},
        {"from_m": 150, "to_m": 120, "carriageway": "left"},
        {"from_m": -1, "to_m": 120, "carriageway": "left"},
        {"from_m": 120, "to_m": "NaN", "carriageway": "left"},
        {"from_m": 120, "to_m": 150, "carriageway": "middle"},
        {"from_m": 120, "to_m": 150, "carriageway": "left", "kind": "note"},
    ],
)
def test_table_refuses_half_a_stretch(world: Connection, wrong: dict[str, Any]) -> None:
    said = {"kind": "task_progress", "task_id": TASK, "progress_percent": 10, **wrong}
    with refused() as error:
        add(world, "reports", **said)
    assert reason_of(error.value) == "ck_reports_extent_whole"


stretches = st.tuples(st.integers(BEGINS, ENDS), st.integers(BEGINS, ENDS)).filter(lambda ends: ends[0] < ends[1])
reports = st.builds(
    Seen,
    percent=st.sampled_from([0, 10, 33.33, 50, 100]),
    day=st.integers(1, 4),
    stretch=st.none() | stretches,
    carriageway=st.sampled_from(["left", "right", "both"]),
    reason=st.sampled_from([None, None, "停"]),
)


def deciding(told: Sequence[tuple[int, Seen]], lane: str, metre: int) -> Seen | None:
    """Return the newest report that covers a metre of a lane, of those given in order of receipt."""
    covering = [
        (seen.day, number, seen)
        for number, seen in told
        if seen.stretch is None or (seen.stretch[0] <= metre < seen.stretch[1] and seen.carriageway in {lane, "both"})
    ]
    return max(covering)[2] if covering else None


def mean(told: Sequence[tuple[int, Seen]]) -> Fraction:
    decided = [deciding(told, lane, metre) for lane in LANES for metre in range(BEGINS, ENDS)]
    return sum((Fraction(str(seen.percent)) for seen in decided if seen), Fraction(0)) / len(decided)


def expected_task(told: Sequence[tuple[int, Seen]]) -> tuple[Fraction, int | None, int | None]:
    """Return the mean, and the days of start and finish: the first since it last was 0, or below 100."""
    in_order = sorted(told, key=lambda each: (each[1].day, each[0]))
    means = [(seen.day, mean(in_order[: n + 1])) for n, (_, seen) in enumerate(in_order)]
    now = means[-1][1]
    voided = max((day for day, each in means if each == 0), default=0)
    undone = max((day for day, each in means if each < 100), default=0)
    begun = min((day for day, each in means if each > 0 and day >= voided), default=None)
    finished = min((day for day, each in means if each == 100 and day >= undone), default=None)
    return now, begun if now > 0 else None, finished if now == 100 else None


def expected_parts(told: Sequence[tuple[int, Seen]]) -> list[tuple[Any, ...]]:
    """Return the stretches as :func:`ranges` does, from what each metre says on either lane."""
    if all(seen.stretch is None for _, seen in told):
        return []

    def said(lane: str, metre: int) -> tuple[float, str | None] | None:
        seen = deciding(told, lane, metre)
        return None if seen is None else (seen.percent, seen.reason)

    entries: dict[str, list[tuple[int, Any]]] = {"left": [], "right": [], "both": []}
    for metre in range(BEGINS, ENDS):
        left, right = (said(lane, metre) for lane in LANES)
        for name, each in (("both", left),) if left == right else (("left", left), ("right", right)):
            entries[name].append((metre, each))
    found = []
    for name, metres in entries.items():
        # a run is of one content, and of metres that follow each other
        for _, run in groupby(enumerate(metres), key=lambda each: (each[1][1], each[1][0] - each[0])):
            members = [each for _, each in run]
            content = members[0][1]
            actual = None if content is None else round(content[0] / 3, 1)
            found.append((name, members[0][0], members[-1][0] + 1, actual))
    return [] if len(found) == 1 else sorted(found, key=lambda each: (each[1], each[0]))


@given(told=st.lists(reports, min_size=1, max_size=5))
@example_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
def test_stretches_are_those_of_a_metre_by_metre_reading(world: Connection, told: list[Seen]) -> None:
    attempt = world.begin_nested()
    for number, seen in enumerate(told):
        accept(world, number, seen)
    numbered = list(enumerate(told))
    now, begun, finished = expected_task(numbered)
    percent, start, finish, _ = task(world)
    found = parts(world)
    attempt.rollback()
    assert abs(Fraction(percent) - now) <= Fraction(1, 100)
    assert ((percent == 100), (percent == 0)) == ((now == 100), (now == 0))
    assert (start, finish) == tuple(None if day is None else date(2020, 6, day) for day in (begun, finished))
    assert ranges(found) == expected_parts(numbered)
    for lane in LANES if found else ():
        own = [each for each in found if each["carriageway"] in {lane, "both"}]
        assert sum(each["to_m"] - each["from_m"] for each in own) == ENDS - BEGINS
