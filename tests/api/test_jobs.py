"""Work in the background: the copies of photos are made without anybody asking, whatever happens to the worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from api.cli import erqi
from geo.access.tokens import Secret
from tests.api import job_worker
from tests.api.uploading import Site, sha256, site
from tests.conftest import DISTRICT, TestServer
from tests.geo.intake.photo_files import photo

QUEUED = (
    "SELECT status::text, attempts FROM procrastinate.procrastinate_jobs"
    " WHERE args = jsonb_build_object('sha256', %s::text)"
)
ROW = (
    "INSERT INTO photos (district, sha256, media_type, size_bytes, width, height, perceptual_hash)"
    " VALUES (%s, %s, 'image/jpeg', 1, 1, 1, 0)"
)
LOST = b"\x07" * 32  # the hash of a photo whose original is nowhere


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "jobs", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


@pytest.fixture(scope="module")
def running(place: Site) -> Iterator[None]:
    """From the first test that asks for it on, a worker is there."""
    with worker(place):
        yield


@contextmanager
def worker(place: Site, target: Callable[..., None] = job_worker.work_quickly) -> Iterator[BaseProcess]:
    """Run a worker in a process of its own, as the service does; it is killed at the end if it still runs."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=(place.database, place.home))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def wait_for(found: Callable[[], Any], seconds: float = 30) -> Any:
    """Return what is found once there is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError("it did not come")


def copies(place: Site, data: bytes) -> list[Path]:
    return [each for each in place.files("photos") if each.name == f"{sha256(data)}.jpg"]


def jobs_of(place: Site, name: str) -> list[dict[str, Any]]:
    return place.rows(QUEUED, name)


def test_photo_is_queued_once_however_often_it_is_sent(place: Site, sender: Secret) -> None:
    for _ in range(2):
        name = place.sent(sender, photo(seed=52))
    assert jobs_of(place, name) == [{"status": "todo", "attempts": 0}]


def test_nothing_is_queued_when_the_photo_is_rolled_back(place: Site) -> None:
    with psycopg.connect(place.database) as connection:
        connection.execute(ROW, (DISTRICT, LOST))
        assert len(connection.execute(QUEUED, (LOST.hex(),)).fetchall()) == 1
        connection.rollback()
    assert jobs_of(place, LOST.hex()) == []


def test_work_of_a_killed_worker_is_taken_up_by_the_next(
    place: Site, sender: Secret, request: pytest.FixtureRequest
) -> None:
    data = photo(seed=52)  # which waits, first in the queue
    name = place.sent(sender, data)
    with worker(place, job_worker.work_and_hang) as hanging:
        wait_for((place.home / "hanging").exists)
        assert jobs_of(place, name) == [{"status": "doing", "attempts": 0}]
        assert hanging.pid is not None
        os.kill(hanging.pid, signal.SIGKILL)
        hanging.join()
    assert copies(place, data) == []
    request.getfixturevalue("running")
    wait_for(lambda: len(copies(place, data)) == 2)
    wait_for(lambda: not jobs_of(place, name))


@pytest.mark.usefixtures("running")
def test_copies_appear_without_anybody_asking_and_the_job_is_gone(place: Site, sender: Secret) -> None:
    data = photo(seed=50)
    name = place.sent(sender, data)
    wait_for(lambda: len(copies(place, data)) == 2)
    wait_for(lambda: not jobs_of(place, name))
    noted = "SELECT derived_at IS NOT NULL AS made FROM photos WHERE sha256 = %s"
    assert place.rows(noted, bytes.fromhex(name)) == [{"made": True}]


@pytest.mark.usefixtures("running")
def test_worker_goes_on_when_its_connections_are_cut(place: Site, sender: Secret) -> None:
    place.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name <> 'erqi' AND pid <> pg_backend_pid()"
    )
    data = photo(seed=55)
    place.sent(sender, data)
    wait_for(lambda: len(copies(place, data)) == 2)


@pytest.mark.usefixtures("running")
def test_photo_that_cannot_be_made_fails_after_its_retries_blocks_no_other_and_is_listed(
    place: Site, sender: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.rows(ROW + " RETURNING 1 AS one", DISTRICT, LOST)
    data = photo(seed=56)
    place.sent(sender, data)
    wait_for(lambda: len(copies(place, data)) == 2)
    wait_for(lambda: [row["status"] for row in jobs_of(place, LOST.hex())] == ["failed"])
    assert jobs_of(place, LOST.hex()) == [{"status": "failed", "attempts": job_worker.QUICK.retries + 1}]
    monkeypatch.setenv("ERQI_DATABASE_URL", place.database)
    listed = called("failed")
    assert (LOST.hex() in listed, "photos.copies" in listed) == (True, True)
    assert f"photos-{DISTRICT}\tfailed\t1" in called("status")
    place.rows("DELETE FROM photos WHERE sha256 = %s RETURNING 1 AS one", LOST)
    called("retry")
    wait_for(lambda: not jobs_of(place, LOST.hex()))


def called(word: str) -> str:
    """Return what ``erqi jobs`` prints."""
    done = CliRunner().invoke(erqi, ["jobs", word])
    assert done.exit_code == 0, done.output
    return done.output
