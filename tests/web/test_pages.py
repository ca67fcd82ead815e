"""Every page over the real service: quiet, closed to other hosts, whole on a phone, honest about the demonstration."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.maps.harness import open_map, watched_page

MAPS = ("/maps/progress", "/maps/hazard")
PAGES = ("/", "/docs", *MAPS)


def open_page(page: Page, address: str, path: str) -> None:
    """Open a page and wait until it has drawn what it draws."""
    if path.startswith(MAPS):
        open_map(page, address, path)
    else:
        page.goto(address + path)
    if path.startswith("/docs"):
        expect(page.locator(".opblock").first).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_quiet_and_asks_no_other_host(desktop: BrowserContext, season: str, path: str) -> None:
    page, watch = watched_page(desktop, season)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    for lang, badge in (("zh", "演示数据"), ("en", "Demonstration data")):
        open_page(page, season, f"{path}?lang={lang}")
        if path != "/docs":
            expect(page.locator(".erqi-badge")).to_be_visible()
            expect(page.locator(".erqi-badge")).to_contain_text(badge)
        page.wait_for_load_state("networkidle")  # what is under way when a page is left counts as failed
    watch.assert_quiet()
    assert failed == []


@pytest.mark.parametrize("path", ["/", *MAPS])
def test_page_without_the_demonstration_wears_no_badge(desktop: BrowserContext, places: str, path: str) -> None:
    page, watch = watched_page(desktop, places)
    open_page(page, places, f"{path}?lang=zh")
    expect(page.locator(".erqi-badge")).to_have_count(0)
    assert "演示" not in page.locator("body").inner_text()
    watch.assert_quiet()


@pytest.mark.parametrize("path", ["/?lang=zh", "/?lang=en", "/docs", "/maps/progress?lang=en", "/maps/hazard?lang=en"])
def test_page_fits_a_phone(phone: BrowserContext, season: str, path: str) -> None:
    page, watch = watched_page(phone, season)
    open_page(page, season, path)
    assert page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]") == [390, 390]
    watch.assert_quiet()


@pytest.mark.parametrize("path", MAPS)
def test_policy_of_a_map_lets_one_script_run_by_its_hash(http: httpx.Client, season: str, path: str) -> None:
    policy = http.get(season + path).headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='; style-src 'self';", policy)
    assert not re.search(r"unsafe|nonce|https?:|\*", policy)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_policy_has_a_fresh_nonce_and_allows_nothing_unsafe(http: httpx.Client, season: str, path: str) -> None:
    policies = [http.get(season + path).headers["content-security-policy"] for _ in range(2)]
    nonces = [re.findall(r"'nonce-([^']+)'", policy) for policy in policies]
    assert all(len(nonce) >= 20 for nonce in (*nonces[0], *nonces[1]))
    assert set(nonces[0]).isdisjoint(nonces[1])
    for policy in policies:
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert not re.search(r"https?:|\*", policy)


@pytest.mark.parametrize("path", PAGES)
def test_page_is_asked_for_anew_and_its_files_are_kept(http: httpx.Client, season: str, path: str) -> None:
    answer = http.get(season + path)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    files = re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text)
    assert files
    for file in files:
        found = http.get(season + file)
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]
        again = http.get(season + file, headers={"If-None-Match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", PAGES)
def test_page_is_under_100_kilobytes_and_names_no_other_host(http: httpx.Client, season: str, path: str) -> None:
    text = http.get(season + path).text
    assert len(text.encode()) < 100_000
    text = re.sub(r'integrity="sha[^"]*"', "", text)  # a hash in base64 may hold two slashes
    for found in re.findall(r"(?:https?:)?//[^\s\"'<>)]+", text):
        assert found.startswith("http://www.w3.org/"), found  # the name of SVG, which nobody fetches


def test_language_follows_the_address_then_the_browser(http: httpx.Client, places: str) -> None:
    for query, accepted, lang in (
        ("?lang=en", "zh-CN", "en"),
        ("?lang=zh-TW", "en", "zh"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr,zh-CN;q=0.8", "zh"),
        ("", "", "zh"),
    ):
        answer = http.get(f"{places}/maps/progress{query}", headers={"Accept-Language": accepted})
        assert answer.headers["content-language"] == lang
        assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in answer.text


def test_pages_lead_to_each_other_in_the_same_language_and_moment(desktop: BrowserContext, season: str) -> None:
    page, watch = watched_page(desktop, season)
    page.goto(f"{season}/?lang=en&datetime=2020-06-20T09:00:00%2B08:00")
    for href in page.locator("nav a, .front-door").evaluate_all("links => links.map((link) => link.href)"):
        asked = httpx.URL(href).params
        assert (asked["lang"], asked["datetime"]) == ("en", "2020-06-20T09:00:00+08:00")
    page.locator(".front-door").first.click()
    page.wait_for_selector("html[data-erqi-ready]", state="attached")
    assert "20 June 2020, 9:00" in page.locator(".erqi-as-of").inner_text()
    page.locator(".erqi-nav a").first.click()
    assert "20 June 2020, 9:00" in page.locator(".erqi-as-of").inner_text()
    watch.assert_quiet()
