"""Pages and features as finished bytes: from the cache while nothing has changed, else from the database.

A page is tagged by the revisions of its layer's tables, a feature by what it says: reading one costs no more than
reading whether it has changed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import orjson

from api.freshness import is_unchanged
from api.ogc import formats
from api.ogc.formats import negotiate
from api.ogc.fresh import REVALIDATE, fresh
from api.ogc.get import HTTP_NOT_MODIFIED, Answer, Get
from api.ogc.html import item_page, items_page
from api.ogc.links import queryables_header
from api.ogc.paging import content_headers, item_links, page, undated, unfolded
from api.ogc.parsing import refuse_nul_in
from api.ogc.reading import read_item_request, read_items_request
from api.ogc.tags import feature_tag, http_date
from api.state import State
from geo.collections import layer_of
from geo.errors import NotFoundError
from geo.query.features import items_by_key_statement, layer_key
from geo.query.layer import Layer
from geo.types import Text

Endpoint: TypeAlias = Callable[..., Awaitable[Answer]]


async def items(get: Get, state: State, collection_id: str) -> Answer:
    """Return a page of features, in the order of their ids; follow ``next`` until there is none."""
    layer = _layer(collection_id)
    asked = read_items_request(layer, get.query, state.settings.items_limit)
    form = negotiate(asked.f, get.header(b"accept"), formats.ITEMS)
    if form is formats.HTML:
        return await items_page(get, state, layer, asked)
    answer = await fresh(
        get,
        state,
        [layer],
        past=asked.is_of_the_past,
        produce=lambda: page(get, state, layer, asked, form),
        headers=[*content_headers(layer, asked, form), queryables_header(get.base, layer.id)],
        representation=form.name,
        said=undated,
    )
    return answer if form is formats.GEOJSON or answer.status == HTTP_NOT_MODIFIED else unfolded(answer)


async def item(get: Get, state: State, collection_id: str, feature_id: str) -> Answer:
    """Return one feature; its tag begins with its version, so that a writer's If-Match can be compared with the row."""
    layer = _layer(collection_id)
    refuse_nul_in("featureId", feature_id)
    asked = read_item_request(layer, get.query)
    form = negotiate(asked.f, get.header(b"accept"), formats.ITEM)
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
    body = with_links(get.base, layer, feature_id, row[1], get.query)
    if form is formats.HTML:
        return await item_page(get, state, layer, asked, body)
    headers = [(b"etag", feature_tag(row.version, body).encode()), REVALIDATE]
    if row.changed_at is not None:
        headers.append((b"last-modified", http_date(row.changed_at).encode()))
    if is_unchanged(get.header(b"if-none-match"), headers[0][1].decode()):
        return Answer(304, headers)
    return Answer(200, [*headers, *content_headers(layer, asked, form)], body)


# What is answered before the framework is asked; the groups of a pattern are the endpoint's further arguments.
ENDPOINTS: tuple[tuple[re.Pattern[str], Endpoint], ...] = (
    (re.compile(r"/ogc/collections/([^/]+)/items"), items),
    (re.compile(r"/ogc/collections/([^/]+)/items/(.+)", re.DOTALL), item),
)


def _layer(collection_id: str) -> Layer:
    refuse_nul_in("collectionId", collection_id)
    return layer_of(collection_id)


def with_links(base: str, layer: Layer, feature_id: str, feature: bytes, query: str = "") -> bytes:
    """Write the links into a feature's text, before the brace with which it ends."""
    links = orjson.dumps(item_links(base, query, layer, feature_id))
    return b"".join((feature[:-1], b',"links":', links, b"}"))
