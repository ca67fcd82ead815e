"""What goes wrong around a phone is said in plain words, and costs nobody what has been written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from geo.access.tokens import Secret
from tests.api.uploading import Site, site
from tests.conftest import TestServer
from tests.geo.intake.photo_files import noise, photo
from tests.web.field_phone import Phone, joined, profile

HOSTILE = "<img src=x onerror=\"document.title='run'\"></textarea><script>document.title='run'</script>"
EXPIRE = "UPDATE access_tokens SET expires_at = created_at + interval '1 microsecond' WHERE id = %s RETURNING id"
TWO_HOURS_FAST = "const real = Date.now.bind(Date); Date.now = () => real() + 2 * 3600 * 1000;"


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "field_trouble", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@contextmanager
def joined_phone(chromium: Browser, place: Site, folder: Path, secret: Secret) -> Iterator[Phone]:
    """Give a phone with a token; at the end it has complained of nothing and asked no other host."""
    with profile(chromium, folder, place.address) as phone:
        joined(phone, secret)
        yield phone
        assert (phone.foreign, phone.errors) == ([], [])


def test_expired_token_keeps_what_waits_until_there_is_a_new_one(
    chromium: Browser, place: Site, tmp_path: Path
) -> None:
    old = place.issue("field")
    with joined_phone(chromium, place, tmp_path, old) as phone:
        place.rows(EXPIRE, old.id)
        phone.page.wait_for_timeout(2_500)  # how long the service may remember a token
        phone.send_note("过期前写的")
        expect(phone.notice("alert")).to_contain_text("令牌已过期，请换新令牌。草稿和待发上报都还在。")
        assert phone.states() == ["waiting"]
        phone.enter(place.issue("field").token)
        phone.show("#/queue")
        phone.wait_for_states("sent")
        expect(phone.notice("alert")).to_have_count(0)


def test_full_storage_is_told_and_the_text_is_kept(chromium: Browser, place: Site, tmp_path: Path) -> None:
    with profile(chromium, tmp_path, place.address) as phone:
        limit_room(phone)
        joined(phone, place.issue("field"))
        phone.ready_for_no_network()
        phone.context.set_offline(True)
        phone.send_note("写满之前的", photo(seed=41))
        phone.begin("note")
        phone.page.locator("#field-note").fill("写满之后的")
        phone.choose_photos(noise(2000, 2000))
        expect(phone.page.get_by_text("这张照片没有存下；文字已保存").first).to_be_attached(timeout=15_000)
        phone.page.locator("#field-note").fill("写满之后又补充的")
        phone.page.wait_for_timeout(600)  # twice the rest after which the form keeps what it has
        phone.page.reload()
        expect(phone.page.locator("#field-note")).to_have_value("写满之后又补充的")
        expect(phone.notice("alert")).to_contain_text("本机存储已满")
        phone.wait_for_states("draft", "waiting")
        phone.context.set_offline(False)
        phone.wait_for_states("draft", "sent")


def limit_room(phone: Phone) -> None:
    """Give the page room for itself and a few small photos, before it has opened its database."""
    devtools = phone.context.new_cdp_session(phone.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": phone.address, "quotaSize": 3_000_000})


def test_clock_that_is_wrong_is_told_and_the_report_arrives(chromium: Browser, place: Site, tmp_path: Path) -> None:
    with profile(chromium, tmp_path, place.address) as phone:
        phone.context.add_init_script(TWO_HOURS_FAST)
        joined(phone, place.issue("field"))
        clock = phone.notice("attention").filter(has_text="手机时钟快约 120 分钟，请校准")
        expect(clock).to_be_visible()
        phone.send_note("钟不准")
        phone.wait_for_states("sent")


def test_other_content_under_the_same_number_is_told_and_can_be_mended(
    chromium: Browser, place: Site, tmp_path: Path
) -> None:
    secret = place.issue("field")
    with joined_phone(chromium, place, tmp_path, secret) as phone:
        phone.context.set_offline(True)
        phone.send_note("手机上的内容")
        [report] = phone.reports()
        other = {"id": report["id"], "kind": "note", "observed_at": report["observed_at"], "note": "另一份内容"}
        assert place.call("POST", "/api/v1/reports", secret, json=other).status_code == 201
        phone.context.set_offline(False)
        phone.wait_for_states("refused")
        expect(phone.page.locator(".field-card")).to_contain_text("note")
        phone.page.get_by_role("button", name="修改后重发").click()
        expect(phone.page.locator("#field-note")).to_have_value("手机上的内容")
        phone.enqueue()
        phone.wait_for_states("sent")
    notes = place.rows("SELECT note FROM reports WHERE note = ANY(%s)", ["手机上的内容", "另一份内容"])
    assert sorted(row["note"] for row in notes) == ["另一份内容", "手机上的内容"]


def test_login_page_of_a_network_does_not_count_as_arrival(chromium: Browser, place: Site, tmp_path: Path) -> None:
    with joined_phone(chromium, place, tmp_path, place.issue("field")) as phone:
        portal = "**/api/v1/reports"
        phone.context.route(portal, lambda route: route.fulfill(status=200, content_type="text/html", body="<p>login"))
        phone.send_note("穿过登录页")
        expect(phone.notice("attention")).to_contain_text("登录页挡在中间，上报没有送达")
        assert phone.states() == ["waiting"]
        phone.context.unroute(portal)
        phone.page.get_by_role("button", name="现在发送").click()
        phone.wait_for_states("sent")


def test_hostile_words_stay_words_on_the_phone(chromium: Browser, place: Site, tmp_path: Path) -> None:
    with joined_phone(chromium, place, tmp_path, place.issue("field")) as phone:
        phone.send_note(HOSTILE)
        phone.wait_for_states("sent")
        [report] = phone.reports()
        answer = {"to": "needs_information", "reason": HOSTILE}
        path = f"/api/v1/reports/{report['id']}/reviews"
        assert place.call("POST", path, place.issue("reviewer"), json=answer).status_code == 201
        phone.open("#/sent", query="?lang=zh&again=1")
        expect(phone.page.locator(".field-reason")).to_contain_text(HOSTILE)
        assert "run" not in phone.page.title()


def test_stretch_of_a_segment_is_entered_checked_and_sent(chromium: Browser, place: Site, tmp_path: Path) -> None:
    with joined_phone(chromium, place, tmp_path, place.issue("field")) as phone:
        phone.ready_for_no_network()
        phone.begin("task_progress")
        page = phone.page
        expect(page.locator(".field-extent")).to_be_hidden()  # no task yet
        page.get_by_label("路段或项目").select_option(label="嵩山路（淮河路—航海路）")
        page.get_by_label("节点", exact=True).select_option(label="车行道与管网")
        page.get_by_label("其中一段").check()
        expect(page.get_by_text("本路段 K4+034 至 K4+977")).to_be_visible()
        page.get_by_label("完成进度").fill("100")
        page.get_by_label("从（桩号）").fill("K4+250")
        page.get_by_label("到（桩号）").fill("K5+100")
        expect(page.get_by_text("这一段超出本路段。")).to_be_visible()
        page.get_by_role("button", name="加入发送队列").click()
        expect(page.get_by_role("alert").filter(has_text="这一段的起止桩号和幅别")).to_be_visible()
        page.get_by_role("button", name="路段终点 K4+977").click()
        page.get_by_label("左幅", exact=True).check()
        for target in page.locator(".field-extent button, .field-extent label span, .field-extent input[id]").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 48
        phone.enqueue()
        phone.show("#/queue")
        phone.wait_for_states("sent")
        (row,) = place.rows(
            "SELECT from_m::float, to_m::float, carriageway, progress_percent::float FROM reports"
            " WHERE task_id = 'songshan-07-carriageway'"
        )
        assert list(row.values()) == [4250, 4977.1, "left", 100]
