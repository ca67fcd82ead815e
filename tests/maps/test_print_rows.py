"""The list of a printed map is as long as its room is, as a browser lays it out."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from maps.print_attention import attention
from maps.print_sheet import Orientation, sheet_of
from maps.printing import Data, Wanted, print_page
from tests.maps import season
from tests.maps.harness import page_context

READ = """() => {
  const list = document.querySelector(".attention").getBoundingClientRect();
  const rows = [...document.querySelectorAll(".attention tr")].map((row) => row.getBoundingClientRect().height);
  return {free: list.bottom - document.querySelector(".attention .listed").getBoundingClientRect().bottom, rows};
}"""


def crowded() -> Data:
    """Repeat what there is until it is more than a sheet has room for."""
    whole = season.collections()
    for name in ("segment_progress", "site_progress", "checkpoint_status", "cases", "conflicts"):
        whole[name] = [feature | {"id": f"{feature['id']}-{n}"} for n in range(30) for feature in whole[name]]
    return whole


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
@pytest.mark.parametrize("size", ["A4", "A3", "A0"])
@pytest.mark.parametrize("name", ["progress", "hazard"])
def test_list_fills_its_room_and_nothing_is_cut_off(
    desktop: BrowserContext, name: str, size: str, orientation: Orientation, lang: str
) -> None:
    data = crowded()
    page = desktop.new_page()
    page.set_content(print_page(Wanted(name, sheet_of(size, orientation)), page_context(lang=lang), data))
    found = page.evaluate(READ)
    assert len(found["rows"]) >= 5
    assert 0 <= found["free"] < 4 * max(found["rows"])
    listed = page.locator(".attention .listed").inner_text()
    assert str(len(attention(data, season.AS_OF[:10], lang))) in listed
    assert str(len(found["rows"])) in listed
