"""The processes of one data folder, found under /proc: a number in a file may belong to anyone by now."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")
PATIENCE_S = 10.0
STOP_PATIENCE_S = 30.0
WORDS = 8
ORDINARY = ("skipping missing configuration file", "redirecting log output", "Future log output")
TELLING = ("ERROR:", "FATAL:", "PANIC:", "HINT:", "DETAIL:")


def running_pid(data: Path) -> int | None:
    """Return the main process of the server of ``data``, or None when postmaster.pid is missing or stale."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _works_in(pid, data) else None


def remove_stale_files(data: Path, sockets: Path) -> None:
    """Remove what a killed server left: postmaster.pid, the socket and its lock.

    PostgreSQL itself refuses to start when another program has got the number in them since, as happens after a
    reboot or in a container. Both folders are this cluster's alone, so with nobody running they say nothing.
    """
    if running_pid(data) is not None:
        return
    for path in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        path.unlink(missing_ok=True)


def stop_server(data: Path) -> None:
    """Stop the server: end the sessions and flush (fast mode); give up waiting for that after a while."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        pid = running_pid(data)
        if pid is None:
            return
        _send(pid, number)
        if _all_gone([pid], data, patience_s=STOP_PATIENCE_S):
            return


def end_orphans(data: Path) -> None:
    """End the helpers of a main process that was killed; they hold the shared memory as long as they live."""
    if running_pid(data) is not None:
        return
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
        orphans = _workers(data)
        for pid in orphans:
            _send(pid, number)
        if _all_gone(orphans, data):
            return


def last_words(data: Path, start_log: Path) -> str:
    """Return what went wrong: the start's own output, and from the server's newest log what is no mere note."""
    words = [line for line in _tail(start_log) if not any(note in line for note in ORDINARY)]
    logs = sorted((data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[-1:]:
        words += [line for line in _tail(path) if any(level in line for level in TELLING)]
    return "\n".join(words)


def _tail(path: Path) -> list[str]:
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()[-WORDS:]


def _workers(data: Path) -> list[int]:
    numbers = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if _works_in(pid, data)]


def _works_in(pid: int, data: Path) -> bool:
    """Tell whether the process is a live PostgreSQL of this folder: each of them has it as working folder."""
    try:
        name = (PROC / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
        return name == "postgres" and (PROC / str(pid) / "cwd").samefile(data)
    except OSError:  # gone, a zombie, or another user's
        return False


def _all_gone(pids: Sequence[int], data: Path, *, patience_s: float = PATIENCE_S) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if not any(_works_in(pid, data) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it went by itself meanwhile
        return
