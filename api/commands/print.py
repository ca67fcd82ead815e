"""Print a map into a file, without a running service."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from pathlib import Path

from api.commands.console import open_store, read_settings, say
from api.commands.store import fill
from api.ogc.parsing import parse_moment
from api.print_data import Asked, print_document
from api.printing import FORMS, Form, Printer, find_browser
from api.settings import Settings
from api.store import Store
from geo.errors import InvalidInputError
from geo.types import Text
from maps.print_sheet import sheet_of


def print_file(
    name: str, out: Path, *, size: str, orientation: str, lang: str, moment_text: str | None, demonstration: bool | None
) -> None:
    """Print the map ``name`` as of the moment (text as in ``?datetime=``; None: the district's own) to ``out``.

    The form follows from the ending of ``out``, .pdf or .png; InvalidInputError for any other.
    """
    form = _form_of(out)
    find_browser()
    settings = read_settings()
    moment = None if moment_text is None else parse_moment(moment_text)
    asked = Asked(name, sheet_of(size, orientation), lang, moment, {})
    with open_store(settings, demonstration=demonstration) as url:
        if settings.server_url() is None:
            fill(url, settings, demonstration=demonstration)
        say(Text(f"正在打印 {size}……", f"Printing {size}..."))
        data = asyncio.run(_printed(url, settings, asked, form))
    try:
        out.write_bytes(data)
    except OSError as error:
        raise InvalidInputError(
            Text(f"不能写入 {out}：{error.strerror}", f"Cannot write {out}: {error.strerror}"), field="out"
        ) from error
    say(Text(f"挂图已写入 {out}（{len(data) // 1024} kB）。", f"The wall map is in {out}."))


def _form_of(out: Path) -> Form:
    for form in FORMS:
        if out.suffix.lower() == f".{form}":
            return form
    raise InvalidInputError(
        Text("文件名应以 .pdf 或 .png 结尾。", "The file's name should end in .pdf or .png."), field="out"
    )


async def _printed(url: str, settings: Settings, asked: Asked, form: Form) -> bytes:
    store = Store(url, pool_size=1, statement_timeout_ms=settings.statement_timeout_ms)
    printer = Printer(1, time_limit_s=settings.print_timeout_s, sandbox=settings.print_sandbox)
    dated = asked.moment or datetime.now(timezone.utc)
    try:
        return await printer.print(lambda: print_document(store, settings, asked), asked.sheet, form, dated)
    finally:
        await store.close()
