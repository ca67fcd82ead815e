"""Each test of a map has a server, a page and a watch of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.maps.harness import Watch, World, open_map, serving, watched_page


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


@pytest.fixture
def visit(desktop: BrowserContext, address: str) -> Iterator[Callable[[str], Page]]:
    """Open a map on a desktop; afterwards nothing foreign, no error and no dialog may have been seen."""
    watches: list[Watch] = []

    def opened(path: str) -> Page:
        page, watch = watched_page(desktop, address)
        watches.append(watch)
        open_map(page, address, path)
        return page

    yield opened
    for watch in watches:
        watch.assert_quiet()
