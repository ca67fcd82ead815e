"""Hostile text in every text column of the store: text on the pages, never more."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import ARRAY, Connection, Table, Text, bindparam, text

from geo.model import SCHEMES, Base
from geo.store.engine import make_engine
from geo.store.seed import set_change
from tests.api.serving import serving_copy
from tests.conftest import DISTRICT, TestServer
from tests.maps.harness import HOSTILE, open_map, watched_page

PUBLISHED = (
    *("districts", "roads", "segments", "canals", "sites", "checkpoints", "landmarks"),
    *("units", "programmes", "baselines", "tasks", "planned_dates", "cases", "reports"),
)
FIXED = {"changed_by", "datum", "side", "carriageway", "colour"}  # a trigger's, closed lists, our own style sheet's
REPORTS = """
INSERT INTO reports (district, id, kind, status, observed_at, note, {place}_id)
SELECT district, gen_random_uuid(), 'note', 'accepted', '2020-05-20T08:00:00+08:00', 'note', id FROM {place}s"""
STRETCHES = """
INSERT INTO reports (district, id, kind, status, observed_at, task_id, progress_percent, from_m, to_m, carriageway)
SELECT task.district, gen_random_uuid(), 'task_progress', 'accepted', '2020-05-20T08:00:00+08:00', task.id, 50,
       segment.from_m, segment.from_m + 100, 'left'
FROM tasks AS task JOIN segments AS segment ON segment.district = task.district AND segment.id = task.segment_id
WHERE task.stage = 'carriageway' ORDER BY task.id LIMIT 2"""
OPEN_EVERYTHING = """async () => {
  const shown = [];
  for (const entry of document.querySelectorAll(".erqi-entry")) {
    entry.click();
    await new Promise(requestAnimationFrame);
    shown.push(document.body.innerText);
  }
  return shown.join("\\n");
}"""
BLOCKED = "UPDATE tasks SET blocked_reason = 'blocked', actual_start = '2020-05-10' WHERE stage <> 'handover'"


def free_text_columns(table: Table) -> list[str]:
    """Return the columns whose text no key and no rule of the database limits."""
    return [
        column.name
        for column in table.c
        if isinstance(column.type, Text) or (isinstance(column.type, ARRAY) and isinstance(column.type.item_type, Text))
        if not column.primary_key and not column.foreign_keys and column.name not in FIXED
    ]


def poison(connection: Connection, table: Table) -> None:
    """Put one text of the corpus, and the row's key to tell it by, into each free text column of each row."""
    key = "id" if "id" in table.c else next(iter(table.primary_key)).name
    for place, column in enumerate(free_text_columns(table)):
        value = f"(:corpus)[1 + (row_number() OVER (ORDER BY {key}) + {place}) % {len(HOSTILE)}] || ' #' || {key}"
        if isinstance(table.c[column].type, ARRAY):
            value = f"ARRAY[{value}]"
        connection.execute(
            text(
                f"UPDATE {table.name} SET {column} = hostile FROM"  # noqa: S608 - names of our own tables
                f" (SELECT {key} AS row_key, {value} AS hostile FROM {table.name}) AS made WHERE {key} = row_key"
            ).bindparams(bindparam("corpus", list(HOSTILE), type_=ARRAY(Text)))
        )


@pytest.fixture(scope="module")
def hostile(server: TestServer, seeded_url: str) -> Iterator[str]:
    """Serve the district's places under hostile names; give the address."""
    assert seeded_url
    engine = make_engine(server.create("hostile", template="seeded"))
    with engine.begin() as connection:
        set_change(connection, moment="2020-05-21T00:00:00+08:00", actor="test", reason="hostile text")
        for place in ("segment", "site", "checkpoint"):
            connection.execute(text(REPORTS.format(place=place)))
        connection.execute(text(STRETCHES))
        connection.execute(text(BLOCKED))
        vocabularies = [model.__tablename__ for model in SCHEMES.values()]
        for name in (*PUBLISHED, *vocabularies):
            poison(connection, Base.metadata.tables[name])
    engine.dispose()
    with serving_copy(server, "hostile", "hostile_served") as address:
        yield address


def test_corpus_reached_every_published_text_column() -> None:
    reached = {name: free_text_columns(Base.metadata.tables[name]) for name in PUBLISHED}
    assert {"name_zh", "name_en", "aliases", "source", "note"} <= set(reached["checkpoints"])
    assert {"title_zh", "description_zh", "number", "asked_by"} <= set(reached["cases"])
    assert {"note", "blocked_reason"} <= set(reached["reports"])
    assert "blocked_reason" in reached["tasks"]


def assert_harmless(page: Page) -> None:
    assert page.evaluate("typeof window.__pwned") == "undefined"
    assert page.locator("img, iframe, object, .leaflet-popup script, main [onerror], main [onload]").count() == 0


def names(http: httpx.Client, address: str, collection: str) -> list[str]:
    answer = http.get(f"{address}/ogc/collections/{collection}/items?limit=10000")
    return [feature["properties"]["name_zh"] for feature in answer.json()["features"]]


def test_front_page_shows_hostile_names_as_text(http: httpx.Client, desktop: BrowserContext, hostile: str) -> None:
    page, watch = watched_page(desktop, hostile)
    page.goto(hostile + "/?lang=zh")
    rows = page.locator("section[aria-labelledby=attention] tbody tr").evaluate_all(
        "rows => rows.map((row) => row.cells[0].textContent)"
    )
    assert len(rows) == 12
    assert set(rows) <= {*names(http, hostile, "segment_progress"), *names(http, hostile, "site_progress")}
    assert page.locator(".erqi-header__district").text_content() == names(http, hostile, "districts")[0]
    assert_harmless(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 1440
    watch.assert_quiet()


@pytest.mark.parametrize("path", ["/", "/maps/progress", "/maps/hazard"])
def test_hostile_names_fit_a_phone(phone: BrowserContext, hostile: str, path: str) -> None:
    page, watch = watched_page(phone, hostile)
    page.goto(hostile + path, wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert_harmless(page)
    watch.assert_quiet()


@pytest.mark.parametrize(
    ("path", "collections"),
    [("/maps/progress", ("segment_progress", "site_progress")), ("/maps/hazard", ("checkpoint_status",))],
)
def test_map_shows_hostile_names_as_text_in_its_popups(
    http: httpx.Client, desktop: BrowserContext, hostile: str, path: str, collections: tuple[str, ...]
) -> None:
    page, watch = watched_page(desktop, hostile)
    open_map(page, hostile, path + "?lang=zh")
    whole = page.evaluate(OPEN_EVERYTHING)
    assert page.locator(".leaflet-popup").count() > 0
    assert_harmless(page)
    for collection in collections:
        for name in names(http, hostile, collection):
            assert name in whole, name
    for each in HOSTILE:
        assert each[:40] in whole, each
    watch.assert_quiet()


def test_documents_of_the_api_carry_hostile_text_whole(http: httpx.Client, hostile: str) -> None:
    for collection in ("districts", "segment_progress", "checkpoint_status", "cases", "reports", "tasks"):
        body = http.get(f"{hostile}/ogc/collections/{collection}/items?limit=10000").json()
        assert body["features"], DISTRICT
        assert any(each in str(body["features"]) for each in HOSTILE[:4])


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_do_not_break_the_search(http: httpx.Client, hostile: str, words: str) -> None:
    assert http.get(f"{hostile}/api/v1/locate", params={"q": words}).status_code in {200, 400}


def test_hostile_text_is_text_on_list_feature_and_map(
    http: httpx.Client, desktop: BrowserContext, hostile: str
) -> None:
    page, watch = watched_page(desktop, hostile)
    whole = ""
    for collection in ("sites", "checkpoints", "landmarks", "cases"):
        page.goto(f"{hostile}/ogc/collections/{collection}/items?lang=zh", wait_until="networkidle")
        expect(page.locator("#ogc-map[data-ready]")).to_be_attached()
        whole += page.locator("main").inner_text()
        assert page.evaluate("typeof window.__pwned") == "undefined"
        assert page.locator("main img, main iframe, main object, main [onerror], main [onload]").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 1440
    for each in HOSTILE:
        assert each[:40] in whole, each
    for feature in http.get(f"{hostile}/ogc/collections/sites/items").json()["features"]:
        page.goto(f"{hostile}/ogc/collections/sites/items/{feature['id']}?lang=zh", wait_until="networkidle")
        assert feature["properties"]["name_zh"] in (page.locator("h2").first.text_content() or "")
        assert page.evaluate("typeof window.__pwned") == "undefined"
    watch.assert_quiet()
