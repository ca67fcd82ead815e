"""Pages and features as finished bytes: from the cache while nothing has changed, else from the database.

These endpoints are plain Starlette: nothing of a framework stands between a kept page and the socket.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.freshness import is_unchanged, tag_of
from api.ogc.links import GEOJSON, JSON, base_url, link
from api.ogc.parsing import refuse_nul_in
from api.ogc.reading import ItemsRequest, query_of, read_item_request, read_items_request
from api.state import State, state_of
from geo.collections import layer_of
from geo.errors import NotFoundError
from geo.query.features import item_statement, items_statement, layer_key
from geo.query.layer import Layer
from geo.query.revision import revision_of
from geo.query.view import parametric_view
from geo.types import Text

CLOCK_STEP_S = 60  # how long an answer that time itself changes may stand

Producer = Callable[[Request, State, Layer, ItemsRequest], Awaitable[bytes]]


async def items(request: Request) -> Response:
    """Return a page of features, in the order of their ids; follow ``next`` until there is none."""
    state, layer = state_of(request), _layer(request)
    asked = read_items_request(layer, query_of(request), state.settings.items_limit)
    return await _fresh(request, state, layer, asked, _page)


async def item(request: Request) -> Response:
    """Return one feature."""
    state, layer = state_of(request), _layer(request)
    asked = read_item_request(layer, query_of(request))
    return await _fresh(request, state, layer, asked, _single)


def _layer(request: Request) -> Layer:
    for name, text in request.path_params.items():
        refuse_nul_in(name, text)
    return layer_of(request.path_params["collectionId"])


async def _fresh(request: Request, state: State, layer: Layer, asked: ItemsRequest, produce: Producer) -> Response:
    """Answer 304 to a client that has the answer already, from the cache if we have it, else anew.

    The revision is read first: what is kept or sent under its tag is then at least as new as the tag says.
    """
    revision = revision_of(layer, await state.revisions.current())
    tick = str(int(time.time() // CLOCK_STEP_S)) if layer.by_clock and not asked.with_moment else ""
    tag = tag_of(base_url(request), request.scope["path"], query_of(request), revision, tick)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if is_unchanged(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    body = state.cache.get(tag)
    if body is None:
        body = await produce(request, state, layer, asked)
        state.cache.put(tag, body)
    headers["Content-Crs"] = f"<{asked.shape.crs.uri}>"
    return Response(body, media_type=GEOJSON, headers=headers)


async def _page(request: Request, state: State, layer: Layer, asked: ItemsRequest) -> bytes:
    page = await state.store.run(
        asked.statement_key(layer),
        lambda: items_statement(layer, parametric_view(state.thresholds, asked.with_moment), asked.shape),
        {"district": state.settings.district, **asked.values},
    )
    assert page is not None  # noqa: S101 - an aggregate without GROUP BY has one row
    features, returned, next_mark = page
    head = {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "numberReturned": returned,
        "links": _page_links(request, layer, next_mark),
    }
    return b"".join((orjson.dumps(head)[:-1], b',"features":[', features, b"]}"))


def _page_links(request: Request, layer: Layer, next_mark: str | None) -> list[dict[str, str]]:
    collection = f"{base_url(request)}/ogc/collections/{layer.id}"
    here, asked = f"{collection}/items", parse_qsl(query_of(request), keep_blank_values=True)
    links = [
        link(f"{here}?{urlencode(asked)}" if asked else here, "self", GEOJSON, "This page"),
        link(collection, "collection", JSON, layer.title.en),
    ]
    if next_mark is not None:
        following = [*((name, value) for name, value in asked if name != "after"), ("after", next_mark)]
        links.append(link(f"{here}?{urlencode(following)}", "next", GEOJSON, "Next page"))
    return links


async def _single(request: Request, state: State, layer: Layer, asked: ItemsRequest) -> bytes:
    feature_id = request.path_params["featureId"]
    key = layer_key(layer, feature_id)
    row = None
    if key is not None:
        row = await state.store.run(
            ("item", asked.statement_key(layer)),
            lambda: item_statement(layer, parametric_view(state.thresholds, asked.with_moment), asked.shape),
            {"district": state.settings.district, "key": key, **asked.values},
        )
    if row is None:
        raise NotFoundError(
            Text(f"图层“{layer.title.zh}”中没有“{feature_id}”。", f"“{layer.title.en}” has no feature “{feature_id}”."),
            field="featureId",
        )
    collection = f"{base_url(request)}/ogc/collections/{layer.id}"
    links = [
        link(f"{collection}/items/{quote(feature_id, safe='')}", "self", GEOJSON, "This feature"),
        link(collection, "collection", JSON, layer.title.en),
    ]
    # The text ends with the brace of the feature; the links go in before it.
    return b"".join((row[0][:-1], b',"links":', orjson.dumps(links), b"}"))
