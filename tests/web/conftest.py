"""The pages over the real service: with the district's places only, and with the demonstration season."""

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
    with serving_copy(server, "seeded", "web_places") as address:
        yield address


@pytest.fixture(scope="session")
def season(server: TestServer, demonstration_url: str) -> Iterator[str]:
    """Serve the demonstration season; give the address."""
    assert demonstration_url
    with serving_copy(server, "demonstration", "web_season") as address:
        yield address


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Open a client for what needs no browser."""
    with httpx.Client(timeout=30) as client:
        yield client
