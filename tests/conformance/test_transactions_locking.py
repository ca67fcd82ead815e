"""OGC API - Features, Part 4 (OGC 20-002, draft): both classes of optimistic locking, by their requirements."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.api.editor import Editor, editing
from tests.conftest import TestServer

PART_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/"
CLASSES = {f"{PART_4}optimistic-locking-etags", f"{PART_4}optimistic-locking-timestamps"}


@pytest.fixture(scope="module")
def editor(server: TestServer, seeded_url: str) -> Iterator[Editor]:
    assert seeded_url
    with editing(server, "locking") as opened:
        yield opened


# --- optimistic-locking-etags


def test_optimistic_locking_etags_get_etag_response(editor: Editor) -> None:
    path = editor.add("sites")
    first = editor.tag(path)
    assert not first.startswith("W/")
    editor.patch(path, {"note": "x"}, if_match="*")
    assert editor.tag(path) != first


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_optimistic_locking_etags_etag_of_a_write_names_the_new_state(editor: Editor, method: str) -> None:
    """/req/optimistic-locking-etags/put-etag-response and patch-etag-response."""
    path, feature = editor.add("sites"), editor.new("sites")
    first = editor.tag(path)
    answer = _write(editor, method, path, feature, if_match=first)
    assert answer.status_code == 204
    assert answer.headers["etag"] == editor.tag(path) != first
    assert _write(editor, method, path, feature, if_match=answer.headers["etag"]).status_code == 204


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_optimistic_locking_etags_ifmatch_eval(editor: Editor, method: str) -> None:
    """/req/optimistic-locking-etags/ifmatch-put-eval and ifmatch-patch-eval, by RFC 9110, 13.1.1."""
    path, feature = editor.add("sites"), editor.new("sites")
    stale = editor.tag(path)
    assert editor.patch(path, {"note": "B"}, if_match=stale).status_code == 204
    fresh = editor.tag(path)
    assert _write(editor, method, path, feature, if_match=stale).status_code == 412
    assert _write(editor, method, path, feature, if_match=f"W/{fresh}").status_code == 412
    assert editor.get(path).json()["properties"]["note"] == "B"
    assert _write(editor, method, path, feature, if_match=f'"other", {fresh}').status_code == 204


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_optimistic_locking_etags_ifmatch_missing(editor: Editor, method: str) -> None:
    """/req/optimistic-locking-etags/ifmatch-put-op: the permission to answer 428 is used."""
    path = editor.add("sites")
    assert _write(editor, method, path, editor.new("sites")).status_code == 428


def test_optimistic_locking_etags_ifmatch_star(editor: Editor) -> None:
    path = editor.add("sites")
    assert editor.put(path, editor.new("sites"), if_match="*").status_code == 204


# --- optimistic-locking-timestamps


def test_optimistic_locking_timestamps_get_last_modified_response(editor: Editor) -> None:
    answer = editor.get(editor.add("sites"))
    modified = parsedate_to_datetime(answer.headers["last-modified"])
    changed_at = answer.json()["properties"]["changed_at"]
    assert changed_at.startswith(modified.strftime("%Y-%m-%dT%H:%M:%S"))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_optimistic_locking_timestamps_last_modified_of_a_write(editor: Editor, method: str) -> None:
    """/req/optimistic-locking-timestamps/put-last-modified-response and patch-last-modified-response."""
    path = editor.add("sites")
    answer = _write(editor, method, path, editor.new("sites"), if_match="*")
    assert answer.headers["last-modified"] == editor.get(path).headers["last-modified"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_optimistic_locking_timestamps_ifunmodifiedsince_eval(editor: Editor, method: str) -> None:
    """/req/optimistic-locking-timestamps/ifunmodifiedsince-put-eval and -patch-eval, by RFC 9110, 13.1.4."""
    path, feature = editor.add("sites"), editor.new("sites")
    read = editor.get(path).headers["last-modified"]
    past = "Sun, 31 May 2020 00:00:00 GMT"
    assert _write(editor, method, path, feature, if_unmodified_since=past).status_code == 412
    assert _write(editor, method, path, feature, if_unmodified_since=read).status_code == 204


def test_optimistic_locking_timestamps_second_writer_is_refused(editor: Editor) -> None:
    """Two readers of one state; the second write comes in the same second or in a later one, and is refused."""
    path = editor.add("sites")
    read = editor.get(path).headers["last-modified"]
    assert editor.patch(path, {"note": "A"}, if_unmodified_since=read).status_code == 204
    assert editor.patch(path, {"note": "B"}, if_unmodified_since=read).status_code == 412
    assert editor.get(path).json()["properties"]["note"] == "A"


def test_optimistic_locking_timestamps_moment_of_reading_will_do(editor: Editor) -> None:
    path = "/ogc/collections/sites/items/nanyun_park"  # last changed in May 2020
    now = format_datetime(parsedate_to_datetime(editor.get(path).headers["date"]), usegmt=True)
    assert editor.patch(path, {"note": "A"}, if_unmodified_since=now).status_code == 204


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_optimistic_locking_timestamps_ifunmodifiedsince_missing(editor: Editor, method: str) -> None:
    """/req/optimistic-locking-timestamps/ifunmodifiedsince-put-op; a date that is none counts as missing."""
    path = editor.add("sites")
    assert _write(editor, method, path, editor.new("sites"), if_unmodified_since="yesterday").status_code == 428


def _write(editor: Editor, method: str, path: str, feature: dict[str, Any], **headers: str) -> httpx.Response:
    if method == "DELETE":
        return editor.delete(path, **headers)
    return editor.put(path, feature, **headers) if method == "PUT" else editor.patch(path, feature, **headers)
