"""The page of tokens in a real browser: a link is made, used by a phone, and what came of it taken back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.api.holders import Access, accessible
from tests.conftest import TestServer
from tests.maps.harness import HOSTILE, watched_page
from tests.web.axe import serious

READY = "html[data-tokens-ready]"
LINKS, ME = "/api/v1/links", "/api/v1/me"


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "tokens_page") as opened:
        yield opened


def test_link_is_made_used_once_and_its_token_taken_back(phone: BrowserContext, place: Access) -> None:
    commander = place.issue("commander", days=30, unit_id="songshanlu", label=HOSTILE[0])
    page, watch = watched_page(phone, place.address)
    page.goto(f"{place.address}/tokens?lang=zh")
    page.locator("#token").fill(commander.token)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector(READY, state="attached")
    page.get_by_label("给谁").fill("巡查二队 <b>小李</b>")
    page.get_by_label("隐患", exact=True).first.check()
    page.get_by_label("有效期").select_option("1")
    page.get_by_role("button", name="做一次性链接").click()
    picture = page.get_by_alt_text("一次性链接的二维码")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    code = page.locator("#tokens-secret").inner_text().rpartition("#join=")[2]
    if folder := os.environ.get("ERQI_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / "tokens-link.png", full_page=True)
    assert serious(page, "link") == []
    expect(page.locator(".tokens-table tr", has_text="巡查二队 <b>小李</b>")).to_contain_text("未用")

    redeemed = place.call("POST", f"{LINKS}/{code}")
    assert redeemed.status_code == 201, redeemed.text
    given = redeemed.json()
    assert (given["role"], given["unit"], given["kinds"]) == ("field", "songshanlu", ["hazard"])
    page.reload()
    page.wait_for_selector(READY, state="attached")
    expect(page.locator(".tokens-table tr", has_text="链接")).to_contain_text("已用")
    row = page.locator(f".tokens-table tr[data-id='{given['id']}']")
    row.get_by_role("button", name="吊销").click()
    row.get_by_role("button", name="确定吊销").click()
    expect(row).to_contain_text("已吊销")
    (kept,) = place.rows("SELECT revoked_at IS NOT NULL AS gone FROM access_tokens WHERE id = %s", given["id"])
    assert kept["gone"]
    assert page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]") == [390, 390]
    assert page.evaluate("window.__pwned") is None
    watch.assert_quiet()


def test_who_may_not_hand_out_is_told_why_not_in_words(place: Access) -> None:
    with place.client() as client:
        assert client.get("/tokens?lang=zh").headers["location"].startswith("/login?")
        assert client.post("/login", data={"token": place.issue("reviewer").token}).status_code == 303
        answer = client.get("/tokens?lang=zh")
        assert "/tokens?lang=zh" not in client.get("/reviews?lang=zh").text
    assert answer.status_code == 403
    assert "此操作需要“指挥”权限，当前令牌是“审核”。" in answer.text
    assert "tokens/app.js" not in answer.text
