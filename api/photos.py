"""Photos stored whole under their hash, the copies that are shown of them, and who may see which."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import NamedTuple, Protocol

from api.photo_vault import ORIGINAL, SERVED, THUMBNAIL
from api.state import State
from api.store import Row
from geo.access.rules import Caller, Role
from geo.errors import ForbiddenError, NotFoundError
from geo.intake import photo_refusals, photo_rows
from geo.intake.photos import copies_of, examine
from geo.types import Text


class Sender(Protocol):
    """Whoever a photo comes from: a caller, or what an upload remembers of him."""

    @property
    def token_id(self) -> str:
        """Return the id of his token."""


class Stored(NamedTuple):
    """A photo that is durably stored; ``is_new``: it was not there before. ``flags`` are those of a new one."""

    sha256: str
    media_type: str
    size_bytes: int
    width: int
    height: int
    is_new: bool
    flags: list[str]


async def store_photo(state: State, sender: Sender, data: bytes | Path) -> Stored:
    """Store a photo, once: its original first, then its row; reports that name it are complete from then on.

    Raises what :func:`geo.intake.photos.examine` raises, and StoreUnavailableError.
    """
    if isinstance(data, Path):
        data = await asyncio.to_thread(data.read_bytes)
    if len(data) > state.photos.limits.max_bytes:
        raise photo_refusals.too_large(state.photos.limits.max_bytes)
    sha256 = await asyncio.to_thread(_sha256, data)
    known = await find_photo(state, sha256)
    if known is not None:
        return Stored(sha256.hex(), known.media_type, known.size_bytes, known.width, known.height, False, [])
    found = await state.photos.decode(examine, data, state.photos.limits)
    await state.photos.put(ORIGINAL, sha256, data)
    await state.store.rows(photo_rows.add(state.settings.district, found, sender.token_id))
    return Stored(sha256.hex(), found.media_type, found.size_bytes, found.width, found.height, True, found.flags)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


async def find_photo(state: State, sha256: bytes) -> Row | None:
    """Return the row of a stored photo, or None."""
    return await state.store.first(photo_rows.find(state.settings.district, sha256))


async def make_copies(state: State, sha256: bytes) -> None:
    """Make what is shown of a stored photo, store it and note that; doing it again does no harm.

    Raises NotFoundError without an original, and StoreUnavailableError.
    """
    original = await state.photos.get(ORIGINAL, sha256)
    if original is None:
        raise no_such_photo()
    copies = await state.photos.decode(copies_of, original, state.photos.limits)
    await state.photos.put(THUMBNAIL, sha256, copies.thumbnail)
    await state.photos.put(SERVED, sha256, copies.served)
    await state.store.rows(photo_rows.note_copies(state.settings.district, sha256))


async def read_copy(state: State, sha256: bytes, kind: str) -> bytes:
    """Return the served copy or the thumbnail of a stored photo, made now if it is not there yet."""
    found = await state.photos.get(kind, sha256)
    if found is not None:
        return found
    async with state.photos.deriving:  # who waited finds what the first has made
        found = await state.photos.get(kind, sha256)
        if found is None:
            await make_copies(state, sha256)
            found = await state.photos.get(kind, sha256)
    if found is None:
        raise no_such_photo()
    return found


async def read_original(state: State, sha256: bytes) -> bytes:
    """Return a photo as it was sent."""
    found = await state.photos.get(ORIGINAL, sha256)
    if found is None:
        raise no_such_photo()
    return found


class Sight(NamedTuple):
    """What somebody may see of a photo: ``public`` if anybody may, ``original`` if he may have it as it was sent."""

    media_type: str
    public: bool
    original: bool


async def sight_of(state: State, sha256: bytes, caller: Caller | None) -> Sight:
    """Return what somebody may see of a photo; raise NotFoundError where there is none that he may see.

    The sender sees what he sent, a reviewer what the reports of his unit name, everybody what an accepted report names.
    """
    who = (None, None) if caller is None else (caller.token_id, caller.person_id)
    row = await state.store.first(photo_rows.find_for(state.settings.district, sha256, *who))
    if row is None:
        raise no_such_photo()
    closely = caller is not None and (row.own or _reviews(caller, row.units))
    if not closely and not row.accepted:
        raise no_such_photo()
    return Sight(row.media_type, row.accepted and state.settings.public_reading, closely)


def _reviews(caller: Caller, units: list[str | None]) -> bool:
    """Tell whether a photo is a reviewer's: named by a report of his unit, or by none yet where he reviews all."""
    if caller.role != Role.reviewer or caller.unit_id is None:
        return caller.role >= Role.reviewer
    return any(caller.covers_unit(unit) for unit in units)


def refuse_original(sight: Sight) -> None:
    """Raise ForbiddenError for one who may see a photo, and not as it was sent."""
    if not sight.original:
        raise ForbiddenError(
            Text("原图仅限审核人员和上传者查看。", "The original is for reviewers and for its sender only."),
            kind="photo-original",
        )


def no_such_photo() -> NotFoundError:
    """Say that there is no photo, in the same words where there is one that is not the caller's to see."""
    return NotFoundError(
        Text("没有这张照片，或无权查看。", "There is no such photo, or it is not yours to see."), field="sha256"
    )
