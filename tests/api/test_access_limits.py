"""How often, and what is written down of it: writes are limited, and hammering does not fill the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.access.denials import OF_ALL, OF_ONE_ADDRESS, Denials
from api.access.limiting import Limiter, network_of
from api.store import Store
from geo.access.tokens import new_secret
from geo.errors import RateLimitedError
from tests.apart import run_apart
from tests.api.editor import rows
from tests.api.holders import Access, accessible, problem_of
from tests.conftest import DISTRICT, TestServer

ME = "/api/v1/me"
TOKENS = "/api/v1/tokens"


@pytest.fixture(scope="module")
def access(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "access_limits", rate_limit="3/hour", address_rate_limit="40/hour") as found:
        yield found


def test_writes_of_one_token_are_limited_and_of_another_not(access: Access) -> None:
    first, second = access.issue("admin"), access.issue("admin")
    statuses = [access.call("POST", TOKENS, first, json={"role": "viewer"}).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    answer = access.call("POST", TOKENS, first, json={"role": "viewer"})
    assert problem_of(answer) == "rate-limited"
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert access.call("POST", TOKENS, second, json={"role": "viewer"}).status_code == 201
    assert access.call("GET", ME, first).status_code == 200  # who reads is not counted
    denied = [each for each in access.audit("POST /api/v1/tokens") if each["detail"]["kind"] == "rate-limited"]
    assert {each["actor"] for each in denied} == {f"token:{first.id}"}


def test_hammering_ends_in_429_and_fills_no_log_and_locks_nobody_out(access: Access) -> None:
    hammer = {"X-Forwarded-For": "203.0.113.66"}
    with httpx.Client(base_url=access.address, headers=hammer) as client:
        found = [
            client.get(ME, headers={"Authorization": f"Bearer {new_secret().token}"}).status_code for _ in range(60)
        ]
        assert found == [401] * 40 + [429] * 20
        neighbour = access.issue("admin")
        assert client.get(ME, headers={"Authorization": f"Bearer {neighbour.token}"}).status_code == 200
    entries = access.rows("SELECT * FROM audit_log WHERE address = '203.0.113.66'")
    assert len(entries) == OF_ONE_ADDRESS


def test_code_of_a_link_cannot_be_tried_without_end(access: Access) -> None:
    with httpx.Client(base_url=access.address, headers={"X-Forwarded-For": "203.0.113.67"}) as client:
        found = [client.post(f"/api/v1/links/{new_secret().code}").status_code for _ in range(45)]
    assert set(found[:40]) == {404}
    assert set(found[40:]) == {429}


def test_what_is_kept_back_is_one_entry_with_its_number(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    url = server.create("access_denials", template="seeded")

    async def hammer() -> None:
        store = Store(url, pool_size=1, statement_timeout_ms=5_000)
        denials = Denials(store, DISTRICT, window_s=0.3)
        for number in range(25):
            facts = {"kind": "token-unknown", "path": "a\0b"}
            await denials.record("203.0.113.9", actor="x\0y", action="GET /", subject=str(number), detail=facts)
        await asyncio.sleep(0.6)
        await denials.record("203.0.113.9", actor="x", action="GET /later", subject=None, detail={})
        await denials.close()
        denials = Denials(store, DISTRICT)
        for number in range(OF_ALL + 20):  # each from another network
            await denials.record(f"2001:db8:{number:x}::1", actor="x", action="GET /many", subject=None, detail={})
        await denials.close()
        await store.close()

    run_apart(hammer())
    counts = {
        row["action"]: row["n"] for row in rows(url, "SELECT action, count(*) AS n FROM audit_log GROUP BY action")
    }
    assert counts["GET /"] == OF_ONE_ADDRESS
    assert counts["GET /later"] == 1
    assert counts["GET /many"] == OF_ALL
    told = rows(url, "SELECT address, detail FROM audit_log WHERE action = 'denials' ORDER BY happened_at")
    assert told[0] == {"address": "203.0.113.9", "detail": {"denials": 25 - OF_ONE_ADDRESS, "seconds": 0}}
    assert told[1:] == [{"address": None, "detail": {"denials": 20, "seconds": 60}}]


def test_denial_is_one_while_the_database_is_away() -> None:
    async def record() -> None:
        store = Store("postgresql://nobody@127.0.0.1:1/none", pool_size=1, statement_timeout_ms=100)
        await Denials(store, DISTRICT).record("a", actor="x", action="y", subject=None, detail={})
        await store.close()

    run_apart(record())


def test_addresses_that_one_sender_chooses_from_count_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("unknown") == "unknown"


def test_limit_that_is_off_limits_nothing() -> None:
    limiter = Limiter("off", "2/minute")
    limiter.count_write("t", "a")
    limiter.count_write("t", "b")
    limiter.count_write("t", "a")
    with pytest.raises(RateLimitedError) as refusal:
        limiter.count_write("t", "a")
    assert 0 < refusal.value.retry_after_s <= 60


def test_audit_log_is_read_page_by_page_by_administrators(access: Access) -> None:
    admin = access.issue("admin")
    seen: list[str] = []
    query: dict[str, str | int] = {"limit": 7}
    while True:
        answer = access.call("GET", "/api/v1/audit", admin, params=query)
        assert answer.status_code == 200, answer.text
        seen += [each["id"] for each in answer.json()["entries"]]
        if "next" not in answer.json():
            break
        query["after"] = answer.json()["next"]
    assert seen == [
        str(row["id"]) for row in access.rows("SELECT id FROM audit_log ORDER BY happened_at DESC, id DESC")
    ]
    for role in ("viewer", "field", "reviewer", "commander"):
        assert access.call("GET", "/api/v1/audit", access.issue(role)).status_code == 403


def test_documentation_says_how_soon_and_how_often() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "administrator.md").read_text(encoding="utf-8")
    for words in ("within 2 seconds", "W workers", f"{OF_ONE_ADDRESS} a minute"):
        assert words in guide
