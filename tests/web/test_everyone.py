"""For everyone: no serious finding of axe on any page in any state, and no request to another host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from api.app import create_app
from api.print_data import Asked, print_document
from api.settings import Settings
from api.store import Store
from maps.print_sheet import Sheet
from tests.apart import run_apart
from tests.api.holders import Access
from tests.api.serving import serving_copy
from tests.conftest import TestServer
from tests.maps.harness import watched_page
from tests.web.axe import serious
from tests.web.every_page import pages, path_of

MOMENT = "datetime=2020-07-20T09:00:00%2B08:00"
COMPARED = f"compare=2020-06-15T09:00:00%2B08:00&{MOMENT}"


def settled(page: Page) -> None:
    expect(page.locator("#since-status")).not_to_have_text("")


def drawn(page: Page) -> None:
    page.wait_for_selector("html[data-erqi-ready]", state="attached")


def card(page: Page) -> None:
    drawn(page)
    if page.locator("#erqi-handle").is_visible():
        page.locator("#erqi-handle").click()
    page.locator(".erqi-entry").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .erqi-card")).to_be_visible()
    expect(page.locator(".leaflet-popup")).to_have_css("opacity", "1")


def searched(page: Page) -> None:
    drawn(page)
    page.locator(".erqi-chip").nth(1).click()
    page.locator("#erqi-search-input").fill("航海路K2+300")
    page.keyboard.press("Enter")
    page.locator(".leaflet-control-layers-toggle").focus()


def stepped(page: Page) -> None:
    """Use the bar of time: by key, by button, and back."""
    drawn(page)
    page.locator("#erqi-time-range").press("PageUp")
    expect(page.locator(".erqi-time__moment")).to_contain_text("8月19日")
    page.get_by_role("button", name="退一步").click()
    expect(page.locator(".erqi-time__moment")).to_contain_text("8月18日")


def compared(page: Page) -> None:
    drawn(page)
    page.locator("[data-key] button").first.click()
    for side in page.frames[1:]:
        expect(side.locator(".leaflet-popup .erqi-card")).to_be_visible()
        expect(side.locator(".leaflet-popup")).to_have_css("opacity", "1")


def tried(page: Page) -> None:
    """Unfold operations of several kinds, fill in one and send it."""
    for operation in ("print_map", "create_link", "locate"):
        page.locator(f".opblock[id$='-{operation}'] .opblock-summary-control").click()
        page.locator(f".opblock[id$='-{operation}'] .try-out__btn").click()
    page.locator(".opblock[id$='-locate'] input[placeholder=q]").fill("航海路K2+300")
    page.locator(".opblock[id$='-locate'] .execute").click()
    expect(page.locator(".live-responses-table .docs-example").first).to_be_visible()
    page.locator(".auth-wrapper .authorize").click()
    expect(page.locator(".modal-ux")).to_be_visible()


def still(page: Page) -> None:
    """Wait for what a page draws after it has been loaded: the map of a page of features."""
    for drawing in page.locator("#ogc-map").all():
        expect(drawing).to_have_attribute("data-drawn", re.compile(r"\d"))


def ready(name: str) -> Callable[[Page], None]:
    """Make the wait for a page that says when it is ready."""
    return lambda page: expect(page.locator(f"html[data-{name}-ready]")).to_be_attached()


ITEMS = "/ogc/collections/{collectionId}/items"
State = tuple[str, str, Callable[[Page], None]]  # route, query, what to do there
STATES: tuple[State, ...] = (
    ("/", f"lang=zh&{MOMENT}", settled),
    ("/", f"lang=en&{MOMENT}", settled),
    ("/maps/progress", f"lang=zh&{MOMENT}", card),
    ("/maps/progress", f"lang=en&task=overdue&{MOMENT}", searched),
    ("/maps/progress", f"lang=zh&{MOMENT}", stepped),
    ("/maps/progress", f"lang=zh&{COMPARED}", compared),
    ("/maps/hazard", f"lang=en&{MOMENT}", card),
    ("/maps/hazard", f"lang=en&{COMPARED}", compared),
    ("/maps/{name}/table", f"lang=zh&of=tasks&task=overdue&{MOMENT}", still),
    ("/maps/{name}/table", f"lang=en&{MOMENT}", still),
    ("/ogc", "lang=zh", still),
    ("/ogc/conformance", "lang=en", still),
    ("/ogc/collections", "lang=zh", still),
    ("/ogc/collections/{collectionId}", "lang=en", still),
    *(
        (f"/ogc/collections/{{collectionId}}/{each}", "lang=zh", still)
        for each in ("schema", "queryables", "sortables")
    ),
    (ITEMS, "lang=en", still),
    (f"{ITEMS}/{{featureId:path}}", "lang=zh", still),
    ("/docs", "", tried),
    ("/field", "lang=zh", ready("field")),
    ("/login", "lang=zh&next=/reviews", still),
)
PHONE = [
    (route, query, reach)
    for route, query, reach in STATES
    if reach not in {searched, stepped} and (route == ITEMS or not route.startswith("/ogc"))
]
DESK: tuple[State, ...] = (
    ("/login", "lang=en", still),  # which says who is logged in
    ("/reviews", "lang=zh&status=received", ready("reviews")),
    ("/tokens", "lang=en", ready("tokens")),
)


@pytest.fixture(scope="module")
def place(server: TestServer, demonstration_url: str) -> Iterator[Access]:
    """Serve the season to those who log in, too."""
    assert demonstration_url
    with serving_copy(server, "demonstration", "everyone") as address:
        yield Access(address, server.url("everyone"))


def findings(page: Page, address: str, states: Iterable[State], *, on_paper: bool = True) -> list[Any]:
    """Return what axe finds in the states; each page is then printed, unless that is not wanted."""
    found: list[Any] = []
    for route, query, reach in states:
        state = f"{path_of(route)}?{query}"
        page.goto(address + state)
        reach(page)
        found += serious(page, state)
        if on_paper:
            page.pdf()
    return found


def log_in(page: Page, place: Access, role: str) -> None:
    page.goto(f"{place.address}/login?lang=zh")
    page.locator("#token").fill(place.issue(role).token)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


def test_every_page_of_the_service_is_looked_at_here(place: Access) -> None:
    assert pages(create_app(Settings(database_url=place.database)), place.address) == {
        route for route, _, _ in (*STATES, *DESK)
    }


def test_no_page_has_a_serious_finding_or_asks_another_host(desktop: BrowserContext, place: Access) -> None:
    page, watch = watched_page(desktop, place.address)
    found = findings(page, place.address, STATES)
    log_in(page, place, "commander")
    found += findings(page, place.address, DESK)
    desktop.clear_cookies()
    log_in(page, place, "viewer")
    found += findings(page, place.address, [("/tokens", "lang=zh", still)])  # which says why not
    assert found == []
    assert watch.foreign == []


def test_no_page_on_a_phone_has_a_serious_finding_or_asks_another_host(phone: BrowserContext, place: Access) -> None:
    page, watch = watched_page(phone, place.address)
    assert findings(page, place.address, PHONE, on_paper=False) == []
    assert watch.foreign == []


@pytest.mark.parametrize("name", ["progress", "hazard"])
def test_wall_map_asks_for_nothing_at_all(desktop: BrowserContext, place: Access, name: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(run_apart(wall_map(place, name)), encoding="utf-8")
    page, watch = watched_page(desktop, "file://")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.locator("svg").first).to_be_visible()
    page.pdf()
    page.screenshot()
    assert asked == [file.as_uri()]
    watch.assert_quiet()


async def wall_map(place: Access, name: str) -> str:
    """Return the document that Chromium prints for ``/maps/{name}.pdf`` and ``.png``."""
    settings = Settings(database_url=place.database)
    store = Store(place.database, pool_size=1, statement_timeout_ms=settings.statement_timeout_ms)
    try:
        return await print_document(store, settings, Asked(name, Sheet("A3", "landscape"), "zh", None, {}))
    finally:
        await store.close()
