"""Bytes of an upload from a request to the disk: no faster than the disk, no slower than is sensible, none too many."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from api.errors import ChecksumError
from api.ogc.bodies import CLOSE
from geo.errors import InvalidInputError
from geo.intake.photo_refusals import TooLargeError
from geo.types import Text

IDLE_S = 15.0  # without a byte
WHOLE_S = 600.0  # for one request: what has come by then stays, and the next goes on from there
WRITTEN_AT_ONCE = 262_144
ALGORITHMS: dict[str, Callable[..., Any]] = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}

Result = TypeVar("Result")


class Checksum(NamedTuple):
    """What the bytes of one request should hash to."""

    algorithm: str
    digest: bytes


async def receive(request: Request, part: int, at: int, limit: int, checksum: Checksum | None, spool: Path) -> None:
    """Append a request's body to the part, which holds ``at`` bytes and may hold ``limit``; have the disk keep it.

    What has come stays when the sender goes away or is too slow. Not with a checksum: then all of it is appended, or,
    unless it matches, nothing. Raises HTTPException 400 or 408, TooLargeError, ChecksumError.
    """
    if checksum is None:
        try:
            await _take(request, part, at, limit)
        finally:
            await undisturbed(os.fsync, part)
        return
    with tempfile.TemporaryFile(dir=spool) as held:  # nameless: gone with the process
        size = await _take(request, held.fileno(), 0, limit - at)
        await undisturbed(_append_checked, held.fileno(), size, part, at, checksum)


async def _take(request: Request, file: int, at: int, limit: int) -> int:
    """Write the body from ``at`` on; return where it ends."""
    waiting = bytearray()
    try:
        async for piece in _paced(request):
            if at + len(waiting) + len(piece) > limit:
                raise too_long()
            waiting += piece
            if len(waiting) >= WRITTEN_AT_ONCE:
                at += await undisturbed(_write, file, bytes(waiting), at)
                waiting.clear()
    finally:
        at += await undisturbed(_write, file, bytes(waiting), at)
    return at


async def _paced(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raise HTTPException 408 for one that is too slow, 400 for one that breaks off."""
    clock = asyncio.get_running_loop().time
    end = clock() + WHOLE_S
    body = request.stream()
    try:
        while (piece := await asyncio.wait_for(anext(body, None), max(0.0, min(IDLE_S, end - clock())))) is not None:
            yield piece
    except asyncio.TimeoutError as error:
        raise HTTPException(408, headers=CLOSE) from error
    except ClientDisconnect as error:
        raise HTTPException(400) from error


async def undisturbed(work: Callable[..., Result], *arguments: object) -> Result:
    """Run work in a thread and wait for its end, even when the request is called off: its files stay open till then."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _write(file: int, data: bytes, at: int) -> int:
    """Write all of the bytes at a place; return how many they are."""
    done = 0
    while done < len(data):
        done += os.pwrite(file, data[done:], at + done)
    return done


def _append_checked(held: int, size: int, part: int, at: int, checksum: Checksum) -> None:
    data = os.pread(held, size, 0)
    if ALGORITHMS[checksum.algorithm](data).digest() != checksum.digest:
        raise ChecksumError(
            Text(
                "这一段数据与 Upload-Checksum 不符，已丢弃，请重传这一段。",
                "These bytes do not match Upload-Checksum and were dropped. Send them again.",
            ),
            field="Upload-Checksum",
            kind="checksum-mismatch",
        )
    _write(part, data, at)
    os.fsync(part)


def too_long() -> InvalidInputError:
    """Refuse more bytes than were announced."""
    return TooLargeError(
        Text("传来的数据超过 Upload-Length。", "More bytes came than Upload-Length announced."),
        field="Upload-Length",
        kind="upload-too-long",
    )
