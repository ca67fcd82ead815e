"""A document on paper by Chromium: a few at a time, within a time, out of a folder of its own, without a network.

Chromium's own command line prints; nothing drives it. It gets a finished document from us and never an address.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from api.errors import PrinterUnavailableError, PrintFailedError
from geo.types import Text
from maps.print_sheet import Sheet

Form = Literal["pdf", "png"]
FORMS: Mapping[Form, str] = {"pdf": "application/pdf", "png": "image/png"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COMMAND = "apt-get install -y chromium fonts-noto-cjk"
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no host has an address
    "--proxy-server=127.0.0.1:9",  # and nobody answers there
)
CSS_DPI = 96
# A4 and A3 fine enough for a document, larger ones for a screen: a PDF is the form to print from
PNG_DPI = {"A4": 200, "A3": 150, "A2": 110, "A1": 96, "A0": 72}
MM_PER_INCH = 25.4
QUEUE = 4  # that wait for each worker
RETRY_S = 10
_DATE = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}\+00'00'\)")


class Printer:
    """At most ``workers`` browsers at a time; ``QUEUE`` more requests wait for each, others are refused."""

    def __init__(self, workers: int, *, time_limit_s: float, sandbox: bool = True) -> None:
        self._free = asyncio.Semaphore(workers)
        self._most = workers * (1 + QUEUE)
        self._time_limit_s = time_limit_s
        self._flags = (*FLAGS, *_confined(sandbox))
        self._asked = 0

    async def print(self, document: Callable[[], Awaitable[str]], sheet: Sheet, form: Form, moment: datetime) -> bytes:
        """Return the HTML that ``document`` makes, once it is its turn, as PDF or PNG.

        ``moment`` is the date in a PDF's properties, so that the bytes are the same each time. Raises
        PrinterUnavailableError without a browser or with too many waiting, PrintFailedError.
        """
        browser = find_browser()
        if self._full():
            raise PrinterUnavailableError(
                Text("打印任务太多，请稍后再试。", "Too many maps are being printed; come again shortly."),
                kind="printer-busy",
                retry_after_s=RETRY_S,
            )
        self._asked += 1
        try:
            async with self._free:
                made = await _made([browser, *self._flags], await document(), sheet, form, self._time_limit_s)
        finally:
            self._asked -= 1
        return dated(made, moment) if form == "pdf" else made

    def _full(self) -> bool:
        return self._asked >= self._most


def find_browser() -> str:
    """Return the path of Chromium; raise PrinterUnavailableError, which names the command that installs it."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise PrinterUnavailableError(
        Text(f"没有安装 Chromium，不能打印。请管理员运行：{COMMAND}", f"Printing takes Chromium: run {COMMAND}"),
        kind="printer-missing",
    )


def dated(pdf: bytes, moment: datetime) -> bytes:
    """Put the map's moment in the place of the time of printing, both as long (ISO 32000-1, 7.9.4)."""
    written = f"{moment.astimezone(timezone.utc):%Y%m%d%H%M%S}".encode()
    return _DATE.sub(lambda found: b"/" + found[1] + b" (D:" + written + b"+00'00')", pdf)


async def _made(browser: Sequence[str], html: str, sheet: Sheet, form: Form, time_limit_s: float) -> bytes:
    with tempfile.TemporaryDirectory(prefix="erqi-print-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        page, out = home / "page.html", home / f"out.{form}"
        page.write_text(html, encoding="utf-8")
        command = [*browser, f"--user-data-dir={home / 'profile'}", *_task(sheet, form, out)]
        await _run([*command, page.as_uri()], home, time_limit_s)
        if not out.is_file():
            raise PrintFailedError(
                Text("打印没有成功，请稍后再试。", "The map could not be printed; try again later."),
                kind="print-failed",
            )
        return out.read_bytes()


def _task(sheet: Sheet, form: Form, out: Path) -> list[str]:
    if form == "pdf":
        return [f"--print-to-pdf={out}"]
    width, height = (round(side / MM_PER_INCH * CSS_DPI) for side in (sheet.width, sheet.height))
    factor = PNG_DPI[sheet.size] / CSS_DPI
    return [f"--screenshot={out}", f"--window-size={width},{height}", f"--force-device-scale-factor={factor:.4f}"]


def _confined(sandbox: bool) -> Sequence[str]:  # noqa: FBT001 - the only argument
    """Chromium's sandbox does not work for root; what it opens is a document of ours without a script."""
    return () if sandbox and os.geteuid() != 0 else ("--no-sandbox",)


async def _run(command: Sequence[str], home: Path, time_limit_s: float) -> None:
    """Run the browser to its end; when the time is over, end it with all its processes."""
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(home)}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(process.wait(), time_limit_s)
    except (asyncio.TimeoutError, TimeoutError) as error:
        raise PrintFailedError(
            Text(f"打印超过 {time_limit_s:g} 秒，已停止。", f"Printing took over {time_limit_s:g} s and was stopped."),
            kind="print-timeout",
        ) from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
