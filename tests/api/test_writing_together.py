"""Writers at the same time, and what dates and tags say of the state that each has read."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.api.editor import MERGE_PATCH, TOKEN, Editor, editing, history, rows
from tests.api.test_refusals import refused
from tests.conftest import TestServer

SITES = "/ogc/collections/sites/items"
WRITERS = 32


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "writing_together") as opened:
        yield opened


@pytest.fixture(scope="module")
def database(server: TestServer, editor: Editor) -> str:
    assert editor
    return server.url("writing_together")


def together(work: Callable[[int], httpx.Response]) -> Counter[int]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return Counter(answer.status_code for answer in pool.map(work, range(WRITERS)))


def test_of_writers_with_one_tag_exactly_one_wins(editor: Editor, database: str) -> None:
    path = editor.add("sites")
    tag, feature = editor.tag(path), editor.new("sites")
    assert together(lambda _: editor.put(path, feature, if_match=tag)) == {204: 1, 412: WRITERS - 1}
    assert [row["version"] for row in history(database, path.rpartition("/")[2])] == [1, 2]


def test_of_writers_with_one_date_exactly_one_wins(editor: Editor, database: str) -> None:
    path = f"{SITES}/liuzhai_phase2"
    read = editor.get(path).headers["last-modified"]
    before = len(history(database, "liuzhai_phase2"))
    outcome = together(lambda n: editor.patch(path, {"note": str(n)}, if_unmodified_since=read))
    assert outcome == {204: 1, 412: WRITERS - 1}
    assert len(history(database, "liuzhai_phase2")) == before + 1


def test_writers_who_read_again_lose_no_write(editor: Editor) -> None:
    path = editor.add("sites", note="0")

    def add_one(_: int) -> httpx.Response:
        while True:
            read = editor.get(path)
            count = int(read.json()["properties"]["note"]) + 1
            answer = editor.patch(path, {"note": str(count)}, if_match=read.headers["etag"])
            if answer.status_code != 412:
                return answer

    assert together(add_one) == {204: WRITERS}
    assert editor.get(path).json()["properties"]["note"] == str(WRITERS)


def test_of_writers_who_add_one_id_exactly_one_wins(editor: Editor) -> None:
    feature = {**editor.new("sites"), "id": "only-one"}
    assert together(lambda _: editor.post("sites", feature)) == {201: 1, 409: WRITERS - 1}


def test_writers_of_different_features_all_win(editor: Editor) -> None:
    paths = [editor.add("sites") for _ in range(WRITERS)]
    tags = [editor.tag(path) for path in paths]
    assert together(lambda n: editor.patch(paths[n], {"note": "x"}, if_match=tags[n])) == {204: WRITERS}


def test_road_and_its_segments_changed_at_once_are_all_changed_or_asked_to_come_again(editor: Editor) -> None:
    road = editor.add("roads").rpartition("/")[2]
    segment = editor.add("segments", road_id=road, from_m=0, to_m=10)
    line = editor.get(f"/ogc/collections/roads/items/{road}").json()["geometry"]

    def write(n: int) -> httpx.Response:
        if n % 2:
            return editor.patch(segment, {"to_m": 10 + n}, if_match="*")
        return editor.patch(f"/ogc/collections/roads/items/{road}", {"geometry": line}, if_match="*")

    # 504: on a busy machine a writer may have waited for as long as a statement may take
    assert set(together(write)) <= {204, 503, 504}


def test_delete_and_new_reference_at_once_leave_no_orphan(editor: Editor) -> None:
    unit = editor.add("units").rpartition("/")[2]

    def write(n: int) -> httpx.Response:
        if n % 2:
            return editor.post("sites", editor.new("sites", territorial_unit_id=unit))
        return editor.delete(f"/ogc/collections/units/items/{unit}", if_match="*")

    outcome = together(write)
    assert set(outcome) <= {201, 204, 409, 412, 422}
    assert (outcome[204] == 1) != (outcome[201] > 0)


def test_two_writes_in_one_second_are_not_told_apart_by_a_date(editor: Editor, database: str) -> None:
    """The second half of a second: version 2 and 3 bear one Last-Modified; who has read 2 must not overwrite 3."""
    path = editor.add("sites")
    feature_id = path.rpartition("/")[2]
    with psycopg.connect(database, autocommit=True) as connection:
        for moment in ("2020-06-01 00:00:00.2Z", "2020-06-01 00:00:00.7Z"):
            with connection.transaction():
                connection.execute("SELECT set_config('erqi.clock', %s, true)", (moment,))
                connection.execute("UPDATE sites SET note = %s WHERE id = %s", (moment, feature_id))
    read = editor.get(path).headers["last-modified"]
    assert read == "Mon, 01 Jun 2020 00:00:00 GMT"
    refused(editor.patch(path, {"note": "lost"}, if_unmodified_since=read), 412)
    refused(editor.patch(path, {"note": "lost"}, if_unmodified_since="Mon, 01 Jun 2020 00:00:05 GMT"), 412)
    assert editor.patch(path, {"note": "by tag"}, if_match=editor.tag(path)).status_code == 204


@pytest.mark.parametrize(
    "date", ["Monday, 01-Jun-20 00:00:00 GMT", "Mon Jun  1 00:00:00 2020", "Mon, 01 Jun 2020 00:00:00 GMT"]
)
def test_date_of_any_of_the_three_forms_is_read(editor: Editor, date: str) -> None:
    refused(editor.patch(editor.add("sites"), {"note": "x"}, if_unmodified_since=date), 412)


@pytest.mark.parametrize(
    "date", ["", "1591000000", "2020-06-01", "Mon, 01 Jun 2020 00:00:00 +0800", "Mon, 99 Jun 99999"]
)
def test_date_that_is_none_counts_as_not_sent(editor: Editor, date: str) -> None:
    refused(editor.patch(editor.add("sites"), {"note": "x"}, if_unmodified_since=date), 428)


def test_tag_counts_more_than_a_date(editor: Editor) -> None:
    path = editor.add("sites")
    past = "Mon, 01 Jun 2020 00:00:00 GMT"
    answer = editor.patch(path, {"note": "x"}, if_match=editor.tag(path), if_unmodified_since=past)
    assert answer.status_code == 204


@pytest.mark.parametrize("none_match", ["*", "own"])
def test_if_none_match_that_matches_is_refused(editor: Editor, none_match: str) -> None:
    path = editor.add("sites")
    given = editor.tag(path) if none_match == "own" else none_match
    refused(editor.put(path, editor.new("sites"), if_match="*", if_none_match=given), 412)


@pytest.mark.parametrize("tag", ["", "1.x", '"1', '""', '"1"', '"x.1"', "W/*", '"99999999999.x"', '"²."'])
def test_tag_that_is_none_matches_nothing(editor: Editor, tag: str) -> None:
    headers = httpx.Headers({"Content-Type": MERGE_PATCH, "If-Match": tag}, encoding="latin-1")
    answer = editor.client.patch(editor.add("sites"), json={"note": "x"}, headers=headers)
    refused(answer, 428 if tag == "" else 412)


def test_writes_answer_through_one_connection(editor: Editor) -> None:
    """An answer without content must not leave the next one of its connection out of step."""
    address = urlsplit(str(editor.client.base_url))
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    path = editor.add("sites")
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": MERGE_PATCH, "If-Match": "*"}
    for n in range(5):
        connection.request("PATCH", path, json.dumps({"note": str(n)}), headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.close()


def test_moment_of_a_change_is_that_of_its_turn(editor: Editor, database: str) -> None:
    """Who waits for a lock changes later than the one he waits for, though his transaction began before its end."""
    path = editor.add("sites")
    feature_id = path.rpartition("/")[2]
    with psycopg.connect(database) as connection, ThreadPoolExecutor(1) as pool:
        connection.execute("UPDATE sites SET note = 'first' WHERE id = %s", (feature_id,))
        waiting = pool.submit(editor.patch, path, {"note": "second"}, if_match="*")
        while not rows(database, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            time.sleep(0.01)
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        connection.commit()
        assert waiting.result().status_code == 204
    assert row is not None
    assert history(database, feature_id)[-1]["changed_at"] > row[0]
