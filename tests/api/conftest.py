"""The service over the district's places and over the demonstration season, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.serving import serving_copy
from tests.conftest import TestServer


@pytest.fixture(scope="session")
def places(server: TestServer, seeded_url: str) -> Iterator[str]:
    """Serve the district's places as they were published; give the address."""
    assert seeded_url
    with serving_copy(server, "seeded", "api_places") as address:
        yield address


@pytest.fixture(scope="session")
def season(server: TestServer, demonstration_url: str) -> Iterator[str]:
    """Serve the demonstration season; give the address."""
    assert demonstration_url
    with serving_copy(server, "demonstration", "api_season") as address:
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
