"""Stretches of segments in a real browser, and on paper: on their part of the line, carriageways apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from geo.types import BBox
from maps import theme
from maps.print_frame import fit
from maps.print_parts import beside, segments
from maps.print_sheet import Box
from tests.maps import season

Visit = Callable[[str], Page]
MIDDLES = """(side) => [...document.querySelectorAll('.erqi-part--' + side)]
  .map((path) => path.getBBox()).map((box) => [box.x + box.width / 2, box.y, box.y + box.height])"""
ZOOM = """(zoom) => Object.values(window).find((each) => each instanceof L.Map)
  .setView([34.7493, 113.6227], zoom, { animate: false })"""  # on songshan-02


def test_carriageways_lie_apart_at_every_zoom_and_the_card_tells_them(visit: Visit) -> None:
    page = visit("/maps/progress")
    line = page.locator('.erqi-touch[aria-label*="建设路—中原路"]').first
    assert (line.get_attribute("aria-label") or "").endswith("滞后 分为 4 段")
    for zoom in (12, 13, 16):
        page.evaluate(ZOOM, zoom)
        (left, *_), (right, *_), (both, *_) = (page.evaluate(MIDDLES, side) for side in ("left", "right", "both"))
        # The road runs from north to south, so that left is east: 2 x 4.4 px apart, less what its slant takes.
        assert left[0] - right[0] == pytest.approx(2 * theme.CARRIAGEWAY["apart"], abs=0.9)
        assert (left[0] + right[0]) / 2 == pytest.approx(both[0], abs=(both[2] - both[1]))
        assert both[2] == pytest.approx(left[1], abs=1.5)  # the next stretch begins where the first ends
    line.focus()
    page.keyboard.press("Enter")
    card = page.locator(".leaflet-popup .erqi-parts")
    strip = card.get_by_role("img")
    assert (strip.get_attribute("aria-label") or "").split("；") == [
        "K1+161–K1+400 全幅 滞后 52%", "K1+400–K1+700 左幅 正常推进 58%", "K1+400–K1+700 右幅 受阻 20%",
        "K1+700–K1+971 全幅 滞后 52%",
    ]  # fmt: skip
    assert strip.locator("text").all_text_contents() == ["左幅", "右幅", "K1+161", "K1+971", "K1+400", "K1+700"]
    rows = card.get_by_role("row")
    expect(rows).to_have_count(1 + 2 * 4)
    expect(rows.nth(3)).to_have_text("K1+400–K1+700左幅正常推进58%")
    expect(rows.nth(6)).to_contain_text("车行道与管网 80% · 8月3日起管线迁改受阻")


def test_filtered_segment_takes_its_stretches_along(visit: Visit) -> None:
    page = visit("/maps/progress?state=blocked")
    expect(page.locator(".erqi-part")).to_have_count(0)
    page = visit("/maps/progress?state=behind")
    drawn = sum(len(theme.LINE_STYLES[f"progress-{state}"]) for state in ("behind", "on-plan", "blocked", "behind"))
    expect(page.locator(".erqi-part")).to_have_count(drawn)


def test_line_beside_another_by_hand() -> None:
    # Along x and then down (y grows downwards): to the left is up, then to the right of the page.
    corner = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    assert beside(corner, 2).tolist() == [[0, -2], [12, -2], [12, 10]]
    assert beside(corner, -2).tolist() == [[0, 2], [8, 2], [8, 10]]
    assert beside(corner[1:3], 2).tolist() == corner[1:3].tolist()
    # A road that turns back on itself: no spike.
    back = beside(np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 0.0]]), 2)
    assert np.abs(back).max() <= 10


def test_stretches_are_drawn_on_paper_instead_of_their_segment() -> None:
    data = {"segment_progress": season.segment_progress()}
    frame = fit(BBox(113.55, 34.66, 113.70, 34.77), Box(0, 0, 200, 200))
    plain = list(segments(frame, data, 0.2))
    cut = list(segments(frame, {**data, "progress_parts": season.progress_parts()}, 0.2))
    assert len(plain) == 30
    assert len(cut) == 30 - 1 + 4
    left, right = (
        [float(pair.split()[0]) for pair in cut[n].split('d="M')[1].split('"')[0].split(" L")] for n in (2, 3)
    )
    assert min(left) - min(right) == pytest.approx(2 * 0.2 * theme.CARRIAGEWAY["apart"], abs=0.1)
