"""OGC API - Features - Part 1: Core (OGC 17-069r4), Annex A.4, conformance class HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest

from tests.conformance.walk import FILLED, features, item_path, items_path

CLASSES = {"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed, in order; keeps its text and the addresses of its links."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: set[str] = set()
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)
        if tag == "a":
            self.addresses.add(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def paths(client: httpx.Client, collection: str) -> list[str]:
    """Return the operations of the API for one collection."""
    here = f"/ogc/collections/{collection}"
    single = item_path(collection, features(client, collection)[0]["id"])
    described = [f"{here}/{name}" for name in ("schema", "queryables", "sortables")]
    return ["/ogc", "/ogc/conformance", "/ogc/collections", here, items_path(collection), single, *described]


@pytest.mark.parametrize("collection", FILLED)
def test_a_36_html_definition(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 36 (/conf/html/definition): a request for HTML gets HTML, by Accept and by f."""
    for path in paths(season_client, collection):
        for answer in (season_client.get(path, headers={"Accept": "text/html"}), season_client.get(f"{path}?f=html")):
            assert answer.status_code == 200, answer.text[:300]
            assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("collection", FILLED)
def test_a_37_html_content(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 37 (/conf/html/content): an HTML 5 document with every link of the JSON as a link."""
    for path in paths(season_client, collection):
        text = season_client.get(f"{path}?f=html").text
        assert text.startswith("<!doctype html>")
        page = Page(text)
        relations = {"self", "alternate", "next"}  # which differ between the representations
        body = season_client.get(path).json()
        for link in body.get("links", ()):
            assert link["rel"] in relations or link["href"] in page.addresses, (path, link)
        has_next = any(link["rel"] == "next" for link in body.get("links", ()))
        assert has_next == any("after=" in address for address in page.addresses)
        if "features" in body:
            assert {each["id"] for each in body["features"]} <= set(page.words)
