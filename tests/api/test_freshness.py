"""No answer is ever staler than the newest commit before the question, whoever wrote and in whatever order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text

from api.app import create_app
from api.settings import Settings
from geo.store.engine import make_engine
from tests.api.serving import serving
from tests.conftest import TestServer

SITES = "/ogc/collections/sites/items"
RENAME = text("UPDATE sites SET name_en = :name WHERE id = :id")
WRITERS, WRITES = 32, 6


class Pair(NamedTuple):
    """Two services that know nothing of each other, over one database."""

    engine: Engine
    one: httpx.Client
    other: httpx.Client


@pytest.fixture
def pair(server: TestServer, demonstration_url: str) -> Iterator[Pair]:
    assert demonstration_url
    url = server.create("freshness", template="demonstration")
    engine = make_engine(url)
    apps = [create_app(Settings(database_url=url)) for _ in range(2)]
    with (
        serving(apps[0]) as first,
        serving(apps[1]) as second,
        httpx.Client(base_url=first, timeout=60) as one,
        httpx.Client(base_url=second, timeout=60) as other,
    ):
        yield Pair(engine, one, other)
    engine.dispose()


def names(answer: httpx.Response) -> set[str]:
    return {feature["properties"]["name_en"] for feature in answer.json()["features"]}


def again(client: httpx.Client, path: str, answer: httpx.Response) -> httpx.Response:
    return client.get(path, headers={"If-None-Match": answer.headers["etag"]})


def test_unchanged_page_is_not_sent_again(pair: Pair) -> None:
    answer = pair.one.get(SITES)
    repeated = again(pair.one, SITES, answer)
    assert (repeated.status_code, repeated.content) == (304, b"")
    assert repeated.headers["etag"] == answer.headers["etag"]
    assert pair.one.get(SITES).content == answer.content


def test_page_that_was_made_anew_and_says_the_same_is_not_sent_again(pair: Pair) -> None:
    path = f"{SITES}?filter=id<>'nanyun_park'"
    answer = pair.one.get(path)
    assert answer.json()["numberReturned"] > 0
    with pair.engine.begin() as connection:
        connection.execute(RENAME, {"id": "nanyun_park", "name": "Not on the page"})
    time.sleep(1.1)  # pages say the second in which they were made
    repeated = again(pair.one, path, answer)
    assert (repeated.status_code, repeated.content) == (304, b"")
    assert repeated.headers["etag"] != answer.headers["etag"]
    assert pair.one.get(path).json()["timeStamp"] > answer.json()["timeStamp"]


@pytest.mark.parametrize("path", [SITES, f"{SITES}/nanyun_park", "/ogc/collections/site_progress/items"])
def test_write_by_hand_is_seen_by_every_process_at_once(pair: Pair, path: str) -> None:
    before = [client.get(path) for client in (pair.one, pair.other)]
    with pair.engine.begin() as connection:
        connection.execute(RENAME, {"id": "nanyun_park", "name": "By hand"})
    for client, answer in zip((pair.one, pair.other), before, strict=True):
        changed = again(client, path, answer)
        assert changed.status_code == 200
        assert "By hand" in changed.text


def test_transactions_that_commit_out_of_order_leave_nothing_stale(pair: Pair) -> None:
    with pair.engine.connect() as early, pair.engine.connect() as late:
        early.execute(RENAME, {"id": "nanyun_park", "name": "Began first"})
        late.execute(RENAME, {"id": "liuzhai_phase2", "name": "Began second"})
        late.commit()
        between = pair.one.get(SITES)
        assert "Began second" in names(between)
        assert "Began first" not in names(between)
        assert again(pair.one, SITES, between).status_code == 304
        early.commit()
        after = again(pair.one, SITES, between)
        assert after.status_code == 200
        assert {"Began first", "Began second"} <= names(after)


def test_rolled_back_write_changes_no_tag(pair: Pair) -> None:
    answer = pair.one.get(SITES)
    with pair.engine.connect() as connection:
        connection.execute(RENAME, {"id": "nanyun_park", "name": "Never"})
        connection.rollback()
    assert again(pair.one, SITES, answer).status_code == 304


def test_new_reading_moves_the_layer_that_shows_it(pair: Pair) -> None:
    path = "/ogc/collections/checkpoint_status/items?datetime=2020-07-20T09:00:00Z"
    answer = pair.one.get(path)
    with pair.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO readings (district, checkpoint_id, quantity, observed_at, value, unit, recorded_at) VALUES"
                " ('410103', 'jinghu_aqueduct', 'water_level', '2020-07-20T08:59:00Z', 4321, 'm',"
                " '2020-07-20T08:59:30Z')"
            )
        )
    changed = again(pair.one, path, answer)
    assert changed.status_code == 200
    assert 4321 in {feature["properties"]["water_level_m"] for feature in changed.json()["features"]}


def test_new_label_is_in_every_finished_text_without_a_new_version(pair: Pair) -> None:
    path = "/ogc/collections/reports/items?limit=1000"
    before = pair.one.get(path)
    with pair.engine.begin() as connection:
        connection.execute(text("UPDATE report_kinds SET label_en = 'Renamed kind' WHERE code = 'task_progress'"))
    after = again(pair.one, path, before)
    old, new = ({each["id"]: each["properties"] for each in answer.json()["features"]} for answer in (before, after))
    renamed = {key for key, properties in new.items() if properties["kind_en"] == "Renamed kind"}
    assert renamed == {key for key, properties in old.items() if properties["kind"] == "task_progress"}
    assert {key: properties["version"] for key, properties in old.items()} == {
        key: properties["version"] for key, properties in new.items()
    }


def test_renamed_road_is_in_the_text_of_its_segments(pair: Pair) -> None:
    path = "/ogc/collections/segments/items/songshan-01"
    before = pair.one.get(path)
    with pair.engine.begin() as connection:
        connection.execute(text("UPDATE roads SET name_en = 'New Name' WHERE id = 'songshan'"))
    after = again(pair.one, path, before).json()["properties"]
    assert (after["road_en"], after["version"]) == ("New Name", before.json()["properties"]["version"])


def test_many_writers_at_once_never_get_a_stale_answer(pair: Pair) -> None:
    """After its own commit each writer asks with the tag from before it: 304, or a page without it, is stale."""

    def write_and_ask(writer: int) -> list[str]:
        stale = []
        with engine.connect() as connection:
            for number in range(WRITES):
                client = (pair.one, pair.other)[number % 2]
                path = f"/ogc/collections/landmarks/items/{keys[writer]}"
                before = client.get(path)
                name = f"Writer {writer}, write {number}"
                connection.execute(
                    text("UPDATE landmarks SET name_en = :name WHERE id = :id"), {"name": name, "id": keys[writer]}
                )
                connection.commit()
                after = again(client, path, before)
                if after.status_code != 200 or after.json()["properties"]["name_en"] != name:
                    stale.append(name)
        return stale

    with pair.engine.connect() as connection:
        keys = list(connection.scalars(text("SELECT id FROM landmarks ORDER BY id LIMIT :n"), {"n": WRITERS}))
    engine = create_engine(pair.engine.url, pool_size=WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        assert [name for stale in pool.map(write_and_ask, range(WRITERS)) for name in stale] == []
    engine.dispose()


def test_revision_only_rises_and_its_marks_stay_few(pair: Pair) -> None:
    total = text("SELECT sum(token), count(*) FROM revisions WHERE collection = 'sites'")
    seen = []
    with pair.engine.connect() as connection:
        for _ in range(600):
            connection.execute(text("SELECT erqi_mark('410103', 'sites')"))
            connection.commit()
            seen.append(connection.execute(total).one())
    assert [row[0] for row in seen] == sorted({row[0] for row in seen})
    assert seen[-1][1] < 400


def test_finished_text_equals_the_text_written_on_the_fly(pair: Pair) -> None:
    for layer in ("reports", "segments"):
        stored = pair.one.get(f"/ogc/collections/{layer}/items?limit=2000").json()["features"]
        names = ",".join(stored[0]["properties"])
        written = pair.one.get(f"/ogc/collections/{layer}/items?limit=2000&properties={names}").json()["features"]
        assert stored == written
        assert len(stored) >= 30
