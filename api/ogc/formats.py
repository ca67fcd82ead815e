"""The representations of the OGC API, and which of them a client gets: ``f`` wins, else ``Accept`` decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from api.errors import NotAcceptableError
from geo.errors import InvalidInputError
from geo.query.encodings import Encoding
from geo.types import Text

KEPT = 500
LONGEST_ACCEPT = 1_000  # characters; what is longer says nothing that we could use


@dataclass(frozen=True)
class Format:
    """One representation: the values of ``f`` that ask for it, its media type and what people call it.

    ``encoding`` is what the database writes; None: drawn here. ``is_file`` ones are saved under a name.
    """

    names: tuple[str, ...]
    media_type: str
    title: str
    encoding: Encoding | None = None
    is_file: bool = False

    @property
    def name(self) -> str:
        """Return the value of ``f`` that our links use."""
        return self.names[0]

    @property
    def bare_type(self) -> str:
        """Return the media type without parameters."""
        return self.media_type.split(";")[0]


GEOJSON = Format(("geojson", "json"), "application/geo+json", "GeoJSON", Encoding.GEOJSON)
GEOJSON_SEQUENCE = Format(
    ("geojsonseq", "geojsonl"), "application/geo+json-seq", "GeoJSON-seq", Encoding.GEOJSON_SEQUENCE
)
CSV = Format(("csv",), "text/csv; charset=utf-8", "CSV", Encoding.CSV, is_file=True)
FLATGEOBUF = Format(("fgb",), "application/vnd.flatgeobuf", "FlatGeobuf", Encoding.FLATGEOBUF, is_file=True)
HTML = Format(("html",), "text/html; charset=utf-8", "HTML")
JSON = Format(("json",), "application/json", "JSON")

ITEMS = (GEOJSON, HTML, GEOJSON_SEQUENCE, CSV, FLATGEOBUF)
ITEM = (GEOJSON, HTML)
DOCUMENT = (JSON, HTML)
SCHEMA = (Format(("json",), "application/schema+json", "JSON Schema"), HTML)


def names_of(offered: tuple[Format, ...]) -> tuple[str, ...]:
    """Return every value that ``f`` takes for these formats."""
    return tuple(name for each in offered for name in each.names)


def format_named(name: str, offered: tuple[Format, ...]) -> Format:
    """Return the format that ``f`` asks for; raise InvalidInputError when it is not offered."""
    for each in offered:
        if name in each.names:
            return each
    known = ", ".join(names_of(offered))
    raise InvalidInputError(Text(f"f 应为：{known}。", f"f is one of: {known}."), field="f")


def negotiate(f: str | None, accept: str | None, offered: tuple[Format, ...]) -> Format:
    """Return the format for ``f`` and the header ``Accept``; without either, and for ``*/*``, the first offered.

    Raises InvalidInputError for an unknown ``f``, NotAcceptableError when the header allows none of them.
    """
    if f is not None:
        return format_named(f, offered)
    return offered[0] if accept is None or accept == "*/*" else _accepted(accept[:LONGEST_ACCEPT], offered)


@lru_cache(maxsize=KEPT)
def _accepted(accept: str, offered: tuple[Format, ...]) -> Format:
    """Choose by quality, the earlier one of equals (RFC 9110, 12.5.1)."""
    ranges = qualities(accept)
    best = max(offered, key=lambda each: _quality(each, ranges))
    if _quality(best, ranges) > 0:
        return best
    known = ", ".join(each.bare_type for each in offered)
    raise NotAcceptableError(Text(f"这个地址只提供：{known}。", f"This address has only: {known}."), field="Accept")


def qualities(header: str) -> dict[str, float]:
    """Read a list of names with qualities, such as ``a, b;q=0.5``; what cannot be read counts as refused."""
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            given = [value[2:] for value in parameters if value.startswith("q=")]
            found[name] = _number(given[0]) if given else 1.0
    return found


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _quality(offer: Format, ranges: dict[str, float]) -> float:
    """Return how much the client wants this format; plain JSON also asks for what is JSON by its suffix."""
    kind = offer.bare_type
    names = [kind, kind.split("/")[0] + "/*", "*/*"]
    if kind.endswith("+json"):
        names.insert(1, "application/json")
    return next((ranges[name] for name in names if name in ranges), 0.0)
