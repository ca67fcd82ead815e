"""A request for items as typed values: one reader for each parameter, and no parameter without a reader.

The table below is also what the API's definition says of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.ogc.parsing import parse_bbox, parse_limit, parse_moment, refuse_nul_in
from geo.crs import Crs, by_uri
from geo.errors import InvalidInputError
from geo.query.features import Shape, page_values
from geo.query.geometry import halves
from geo.query.layer import Layer
from geo.query.sorting import BAD_MARK
from geo.types import Text

MAX_MARK = 200  # characters
MAX_QUERY = 65_536  # characters; what is longer is refused before it is read
KEPT = 2_000


@dataclass(frozen=True)
class ItemsRequest:
    """A page that is asked for: the shape of its statement, and the values of the statement's parameters."""

    shape: Shape
    with_moment: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    def statement_key(self, layer: Layer) -> Hashable:
        """Return what the text of the statement depends on."""
        return (layer.id, self.shape, self.with_moment)


class Parameter(NamedTuple):
    """A query parameter: how it is read, and what the definition says of it."""

    read: Callable[[Layer, str], Any]
    schema: Mapping[str, Any]
    description: Text


def _names(layer: Layer, text: str) -> tuple[str, ...]:
    known = layer.property_names()
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in known:
            raise InvalidInputError(
                Text(f"图层没有属性“{name}”。", f"The layer has no property “{name}”."), field="properties"
            )
    return tuple(name for name in known if name in names)


def _flag(_: Layer, text: str) -> bool:
    if text not in {"true", "false"}:
        raise InvalidInputError(
            Text("skipGeometry 应为 true 或 false。", "skipGeometry is true or false."), field="skipGeometry"
        )
    return text == "true"


def _mark(_: Layer, text: str) -> str:
    if len(text) > MAX_MARK:
        raise InvalidInputError(BAD_MARK, field="after")
    return text


def _crs(_: Layer, text: str) -> Crs:
    return by_uri(text)


READERS: dict[str, Parameter] = {
    "limit": Parameter(
        lambda _, text: parse_limit(text),
        {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100},
        Text("每页要素数，超过上限时取上限。", "Features of a page; above the maximum it is the maximum."),
    ),
    "bbox": Parameter(
        lambda _, text: text,
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        Text("西,南,东,北；西大于东表示跨越180°。", "west,south,east,north; west > east crosses 180°."),
    ),
    "bbox-crs": Parameter(
        _crs,
        {"type": "string", "format": "uri"},
        Text("bbox 的坐标参考系。", "The CRS of bbox, in its own axis order; without it, longitude and latitude."),
    ),
    "datetime": Parameter(
        lambda _, text: parse_moment(text),
        {"type": "string"},
        Text("该时刻的状态。", "As of this RFC 3339 instant; without it, as it stands now."),
    ),
    "after": Parameter(
        _mark,
        {"type": "string", "maxLength": MAX_MARK},
        Text("下一页链接中的翻页标记。", "The page mark of a `next` link."),
    ),
    "crs": Parameter(
        _crs,
        {"type": "string", "format": "uri"},
        Text("坐标参考系。", "The CRS of the coordinates in the answer, in its own axis order."),
    ),
    "properties": Parameter(
        _names,
        {"type": "array", "items": {"type": "string"}},
        Text("只要这些属性。", "Only these properties."),
    ),
    "skipGeometry": Parameter(
        _flag, {"type": "boolean", "default": False}, Text("不要几何。", "Leave the geometry out.")
    ),
}
ITEM_ONLY = ("crs", "properties", "skipGeometry", "datetime")


@lru_cache(maxsize=KEPT)
def read_items_request(layer: Layer, query: str, default_limit: int) -> ItemsRequest:
    """Read the query string of a request for a page; raise InvalidInputError for what cannot be read."""
    read = _read(layer, query, READERS)
    box = parse_bbox(read["bbox"], read.get("bbox-crs", Crs.WGS84)) if "bbox" in read else None
    after: str | None = read.get("after")
    shape = _shape(read)
    return ItemsRequest(
        shape=replace(shape, boxes=len(halves(box)), after=after is not None),
        with_moment="datetime" in read,
        values={
            "limit": read.get("limit", default_limit),
            "moment": read.get("datetime"),
            **page_values(layer, after=after, bbox=box),
        },
    )


@lru_cache(maxsize=KEPT)
def read_item_request(layer: Layer, query: str) -> ItemsRequest:
    """Read the query string of a request for one feature."""
    read = _read(layer, query, {name: READERS[name] for name in ITEM_ONLY})
    return ItemsRequest(_shape(read), with_moment="datetime" in read, values={"moment": read.get("datetime")})


def query_of(request: Request) -> str:
    """Return the query string as it came."""
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")


def _shape(read: Mapping[str, Any]) -> Shape:
    return Shape(
        crs=read.get("crs", Crs.WGS84),
        names=read.get("properties"),
        geometry=not read.get("skipGeometry", False),
    )


def _read(layer: Layer, query: str, readers: Mapping[str, Parameter]) -> dict[str, Any]:
    if len(query) > MAX_QUERY:
        raise InvalidInputError(Text("查询参数太长。", "The query is too long."), field="query")
    given: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in readers:
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)
        if name in given:
            raise InvalidInputError(Text(f"参数“{name}”重复。", f"Parameter “{name}” is given twice."), field=name)
        refuse_nul_in(name, text)
        given[name] = text
    return {name: readers[name].read(layer, text) for name, text in given.items()}
