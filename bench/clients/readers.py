"""The programs that other offices use, each asked for every feature of every collection in pages of seven."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx

from geo.collections import LAYERS

HERE = Path(__file__).parent
PAGE_SIZE = 7
TIMEOUT_S = 600
SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Reading:
    """What a client has read: ids by collection, in order, and whatever it said meanwhile."""

    version: str
    found: Mapping[str, list[str]]
    messages: list[str] = field(default_factory=list)
    pixels: int | None = None


def by_pyogrio(address: str, _: Path, page_size: int = PAGE_SIZE) -> Reading:
    """Read with the GDAL inside pyogrio, in a program of its own: GDAL holds Python's lock while it waits."""
    done = _run([sys.executable, str(HERE / "read_with_gdal.py"), f"{address}/ogc", str(page_size)])
    answer = json.loads(done.stdout)
    return Reading(answer["version"], {name: each["ids"] for name, each in answer["found"].items()}, _said(done))


def by_ogrinfo(address: str, _: Path, page_size: int = PAGE_SIZE) -> Reading:
    """Read with Debian's ogrinfo."""
    number = _run(["ogrinfo", "--version"]).stdout.split(",")[0].removeprefix("GDAL ")
    source = ["-ro", "-q", "-oo", f"PAGE_SIZE={page_size}", f"OAPIF:{address}/ogc"]
    found, messages = {}, []
    for name in LAYERS:
        done = _run(["ogrinfo", *source, name])
        found[name] = re.findall(r"^  id \(String\) = (.*)$", done.stdout, re.MULTILINE)
        messages += _said(done)
    return Reading(number, found, messages)


def by_owslib(address: str, _: Path, page_size: int = PAGE_SIZE) -> Reading:
    """Read with OWSLib, by the ``next`` links."""
    from owslib.ogcapi.features import Features  # noqa: PLC0415 - only here; the driver of QGIS runs without it

    service = Features(f"{address}/ogc")
    found = {}
    for name in service.feature_collections():
        page = service.collection_items(name, limit=page_size)
        ids = [feature["id"] for feature in page["features"]]
        while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
            page = httpx.get(following[0], timeout=60).raise_for_status().json()
            ids += [feature["id"] for feature in page["features"]]
        found[name] = ids
    return Reading(version("owslib"), found)


def by_qgis(address: str, work: Path) -> Reading:
    """Read with Debian's QGIS without a screen, and draw the segments' vector tiles to ``work``/qgis-tiles.png."""
    command = [SYSTEM_PYTHON, str(HERE / "read_with_qgis.py"), f"{address}/ogc", str(work / "qgis-tiles.png"), *LAYERS]
    home = work / "qgis"
    home.mkdir(mode=0o700, exist_ok=True)
    done = _run(command, QT_QPA_PLATFORM="offscreen", XDG_RUNTIME_DIR=str(home), HOME=str(home))
    answer: dict[str, Any] = json.loads(done.stdout)
    return Reading(answer["version"], answer["found"], [*answer["messages"], *_said(done)], answer["pixels"])


READERS: Mapping[str, Callable[[str, Path], Reading]] = {
    "GDAL in pyogrio": by_pyogrio,
    "Debian ogrinfo": by_ogrinfo,
    "OWSLib": by_owslib,
    "QGIS": by_qgis,
}


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands
        command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S, env={**os.environ, **environment}
    )


def _said(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.strip()]
