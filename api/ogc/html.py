"""The OGC API for people: each resource as a page, drawn from the same JSON that programs get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import formats
from api.ogc.formats import negotiate
from api.ogc.fresh import fresh
from api.ogc.get import Answer, Get
from api.ogc.links import link
from api.ogc.page_values import Column, cell, columns_of, heading_of, moment_cell
from api.ogc.paging import item_links, page_links
from api.ogc.paging import page as page_body
from api.ogc.reading import ItemsRequest
from api.pages import page, page_context, preferred_language
from api.state import State, state_of
from api.web.render import render
from geo.collections import LAYERS
from geo.query.layer import Layer
from geo.query.titles import title_of

VARY = "Accept, Accept-Encoding, Accept-Language"
NO_LINK = {"rel": "alternate"}  # what a document that has no links of its own is not given either
Offered: TypeAlias = tuple[formats.Format, ...]
MAPPED = 1_000  # features that the map of a collection shows


def document_parameters(
    f: Annotated[
        Literal["json", "html"] | None, Query(description="应答的格式。 The format; without it, Accept decides.")
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, Query(description="网页的语言。 The language of a page for people.")
    ] = None,
) -> None:
    """Tell the framework of the parameters that :func:`document` reads, so that it checks and describes them."""
    del f, lang


async def document(
    request: Request, body: dict[str, Any], template: str, *, offered: Offered = formats.DOCUMENT, **values: Any
) -> Response:
    """Answer with a document as JSON, or as a page where ``f`` or ``Accept`` says so."""
    get = Get(request.scope)
    form = negotiate(request.query_params.get("f"), request.headers.get("accept"), offered)
    alternates = [_in_format(get, each) for each in offered if each is not form]
    if all(each["rel"] != "alternate" for each in body.get("links", [NO_LINK])):
        body["links"] += alternates
    if form is not formats.HTML:
        return Response(orjson.dumps(body), media_type=form.media_type, headers={"Vary": "Accept, Accept-Encoding"})
    lang = request.query_params.get("lang")
    return await _drawn(get, state_of(request), template, lang, body=body, alternates=alternates, **values)


async def items_page(get: Get, state: State, layer: Layer, asked: ItemsRequest) -> Answer:
    """Return a page of features as a table with a map."""
    json = await fresh(
        Get({**get.scope, "headers": [each for each in get.scope["headers"] if each[0] != b"if-none-match"]}),
        state,
        [layer],
        past=asked.is_of_the_past,
        produce=lambda: page_body(get, state, layer, asked, formats.GEOJSON),
        headers=(),
        representation=formats.GEOJSON.name,
    )
    body = orjson.loads(json.body)
    pairs = parse_qsl(get.query, keep_blank_values=True)
    mark = _mark(body["links"])
    body["links"] = page_links(get, layer, formats.HTML, mark)
    lang = preferred_language(asked.lang, get.header(b"accept-language") or "")
    columns = columns_of(layer, asked, body["features"], lang)
    response = await _drawn(
        get,
        state,
        "ogc_items.html",
        asked.lang,
        body=body,
        alternates=_alternates(body),
        layer=layer,
        columns=[_heading(get, pairs, column, asked) for column in columns],
        rows=[_row(get, layer, feature, columns) for feature in body["features"]],
        source=_here(get, pairs, f=formats.GEOJSON.name),
        first=_here(get, pairs, after=None) if asked.shape.after else None,
        following=None if mark is None else _here(get, pairs, after=mark),
        stamp=moment_cell(body.get("timeStamp") or asked.values["moment"].isoformat()),
        asked_of=[(name, value) for name, value in pairs if name not in {"f", "lang", "after"}],
    )
    return _as_answer(response)


async def item_page(get: Get, state: State, layer: Layer, asked: ItemsRequest, json: bytes) -> Answer:
    """Return one feature as a list of its properties with a map."""
    body = orjson.loads(json)
    body["links"] = item_links(get.base, get.query, layer, body["id"], formats.HTML)
    pairs = parse_qsl(get.query, keep_blank_values=True)
    response = await _drawn(
        get,
        state,
        "ogc_item.html",
        asked.lang,
        body=body,
        alternates=_alternates(body),
        layer=layer,
        heading=heading_of(body),
        properties=[(name, title_of(name), cell(layer, name, value)) for name, value in body["properties"].items()],
        source=_here(get, pairs, f=formats.GEOJSON.name) if body["geometry"] else None,
    )
    return _as_answer(response)


async def _drawn(get: Get, state: State, template: str, lang: str | None, **values: Any) -> Response:
    language = preferred_language(lang, get.header(b"accept-language") or "")
    base_path = get.scope.get("root_path", "").rstrip("/")
    context = await page_context(state.store, state.settings, lang=language, moment=None, base_path=base_path)
    pairs = parse_qsl(get.query, keep_blank_values=True)
    html = render(
        template,
        context,
        layers=LAYERS,
        other_address=_here(get, pairs, lang="en" if language == "zh" else "zh"),
        **values,
    )
    response = page(html, context)
    response.headers["Vary"] = VARY
    return response


def _as_answer(response: Response) -> Answer:
    headers = [(name, value) for name, value in response.raw_headers if name != b"content-length"]
    return Answer(response.status_code, headers, bytes(response.body))


def _in_format(get: Get, form: formats.Format) -> dict[str, str]:
    """Link to this document in another format."""
    here = get.base + get.path.removeprefix(get.scope.get("root_path", ""))
    pairs = parse_qsl(get.query, keep_blank_values=True)
    return link(here + _query(pairs, f=form.name), "alternate", form.bare_type, form.title)


def _alternates(body: Mapping[str, Any]) -> list[dict[str, str]]:
    return [each for each in body["links"] if each["rel"] == "alternate"]


def _here(get: Get, pairs: list[tuple[str, str]], **changes: str | None) -> str:
    """Return the address of this resource, without host, with some parameters changed or (None) left out."""
    prefix: str = get.scope.get("root_path", "").rstrip("/")
    return prefix + quote(get.path.removeprefix(prefix), safe="/:") + _query(pairs, **changes)


def _query(pairs: list[tuple[str, str]], **changes: str | None) -> str:
    kept = [(name, value) for name, value in pairs if name not in changes]
    kept += [(name, value) for name, value in changes.items() if value is not None]
    return f"?{urlencode(kept)}" if kept else ""


def _mark(links: list[dict[str, str]]) -> str | None:
    """Return the page mark of the link to the next page."""
    following = next((each["href"] for each in links if each["rel"] == "next"), None)
    return None if following is None else dict(parse_qsl(following.partition("?")[2]))["after"]


def _heading(get: Get, pairs: list[tuple[str, str]], column: Column, asked: ItemsRequest) -> Mapping[str, Any]:
    """Return a column's title with the address that sorts by it, or the other way round."""
    now = next((key for key in asked.shape.sort if key.name == column.name), None)
    wanted = f"-{column.name}" if now is not None and not now.descending else column.name
    return {
        "title": column.title,
        "name": column.name,
        "sorted": None if now is None else ("descending" if now.descending else "ascending"),
        "address": _here(get, pairs, sortby=wanted, after=None) if column.can_sort else None,
    }


def _row(get: Get, layer: Layer, feature: Mapping[str, Any], columns: list[Column]) -> Mapping[str, Any]:
    asked = {name: value for name, value in parse_qsl(get.query) if name in {"lang", "crs", "datetime"}}
    prefix = get.scope.get("root_path", "").rstrip("/")
    address = f"{prefix}/ogc/collections/{layer.id}/items/{quote(feature['id'], safe='')}"
    if "/" in asked.get("datetime", ""):
        del asked["datetime"]  # one feature is asked for as of a moment
    return {
        "id": feature["id"],
        "address": address + (f"?{urlencode(asked)}" if asked else ""),
        "cells": [cell(layer, column.name, feature["properties"].get(column.name)) for column in columns],
    }
