"""Fixtures for tests that need a few rows of their own making, see ``tests.geo.sample``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from geo.store.engine import make_engine
from tests.conftest import TestServer
from tests.geo import sample


@pytest.fixture(scope="session")
def sample_engine(server: TestServer, empty_url: str) -> Iterator[Engine]:
    """Connect to a database with the small world: only for rolled-back work."""
    assert empty_url
    engine = make_engine(server.create("sample", template="empty"))
    with engine.begin() as connection:
        sample.build(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def world(sample_engine: Engine) -> Iterator[Connection]:
    """Open the small world; everything is rolled back."""
    with sample_engine.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()
