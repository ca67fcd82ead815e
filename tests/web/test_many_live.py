"""A live map of many segments: little is sent when little has changed, and what has changed is seen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Request, expect
from sqlalchemy import Engine

from api.app import create_app
from api.settings import Settings
from geo.store.engine import make_engine
from maps.theme import TOKENS
from tests.api.serving import serving
from tests.conftest import TestServer
from tests.maps.harness import open_map, watched_page

expect.set_options(timeout=20_000)  # other tests want the processors too
MAP = "Object.values(window).find((each) => each instanceof L.Map)"
# One road of 150 segments, in each of them work that somebody has reported on; all written at once half a minute ago.
MANY = """
SELECT set_config('erqi.clock', (now() - interval '30 seconds')::text, true);
UPDATE districts SET opens_at = NULL;
INSERT INTO roads (district, id, name_zh, name_en, position_status, position_accuracy_m, source, geom)
VALUES ('410103', 'many', '多段路', 'Road of many', 'surveyed', 15, 'made for a test',
        erqi_measured(ST_GeomFromText('LINESTRING(113.55 34.64, 113.65 34.64)', 4326)));
INSERT INTO segments (district, id, road_id, from_m, to_m, name_zh, name_en, from_zh, from_en, to_zh, to_en,
                      position_status, position_accuracy_m, source)
SELECT district, 'many-' || lpad(n::text, 3, '0'), id, 60 * n, 60 * (n + 1), '第' || n || '段', 'Part ' || n,
       '起点', 'start', '终点', 'end', 'surveyed', 15, 'made for a test'
FROM roads, generate_series(0, 149) AS n WHERE id = 'many';
INSERT INTO tasks (district, id, programme_id, segment_id, stage, name_zh, name_en, weight, progress_percent,
                   actual_start)
SELECT district, id || '-work', (SELECT min(id) FROM programmes), id, (SELECT min(code) FROM stages), '施工', 'Works',
       1, 50, '2020-05-01'
FROM segments WHERE road_id = 'many'
"""
BEFORE, AFTER = "progress-on-plan", "progress-done"
DONE = "UPDATE tasks SET progress_percent = 100 WHERE id = 'many-075-work'"


@dataclass
class Live:
    """A page that shows now, what it has asked for, and the database behind it."""

    page: Page
    engine: Engine
    asked: list[Request]

    def write(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def refresh(self) -> None:
        """Let the page ask what has changed, and wait until all is answered."""
        self.asked.clear()
        self.page.evaluate("erqi.refresh()")
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(500)

    def tiles(self) -> list[str]:
        return [each.url for each in self.asked if "/segment_progress/tiles/" in each.url]

    def news(self) -> list[list[str]]:
        """Return the ids of each answer to what was written since the tiles were read."""
        answers = [each.response() for each in self.asked if "changed_at" in each.url]
        return [[feature["id"] for feature in each.json()["features"]] for each in answers if each is not None]

    def stand_on(self, segment: str) -> None:
        """Put the middle of a segment into the middle of the map."""
        self.page.evaluate(
            "async (id) => { const answer = await fetch('/ogc/collections/segments/items/' + id);"
            " const line = L.geoJSON(await answer.json());"
            f" {MAP}.setView(line.getBounds().getCenter(), 17, {{ animate: false }}); }}",
            segment,
        )

    def shows(self, token: str | None) -> None:
        """Wait until the middle of the map shows one of the two colours and not the other; None: neither."""
        wanted = {TOKENS[token]} if token else set()
        for _ in range(80):
            seen = self._colours() & {TOKENS[BEFORE], TOKENS[AFTER]}
            if seen == wanted:
                return
            self.page.wait_for_timeout(250)
        raise AssertionError((seen, wanted))

    def _colours(self) -> set[str]:
        box = self.page.locator(".leaflet-container").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        shot = self.page.screenshot(clip={"x": x - 8, "y": y - 8, "width": 16.0, "height": 16.0})
        with Image.open(io.BytesIO(shot)) as picture:
            pixels = picture.convert("RGB").getcolors(1_000) or []
        return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in pixels}


@pytest.fixture
def live(server: TestServer, demonstration_url: str, desktop: BrowserContext) -> Iterator[Live]:
    """Open the progress map of a district in which many lines were written half a minute ago."""
    assert demonstration_url
    url = server.create("many_live", template="demonstration")
    engine = make_engine(url)
    with engine.begin() as connection:
        for statement in MANY.split(";"):
            connection.exec_driver_sql(statement)
    settings = Settings(database_url=url, tiles_from=30, refresh_seconds=3600, statement_timeout_ms=60_000)
    with serving(create_app(settings)) as address:
        page, watch = watched_page(desktop, address)
        open_map(page, address, "/maps/progress?lang=en")
        page.wait_for_selector("html[data-erqi-drawn]", state="attached")
        page.wait_for_load_state("networkidle")
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright takes no builtin method
        yield Live(page, engine, asked)
        watch.assert_quiet()
        page.close()
    engine.dispose()


def test_one_change_after_many_is_sent_without_a_tile(live: Live) -> None:
    live.write(DONE)
    live.refresh()
    assert (live.tiles(), live.news()) == ([], [["many-075"]])


def test_changed_line_is_drawn_over_the_tiles(live: Live) -> None:
    live.stand_on("many-075")
    live.shows(BEFORE)
    live.write(DONE)
    live.refresh()
    assert live.tiles() == []
    live.shows(AFTER)


def test_past_moment_and_filter_show_no_news(live: Live) -> None:
    live.stand_on("many-075")
    live.write(DONE)
    live.refresh()
    live.shows(AFTER)
    chip = live.page.locator("[data-param=state] [data-code=on_plan]")
    chip.click()
    live.shows(None)  # the line has left what is chosen
    chip.click()
    live.shows(AFTER)
    live.page.evaluate("erqi.show('2019-01-01T00:00:00Z')")
    live.shows(None)
    live.page.evaluate("erqi.show(null)")
    live.shows(AFTER)
