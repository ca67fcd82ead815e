"""Pictures of the pages to look at: ``python -m bench.pictures --address http://127.0.0.1:8000 --out FOLDER``.

Both maps, the front page and the comparison with the week before at three moments of the demonstration season, on a
desktop and a phone, in both languages, and the wall maps on A3 as PDF turned into PNG by pdftoppm (Debian:
poppler-utils). The service has to run; nothing but loopback is asked.
"""

from __future__ import annotations

import argparse
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
DAYS = ("2020-05-12", "2020-07-20", "2020-10-31")
PAGES = {"front": "/", "progress": "/maps/progress", "hazard": "/maps/hazard"}
COMPARED = {f"compare-{name}": PAGES[name] for name in ("progress", "hazard")}
WEEK = timedelta(days=7)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
}
PDF_DPI = "60"


class Shot(NamedTuple):
    """A page on a screen: the name of its picture, its address, the language of its reader, and what it is shown on."""

    name: str
    path: str
    lang: str
    screen: str


def shots() -> Iterator[Shot]:
    """Return every page at each moment, in each language, on each screen."""
    for (page, path), day, lang, screen in product((PAGES | COMPARED).items(), DAYS, LOCALES, SCREENS):
        asked = {"lang": lang, "datetime": f"{day}T09:00:00+08:00"}
        if page in COMPARED:
            asked["compare"] = f"{date.fromisoformat(day) - WEEK}T09:00:00+08:00"
        yield Shot(f"{page}-{day}-{lang}-{screen}", f"{path}?{urlencode(asked)}", lang, screen)


def take(browser: Browser, address: str, shot: Shot, out: Path) -> None:
    """Open a page, wait until it is drawn, and keep its picture; the front page is kept in its whole length."""
    context = browser.new_context(**SCREENS[shot.screen], locale=LOCALES[shot.lang], reduced_motion="reduce")
    page = context.new_page()
    page.goto(address + shot.path)
    page.wait_for_load_state("networkidle")
    maps = page.frames[1:] or [page.main_frame]
    for each in maps if shot.path.startswith("/maps") else []:
        each.wait_for_selector("html[data-erqi-ready]", state="attached")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=out / f"{shot.name}.png", full_page=not shot.path.startswith("/maps"))
    context.close()


def take_wall_map(address: str, name: str, out: Path) -> None:
    """Keep the A3 wall map of the middle moment, as PDF and as PNG."""
    pdf = out / f"wall-{name}.pdf"
    query = urlencode({"datetime": f"{DAYS[1]}T09:00:00+08:00", "lang": "zh"})
    with urllib.request.urlopen(f"{address}/maps/{name}.pdf?{query}", timeout=120) as answer:  # noqa: S310 - the address of our own service
        pdf.write_bytes(answer.read())
    command = ["pdftoppm", "-png", "-singlefile", "-r", PDF_DPI, str(pdf), str(pdf.with_suffix(""))]
    subprocess.run(command, check=True)  # noqa: S603 - names of ours


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for shot in shots():
            take(browser, asked.address, shot, asked.out)
        browser.close()
    for name in ("progress", "hazard"):
        take_wall_map(asked.address, name, asked.out)


if __name__ == "__main__":
    main()
