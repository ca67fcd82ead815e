"""The parameters ``filter``, ``filter-lang``, ``filter-crs``, and property names as parameters (OGC 19-079r2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from geo.crs import Crs
from geo.errors import InvalidInputError
from geo.query.cql2 import Language, StructuredFilter, read_filter
from geo.query.layer import Layer
from geo.types import Text

LANGUAGES = ("cql2-text", "cql2-json")


def parse_language(text: str) -> Language:
    """Read ``filter-lang``."""
    if text not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InvalidInputError(
            Text(f"filter-lang 应为 {known} 之一。", f"filter-lang is one of {known}."), field="filter-lang"
        )
    return cast("Language", text)


def asked_filter(
    layer: Layer, read: Mapping[str, Any], equal: Mapping[str, str]
) -> tuple[StructuredFilter | None, dict[str, Any]]:
    """Return the filter that the parameters ask for, None for none, and the values of its statement's parameters."""
    if "filter" not in read and not equal:
        return None, {}
    return read_filter(
        layer,
        read.get("filter"),
        language=read.get("filter-lang", "cql2-text"),
        crs=read.get("filter-crs", Crs.WGS84),
        equal=equal,
    )
