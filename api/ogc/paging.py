"""A page's own words about its features: its links and counts, in the body of GeoJSON and in the head of the others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from api.ogc import formats
from api.ogc.formats import Format
from api.ogc.get import Answer, Get
from api.ogc.links import JSON, link
from api.ogc.reading import ItemsRequest
from api.state import State
from api.store import Row
from geo.query.encodings import Encoding, file_types
from geo.query.features import items_statement, published_names
from geo.query.flatgeobuf import with_columns_in_place
from geo.query.layer import Layer

DATED = b'{"type":"FeatureCollection","timeStamp":'  # how a page begins that says when it was made
VARY = (b"vary", b"Accept, Accept-Encoding")
Link = dict[str, str]
# Names without an escape, and of the values what may stand in a query (RFC 3986, 3.4) without breaking a link's frame.
IN_LINKS = re.compile(r"(?:[A-Za-z_-]+=(?:[A-Za-z0-9._~:/@!$()*+,;=-]|%[0-9A-Fa-f]{2})*(?:&|$))*")


def content_headers(layer: Layer, asked: ItemsRequest, form: Format) -> list[tuple[bytes, bytes]]:
    """Return the head of a page or feature in one format."""
    headers = [
        (b"content-type", form.media_type.encode()),
        (b"content-crs", f"<{asked.shape.crs.uri}>".encode()),
        VARY,
    ]
    if form.is_file:
        headers.append((b"content-disposition", f'attachment; filename="{layer.id}.{form.name}"'.encode()))
    return headers


async def page(get: Get, state: State, layer: Layer, asked: ItemsRequest, form: Format) -> bytes:
    """Return a page as it is kept: finished GeoJSON, or any other body behind a line with what its head says."""
    counted = asked.counts == "exact" or (asked.counts is None and await state.sizes.is_small(layer))
    asked = asked.shaped(form.encoding or Encoding.GEOJSON, counted=counted)
    row = await state.store.run(
        asked.statement_key(layer),
        lambda: items_statement(layer, asked.view(state.thresholds), asked.shape),
        {"district": state.settings.district, **asked.values},
    )
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    numbers = {"numberReturned": row["returned"]} | ({"numberMatched": row["matched"]} if counted else {})
    links = page_links(get, layer, form, row["next_mark"])
    if form is not formats.GEOJSON:
        body = await _file(layer, asked, row)
        return b"\n".join((orjson.dumps({**numbers, "links": links}), body))
    # as of one moment the page is the same bytes for ever: when it was made is left out (17-069r4, 7.16.5: optional)
    made = {} if asked.is_of_the_past else {"timeStamp": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    head = {"type": "FeatureCollection", **made, **numbers, "links": links}
    return b"".join((orjson.dumps(head)[:-1], b',"features":[', row["body"], b"]}"))


def undated(body: bytes) -> bytes:
    """Return a page without when it was made, which is no news of its own."""
    return body[body.index(b",", len(DATED)) :] if body.startswith(DATED) else body


def unfolded(answer: Answer) -> Answer:
    """Put what stands before the body of a page that is no GeoJSON into its head (RFC 8288)."""
    head, _, body = answer.body.partition(b"\n")
    said: dict[str, Any] = orjson.loads(head)
    links = ", ".join(f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in said["links"])
    numbers = [(f"ogc-{name}".lower().encode(), str(value).encode()) for name, value in said.items() if name != "links"]
    return Answer(answer.status, [*answer.headers, (b"link", links.encode()), *numbers], body)


def page_links(get: Get, layer: Layer, form: Format, next_mark: str | None) -> list[Link]:
    """Link to the page in every format, to its collection, and to the next page."""
    collection = f"{get.base}/ogc/collections/{layer.id}"
    here, asked = f"{collection}/items", _parameters(get.query)
    links = [
        link(_address(here, asked), "self", form.bare_type, "This page"),
        *_alternates(here, asked, form, formats.ITEMS),
        link(collection, "collection", JSON, layer.title.en),
    ]
    if next_mark is not None:
        following = [each for each in asked if not each.startswith(("after=", "f="))]
        given = next((each for each in asked if each.startswith("f=")), None)
        if given is None and form is not formats.GEOJSON:
            given = f"f={form.name}"
        following += [f"after={quote(next_mark)}"] if given is None else [given, f"after={quote(next_mark)}"]
        links.append(link(_address(here, following), "next", form.bare_type, "Next page"))
    return links


def item_links(base: str, query: str, layer: Layer, feature_id: str, form: Format = formats.GEOJSON) -> list[Link]:
    """Link to the feature in every format and to its collection."""
    collection = f"{base}/ogc/collections/{layer.id}"
    here, asked = f"{collection}/items/{quote(feature_id, safe='')}", _parameters(query)
    return [
        link(_address(here, asked), "self", form.bare_type, "This feature"),
        *_alternates(here, asked, form, formats.ITEM),
        link(collection, "collection", JSON, layer.title.en),
    ]


def _parameters(query: str) -> list[str]:
    """Return a query's parameters as they can stand in a link: as they came where that will do, which is cheaper."""
    if not IN_LINKS.fullmatch(query):
        query = urlencode(parse_qsl(query, keep_blank_values=True))
    return [each for each in query.split("&") if each]


def _address(here: str, parameters: Sequence[str]) -> str:
    return f"{here}?{'&'.join(parameters)}" if parameters else here


def _alternates(here: str, asked: Sequence[str], form: Format, offered: tuple[Format, ...]) -> list[Link]:
    start = _address(here, [*(each for each in asked if not each.startswith("f=")), "f="])
    return [link(start + each.name, "alternate", each.bare_type, each.title) for each in offered if each is not form]


async def _file(layer: Layer, asked: ItemsRequest, row: Row) -> bytes:
    body: bytes = row["body"]
    if asked.shape.encoding is not Encoding.FLATGEOBUF:
        return body
    types = file_types(layer.columns(), published_names(layer, asked.shape))
    held = row["held"].split(",") if row["held"] else []
    return await asyncio.to_thread(with_columns_in_place, body, types, held)
