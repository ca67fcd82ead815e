"""A map of a past moment is the same bytes for ever, page and data, whatever is written meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from api.commands.map_file import MAPS
from tests.api.editor import Editor, editing
from tests.conftest import TestServer


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "map_moment") as opened:
        yield opened


def addresses(name: str, moment: str) -> list[str]:
    """Return the page of a map and of every collection that it draws."""
    data = [f"/ogc/collections/{each}/items?limit=10000&datetime={moment}" for each in sorted(MAPS[name].collections)]
    return [f"/maps/{name}?datetime={moment}", f"/maps/{name}?lang=en&datetime={moment}", *data]


@pytest.mark.parametrize("name", sorted(MAPS))
def test_map_of_a_moment_is_the_same_bytes_after_writes(editor: Editor, name: str) -> None:
    moment = (datetime.now(timezone.utc) - timedelta(milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    before = {path: editor.client.get(path) for path in addresses(name, moment)}
    now = {path: editor.client.get(re.sub(r"[?&]datetime=[^&]*", "", path)) for path in before}
    for collection in ("segments", "sites", "checkpoints", "cases", "roads", "landmarks", "canals"):
        editor.add(collection)
    for path, answer in before.items():
        again = editor.client.get(path)
        assert (again.status_code, again.content) == (200, answer.content), path
    changed = [path for path in before if "/items" in path and again_now(editor, path) != now[path].content]
    assert len(changed) >= 3  # the writes do show where no moment is asked for


def again_now(editor: Editor, path: str) -> bytes:
    return editor.client.get(re.sub(r"[?&]datetime=[^&]*", "", path)).content


@pytest.mark.parametrize("name", sorted(MAPS))
def test_map_that_a_browser_has_is_not_sent_again(editor: Editor, name: str) -> None:
    path = f"/maps/{name}?datetime=2026-01-02T00:00:00Z"
    first = editor.client.get(path)
    second = editor.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    other = editor.client.get(path.replace("01-02", "01-03"), headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
