"""Answers that are kept while nothing has changed: pages of features, tiles.

The revision is read first: what is kept or sent under its tag is then at least as new as the tag says. A tag also has a
digest of the content, so that what a write elsewhere in the layer has left as it was is not sent again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from api.freshness import Cache, digest_of, known_tag, knows_content, tag_of, with_content
from api.ogc.get import Answer, Get
from api.state import State
from geo.query.layer import Layer
from geo.query.revision import revision_of

CLOCK_STEP_S = 60  # how long an answer that time itself changes may stand
REVALIDATE = (b"cache-control", b"no-cache")


async def fresh(
    get: Get,
    state: State,
    layers: Sequence[Layer],
    *,
    past: bool,
    produce: Callable[[], Awaitable[bytes]],
    headers: Sequence[tuple[bytes, bytes]],
    representation: str = "",
    said: Callable[[bytes], bytes] = bytes,
) -> Answer:
    """Answer 304 to a client that has the answer already, from the cache if we have it, else with what is produced.

    ``past`` says that the answer is as of a moment, which the clock no longer changes; ``representation`` is whatever
    beside the address decides the bytes, such as a negotiated format; ``said`` gives what an answer says apart from
    when it was made. Nothing produced is answered as 204.
    """
    current = await state.revisions.current()
    tag = tag_of(get.base, get.path, get.query, representation, _revision(layers, current, past=past))
    asked = get.header(b"if-none-match")
    known = known_tag(asked, tag)
    if known is not None:
        return Answer(304, _kept(known))
    body = state.cache.get(tag)
    if body is None:
        body = await produce()
        state.cache.put(tag, body)
    digest = _digest(state.cache, tag, body, said)
    kept = _kept(with_content(tag, digest))
    if knows_content(asked, digest):
        return Answer(304, kept)
    return Answer(200, [*kept, *headers], body) if body else Answer(204, kept)


def _kept(tag: str) -> list[tuple[bytes, bytes]]:
    return [(b"etag", tag.encode()), REVALIDATE]


def _digest(cache: Cache, tag: str, body: bytes, said: Callable[[bytes], bytes]) -> str:
    """Return the digest of an answer, worked out once for as long as the answer is kept."""
    kept = cache.get(f"{tag}#")
    if kept is not None:
        return kept.decode()
    digest = digest_of(said(body))
    cache.put(f"{tag}#", digest.encode())
    return digest


def _revision(layers: Sequence[Layer], current: Mapping[str, str], *, past: bool) -> str:
    by_clock = not past and any(layer.by_clock for layer in layers)
    tick = str(int(time.time() // CLOCK_STEP_S)) if by_clock else ""
    return "/".join([*(revision_of(layer, current) for layer in layers), tick])
