"""The parameters of a request for items: how each is read, and what the API's definition says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from api.ogc import formats
from api.ogc.filtering import INSIDE, looks_inside
from api.ogc.parsing import MAX_LIMIT, parse_limit, parse_time
from geo.crs import Crs, by_uri
from geo.errors import InvalidInputError
from geo.query.layer import Layer
from geo.query.sorting import BAD_MARK, SortKey, sortable_names
from geo.types import Text
from maps.filters import Filter

MAX_CODES = 50  # of one filter
MAX_MARK = 8_000  # characters
MAX_SORT_KEYS = 5
SORT_KEY = {"type": "string", "pattern": r"^[+\- ]?[A-Za-z_].*"}
COUNTS = ("exact", "none")
LANGUAGES = ("zh", "en")
FILTER_LANGUAGES = ("cql2-text", "cql2-json")
CRS_SCHEMA = {"type": "string", "format": "uri", "enum": [crs.uri for crs in Crs if crs.uri]}


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


def _sort_keys(layer: Layer, text: str) -> tuple[SortKey, ...]:
    """Read ``name,-name,+name``; a plus arrives as a space where it was not escaped."""
    keys = tuple(SortKey(part.lstrip("+- ").rstrip(), part.startswith("-")) for part in text.split(","))
    names = [key.name for key in keys]
    for name, part in zip(names, text.split(","), strict=True):
        if name not in sortable_names(layer) or len(part.rstrip()) > len(name) + 1:
            raise InvalidInputError(
                Text(f"不能按“{name}”排序。", f"The layer cannot be sorted by “{name}”."), field="sortby"
            )
    if len(set(names)) < len(names) or len(names) > MAX_SORT_KEYS:
        raise InvalidInputError(
            Text(
                f"sortby 最多 {MAX_SORT_KEYS} 个属性，不能重复。",
                f"sortby takes up to {MAX_SORT_KEYS} properties, each of them once.",
            ),
            field="sortby",
        )
    return keys


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


def one_of(name: str, values: tuple[str, ...]) -> Callable[[Layer, str], str]:
    """Return a reader that takes these values and no other."""

    def read(_: Layer, text: str) -> str:
        if text not in values:
            known = ", ".join(values)
            raise InvalidInputError(Text(f"{name} 应为：{known}。", f"{name} is one of: {known}."), field=name)
        return text

    return read


def format_parameter(offered: tuple[formats.Format, ...]) -> Parameter:
    """Return the parameter ``f`` of a resource with these formats."""
    names = formats.names_of(offered)
    return Parameter(
        one_of("f", names),
        {"type": "string", "enum": list(names)},
        Text("应答的格式；不填则看 Accept。", "The format of the answer; without it, the header Accept decides."),
    )


def _inside(name: str, filter_: Filter) -> Parameter:
    """Return the parameter of a map's filter that looks inside a list."""

    def read(layer: Layer, text: str) -> tuple[str, ...]:
        if not looks_inside(layer):
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)
        codes = tuple(code for code in text.split(",") if code)
        if not 0 < len(codes) <= MAX_CODES:
            raise InvalidInputError(
                Text(f"{name} 应为 1 到 {MAX_CODES} 个代码。", f"{name} takes 1 to {MAX_CODES} codes."), field=name
            )
        return codes

    codes = filter_.get("flags")
    about, of = ("工序状态", "state") if codes else ("工序的代码", filter_.get("property"))
    return Parameter(
        read,
        {"type": "array", "items": {"type": "string", **({"enum": list(codes)} if codes else {})}},
        Text(
            f"只要有这样工序的要素（{about}）；与同类参数须在同一工序上成立。只用于有工序的图层。",
            f"Only what has a task with one of these codes ({of}); such parameters together: one task that meets all. "
            "For collections with tasks.",
        ),
    )


LANGUAGE = Parameter(
    one_of("lang", LANGUAGES),
    {"type": "string", "enum": list(LANGUAGES)},
    Text("网页的语言。", "The language of a page for people."),
)
READERS: dict[str, Parameter] = {
    "limit": Parameter(
        lambda _, text: parse_limit(text),
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 100},
        Text("每页要素数，超过上限时取上限。", "Features of a page; above the maximum it is the maximum."),
    ),
    "bbox": Parameter(
        lambda _, text: text,
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
        Text("西,南,东,北；西大于东表示跨越180°。", "west,south,east,north; west > east crosses 180°."),
    ),
    "bbox-crs": Parameter(
        lambda _, text: by_uri(text, field="bbox-crs"),
        CRS_SCHEMA,
        Text("bbox 的坐标参考系。", "The CRS of bbox, in its own axis order; without it, longitude and latitude."),
    ),
    "datetime": Parameter(
        lambda _, text: parse_time(text),
        {"type": "string"},
        Text(
            "时刻：当时的状态；时段（一端可写 ..）：其间有效的要素。",
            "An RFC 3339 instant: as of then. An interval a/b, ../b or a/..: what was valid at some time in it.",
        ),
    ),
    "sortby": Parameter(
        _sort_keys,
        {"type": "array", "minItems": 1, "maxItems": MAX_SORT_KEYS, "items": SORT_KEY},
        Text("排序的属性，前加 - 为降序。", "Properties to sort by, each with + or - in front; without it, by id."),
    ),
    "counts": Parameter(
        one_of("counts", COUNTS),
        {"type": "string", "enum": list(COUNTS)},
        Text(
            "numberMatched：exact 总是计数，none 从不；不填则小图层计数。",
            "numberMatched: exact always counts, none never does; without it, small layers are counted.",
        ),
    ),
    "after": Parameter(
        _mark,
        {"type": "string", "maxLength": MAX_MARK},
        Text("下一页链接中的翻页标记。", "The page mark of a `next` link."),
    ),
    "crs": Parameter(
        lambda _, text: by_uri(text),
        CRS_SCHEMA,
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
    "filter": Parameter(
        lambda _, text: text,
        {"type": "string"},
        Text("CQL2 筛选条件。", "A condition in CQL2, such as kind='hazard' AND position_accuracy_m<25."),
    ),
    "filter-lang": Parameter(
        one_of("filter-lang", FILTER_LANGUAGES),
        {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
        Text("筛选条件的写法。", "How the condition is written."),
    ),
    "filter-crs": Parameter(
        lambda _, text: by_uri(text, field="filter-crs"),
        CRS_SCHEMA,
        Text("筛选条件中几何的坐标参考系。", "The CRS of the condition's geometries, in its own axis order."),
    ),
    **{name: _inside(name, each) for name, each in INSIDE.items()},
    "f": format_parameter(formats.ITEMS),
    "lang": LANGUAGE,
}
ITEM_READERS: dict[str, Parameter] = {name: READERS[name] for name in ("crs", "properties", "skipGeometry")} | {
    "datetime": READERS["datetime"],
    "f": format_parameter(formats.ITEM),
    "lang": LANGUAGE,
}
