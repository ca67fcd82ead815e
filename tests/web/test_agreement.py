"""One moment, one set of numbers: layer, table, files, figures, curve, drawing, front page and wall map agree.

The histories are drawn: tasks of random weight on segments of random length, planned in one baseline and then perhaps
in another, reported in random order. Each example has a year of its own, in which the rows of the last are gone.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction
from typing import Any, NamedTuple

import httpx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext
from sqlalchemy import Connection, Engine, text

from api.app import create_app
from api.print_data import Asked, print_document
from api.settings import Settings
from api.store import Store
from geo.store.engine import make_engine
from maps.curve_chart import BOTTOM, HEIGHT, TOP
from maps.print_sheet import sheet_of
from tests.apart import run_apart
from tests.api.serving import serving
from tests.conftest import TestServer
from tests.geo import sample
from tests.maps.harness import open_map, watched_page

SHANGHAI = timezone(timedelta(hours=8))
LENGTHS = (100, 250, 37)
# a wall map shows where in the district it lies
OUTLINE = """UPDATE districts SET position_status = 'estimated', position_accuracy_m = 50,
  geom = ST_Multi(ST_MakeEnvelope(113.6, 34.7, 113.7, 34.8, 4326))"""
STATES = ("done", "on_plan", "behind", "seriously_behind", "unconfirmed", "not_due", "blocked")


class Work(NamedTuple):
    """A task: its segment, weight, first and last planned day of June (and in the new baseline), and what was told."""

    segment: int
    weight: int
    planned: tuple[int, int] | None
    again: tuple[int, int]
    told: tuple[tuple[int, int], ...]


@dataclass
class Place:
    """The service over a database of this module's own, and the year of the next example."""

    url: str
    address: str
    engine: Engine
    client: httpx.Client
    years: Iterator[int] = field(default_factory=lambda: iter(range(2030, 4000)))

    def read(self, path: str, moment: str, **query: str) -> httpx.Response:
        answer = self.client.get(path, params={"datetime": moment, "lang": "en", **query})
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
def place(server: TestServer, empty_url: str) -> Iterator[Place]:
    assert empty_url
    url = server.create("agreement", template="empty")
    engine = make_engine(url)
    with engine.begin() as connection:
        sample.build(connection)
        connection.execute(text(OUTLINE))
    with (
        serving(create_app(Settings(database_url=url))) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield Place(url, address, engine, client)
    engine.dispose()


SPAN = st.tuples(st.integers(1, 20), st.integers(0, 9)).map(lambda each: (each[0], each[0] + each[1]))
TOLD = st.lists(st.tuples(st.integers(2, 28), st.integers(0, 100)), max_size=3, unique_by=lambda each: each[0])
WORKS = st.builds(
    Work, st.integers(0, 2), st.integers(1, 4), st.none() | SPAN, SPAN, TOLD.map(lambda all_: tuple(sorted(all_)))
)


def write(connection: Connection, year: int, works: list[Work], replaced_on: int) -> None:
    """Put a history into a year: the works, what was told when, and the day on which the new baseline counts."""

    def at(day: int, month: int = 6) -> None:
        moment = datetime.combine(date(year, month, 1) + timedelta(days=day - 1), time(12), SHANGHAI)
        sample.settings(connection, clock=moment.isoformat())

    at(1, month=1)
    for table in ("planned_dates", "tasks", "baselines", "segments", "programmes"):
        gone = f"DELETE FROM {table} WHERE id LIKE '%drawn%' AND district = :district"  # noqa: S608 - names of ours
        connection.execute(text(gone), {"district": sample.DISTRICT})
    at(1, month=5)
    sample.add(connection, "programmes", id="drawn")
    sample.add(connection, "baselines", id="drawn", programme_id="drawn", is_current=True)
    sample.add(connection, "baselines", id="drawn-new", programme_id="drawn", is_current=False)
    begin = 400
    for number, length in enumerate(LENGTHS):
        sample.add(connection, "segments", id=f"drawn-{number}", from_m=begin, to_m=begin + length)
        begin += length
    told = [(-1, 0, "")]
    for n, work in enumerate(works):
        task = f"drawn-{n}"
        sample.add(connection, "tasks", id=task, programme_id="drawn", segment_id=f"drawn-{work.segment}",
                   weight=work.weight, unit_id="unit")  # fmt: skip
        for baseline, span in (("drawn", work.planned), ("drawn-new", work.again)):
            if span is not None:
                start, finish = (date(year, 6, 1) + timedelta(days=day - 1) for day in span)
                sample.add(connection, "planned_dates", baseline_id=baseline, task_id=task, planned_start=start,
                           planned_finish=finish)  # fmt: skip
        told += [(day, percent, task) for day, percent in work.told]
    for day, percent, task in sorted([*told[1:], (replaced_on, 0, "")]):
        at(day)
        if task:
            sample.set_values(connection, "tasks", task, "progress_percent = :percent", percent=percent)
        else:
            sample.set_values(connection, "baselines", "drawn", "is_current = false")
            sample.set_values(connection, "baselines", "drawn-new", "is_current = true")


def rounded(value: Fraction) -> float:
    """Round to 0.1, a half away from zero, as PostgreSQL's numeric does."""
    return int(value * 10 + Fraction(1, 2)) / 10


def by_hand(works: list[Work], number: int, day: int, replaced_on: int) -> tuple[float | None, float | None]:
    """Return the planned and the actual percentage of a segment at noon of a day of June, in plain fractions."""
    own = [work for work in works if work.segment == number]
    weights = sum(work.weight for work in own)
    if not own:
        return None, None
    spans = [(work.weight, work.again if day >= replaced_on else work.planned) for work in own]
    planned = [(weight, Fraction(max(0, min(day, last + 1) - first), last - first + 1)) for weight, (first, last) in
               ((weight, span) for weight, span in spans if span is not None)]  # fmt: skip
    told = [(work.weight, [percent for told_on, percent in work.told if told_on <= day]) for work in own]
    earned = sum((Fraction(weight * told_[-1]) for weight, told_ in told if told_), Fraction(0))
    value = sum((weight * share for weight, share in planned), Fraction(0)) * 100 / weights
    return (rounded(value) if planned else None), (rounded(earned / weights) if any(each for _, each in told) else None)


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    works=st.lists(WORKS, min_size=2, max_size=6),
    day=st.integers(3, 29),
    replaced_on=st.integers(5, 25),
)
def test_numbers_of_a_moment_are_the_same_wherever_they_are_read(
    place: Place, works: list[Work], day: int, replaced_on: int
) -> None:
    year = next(place.years)
    with place.engine.begin() as connection:
        write(connection, year, works, replaced_on)
    # the plan's day begins in the morning; what is told at noon of the day has been told by one o'clock
    moment = datetime.combine(date(year, 6, 1) + timedelta(days=day - 1), time(13), SHANGHAI).isoformat()
    features = place.read("/ogc/collections/segment_progress/items", moment, limit="1000").json()["features"]
    layer = {each["id"]: each["properties"] for each in features}
    for number in range(len(LENGTHS)):
        said = layer[f"drawn-{number}"]
        # a segment without tasks has neither percentage
        assert (said["planned_percent"], said["actual_percent"]) == by_hand(works, number, day, replaced_on)
    states = Counter(each["state"] for each in layer.values())
    check_table_and_files(place, moment, layer)
    curve = check_figures(place, moment, layer)
    check_front(place, moment, states, layer, curve)
    check_wall_map(place, moment, states)


def check_table_and_files(place: Place, moment: str, layer: dict[str, Any]) -> None:
    page = place.read("/maps/progress/table", moment, of="segments").text
    assert re.findall(r'data-matched="(\d+)"', page) == [str(len(layer))]
    wanted = [["" if each[name] is None else f"{each[name]:.1f}%" for name in ("planned_percent", "actual_percent")]
              for each in layer.values()]  # fmt: skip
    cells = [re.findall(r'<td class="table-percent">(.*?)</td>', row) for row in page.split("<tr>")[2:]]
    assert cells == wanted
    lines = list(
        csv.DictReader(io.StringIO(place.read("/api/v1/tables/segments.csv", moment).content.decode("utf-8-sig")))
    )
    read = [[line[f"{which} progress (%)"] for which in ("Planned", "Actual")] for line in lines]
    assert [["" if not value else f"{float(value):.1f}%" for value in row] for row in read] == wanted
    book = openpyxl.load_workbook(io.BytesIO(place.read("/api/v1/tables/segments.xlsx", moment).content))
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    columns = [head.index(f"{which} progress (%)") for which in ("Planned", "Actual")]
    assert [["" if row[n] is None else f"{float(row[n]) * 100:.1f}%" for n in columns] for row in rows] == wanted


def check_figures(place: Place, moment: str, layer: dict[str, Any]) -> dict[str, Any]:
    """Hold segments, road and programme to each other, and the curve's points of the moment to the figures."""
    by = {name: {each["id"]: each for each in place.read("/api/v1/progress", moment, by=name).json()["groups"]
                 if each["measure"] == "length_m"} for name in ("segment", "programme", "road", "unit")}  # fmt: skip
    for key, said in by["segment"].items():
        assert said["actual_percent"] == (layer[key]["actual_percent"] or 0)
        if layer[key]["planned_percent"] is not None:
            assert said["planned_percent"] == layer[key]["planned_percent"]
    for value in ("budget", "earned_value"):
        parts = sum(each[value] for each in by["segment"].values())
        assert by["road"]["road"][value] == pytest.approx(parts, abs=0.01)
    drawn: dict[str, Any] = by["programme"]["drawn"]
    assert drawn["earned_value"] == by["unit"]["unit"]["earned_value"]
    (curve,) = place.read("/api/v1/progress/curve", moment, by="programme", id="drawn").json()["groups"]
    # a curve of what is neither planned nor reported has no points
    today = next((each for each in curve["curve"] if each["day"] == moment[:10]), {"earned": 0, "planned": 0})
    assert today["earned"] == drawn["earned_value"]
    assert today["planned"] == (drawn["planned_value"] or 0)
    drawn["is_drawn"] = bool(curve["curve"])
    return drawn


def check_front(place: Place, moment: str, states: Counter[str], layer: dict[str, Any], drawn: dict[str, Any]) -> None:
    page = place.read("/", moment).text
    card = page[page.index('data-layer="segments"') : page.index('data-layer="sites"')]
    counted = re.findall(r'data-state="(\w+)".*?<b><a [^>]*>(\d+)</a></b>', card, re.DOTALL)
    assert {state: int(number) for state, number in counted} == states
    metres = sum(each["to_m"] - each["from_m"] for each in layer.values())
    assert f"<small>{metres / 1000:.1f} km</small>" in card
    programme = page[page.index('data-programme="drawn"') :]
    if drawn["is_drawn"]:
        check_drawing(programme[: programme.index("</svg>")], drawn)
    percents = re.findall(r"<dd>([\d.–]+%?)</dd>", programme)[:2]
    assert percents == [
        "–" if drawn[name] is None else f"{drawn[name]:.1f}%" for name in ("planned_percent", "actual_percent")
    ]
    row = re.search(r'<tr data-by="programme" data-id="drawn">.*?</tr>', page, re.DOTALL)
    assert row is not None
    tasks = [re.findall(r'data-to="table"[^>]*>(\d+)<', cell) for cell in row[0].split("<td")[1:3]]
    assert [int(each[0]) if each else 0 for each in tasks] == [drawn["overdue_count"], drawn["unseen_count"]]


def check_drawing(svg: str, drawn: dict[str, Any]) -> None:
    line = re.findall(r'<polyline points="([^"]+)"', svg)[1]  # planned, actual, forecast
    wanted = round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * drawn["earned_value"] / drawn["budget"], 1)
    assert float(line.split()[-1].split(",")[1]) == pytest.approx(wanted, abs=0.11)


def check_wall_map(place: Place, moment: str, states: Counter[str]) -> None:
    async def printed() -> str:
        store = Store(place.url, pool_size=1, statement_timeout_ms=30_000)
        try:
            asked = Asked("progress", sheet_of("A3", "landscape"), "en", datetime.fromisoformat(moment), {})
            return await print_document(store, Settings(database_url=place.url), asked)
        finally:
            await store.close()

    html = run_apart(printed())
    legend = html[html.index('class="legend"') : html.index('class="attention"')]
    counts = dict(re.findall(r"<span>([^<]+)</span><b>(\d+)</b>", legend))
    labels = {state: state.replace("_", " ").capitalize() for state in STATES}
    assert {state: int(counts[labels[state]]) for state in STATES} == {state: states[state] for state in STATES}


def test_script_of_the_map_draws_what_the_layer_says(desktop: BrowserContext, season: str) -> None:
    moment = "2020-07-20T09:00:00+08:00"
    page, watch = watched_page(desktop, season)
    open_map(page, season, f"/maps/progress?datetime={moment.replace('+', '%2B')}")
    drawn = page.evaluate("erqi.shown('segment_progress').map((each) => [each.id, each.properties.actual_percent])")
    query = {"datetime": moment, "limit": "1000"}
    features = httpx.get(f"{season}/ogc/collections/segment_progress/items", params=query).json()["features"]
    assert drawn == [[each["id"], each["properties"]["actual_percent"]] for each in features]
    watch.assert_quiet()
