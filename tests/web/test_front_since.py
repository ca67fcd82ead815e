"""What changed since the last visit: the browser keeps when that was, the API says what changed."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.maps.harness import watched_page

VISIT, BEFORE = "erqi.visit.410103", "erqi.visit.before.410103"
MOMENT = "2020-07-20T09:00:00+08:00"


def changes(http: httpx.Client, season: str, since: str, until: str) -> dict[str, int]:
    answer: dict[str, Any] = http.get(f"{season}/api/v1/differences", params={"from": since, "to": until}).json()
    return {each["name"]: each["appeared"] + each["gone"] + each["changed"] for each in answer["layers"]}


def shown(page: Page) -> dict[str, int]:
    expect(page.locator("#since-status")).not_to_have_text("正在比较……")
    return {
        each.get_attribute("data-layer") or "": int(each.locator("dd").inner_text())
        for each in page.locator("#since-found [data-layer]").all()
    }


def test_choices_show_what_the_api_says_and_remember_the_visit(
    desktop: BrowserContext, http: httpx.Client, season: str
) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=zh")
    opened = page.locator("#since").get_attribute("data-moment") or ""
    assert page.evaluate("Object.entries(localStorage)") == [[VISIT, opened]]
    expect(page.locator("[data-since=week]")).to_have_attribute("aria-pressed", "true")
    page.reload()  # within half an hour: the same visit
    assert page.evaluate("Object.entries(localStorage)") == [[VISIT, opened]]
    earlier = "2020-07-06T08:05:00+08:00"
    page.evaluate("([key, value]) => localStorage.setItem(key, value)", [VISIT, earlier])
    page.reload()
    expect(page.locator("[data-since=visit]")).to_have_attribute("aria-pressed", "true")
    assert shown(page) == changes(http, season, earlier, opened)
    expect(page.locator("#since-status")).to_contain_text("自2020年7月6日 8:05以来")
    assert page.evaluate("(key) => localStorage.getItem(key)", BEFORE) == earlier
    page.locator("#since-meeting").fill("2020-07-13")
    expect(page.locator("#since-status")).to_contain_text("自2020年7月13日 0:00以来")
    assert shown(page) == changes(http, season, "2020-07-13T00:00:00+08:00", opened)
    watch.assert_quiet()


def test_page_of_an_asked_moment_is_no_visit_and_lists_the_latest_first(
    desktop: BrowserContext, http: httpx.Client, season: str
) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=zh&datetime={MOMENT.replace('+', '%2B')}")
    assert page.evaluate("localStorage.length") == 0
    assert shown(page) == changes(http, season, "2020-07-13T09:00:00+08:00", MOMENT)
    page.locator("[data-since=day]").click()
    expect(page.locator("#since-found li")).to_have_count(
        sum(changes(http, season, "2020-07-19T09:00:00+08:00", MOMENT).values())
    )
    expect(page.locator("#since-found li[data-id=xingyuan_aqueduct] .front-change")).to_have_text("需关注 → 险情")
    watch.assert_quiet()


def test_refused_question_is_said_and_hostile_names_stay_text(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    hostile = {"id": "x", "name_zh": "<img src=x onerror=alert(1)>", "change": "gone", "before": {"why_zh": "<b>"}}
    layer = {"name": "sites", "map": "progress", "appeared": 0, "gone": 1, "changed": 0, "entries": [hostile]}
    page.route("**/api/v1/differences*", lambda route: route.fulfill(json={"layers": [layer]}))
    page.goto(f"{season}/?lang=zh")
    expect(page.locator("#since-found li strong")).to_have_text("<img src=x onerror=alert(1)>")
    page.unroute("**/api/v1/differences*")
    page.route("**/api/v1/differences*", lambda route: route.fulfill(status=400, json={"detail_zh": "from 晚于 to。"}))
    page.locator("[data-since=day]").click()
    expect(page.locator("#since-status")).to_have_text("没有取到变化： from 晚于 to。")
    watch.errors = [each for each in watch.errors if "400" not in each]  # the browser's own word on the answer above
    watch.assert_quiet()
