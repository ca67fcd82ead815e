"""The field page in the states that a worker sees: no serious finding of axe, no request to another host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo
from tests.web.axe import serious
from tests.web.field_phone import Phone, joined, profile


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "field_axe", tmp_path_factory.mktemp("home")) as opened:
        yield opened


def found(phone: Phone, state: str) -> list[Any]:
    """Return axe's serious findings; where a folder for pictures is named, keep one of what was looked at."""
    if folder := os.environ.get("ERQI_TEST_PICTURES"):
        phone.page.screenshot(path=Path(folder) / f"field-{state}.png")
    return serious(phone.page, state)


def fill_hazard(phone: Phone) -> None:
    """Write a hazard whose place is the phone's, corrected by a pin."""
    phone.begin("hazard")
    phone.page.locator("#field-note").fill("下穿隧道口积水约 20 厘米，井盖有响动")
    phone.add_photos(photo(seed=31))
    expect(phone.page.locator(".field-fix__chainage b")).to_be_visible()
    phone.page.get_by_role("link", name="在地图上标点").click()
    phone.page.get_by_role("button", name="用这个位置").click()
    expect(phone.page.get_by_text("手工标点")).to_be_visible()


def test_five_states_have_no_serious_finding_and_ask_no_other_host(
    chromium: Browser, place: Site, tmp_path: Path
) -> None:
    reviewer = place.issue("reviewer")
    with profile(chromium, tmp_path / "phone", place.address) as phone:
        joined(phone, place.issue("field"))
        phone.ready_for_no_network()
        phone.show("#/")
        expect(phone.page.locator(".field-kind")).to_have_count(7)
        findings = found(phone, "home")
        fill_hazard(phone)
        findings += found(phone, "form")
        phone.show("#/")
        phone.context.set_offline(True)
        phone.send_note("中原路北侧围挡倒伏", photo(seed=32))
        expect(phone.notice("offline")).to_be_visible()
        findings += found(phone, "queue")
        phone.context.set_offline(False)
        phone.wait_for_states("draft", "sent", seconds=60)
        phone.show("#/sent")
        expect(phone.page.get_by_text("回执第")).to_be_visible()
        findings += found(phone, "sent")
        sent = next(report["id"] for report in phone.reports() if report["state"] == "sent")
        asking = {"to": "needs_information", "reason": "请补拍围挡两端，并注明占用几条车道。"}
        answer = place.call("POST", f"/api/v1/reports/{sent}/reviews", reviewer, json=asking)
        assert answer.status_code == 201, answer.text
        phone.open("#/sent", query="?lang=zh&again=1")
        expect(phone.page.get_by_text("请补拍围挡两端")).to_be_visible(timeout=20_000)
        findings += found(phone, "answer")
        assert (findings, phone.foreign, phone.errors) == ([], [], [])
