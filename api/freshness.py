"""Cheap freshness: one small reading tells, for every request that waits for it, whether anything has changed.

A request may only trust a reading that began after it arrived; else a write that was committed before the request
could be missed. Requests that arrive while a reading is under way therefore share the next one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping

from api.store import Store
from geo.query.revision import revisions

ENTRY_BYTES = 300  # what an answer takes beside itself; empty tiles would else be kept without end


class Revisions:
    """The tables' revisions in the database, read once for all requests that wait together."""

    def __init__(self, store: Store, district: str) -> None:
        self._store = store
        self._district = district
        self._running: asyncio.Task[Mapping[str, str]] | None = None
        self._next: asyncio.Task[Mapping[str, str]] | None = None

    async def current(self) -> Mapping[str, str]:
        """Return the revision of each table, read after this call was made."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._after(self._running))
        return await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Task[Mapping[str, str]] | None) -> Mapping[str, str]:
        if running is not None and not running.done():
            await asyncio.wait([running])
        self._running, self._next = self._next, None  # who comes from now on needs a later reading
        rows = await self._store.all("revisions", revisions, {"district": self._district})
        return {row["collection"]: row["revision"] for row in rows}


class Cache:
    """Finished answers by their tag, up to ``limit_bytes`` together; the least lately used go first."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._answers: OrderedDict[str, bytes] = OrderedDict()

    def get(self, tag: str) -> bytes | None:
        """Return the answer kept under ``tag``."""
        answer = self._answers.get(tag)
        if answer is not None:
            self._answers.move_to_end(tag)
        return answer

    def put(self, tag: str, answer: bytes) -> None:
        """Keep an answer, unless it alone would fill more than an eighth of the room."""
        if len(answer) + ENTRY_BYTES > self._limit // 8 or tag in self._answers:
            return
        self._answers[tag] = answer
        self._size += len(answer) + ENTRY_BYTES
        while self._size > self._limit:
            _, oldest = self._answers.popitem(last=False)
            self._size -= len(oldest) + ENTRY_BYTES


def tag_of(*parts: str) -> str:
    """Make a weak entity tag (RFC 9110, 8.8.3) of everything that decides an answer."""
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
    return f'W/"{digest}"'


def digest_of(content: bytes) -> str:
    """Return what tells one content from another: 64 bits, compared for one address only."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def with_content(tag: str, digest: str) -> str:
    """Add the digest of its content to a tag: the parts say when an answer was made, and what it says."""
    return f'{tag[:-1]}.{digest}"'


def known_tag(if_none_match: str | None, tag: str) -> str | None:
    """Return the client's tag of an answer that was made under ``tag``, whatever it said; None when it has none."""
    stem = tag[:-1].removeprefix("W/") + "."
    listed = () if if_none_match is None else (each.strip() for each in if_none_match.split(","))
    return next((each for each in listed if each.removeprefix("W/").startswith(stem)), None)


def knows_content(if_none_match: str | None, digest: str) -> bool:
    """Tell whether the client has an answer that says the same, made whenever."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or any(
        each.strip().endswith(f'.{digest}"') for each in if_none_match.split(",")
    )


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Compare weakly (RFC 9110, 13.1.2): the client has this answer already."""
    if if_none_match is None:
        return False
    bare = tag.removeprefix("W/")
    return if_none_match.strip() == "*" or any(
        each.strip().removeprefix("W/") == bare for each in if_none_match.split(",")
    )
