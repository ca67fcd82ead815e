"""Read layers as a client would: pages of GeoJSON text, parsed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select

from geo.collections import layer_of
from geo.query.features import items_by_key_statement, items_page, layer_key
from geo.query.layer import Layer
from geo.query.view import View
from geo.types import BBox

Feature = dict[str, Any]


class Page(NamedTuple):
    text: str
    features: list[Feature]
    next_after: str | None

    @property
    def ids(self) -> list[str]:
        return [feature["id"] for feature in self.features]


@cache
def _statement(
    layer: str, view: View, limit: int, after: str | None, bbox: BBox | None
) -> Select[tuple[bytes, int, str | None]]:
    """Build a page's statement, which takes longer than to run it."""
    return items_page(layer_of(layer), view, limit=limit, after=after, bbox=bbox)


def read_page(
    connection: Connection,
    layer: str,
    view: View,
    *,
    limit: int = 1000,
    after: str | None = None,
    bbox: BBox | None = None,
) -> Page:
    """Read one page and check that it counts itself rightly."""
    body, count, next_after = connection.execute(_statement(layer, view, limit, after, bbox)).one()
    text = body.decode()
    features = json.loads(f"[{text}]")
    assert count == len(features)
    return Page(f'{{"type":"FeatureCollection","features":[{text}]}}', features, next_after)


def read_all(connection: Connection, layer: str, view: View, *, limit: int) -> list[Page]:
    """Follow the pages to the end."""
    pages = [read_page(connection, layer, view, limit=limit)]
    while pages[-1].next_after is not None:
        pages.append(read_page(connection, layer, view, limit=limit, after=pages[-1].next_after))
    return pages


def properties_of(connection: Connection, layer: str, view: View, key: str) -> dict[str, Any]:
    """Return the properties of one feature."""
    (found,) = [feature for feature in read_page(connection, layer, view).features if feature["id"] == key]
    properties: dict[str, Any] = found["properties"]
    return properties


def item(layer: Layer, view: View, feature_id: str) -> Select[tuple[bytes]]:
    """Select the text of one feature; an id that cannot be one of the layer finds no row."""
    key = layer_key(layer, feature_id)
    statement = items_by_key_statement(layer, view).params(keys=[] if key is None else [key])
    return statement.with_only_columns(list(statement.selected_columns)[1], maintain_column_froms=True)
