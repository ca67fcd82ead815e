"""Pages in a browser behind a proxy that shows the service under a prefix: nothing is asked for beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Response

from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo
from tests.maps.harness import watched_page
from tests.web.field_phone import joined, profile

PREFIX = "/erqi"
MAP = "html[data-erqi-ready]"
READY = {
    "/": "main",
    "/docs": ".opblock",
    "/ogc?f=html": "main",
    "/ogc/collections/segments/items?f=html": "main",
    "/maps/progress": MAP,
    "/maps/hazard": MAP,
    "/maps/progress?compare=2020-06-01T18:00:00%2B08:00": MAP,
    "/maps/progress/table": "main",
}
BEHIND_LOGIN = {"/reviews": "html[data-reviews-ready]", "/tokens": "html[data-tokens-ready]"}


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "behind_prefix", tmp_path_factory.mktemp("home"), base_path=PREFIX) as opened:
        yield opened


class Seen:
    """What a browser asked for beside the prefix, and what it was refused."""

    def __init__(self, context: BrowserContext) -> None:
        self.beside: list[str] = []
        self.refused: list[str] = []
        context.on("response", self._look)

    def _look(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if response.url.startswith("http") and path != PREFIX and not path.startswith(f"{PREFIX}/"):
            self.beside.append(path)
        if response.status >= 400:
            self.refused.append(f"{response.status} {path}")


def test_public_pages_ask_for_nothing_beside_the_prefix(desktop: BrowserContext, place: Site) -> None:
    seen = Seen(desktop)
    page, watch = watched_page(desktop, place.address)
    for path, ready in READY.items():
        page.goto(f"{place.address}{PREFIX}{path}")
        page.wait_for_selector(ready, state="attached")
        page.wait_for_load_state("networkidle")
    watch.assert_quiet()
    assert (seen.beside, seen.refused) == ([], [])


def test_login_leads_to_the_page_that_was_wanted_under_the_prefix(desktop: BrowserContext, place: Site) -> None:
    commander = place.issue("commander", unit_id="songshanlu")
    seen = Seen(desktop)
    page, watch = watched_page(desktop, place.address)
    for path, ready in BEHIND_LOGIN.items():
        page.goto(f"{place.address}{PREFIX}{path}?lang=zh")
        if page.locator("#token").count():
            page.locator("#token").fill(commander.token)
            page.get_by_role("button", name="登录").click()
        page.wait_for_selector(ready, state="attached")
        assert urlsplit(page.url).path == PREFIX + path
    (session,) = [cookie for cookie in desktop.cookies() if cookie["name"].startswith("erqi")]
    assert session["path"] == PREFIX
    watch.assert_quiet()
    assert (seen.beside, seen.refused) == ([], [])


def test_field_page_is_kept_and_sends_its_photo_under_the_prefix(
    chromium: Browser, place: Site, tmp_path: Path
) -> None:
    address = place.address + PREFIX
    with profile(chromium, tmp_path / "phone", address) as phone:
        seen = Seen(phone.context)
        joined(phone, place.issue("field"))
        phone.ready_for_no_network()
        phone.context.set_offline(True)
        phone.page.reload()
        phone.send_note("长江路口积水", photo(seed=41))
        phone.context.set_offline(False)
        phone.wait_for_states("sent", seconds=60)
        (kept,) = phone.reports()
        answer = place.call("GET", f"{PREFIX}/api/v1/reports/{kept['id']}", place.issue("reviewer"))
        assert answer.json()["photos_outstanding"] == []
        assert (seen.beside, seen.refused, phone.foreign, phone.errors) == ([], [], [], [])
