"""The command line program ``erqi``; the shell script of the same name makes its environment and calls it."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TextIO

import click

from api.commands.console import demonstration_option, explain, read_settings, say
from api.commands.jobs import jobs
from api.commands.receipt import receipt
from api.commands.store import db, migrate, seed
from api.commands.token import token
from geo.types import Text

FAILED = 1


@click.group()
def erqi() -> None:
    """二七区地理信息服务 / Geospatial service of Erqi District."""


@erqi.command()
@click.option("--host", help="监听地址 / address to listen on (ERQI_HOST)")
@click.option("--port", type=click.IntRange(1, 65535), help="端口 / port (ERQI_PORT)")
@click.option("--workers", type=click.IntRange(1, 64), help="进程数 / processes (ERQI_WORKERS)")
@demonstration_option
def serve(*, host: str | None, port: int | None, workers: int | None, demonstration: bool | None) -> None:
    """启动服务 / Start the service; without ERQI_DATABASE_URL on a private database of its own."""
    say(Text("正在启动……", "Starting..."))
    # What modules make lives for ever: looking for garbage among it costs a tenth of the start.
    gc.disable()
    from api.commands.serve import run  # noqa: PLC0415 (the web framework is not loaded for other commands)

    gc.freeze()
    gc.enable()

    given = {"host": host, "port": port, "workers": workers}
    changes = {name: value for name, value in given.items() if value is not None}
    run(read_settings().model_copy(update=changes), demonstration=demonstration)


@erqi.command(name="map")
@click.argument("name", type=click.Choice(["hazard", "progress"]))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="HTML 文件 / file to write")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 / language")
@click.option("--datetime", "moment", help="时刻（RFC 3339） / moment shown, such as 2020-07-01T08:00:00+08:00")
@demonstration_option
def map_file(name: str, out: Path, lang: str, moment: str | None, *, demonstration: bool | None) -> None:
    """把一张地图写成单个 HTML 文件 / Write the map NAME as one self-contained HTML file."""
    from api.commands.map_file import write_map  # noqa: PLC0415 (Folium is not loaded for other commands)

    write_map(name, out, lang=lang, moment_text=moment, demonstration=demonstration)


@erqi.command(name="print")
@click.argument("name", type=click.Choice(["hazard", "progress"]))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="PDF 或 PNG / PDF or PNG")
@click.option("--size", type=click.Choice(["A4", "A3", "A2", "A1", "A0"]), default="A3", help="幅面 / sheet")
@click.option(
    "--orientation", type=click.Choice(["landscape", "portrait"]), default="landscape", help="横或竖 / way up"
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 / language")
@click.option("--datetime", "moment", help="时刻（RFC 3339） / moment shown, such as 2020-07-01T08:00:00+08:00")
@demonstration_option
def print_map(
    name: str, out: Path, size: str, orientation: str, lang: str, moment: str | None, *, demonstration: bool | None
) -> None:
    """打印挂图 / Print the map NAME as a wall map; takes Chromium."""
    from api.commands.print import print_file  # noqa: PLC0415 (as above)

    print_file(
        name,
        out,
        size=size,
        orientation=orientation,
        lang=lang,
        moment_text=moment,
        demonstration=demonstration,
    )


erqi.add_command(migrate)
erqi.add_command(seed)
erqi.add_command(db)
erqi.add_command(jobs)
erqi.add_command(token)
erqi.add_command(receipt)


def main() -> None:
    """Run the program; an error that a person can act on becomes a sentence in both languages and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        _tolerate_narrow_encoding(stream)
    try:
        erqi(prog_name="erqi")
    except Exception as error:
        text = explain(error)
        if text is None:
            raise
        say(text)
        sys.exit(FAILED)


def _tolerate_narrow_encoding(stream: TextIO) -> None:
    """Print a question mark where a terminal has no Chinese, instead of failing."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
