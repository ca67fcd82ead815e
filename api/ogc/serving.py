"""Pages and features as finished bytes: from the cache while nothing has changed, else from the database.

A page is tagged by the revisions of its layer's tables, a feature by what it says: reading one costs no more than
reading whether it has changed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from api.freshness import is_unchanged
from api.ogc.fresh import REVALIDATE, fresh
from api.ogc.get import Answer, Get
from api.ogc.links import GEOJSON, JSON, link
from api.ogc.parsing import refuse_nul_in
from api.ogc.reading import ItemsRequest, read_item_request, read_items_request
from api.ogc.tags import feature_tag, http_date
from api.state import State
from geo.collections import layer_of
from geo.errors import NotFoundError
from geo.query.features import items_by_key_statement, items_statement, layer_key
from geo.query.layer import Layer
from geo.types import Text

Endpoint: TypeAlias = Callable[..., Awaitable[Answer]]


async def items(get: Get, state: State, collection_id: str) -> Answer:
    """Return a page of features, in the order of their ids; follow ``next`` until there is none."""
    layer = _layer(collection_id)
    asked = read_items_request(layer, get.query, state.settings.items_limit)
    return await fresh(
        get,
        state,
        [layer],
        past=asked.is_of_the_past,
        produce=lambda: _page(get, state, layer, asked),
        headers=_content_headers(asked),
    )


async def item(get: Get, state: State, collection_id: str, feature_id: str) -> Answer:
    """Return one feature; its tag begins with its version, so that a writer's If-Match can be compared with the row."""
    layer = _layer(collection_id)
    refuse_nul_in("featureId", feature_id)
    asked = read_item_request(layer, get.query)
    key = layer_key(layer, feature_id)
    row = None
    if key is not None:
        row = await state.loader.row(
            ("item", asked.statement_key(layer), tuple(asked.values.items())),
            lambda: items_by_key_statement(layer, asked.view(state.thresholds), asked.shape),
            key,
            {"district": state.settings.district, **asked.values},
        )
    if row is None:
        raise NotFoundError(
            Text(f"图层“{layer.title.zh}”中没有“{feature_id}”。", f"“{layer.title.en}” has no feature “{feature_id}”."),
            field="featureId",
        )
    body = _with_links(get, layer, feature_id, row[1])
    headers = [(b"etag", feature_tag(row.version, body).encode()), REVALIDATE]
    if row.changed_at is not None:
        headers.append((b"last-modified", http_date(row.changed_at).encode()))
    if is_unchanged(get.header(b"if-none-match"), headers[0][1].decode()):
        return Answer(304, headers)
    return Answer(200, [*headers, *_content_headers(asked)], body)


# What is answered before the framework is asked; the groups of a pattern are the endpoint's further arguments.
ENDPOINTS: tuple[tuple[re.Pattern[str], Endpoint], ...] = (
    (re.compile(r"/ogc/collections/([^/]+)/items"), items),
    (re.compile(r"/ogc/collections/([^/]+)/items/(.+)", re.DOTALL), item),
)


def _layer(collection_id: str) -> Layer:
    refuse_nul_in("collectionId", collection_id)
    return layer_of(collection_id)


def _content_headers(asked: ItemsRequest) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", GEOJSON.encode()), (b"content-crs", f"<{asked.shape.crs.uri}>".encode())]


async def _page(get: Get, state: State, layer: Layer, asked: ItemsRequest) -> bytes:
    page = await state.store.run(
        asked.statement_key(layer),
        lambda: items_statement(layer, asked.view(state.thresholds), asked.shape),
        {"district": state.settings.district, **asked.values},
    )
    assert page is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    features, returned, next_mark = page
    head = {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "numberReturned": returned,
        "links": _page_links(get, layer, next_mark),
    }
    return b"".join((orjson.dumps(head)[:-1], b',"features":[', features, b"]}"))


def _page_links(get: Get, layer: Layer, next_mark: str | None) -> list[dict[str, str]]:
    collection = f"{get.base}/ogc/collections/{layer.id}"
    here, asked = f"{collection}/items", parse_qsl(get.query, keep_blank_values=True)
    links = [
        link(f"{here}?{urlencode(asked)}" if asked else here, "self", GEOJSON, "This page"),
        link(collection, "collection", JSON, layer.title.en),
    ]
    if next_mark is not None:
        following = [*((name, value) for name, value in asked if name != "after"), ("after", next_mark)]
        links.append(link(f"{here}?{urlencode(following)}", "next", GEOJSON, "Next page"))
    return links


def _with_links(get: Get, layer: Layer, feature_id: str, feature: bytes) -> bytes:
    """Write the links into a feature's text, before the brace with which it ends."""
    collection = f"{get.base}/ogc/collections/{layer.id}"
    links = [
        link(f"{collection}/items/{quote(feature_id, safe='')}", "self", GEOJSON, "This feature"),
        link(collection, "collection", JSON, layer.title.en),
    ]
    return b"".join((feature[:-1], b',"links":', orjson.dumps(links), b"}"))
