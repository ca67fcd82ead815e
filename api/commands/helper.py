"""The process beside those that answer: it works off the queue of jobs, and is started again if it dies."""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from types import TracebackType

from api.commands.console import read_settings

INTERVAL_S = 1.0
AGAIN_S = 5.0  # between a death and the next start
GRACE_S = 10.0  # for what is under way
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Helper(threading.Thread):
    """A thread that keeps the process alive as long as the ``with`` block; settings come by the environment."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._over = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Start the process, and start it again until the block ends."""
        while not self._over.is_set():
            process = multiprocessing.get_context("spawn").Process(target=work_off, name="erqi-jobs", daemon=True)
            process.start()
            while process.is_alive() and not self._over.wait(INTERVAL_S):
                pass
            process.terminate()
            process.join(GRACE_S)
            if process.is_alive():
                process.kill()
            self._over.wait(AGAIN_S)


def work_off() -> None:
    """Work off the queue until SIGTERM comes; Ctrl-C is for the one that started this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and parent.pid != os.getppid():  # it was killed before we could ask for that
            return
    with suppress(asyncio.CancelledError):
        asyncio.run(_until_told())


async def _until_told() -> None:
    from api.app import create_app  # noqa: PLC0415 (the process that starts this one is quicker without)
    from api.jobs import work  # noqa: PLC0415 - likewise

    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio.run has made one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    state = create_app(read_settings()).state.shared
    try:
        await work(state)
    finally:
        await state.store.close()
