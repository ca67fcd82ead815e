"""Uploads that can be resumed: their parts as files, one writer each, and an offset that is what the disk holds.

Each upload is two files in a folder of its token: ``ID.json`` says what it is to become, ``ID.part`` holds what has
come. Nothing else remembers an offset, so a killed process leaves nothing that could contradict it. A writer holds the
part's lock (flock), which the kernel releases with the process. What waits for the disk (``create``, ``offset``,
``matches``, ``keep_as_stored``, ``sweep``) belongs into a thread.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from api.errors import LockedError
from api.photo_vault import make_private
from geo.errors import NotFoundError, RateLimitedError
from geo.types import Text

HOUR_S = 3600
MOST_OPEN = 200  # unfinished uploads of one token
COME_AGAIN_S = 60
SWEEP_S = 600
PART, FACTS = ".part", ".json"


@dataclass(frozen=True)
class Upload:
    """What an upload is to become; ``stored``: it has. Times are seconds since 1970."""

    id: str
    token_id: str
    length: int
    sha256: str
    expires_at: float
    stored: bool = False


class Folder:
    """The uploads of one database."""

    def __init__(self, root: Path, hours: float) -> None:
        self.root = root
        self._lifetime_s = hours * HOUR_S
        self._swept_at = -math.inf

    def sweep_is_due(self) -> bool:
        """Tell, and only once in a while, that it is time to sweep."""
        due = time.monotonic() >= self._swept_at + SWEEP_S
        if due:
            self._swept_at = time.monotonic()
        return due

    def create(self, token_id: str, length: int, sha256: str, *, stored: bool) -> Upload:
        """Make an upload; raise RateLimitedError for a token with too many unfinished ones."""
        place = self._of_token(token_id)
        make_private(place)
        if sum(1 for _ in place.glob(f"*{PART}")) >= MOST_OPEN:
            raise RateLimitedError(
                Text(
                    f"同时未传完的照片超过 {MOST_OPEN} 张，请先传完或取消。",
                    f"There are {MOST_OPEN} unfinished uploads. Finish or cancel some first.",
                ),
                retry_after_s=COME_AGAIN_S,
            )
        upload = Upload(secrets.token_hex(16), token_id, length, sha256, time.time() + self._lifetime_s, stored)
        if not stored:
            os.close(os.open(self.part(upload), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._write(upload)
        return upload

    def find(self, upload_id: str, token_id: str) -> Upload:
        """Return a token's upload; raise NotFoundError for one that is another's, expired, or thrown away."""
        upload = _read(self._of_token(token_id) / (upload_id + FACTS))
        if upload is None or upload.expires_at < time.time():
            raise no_such_upload()
        if not upload.stored and not self.part(upload).exists():
            raise no_such_upload()
        return upload

    def part(self, upload: Upload) -> Path:
        """Return the file of what has come."""
        return self._of_token(upload.token_id) / (upload.id + PART)

    def offset(self, upload: Upload) -> int:
        """Return how many bytes the disk holds, and will hold after a loss of power."""
        if upload.stored:
            return upload.length
        try:
            part = os.open(self.part(upload), os.O_RDONLY)
        except FileNotFoundError as error:  # finished or thrown away meanwhile
            raise being_written() from error
        try:
            size = os.fstat(part).st_size
            os.fsync(part)
        finally:
            os.close(part)
        return size

    @contextmanager
    def locked(self, upload: Upload) -> Iterator[int]:
        """Hold the part, open for writing, as the only one; raise LockedError where somebody else does."""
        path = self.part(upload)
        try:
            part = os.open(path, os.O_RDWR)
        except FileNotFoundError as error:
            raise being_written() from error
        try:
            _lock(part)
            if not path.exists():  # who had the lock before has finished with it
                raise being_written()
            yield part
        finally:
            os.close(part)

    def matches(self, upload: Upload) -> bool:
        """Tell whether what has come is what was announced."""
        return hashlib.sha256(self.part(upload).read_bytes()).hexdigest() == upload.sha256

    def keep_as_stored(self, upload: Upload) -> None:
        """Note that the photo is stored; the part goes."""
        self._write(replace(upload, stored=True))
        self.part(upload).unlink(missing_ok=True)

    def remove(self, upload: Upload) -> None:
        """Throw an upload away."""
        (self._of_token(upload.token_id) / (upload.id + FACTS)).unlink(missing_ok=True)
        self.part(upload).unlink(missing_ok=True)

    def sweep(self) -> list[Upload]:
        """Throw away what has expired; return what is whole and not stored, which a killed process has left."""
        whole = []
        for facts in self.root.glob(f"*/*{FACTS}"):
            upload = _read(facts)
            if upload is None or upload.stored or not self.part(upload).exists():
                if upload is None or upload.expires_at < time.time():
                    facts.unlink(missing_ok=True)
            elif self.offset(upload) == upload.length:
                whole.append(upload)
            elif upload.expires_at < time.time():
                self.remove(upload)
        for part in self.root.glob(f"*/*{PART}"):  # left by a process that was killed while it made an upload
            if not part.with_suffix(FACTS).exists() and part.stat().st_mtime + self._lifetime_s < time.time():
                part.unlink(missing_ok=True)
        return whole

    def _of_token(self, token_id: str) -> Path:
        return self.root / hashlib.sha256(token_id.encode()).hexdigest()[:32]

    def _write(self, upload: Upload) -> None:
        """Write what an upload is, whole or not at all, and have the disk keep its name."""
        place = self._of_token(upload.token_id)
        new = place / f"{upload.id}.{secrets.token_hex(4)}.new"
        with new.open("w", encoding="utf-8") as file:
            json.dump(asdict(upload), file)
            file.flush()
            os.fsync(file.fileno())
        new.rename(place / (upload.id + FACTS))
        folder = os.open(place, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(path: Path) -> Upload | None:
    try:
        return Upload(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _lock(part: int) -> None:
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise being_written() from error


def being_written() -> LockedError:
    """Say that another request is at work on an upload."""
    return LockedError(
        Text(
            "这个上传正由另一个请求写入，请稍后再试。",
            "Another request is writing to this upload. Ask for its offset in a few seconds.",
        ),
        kind="upload-locked",
    )


def no_such_upload() -> NotFoundError:
    """Say that there is no upload, in the same words where there is one of somebody else."""
    return NotFoundError(
        Text("没有这个上传，或已过期，请重新开始。", "There is no such upload, or it has expired. Start again."),
        field="upload",
    )
