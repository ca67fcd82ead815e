"""The reviewer's page in a real browser: reports are decided one by one and many at once, and nothing typed is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from geo.access.tokens import Secret
from tests.api.field_work import stored
from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import photo
from tests.maps.harness import HOSTILE, Watch, watched_page
from tests.web.axe import serious

UNIT, OTHER, THIRD, FOURTH = "songshanlu", "minggonglu", "daxuelu", "wulibao"
ON_SONGSHAN = {"x": 113.6221, "y": 34.7240, "datum": "wgs84", "accuracy_m": 8}
CROSSING = {"x": 113.6224, "y": 34.7215, "datum": "wgs84", "accuracy_m": 25}
SHIFTED = {"x": 113.6281, "y": 34.7260, "datum": "wgs84", "accuracy_m": 12}  # lies on Songshan Road as GCJ-02
READY = "html[data-reviews-ready]"
REFUSED = "Failed to load resource"  # what the console says of each 4xx that the test asks for


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reviews_page", tmp_path_factory.mktemp("home")) as opened:
        yield opened


class Desk:
    """A browser on the page, and what is asked of it."""

    def __init__(self, context: BrowserContext, place: Site) -> None:
        self.place = place
        self.page: Page
        self.watch: Watch
        self.page, self.watch = watched_page(context, place.address)

    def log_in(self, reviewer: Secret, path: str) -> None:
        """Ask for the page without a session, and come back to it by the login."""
        self.page.goto(self.place.address + path)
        self.enter(reviewer)

    def enter(self, reviewer: Secret) -> None:
        self.page.locator("#token").fill(reviewer.token)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_selector(READY, state="attached")

    def is_on(self, report: str) -> None:
        expect(self.page.locator(f".reviews-entry[data-id='{report}'] a")).to_have_attribute("aria-current", "true")
        expect(self.page.locator(".reviews-head__id")).to_contain_text(report[:8])

    def decide(self, key: str, reason: str) -> None:
        """Choose a step by its key, write why, and send; keys rest while somebody writes."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press(key)
        self.page.locator("#reviews-reason").fill(reason)
        self.page.keyboard.press("Control+Enter")

    def is_told(self, words: str) -> None:
        expect(self.page.locator("#reviews-wrong")).to_contain_text(words)

    def looked_at(self, name: str) -> list[Any]:
        """Return axe's serious findings; where a folder for pictures is named, keep one of what was looked at."""
        if folder := os.environ.get("ERQI_TEST_PICTURES"):
            self.page.screenshot(path=Path(folder) / f"reviews-{name}.png", full_page=True)
        return serious(self.page, name)

    def errors(self) -> list[str]:
        assert self.page.evaluate("window.__pwned") is None
        return [*self.watch.foreign, *self.watch.dialogs, *(each for each in self.watch.errors if REFUSED not in each)]


def status(place: Site, report: str) -> str:
    (row,) = place.rows("SELECT status FROM reports WHERE id = %s", report)
    found: str = row["status"]
    return found


def decided(place: Site, report: str) -> dict[str, Any]:
    """Return the last decision on a report."""
    rows = place.rows("SELECT * FROM reviews WHERE report_id = %s ORDER BY number", report)
    return rows[-1]


def decide_elsewhere(place: Site, report: str, to: str, reason: str) -> None:
    """Let somebody else decide on a report."""
    answer = place.call(
        "POST", f"/api/v1/reports/{report}/reviews", place.issue("commander"), json={"to": to, "reason": reason}
    )
    assert answer.status_code == 201, answer.text


def test_repeated_and_conflicting_reports_are_decided_with_what_stands_beside_them(
    desktop: BrowserContext, place: Site
) -> None:
    sender, reviewer = place.issue("field", unit_id=UNIT), place.issue("reviewer", unit_id=UNIT, label="嵩山路审核")
    flood = {"kind": "hazard", "hazard_kind": "urban_flooding", "position": ON_SONGSHAN}
    pictured = {"photos": [place.sent(sender, photo(seed=51))]}
    first = stored(place, sender, **flood, **pictured, note="隧道口积水")["id"]
    second = stored(place, sender, **flood, **pictured, note="隧道口积水，同一处")["id"]
    (task,) = place.rows("SELECT id, version FROM tasks ORDER BY id LIMIT 1")
    progress = {"kind": "task_progress", "task_id": task["id"], "base_version": task["version"]}
    changed = stored(place, sender, **progress, progress_percent=65, note="立面")["id"]
    place.rows("UPDATE tasks SET progress_percent = 40 WHERE id = %s RETURNING id", task["id"])
    desk = Desk(desktop, place)
    page = desk.page
    desk.log_in(reviewer, "/reviews?lang=zh&status=received")
    assert page.url.startswith(f"{place.address}/reviews?lang=zh&status=received")
    expect(page.locator("#reviews-matched")).to_have_text("3")
    desk.is_on(first)
    page.keyboard.press("j")
    desk.is_on(second)
    expect(page.get_by_text("沿路相距 0 m")).to_be_visible()
    expect(page.locator(".reviews-photo img")).to_have_js_property("complete", value=True)
    findings = desk.looked_at("duplicate")
    page.get_by_role("button", name="与它重复").click()
    page.locator(".reviews-sentence").first.click()
    page.keyboard.press("Control+Enter")
    desk.is_on(changed)
    assert status(place, second) == "duplicate"
    assert decided(place, second)["reason"] == "与先前的上报是同一件事，合并处理。"

    desk.decide("a", "现场核过")
    desk.is_told("逐项选择")
    expect(page.locator(".reviews-conflict")).to_contain_text("40 %")
    findings += desk.looked_at("conflict")
    page.get_by_label("采用上报：65 %").check()
    page.keyboard.press("Control+Enter")
    desk.is_on(first)
    assert place.rows("SELECT progress_percent::int AS done FROM tasks WHERE id = %s", task["id"]) == [{"done": 65}]
    assert (findings, desk.errors()) == ([], [])


def test_doubted_position_and_new_case_are_chosen_before_acceptance(desktop: BrowserContext, place: Site) -> None:
    sender, reviewer = place.issue("field", unit_id=OTHER), place.issue("reviewer", unit_id=OTHER)
    doubted = stored(place, sender, position=SHIFTED, note="路灯不亮")["id"]
    problem = stored(place, sender, kind="problem", position=CROSSING, note="井盖破损", photos=["ab" * 32])["id"]
    desk = Desk(desktop, place)
    page = desk.page
    desk.log_in(reviewer, "/reviews?lang=zh")
    desk.is_on(doubted)
    expect(page.locator(".reviews-map .reviews-pin")).to_have_text(["A", "B"])
    expect(page.locator(".reviews-map[data-drawn]")).to_be_visible()
    desk.decide("a", "位置对")
    desk.is_told("哪个位置对")
    findings = desk.looked_at("doubted")
    page.get_by_label("GCJ-02").check()
    page.keyboard.press("Control+Enter")
    desk.is_on(problem)
    assert place.rows("SELECT datum FROM reports WHERE id = %s", doubted) == [{"datum": "gcj02"}]

    expect(page.get_by_text("照片 1 还没有传到")).to_be_visible()
    expect(page.locator(".reviews-flag", has_text="地点不明确").first).to_be_visible()
    desk.decide("a", "已转市政")
    desk.is_told("台账条目")
    findings += desk.looked_at("problem")
    page.locator("[data-key='case category']").select_option("other")
    page.get_by_label("标题").fill("井盖破损，已围挡")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".reviews-none")).to_be_visible()
    (case,) = place.rows("SELECT title_zh, territorial_unit_id FROM cases WHERE source = %s", f"report {problem}")
    assert case == {"title_zh": "井盖破损，已围挡", "territorial_unit_id": OTHER}
    assert (findings, desk.errors()) == ([], [])


def test_what_is_typed_outlives_another_s_decision_and_the_end_of_the_login(
    desktop: BrowserContext, place: Site
) -> None:
    sender, reviewer = place.issue("field", unit_id=THIRD), place.issue("reviewer", unit_id=THIRD)
    report = stored(place, sender, note="围挡倒伏", place="<script>window.__pwned=1</script>")["id"]
    following = stored(place, sender, note=HOSTILE[0] + HOSTILE[8])["id"]
    desk = Desk(desktop, place)
    desk.log_in(reviewer, f"/reviews?lang=zh&report={report}")
    page = desk.page
    decide_elsewhere(place, report, "needs_information", "请补拍两端")
    desk.decide("r", "看不出是哪里")
    desk.is_told("别人刚刚处理过这条上报，现为“待补充”")
    expect(page.locator(".reviews-past--new")).to_contain_text("请补拍两端")
    expect(page.locator("#reviews-reason")).to_have_value("看不出是哪里")
    assert status(place, report) == "needs_information"

    desktop.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reviews-notice")).to_contain_text("登录已结束")
    assert status(place, report) == "needs_information"
    page.get_by_role("link", name="去登录").click()
    desk.enter(reviewer)
    expect(page.locator("#reviews-reason")).to_have_value("看不出是哪里")
    page.keyboard.press("Control+Enter")
    desk.is_on(following)
    assert (status(place, report), decided(place, report)["reason"]) == ("rejected", "看不出是哪里")
    expect(page.locator(".reviews-said blockquote")).to_contain_text("<img src=x")
    assert desk.errors() == []


def test_many_are_decided_at_once_on_a_phone_and_a_bad_one_stays_with_its_reason(
    phone: BrowserContext, place: Site
) -> None:
    sender, reviewer = place.issue("field", unit_id=FOURTH), place.issue("reviewer", unit_id=FOURTH)
    notes = [stored(place, sender, note=f"渣土未覆盖 {n}")["id"] for n in range(3)]
    problem = stored(place, sender, kind="problem", position=CROSSING, note="渣土堵路")["id"]
    gone = stored(place, sender, note="渣土已清")["id"]
    desk = Desk(phone, place)
    page = desk.page
    desk.log_in(reviewer, "/reviews?lang=zh&q=渣土")
    expect(page.locator(".reviews-entry")).to_have_count(5)
    decide_elsewhere(place, gone, "needs_information", "再拍")
    page.get_by_text("选中已列出的 5 条").click()
    page.locator("[data-key='bulk accepted']").click()
    page.get_by_label("理由（每位上报人都会看到）").fill("情况属实")
    findings = desk.looked_at("bulk")
    page.get_by_role("button", name="采信：5 条").click()
    expect(page.locator(".reviews-bulk__told")).to_have_text("已处理 3 条，2 条没有处理（原因见列表）。")
    expect(page.locator(".reviews-entry")).to_have_count(1)  # the other waits for its sender by now
    expect(page.locator(".reviews-entry__verdict")).to_have_text("采信问题上报须登记台账条目。")
    after = [status(place, each) for each in (*notes, problem, gone)]
    assert after == ["accepted", "accepted", "accepted", "received", "needs_information"]
    page.locator(f".reviews-entry[data-id='{problem}'] a").click()
    expect(page.get_by_role("heading", name="问题")).to_be_visible()
    expect(page.locator(".reviews-queue")).to_be_hidden()
    findings += desk.looked_at("phone")
    assert page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]") == [390, 390]
    page.get_by_role("button", name="← 列表").click()
    expect(page.locator(".reviews-queue")).to_be_visible()
    assert (findings, desk.errors()) == ([], [])


@pytest.mark.parametrize(("role", "words"), [("viewer", "当前令牌是“查看”"), ("field", "当前令牌是“现场”")])
def test_who_may_not_review_is_told_why_not_in_words(place: Site, role: str, words: str) -> None:
    with place.client() as client:
        token = place.issue(role).token
        assert client.post("/login", data={"token": token, "next": "/reviews"}).headers["location"] == "/reviews"
        answer = client.get("/reviews?lang=zh")
    assert answer.status_code == 403
    assert words in answer.text
    assert "reviews/app.js" not in answer.text


def test_page_leads_to_the_login_and_back_with_its_filters(place: Site) -> None:
    with place.client() as client:
        answer = client.get("/reviews?lang=en&kind=hazard&q=%E7%A7%AF%E6%B0%B4")
        assert answer.status_code == 303
        login = httpx.URL(answer.headers["location"])
        form = {"token": place.issue("reviewer").token, "next": login.params["next"]}
        back = client.post("/login", data=form)
        assert httpx.URL(back.headers["location"]).params == httpx.QueryParams(
            {"lang": "en", "kind": "hazard", "q": "积水"}
        )
        page = client.get(back.headers["location"])
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "unsafe" not in page.headers["content-security-policy"]
