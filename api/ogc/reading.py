"""A request for items as typed values: one reader for each parameter, and no parameter without a reader."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from api.ogc.filtering import asked_filter
from api.ogc.parameters import ITEM_READERS, READERS, Parameter
from api.ogc.parsing import Period, parse_bbox, refuse_nul_in
from geo.crs import Crs
from geo.errors import InvalidInputError
from geo.query.encodings import Encoding
from geo.query.features import Shape, page_values
from geo.query.geometry import halves
from geo.query.layer import Layer
from geo.query.queryables import comparable_names
from geo.query.validity import BEGINNING, END
from geo.query.view import Thresholds, View, parametric_view
from geo.types import Text

MAX_QUERY = 65_536  # characters; what is longer is refused before it is read
KEPT = 2_000
KEPT_LENGTH = 4_000  # characters; longer ones would fill the memory


@dataclass(frozen=True)
class ItemsRequest:
    """A page that is asked for: the shape of its statement, and the values of the statement's parameters.

    ``f``, ``lang`` and ``counts`` are as asked for, or None.
    """

    shape: Shape
    with_moment: bool = False
    with_since: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    f: str | None = None
    lang: str | None = None
    counts: str | None = None

    @property
    def is_of_the_past(self) -> bool:
        """Tell whether the answer is that of one moment, so that time passing does not change it."""
        return self.with_moment and not self.with_since

    def view(self, thresholds: Thresholds) -> View:
        """Return what the statement looks at."""
        return parametric_view(thresholds, self.with_moment, with_since=self.with_since)

    def shaped(self, encoding: Encoding, *, counted: bool) -> ItemsRequest:
        """Return the same request for a page in this encoding, with or without the number of all that matches."""
        if self.shape.encoding is encoding and self.shape.counted is counted:
            return self
        return replace(self, shape=replace(self.shape, encoding=encoding, counted=counted))

    def statement_key(self, layer: Layer) -> Hashable:
        """Return what the text of the statement depends on."""
        return (layer.id, self.shape, self.with_moment, self.with_since)


def read_items_request(layer: Layer, query: str, default_limit: int) -> ItemsRequest:
    """Read the query string of a request for a page; raise InvalidInputError for what cannot be read."""
    read = _kept_items_request if len(query) <= KEPT_LENGTH else _kept_items_request.__wrapped__
    return read(layer, query, default_limit)


@lru_cache(maxsize=KEPT)
def _kept_items_request(layer: Layer, query: str, default_limit: int) -> ItemsRequest:
    read, equal = _read(layer, query, READERS, with_properties=True)
    condition, constants = asked_filter(layer, read, equal)
    box = parse_bbox(read["bbox"], read.get("bbox-crs", Crs.WGS84)) if "bbox" in read else None
    after: str | None = read.get("after")
    sort = read.get("sortby", ())
    asked = _at_time(layer, read)
    shape = replace(asked.shape, boxes=len(halves(box)), after=after is not None, sort=sort, filter=condition)
    page = page_values(layer, after=after, bbox=box, sort=sort)
    values = {**asked.values, **constants, "limit": read.get("limit", default_limit), **page}
    return replace(asked, shape=shape, values=values, counts=read.get("counts"))


@lru_cache(maxsize=KEPT)
def read_item_request(layer: Layer, query: str) -> ItemsRequest:
    """Read the query string of a request for one feature."""
    return _at_time(layer, _read(layer, query, ITEM_READERS)[0])


def _at_time(layer: Layer, read: Mapping[str, Any]) -> ItemsRequest:
    """Return the request as of its instant, or during its interval (decision 10)."""
    time: datetime | Period | None = read.get("datetime")
    shape = Shape(
        crs=read.get("crs", Crs.WGS84),
        names=read.get("properties"),
        geometry=not read.get("skipGeometry", False),
    )
    asked = ItemsRequest(shape, f=read.get("f"), lang=read.get("lang"))
    if not isinstance(time, Period):
        return replace(asked, with_moment=time is not None, values={"moment": time})
    since, until = time.start or BEGINNING, time.end or END
    if layer.valid_time is None:
        return replace(asked, with_moment=True, with_since=True, values={"since": since, "moment": until})
    return replace(asked, shape=replace(shape, during=True), values={"since": since, "until": until})


def _read(
    layer: Layer, query: str, readers: Mapping[str, Parameter], *, with_properties: bool = False
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parameters as read, and apart from them the properties that are to be equal to a value."""
    if len(query) > MAX_QUERY:
        raise InvalidInputError(Text("查询参数太长。", "The query is too long."), field="query")
    given: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in readers and not (with_properties and name in comparable_names(layer)):
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)
        if name in given:
            raise InvalidInputError(Text(f"参数“{name}”重复。", f"Parameter “{name}” is given twice."), field=name)
        refuse_nul_in(name, text)
        given[name] = text
    read = {name: readers[name].read(layer, text) for name, text in given.items() if name in readers}
    return read, {name: text for name, text in given.items() if name not in readers}
