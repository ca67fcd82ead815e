"""Where the bytes of photos lie: objects named by their hash, in a folder of ours or in a store such as S3."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import make_url

from api.settings import Settings
from geo.errors import StoreUnavailableError
from geo.intake.photos import Limits
from geo.types import Text

if TYPE_CHECKING:
    from obstore.store import RetryConfig  # which is there for type checkers only

PRIVATE = 0o700  # originals hold what only some may see
# With a store over the network. Options of its HTTP client would put out of force what AWS_ALLOW_HTTP and the like say.
RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
ORIGINAL, SERVED, THUMBNAIL = "original", "served", "thumbnail"

Result = TypeVar("Result")


class Vault:
    """The photos of one database; nothing is opened before the first of them.

    Photos are decoded one at a time in each process, which bounds the memory that it takes.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = settings.photo_url
        self._folder = own_folder(settings, "photos")
        self.limits = Limits(settings.photo_max_mb * 1_000_000, settings.photo_max_megapixels * 1_000_000)
        self.deriving = asyncio.Lock()

    async def decode(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Run work on a photo's pixels beside the event loop, after all such work before it."""
        return await asyncio.get_running_loop().run_in_executor(self._decoder, work, *arguments)

    async def put(self, kind: str, sha256: bytes, data: bytes) -> None:
        """Store an object; when this returns, it stays there. Raises StoreUnavailableError."""
        key = _key(kind, sha256)
        try:
            await obstore.put_async(self._store, key, data, use_multipart=False)
            if isinstance(self._store, LocalStore):
                await asyncio.to_thread(_to_disk, Path(self._store.prefix or "/") / key)
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    async def get(self, kind: str, sha256: bytes) -> bytes | None:
        """Return an object, or None where there is none; raise StoreUnavailableError."""
        try:
            found = await obstore.get_async(self._store, _key(kind, sha256))
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    @cached_property
    def _decoder(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="photos")

    @cached_property
    def _store(self) -> ObjectStore:
        if self._url is None:
            make_private(self._folder)
            return LocalStore(self._folder)
        if self._url.startswith("file:"):
            return from_url(self._url)
        found: ObjectStore = from_url(self._url, retry_config=RETRIES)
        return found


def own_folder(settings: Settings, name: str) -> Path:
    """Return a folder for the database that is served, so that fiction and the real data never share one."""
    database = make_url(settings.database_url or "").database if settings.database_url else None
    return settings.home / name / (database or "erqi").replace("/", "_")


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, that nobody else may enter; a home that is there stays as it is."""
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(PRIVATE, exist_ok=True)


def _key(kind: str, sha256: bytes) -> str:
    name = sha256.hex()
    return f"{kind}/{name[:2]}/{name}" + ("" if kind == ORIGINAL else ".jpg")


def _to_disk(path: Path) -> None:
    """Have the disk keep a new file, and its name in each folder that may be new itself."""
    for place in (path, *list(path.parents)[:3]):
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _unavailable() -> StoreUnavailableError:
    return StoreUnavailableError(
        Text("照片存储暂时不可用，请稍后再试。", "Photos cannot be stored or read at the moment. Try again later."),
        kind="photo-storage",
    )
