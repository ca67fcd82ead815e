"""Nothing that the field team wrote is lost: not without a network, not when the browser is killed, not on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo
from tests.web.bad_network import BadNetwork, bad_network
from tests.web.field_phone import Phone, joined, kill, profile

REPORTS = "/ogc/collections/reports/items?limit=2000"


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "field_loss", tmp_path_factory.mktemp("home")) as opened:
        yield opened


def test_five_reports_outlive_a_killed_browser_and_a_flapping_network(
    chromium: Browser, place: Site, tmp_path: Path
) -> None:
    photos = [photo(seed=seed) for seed in range(20, 26)]
    with bad_network(place.address) as network:
        with profile(chromium, tmp_path / "phone", network.address) as phone:
            joined(phone, place.issue("field"))
            phone.ready_for_no_network()
            lose(network, phone)
            phone.open(query="?lang=zh&again=1")
            expect(phone.notice("offline")).to_contain_text("没有网络")
            for n in range(5):
                phone.send_note(f"第 {n} 份", photos[n], *photos[5:][: n == 0])
            assert phone.states() == ["waiting"] * 5
            written = {report["id"] for report in phone.reports()}
            kill(tmp_path / "phone")
        with profile(chromium, tmp_path / "phone", network.address) as phone:
            phone.context.set_offline(True)
            phone.open()
            assert {report["id"] for report in phone.reports()} == written
            assert phone.states() == ["waiting"] * 5
            network.become("flapping")
            phone.context.set_offline(False)
            phone.show("#/queue")
            now = phone.page.get_by_role("button", name="现在发送")
            phone.wait_for_states(*["sent"] * 5, seconds=120, between=lambda: press(now))
            assert min(network.lost, network.unanswered) > 0
            phone.show("#/sent")
            expect(phone.page.get_by_text("回执第")).to_have_count(5)
            network.become("clear")
            located = on_the_map(place)
            assert written <= located
            assert drawn(phone) == len(located)
            assert sorted(mapped(phone)) == [f"第 {n} 份" for n in range(5)]
            assert (phone.foreign, phone.errors) == ([], [])
    assert_stored(place, written, photos)


def press(button: Locator) -> None:
    """Press a button if it is there: it goes with the last report."""
    if button.is_visible():
        button.click()


def lose(network: BadNetwork, phone: Phone) -> None:
    """Take the network from the page and, below it, from everything else of the browser."""
    network.become("gone")
    phone.context.set_offline(True)


def drawn(phone: Phone) -> int:
    """Return how many reports the map of all reports draws."""
    phone.page.goto(f"{phone.address}{REPORTS}&f=html&lang=zh")
    phone.page.wait_for_selector("#ogc-map[data-drawn]", state="attached")
    return int(phone.page.locator("#ogc-map").get_attribute("data-drawn") or 0)


def mapped(phone: Phone) -> list[str]:
    """Return what the reports of the progress map say: all of them, as it counts itself, in the cards of one place."""
    page = phone.page
    page.goto(f"{phone.address}/maps/progress?lang=zh&window=all")
    page.wait_for_selector("html[data-erqi-ready][data-erqi-reports]", state="attached")
    page.locator(".leaflet-control-layers").hover()
    expect(page.get_by_role("checkbox", name="现场上报")).to_be_checked()
    page.locator(".erqi-cluster-holder").first.focus()
    page.keyboard.press("Enter")
    cards = page.locator(".leaflet-popup .erqi-card")
    number = int(page.evaluate("document.documentElement.dataset.erqiReports"))
    expect(cards).to_have_count(number)
    return cards.locator(".erqi-quote").all_inner_texts()


def assert_stored(place: Site, written: set[str], photos: list[bytes]) -> None:
    """Hold the store against what the phone wrote: each report once, each photo byte by byte, all in the layer."""
    stored = [str(row["report_id"]) for row in place.rows("SELECT report_id FROM submissions")]
    assert sorted(stored) == sorted(written)
    reviewer = place.issue("reviewer")
    for data in photos:
        name = hashlib.sha256(data).hexdigest()
        assert place.call("GET", f"/api/v1/photos/{name}/original", reviewer).content == data


def on_the_map(place: Site) -> set[str]:
    """Return the reports that have a position, as the layer tells."""
    features = place.call("GET", REPORTS).json()["features"]
    return {feature["id"] for feature in features if feature["geometry"]}
