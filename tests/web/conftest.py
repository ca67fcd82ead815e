"""The pages over the real service."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

expect.set_options(timeout=20_000)  # at most: a machine that does other work beside is slow, not wrong


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Open a client for what needs no browser."""
    with httpx.Client(timeout=30) as client:
        yield client
