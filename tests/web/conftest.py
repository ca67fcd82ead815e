"""The pages over the real service."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Open a client for what needs no browser."""
    with httpx.Client(timeout=30) as client:
        yield client
