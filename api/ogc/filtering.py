"""The condition that a request's parameters make together: ``filter``, and properties named as parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.crs import Crs
from geo.query.cql2 import StructuredFilter, read_filter
from geo.query.layer import Layer


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
