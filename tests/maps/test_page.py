"""The bytes of a page, without a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import folium
import pytest
from branca.element import Figure

from geo.types import BBox
from maps.assets import content_security_policy
from maps.escape import script_json, script_source, script_text
from maps.layers import leaflet_bounds
from maps.page import FOLIUM_LINKS
from tests.maps.harness import PAGES, page_context

HOSTS = re.compile(r"""(?:src|href)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|https?://(?!www\.w3\.org/)""")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_small_and_names_no_host(name: str, lang: str) -> None:
    page = PAGES[name](page_context(lang=lang))
    assert len(page.encode()) < 100_000
    assert HOSTS.search(page) is None


@pytest.mark.parametrize("name", PAGES)
def test_same_context_gives_same_bytes(name: str) -> None:
    assert PAGES[name](page_context()) == PAGES[name](page_context())


@pytest.mark.parametrize("name", PAGES)
def test_bytes_do_not_depend_on_the_nonce(name: str) -> None:
    assert PAGES[name](page_context(nonce="another")) == PAGES[name](page_context())


@pytest.mark.parametrize("name", PAGES)
def test_map_ends_where_its_tiles_do(name: str) -> None:
    page = PAGES[name](page_context())
    assert re.search(r'"minZoom": 9,\s+"maxZoom": 19,', page)


@pytest.mark.parametrize("name", PAGES)
def test_only_inline_script_is_the_one_whose_hash_the_policy_takes(name: str) -> None:
    page = PAGES[name](page_context())
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    assert [f"'sha256-{digest}'" for digest in digests] == [page.script_hash]
    tags = [tag for tag in re.findall(r"<script[^>]*>", page) if " src=" not in tag]
    assert sorted(tags) == ['<script type="application/json" id="erqi-config">', "<script>"]
    assert "<style" not in page
    assert not re.search(r"\s(?:on\w+|style)=", page)


@pytest.mark.parametrize("name", PAGES)
def test_linked_files_carry_hash_and_integrity(name: str) -> None:
    page = PAGES[name](page_context(base_path="/erqi"))
    links = re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)" integrity="([^"]+)"', page)
    assert len(links) >= 15
    for url, integrity in links:
        assert re.fullmatch(r"/erqi/assets/[\w./-]+\?v=[0-9a-f]{12}", url)
        assert re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", integrity)


def test_hostile_district_name_is_escaped_in_title_and_heading() -> None:
    context = page_context(district_zh='</title><script>alert("x")</script>', district_en="x")
    page = PAGES["progress"](context)
    assert "<script>alert" not in page
    assert "&lt;/title&gt;&lt;script&gt;alert(&#34;x&#34;)" in page


def test_basemap_names_its_host_only_when_configured() -> None:
    assert "tiles.example" not in PAGES["hazard"](page_context())
    context = page_context(
        basemap_url="https://{s}.tiles.example/{z}/{x}/{y}.png", basemap_attribution="<img src=x onerror=alert(1)>"
    )
    page = PAGES["hazard"](context)
    assert "tiles.example" in page
    assert "<img" not in page
    assert "img-src 'self' data: https://*.tiles.example;" in content_security_policy(context)


def test_policy_allows_no_inline_code_and_no_foreign_host() -> None:
    policy = content_security_policy(page_context())
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_map_opens_on_the_district_latitude_first() -> None:
    assert leaflet_bounds(BBox(113.5, 34.6, 113.7, 34.8)) == [[34.6, 113.5], [34.8, 113.7]]


def test_every_file_that_plain_folium_links_is_replaced_or_dropped() -> None:
    figure = Figure()
    folium.Map().add_to(figure)
    figure.render()
    linked = {name for name, child in figure.header._children.items() if hasattr(child, "url")}
    assert linked <= FOLIUM_LINKS.keys()


def test_data_block_cannot_be_closed_by_its_data() -> None:
    assert script_json("</script><!--&\u2028") == '"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028"'
    assert script_text('{"a":"<"}') == '{"a":"\\u003c"}'
    assert script_source('x = "</SCRIPT>"') == 'x = "<\\/SCRIPT>"'


def test_language_decides_words_and_lang_attribute() -> None:
    chinese, english = (PAGES["progress"](replace(page_context(), lang=lang)) for lang in ("zh", "en"))
    assert '<html lang="zh-CN">' in chinese
    assert "道路整治进度图" in chinese
    assert '<html lang="en">' in english
    assert "Progress of road works" in english


def test_badge_stands_only_on_demonstration_pages() -> None:
    assert "erqi-badge" in PAGES["progress"](page_context())
    assert "erqi-badge" not in PAGES["progress"](page_context(demonstration=False))
