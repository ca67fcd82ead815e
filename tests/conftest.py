"""Fixtures that everything shares: one private PostGIS cluster a run, databases cut from templates, and a browser.

A missing part (PostgreSQL, PostGIS, Chromium) fails the run; nothing is skipped.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlalchemy import Connection, make_url, text

from geo.store.cluster import PrivateCluster
from geo.store.engine import make_engine
from geo.store.migrate import upgrade
from geo.store.seed import load_places, seed_if_empty
from geo.store.server_process import running_pid
from tests.api.serving import serving_copy

DISTRICT = "410103"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# Folders in which a file can take a minute go first: what both workers take last is small, and they end together.
COSTLY = ("web", "api", "maps", "conformance")

END_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = :database AND backend_type = 'client backend'
"""


class TestServer:
    """A PostgreSQL server for tests; databases are made by copying one another."""

    __test__ = False

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._prefix = f"erqi_test_{os.getpid()}_"
        self._made: list[str] = []

    def url(self, name: str) -> str:
        """Return the address of one of our databases."""
        return self._url.set(database=self._prefix + name).render_as_string(hide_password=False)

    def create(self, name: str, template: str = "") -> str:
        """Make a database, as a copy of ``template`` if given, and return its address."""
        self.drop(name)
        source = f' TEMPLATE "{self._prefix}{template}"' if template else ""
        self._run(f'CREATE DATABASE "{self._prefix}{name}"{source}')
        self._made.append(name)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, after ending our sessions in it.

        Not ``WITH (FORCE)``, which an ordinary role is refused while autovacuum is at work there; a plain DROP waits.
        """
        database = self._prefix + name
        self._run(END_SESSIONS, database=database)
        self._run(f'DROP DATABASE IF EXISTS "{database}"')

    def close(self) -> None:
        """Remove every database that was made."""
        for name in self._made:
            self.drop(name)

    def _run(self, statement: str, **values: str) -> None:
        engine = make_engine(self._url.render_as_string(hide_password=False))
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(statement), values)
        finally:
            engine.dispose()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of costly folders first, each folder in its own order."""
    ranks = {folder: rank - len(COSTLY) for rank, folder in enumerate(COSTLY)}
    items.sort(key=lambda item: ranks.get(item.path.parent.name, 0))


@pytest.fixture(scope="session")
def server() -> Iterator[TestServer]:
    """Start a cluster of this run's own, or use the one of ERQI_DATABASE_URL."""
    given = os.environ.get("ERQI_DATABASE_URL")
    if given:
        databases = TestServer(given)
        yield databases
        databases.close()
        return
    home = Path(tempfile.mkdtemp(prefix="erqi-test-"))
    home.chmod(0o711)  # root's tests run PostgreSQL as another account, which has to pass through
    try:
        with PrivateCluster(home, durable=False) as cluster:
            notice_deadlocks_soon(cluster)
            cluster.ensure_database("template1")  # so that every new database has the administrator's extensions
            yield TestServer(cluster.url("postgres"))
    finally:
        shutil.rmtree(home)


def notice_deadlocks_soon(cluster: PrivateCluster) -> None:
    """Let PostgreSQL look for a deadlock after a tenth of a second instead of a whole one, of which tests have many."""
    (cluster.data / "local.conf").write_text("deadlock_timeout = 100ms\n", encoding="utf-8")
    running = running_pid(cluster.data)
    assert running is not None
    os.kill(running, signal.SIGHUP)


@pytest.fixture(scope="session")
def empty_url(server: TestServer) -> str:
    """Return a migrated database without rows: only for reading, rolled-back work, or as a template."""
    url = server.create("empty")
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def seeded_url(server: TestServer, empty_url: str) -> str:
    """Return a database with the district's places: only for reading, rolled-back work, or as a template."""
    assert empty_url
    url = server.create("seeded", template="empty")
    engine = make_engine(url)
    with engine.begin() as connection:
        load_places(connection, DISTRICT)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def demonstration_url(server: TestServer, empty_url: str) -> str:
    """Return a database with places and the demonstration season: only for reading or rolled-back work."""
    assert empty_url
    url = server.create("demonstration", template="empty")
    seed_if_empty(url, demonstration=True)
    return url


@pytest.fixture
def connection(empty_url: str) -> Iterator[Connection]:
    """Open a migrated, empty database; everything is rolled back."""
    yield from _rolled_back(empty_url)


@pytest.fixture
def seeded_connection(seeded_url: str) -> Iterator[Connection]:
    """Open the district's places; everything is rolled back."""
    yield from _rolled_back(seeded_url)


@pytest.fixture
def demonstration_connection(demonstration_url: str) -> Iterator[Connection]:
    """Open the demonstration season; everything is rolled back."""
    yield from _rolled_back(demonstration_url)


@pytest.fixture(scope="session")
def places(server: TestServer, seeded_url: str) -> Iterator[str]:
    """Serve the district's places as they were published, only for reading; give the address."""
    assert seeded_url
    with serving_copy(server, "seeded", "places") as address:
        yield address


@pytest.fixture(scope="session")
def season(server: TestServer, demonstration_url: str) -> Iterator[str]:
    """Serve the demonstration season, only for reading; give the address."""
    assert demonstration_url
    with serving_copy(server, "demonstration", "season") as address:
        yield address


@pytest.fixture(scope="session")
def client(places: str) -> Iterator[httpx.Client]:
    """Open a client of the service over the places."""
    with httpx.Client(base_url=places, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="session")
def season_client(season: str) -> Iterator[httpx.Client]:
    """Open a client of the service over the demonstration season."""
    with httpx.Client(base_url=season, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the one browser of a run: Playwright takes only one at a time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context
    context.close()


def _rolled_back(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    with engine.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()
    engine.dispose()
