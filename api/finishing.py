"""From an upload to a stored photo, also where a killed process had got as far as the last byte."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from api.errors import UNREACHABLE, ChecksumError, LockedError
from api.photos import store_photo
from api.state import State
from api.uploads import Upload
from geo.errors import ErqiError, InvalidInputError
from geo.types import Text

LOG = logging.getLogger("erqi")


async def finish(state: State, upload: Upload) -> None:
    """Store the photo of an upload whose last byte has come; the caller holds its lock.

    What is not what was announced, or no photo, is thrown away and refused: ChecksumError, or whatever
    :func:`api.photos.store_photo` says. Where it cannot be stored now, the upload stays, and asking for it tries again.
    """
    folder = state.uploads
    if not await asyncio.to_thread(folder.matches, upload):
        folder.remove(upload)
        raise ChecksumError(
            Text(
                "传来的照片与声明的 sha256 不符，已丢弃，请重新上传。",
                "The photo that came does not match its sha256 and was dropped. Upload it again.",
            ),
            field="sha256",
            kind="photo-hash-mismatch",
        )
    try:
        await store_photo(state, upload, folder.part(upload))
    except InvalidInputError:
        folder.remove(upload)
        raise
    await asyncio.to_thread(folder.keep_as_stored, upload)


async def sweep(state: State) -> None:
    """Throw away what has expired, and store what a killed process has left whole; once in a while."""
    if not state.uploads.sweep_is_due():
        return
    for upload in await asyncio.to_thread(state.uploads.sweep):
        await _finish_left(state, upload)


async def _finish_left(state: State, upload: Upload) -> None:
    """Finish an upload that nobody is at work on; what fails now, the next sweep tries again."""
    try:
        with suppress(LockedError), state.uploads.locked(upload):
            await finish(state, upload)
    except (ErqiError, *UNREACHABLE) as error:
        LOG.warning("an upload left whole could not be stored: %s", error)
