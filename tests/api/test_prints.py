"""Wall maps: the sheet has its size, the text is text in an embedded Chinese font, the same moment the same bytes."""

from __future__ import annotations

import asyncio
import io
import math
import re
import shutil
import unicodedata
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from fastapi import FastAPI
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from api import printing
from api.app import create_app
from api.cli import erqi
from api.errors import PrinterUnavailableError, PrintFailedError
from api.printing import Printer
from api.settings import Settings
from geo.types import BBox
from maps.context import PageContext
from maps.print_frame import Frame
from maps.print_sheet import Box, Sheet, bar_metres, round_scale
from maps.printing import Wanted, print_page
from tests.apart import run_apart
from tests.api.serving import serving

MOMENT = "2020-07-15T09:00:00+08:00"
POINTS_PER_MM = 72 / 25.4
A4 = Sheet("A4", "landscape")
NOON = datetime(2020, 7, 15, 4, tzinfo=timezone.utc)


def wall_map(client: httpx.Client, path: str, **query: str) -> httpx.Response:
    answer = client.get(path, params={"datetime": MOMENT, "size": "A4", **query}, timeout=90)
    assert answer.status_code == 200, answer.text
    return answer


def page_of(answer: httpx.Response) -> Any:
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    return page


def embedded_fonts(page: Any) -> dict[str, bool]:
    """Return the name of each font of a page, and whether its outlines are in the file (ISO 32000-1, 9.6.5 and 9.9)."""
    found = {}
    for each in page["/Resources"]["/Font"].values():
        font = each.get_object()
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        descriptor = inner.get("/FontDescriptor", DictionaryObject()).get_object()
        drawn = font["/Subtype"] == "/Type3" and len(font["/CharProcs"]) > 0  # its letters are drawings in the file
        name = font.get("/BaseFont") or descriptor.get("/FontName") or each.idnum
        found[str(name)] = drawn or bool({"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor))
    return found


def test_sheet_text_and_fonts_of_a_wall_map(season_client: httpx.Client) -> None:
    answer = wall_map(season_client, "/maps/progress.pdf", orientation="portrait")
    assert answer.headers["content-type"] == "application/pdf"
    page = page_of(answer)
    size = (float(page.mediabox.width), float(page.mediabox.height))
    assert size == pytest.approx((210 * POINTS_PER_MM, 297 * POINTS_PER_MM), abs=1)
    # Chromium names some glyphs by the radical of the same shape (U+2F00), which is compatible with the letter
    text = unicodedata.normalize("NFKC", page.extract_text())
    for words in ("二七区", "道路整治进度图", "图例", "比例尺", "2020年7月15日 9:00", "演示数据", "严重滞后", "京广路"):
        assert words in text
    fonts = embedded_fonts(page)
    assert fonts
    assert all(fonts.values()), fonts
    assert any("CJK" in name for name in fonts)


def test_same_moment_is_the_same_file_and_filters_are_named(season: str, server: Any, demonstration_url: str) -> None:
    """Two processes that share no cache print the same bytes."""
    query = {"datetime": MOMENT, "size": "A4", "lang": "en", "state": "blocked"}
    with serving(create_app(Settings(database_url=server.url("season")))) as other:
        files = [httpx.get(f"{base}/maps/progress.pdf", params=query, timeout=90).content for base in (season, other)]
    assert files[0] == files[1]
    (page,) = PdfReader(io.BytesIO(files[0])).pages
    assert "state=blocked" in page.extract_text()
    assert "Seriously behind 0" in re.sub(r"\s+", " ", page.extract_text())
    assert demonstration_url


def test_picture_has_the_sheet_s_shape(season_client: httpx.Client) -> None:
    answer = wall_map(season_client, "/maps/hazard.png", lang="en")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == pytest.approx((297 / 25.4 * 200, 210 / 25.4 * 200), abs=3)
    colours = picture.convert("RGB").getcolors(2**24)
    assert colours is not None
    assert len(colours) > 100


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/maps/progress.pdf?size=A9", 400, "size"),
        ("/maps/progress.pdf?orientation=upside", 400, "orientation"),
        ("/maps/progress.pdf?datetime=soon", 400, "datetime"),
        ("/maps/nowhere.pdf", 404, "name"),
        ("/maps/progress.svg", 404, "name"),
    ],
)
def test_what_cannot_be_printed_is_refused_by_name(
    season_client: httpx.Client, path: str, status: int, field: str
) -> None:
    answer = season_client.get(path)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_too_many_and_too_long_are_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(printing, "find_browser", lambda: str(slow))

    async def nothing() -> str:
        return ""

    async def crowd() -> list[Any]:
        printer = Printer(1, time_limit_s=0.2)
        asked = (printer.print(nothing, A4, "pdf", NOON) for _ in range(1 + printing.QUEUE + 1))
        return await asyncio.gather(*asked, return_exceptions=True)

    *waited, refused = run_apart(crowd())
    assert {type(each) for each in waited} == {PrintFailedError}
    assert isinstance(refused, PrinterUnavailableError)


@pytest.mark.parametrize(("sandbox", "user", "left_out"), [(True, 1000, False), (False, 1000, True), (True, 0, True)])
def test_sandbox_is_left_out_for_root_and_where_the_settings_say_so(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    sandbox: bool,  # noqa: FBT001 - a parameter of the test
    user: int,
    left_out: bool,  # noqa: FBT001 - as above
) -> None:
    said = tmp_path / "said"
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$@" >"{said}"\nfor each; do case $each in --print-to-pdf=*) : >"${{each#*=}}";; esac; done\n'
    )
    browser.chmod(0o755)
    monkeypatch.setattr(printing, "find_browser", lambda: str(browser))
    monkeypatch.setattr("os.geteuid", lambda: user)

    async def nothing() -> str:
        return ""

    assert run_apart(Printer(1, time_limit_s=20, sandbox=sandbox).print(nothing, A4, "pdf", NOON)) == b""
    assert ("--no-sandbox" in said.read_text().split()) == left_out


def test_missing_browser_is_503_that_names_the_command(
    monkeypatch: pytest.MonkeyPatch, season_client: httpx.Client
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    answer = season_client.get("/maps/hazard.pdf?datetime=2020-07-16T01:00:00Z")
    assert answer.status_code == 503
    assert "apt-get install -y chromium fonts-noto-cjk" in answer.json()["detail"]


def test_busy_printer_is_503_with_the_time_to_come_again(
    monkeypatch: pytest.MonkeyPatch, season_client: httpx.Client
) -> None:
    monkeypatch.setattr(Printer, "_full", lambda _: True)
    answer = season_client.get("/maps/hazard.pdf?datetime=2020-07-17T01:00:00Z")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"


def test_closed_reading_closes_printing(server: Any, season: str) -> None:
    assert season
    app: FastAPI = create_app(Settings(database_url=server.url("season"), public_reading=False))
    with serving(app) as address:
        for path in ("/maps/progress.pdf", "/maps/hazard/table", "/api/v1/tables/cases.csv"):
            assert httpx.get(address + path).status_code == 401


def test_scale_is_true_on_the_ground() -> None:
    """A kilometre north of 34.7° N, 113.6° E: a degree of the meridian there is 110,939 m (a textbook's series)."""
    latitude = math.radians(34.7)
    degree_m = 111_132.954 - 559.822 * math.cos(2 * latitude) + 1.175 * math.cos(4 * latitude)
    frame = Frame(Box(0, 0, 200, 100), 113.6, 34.7, 25_000)
    (here, north) = frame.to_mm([(113.6, 34.7), (113.6, 34.7 + 1000 / degree_m)])
    assert here == pytest.approx([100, 50])
    assert here[1] - north[1] == pytest.approx(40, abs=0.001)  # 1 km at 1:25,000
    assert bar_metres(25_000, 200) == 1000


@pytest.mark.parametrize(("least", "wanted"), [(9_999, 10_000), (10_001, 12_000), (41_000, 50_000), (61_000, 75_000)])
def test_scale_is_the_next_round_number(least: float, wanted: int) -> None:
    assert round_scale(least) == wanted


def test_command_refuses_a_file_of_another_kind(tmp_path: Path) -> None:
    result = CliRunner().invoke(erqi, ["print", "progress", "--out", str(tmp_path / "map.svg")])
    assert "PDF" in str(result.exception).upper() or ".pdf" in str(result.exception)


def test_hostile_name_stays_text_on_paper() -> None:
    """What somebody wrote into a name is drawn as it stands; nothing in the document can be loaded or run."""
    name = "</text></svg><script>alert(1)</script><img src=http://a.example/x>"
    said = {"name_zh": name, "name_en": name, "inspected_on": None}
    at = {"type": "Point", "coordinates": [113.6, 34.7]}
    context = PageContext(
        lang="zh",
        district_zh=name,
        district_en=name,
        bounds=BBox(113.5, 34.6, 113.7, 34.8),
        moment=NOON,
        moment_is_now=False,
        demonstration=False,
        base_path="",
        nonce="",
        basemap_url=None,
        basemap_attribution=None,
        vocabularies={},
    )
    html = print_page(
        Wanted("progress", A4, name), context, {"landmarks": [{"id": "x", "geometry": at, "properties": said}]}
    )
    assert html.count("&lt;script&gt;") >= 3
    assert "<script" not in html
    assert "<img" not in html
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


def test_command_prints_as_the_service_does(season_client: httpx.Client, server: Any, tmp_path: Path) -> None:
    out = tmp_path / "map.pdf"
    command = ["print", "progress", "--size", "A4", "--datetime", MOMENT, "--out", str(out)]
    environment = {"ERQI_DATABASE_URL": server.url("season")}

    async def invoke() -> Result:
        # the command has an event loop of its own, so it gets a thread without one
        return await asyncio.to_thread(CliRunner().invoke, erqi, command, env=environment, catch_exceptions=False)

    result = run_apart(invoke())
    assert result.exit_code == 0, result.output
    assert out.read_bytes() == wall_map(season_client, "/maps/progress.pdf", lang="zh").content
