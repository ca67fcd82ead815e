"""The folders of the private cluster: who may enter them, where the socket lies, and who holds them."""

from __future__ import annotations

import fcntl
import os
import stat
from hashlib import sha256
from pathlib import Path

from geo.errors import StoreUnavailableError
from geo.store.programs import Account, run_program
from geo.types import Text

PORT = 5432  # only a part of the socket's file name: nothing listens on the network
SOCKET_PATH_BYTES = 107  # unix(7): sun_path has 108 with the closing zero


def make_cluster_folder(folder: Path, account: Account) -> None:
    """Make ``folder`` with mode 0700 for ``account``, and its parent (others may pass it, not list it).

    Raises StoreUnavailableError when the account cannot work there.
    """
    if not folder.parent.exists():
        folder.parent.mkdir(parents=True)
        folder.parent.chmod(0o711 if account.switch else 0o700)
    _make_private(folder, account)
    if run_program(account, ["test", "-w", folder]).returncode != 0:
        raise StoreUnavailableError(
            Text(
                f"用户 {account.name} 进不了目录 {folder}（上级目录不允许通过，或属于别人）。"
                "请用 ERQI_HOME 指定别的目录，例如 /var/lib/erqi。",
                f"User {account.name} cannot enter {folder} (a folder above it is closed, or it is another's)."
                " Set ERQI_HOME to another place, such as /var/lib/erqi.",
            )
        )


def socket_folder(folder: Path, account: Account) -> Path:
    """Choose the socket's folder: ``run`` in ours, or a short one where that path is too long for a socket."""
    inside = folder / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES:
        return inside
    mark = sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path("/tmp") / f"erqi-{account.uid}-{mark}"  # noqa: S108 (make_socket_folder checks owner and mode)


def make_socket_folder(sockets: Path, account: Account) -> None:
    """Make the socket's folder, or check that the one there is the account's alone.

    Raises StoreUnavailableError when somebody else made it: whoever owns it could answer in our server's place.
    """
    _make_private(sockets, account)
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise StoreUnavailableError(
            Text(
                f"目录 {sockets} 不归用户 {account.name} 独有，不能用来放套接字。请删除它。",
                f"The folder {sockets} is not the user {account.name}'s alone, so no socket is put there. Remove it.",
            )
        )


def _make_private(folder: Path, account: Account) -> None:
    if folder.exists():
        return
    folder.mkdir(mode=0o700)
    if account.switch:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


class FolderLock:
    """The right to start and stop the cluster of a folder; the kernel takes it back when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Tell whether this object holds the folder."""
        return self._handle is not None

    def take(self) -> bool:
        """Take the folder and note our process in the file, or return False when another process holds it."""
        if self.held:
            return True
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode("ascii"))
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the folder back; nothing happens when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> str:
        """Name the process that noted itself last."""
        return self._path.read_text(encoding="ascii") or "?"
