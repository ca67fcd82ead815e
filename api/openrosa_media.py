"""Which photo is which file of a submission, while its files come in several requests.

One small file for each, in a folder of the submission: its name says the file's, its content is the photo's SHA-256.
The photos themselves are stored already. A phone sends everything anew when one of the requests fails, so what is
thrown away here after some days is no loss.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from api.photo_vault import make_private, own_folder
from api.settings import Settings

HOUR_S = 3600


def remember(settings: Settings, token_id: str, xml: bytes, photos: Mapping[str, str]) -> None:
    """Note the photos of a submission by their file names, so that it outlives a power cut; a matter for a thread."""
    folder = _folder(settings, token_id, xml)
    _sweep(settings)
    make_private(folder)
    for name, sha256 in photos.items():
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            file.write(sha256)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(folder / _key(name))
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def recall(settings: Settings, token_id: str, xml: bytes, names: Sequence[str]) -> dict[str, str]:
    """Return those photos of a submission, by file name, that came with earlier requests of the same sender."""
    folder = _folder(settings, token_id, xml)
    kept = {name: folder / _key(name) for name in names}
    return {name: path.read_text() for name, path in kept.items() if path.is_file()}


def _folder(settings: Settings, token_id: str, xml: bytes) -> Path:
    return _root(settings) / hashlib.sha256(f"{token_id} ".encode() + xml).hexdigest()


def _root(settings: Settings) -> Path:
    return own_folder(settings, "openrosa")


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _sweep(settings: Settings) -> None:
    """Throw away what nobody has added to for as long as unfinished uploads are kept."""
    root = _root(settings)
    oldest = time.time() - settings.upload_hours * HOUR_S
    for folder in root.iterdir() if root.is_dir() else ():
        with suppress(FileNotFoundError):  # another process sweeps as well
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
