"""The condition that a request's parameters make together: ``filter``, properties named as parameters, a map's filters.

The filters of the maps that look inside a list (a place's tasks) are parameters of the layers that have the list: CQL2
has no condition that one and the same object meets. Together they ask for a place with one task that meets them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.web.conditions import inside_condition
from geo.crs import Crs
from geo.query.cql2 import read_filter
from geo.query.features import Filter
from geo.query.inside import Every
from geo.query.layer import Layer
from maps.filters import OF_TASKS

INSIDE = {each["param"]: each for each in OF_TASKS}


def looks_inside(layer: Layer) -> bool:
    """Tell whether a layer takes the parameters of ``INSIDE``: it has the list that they look into."""
    return all(each["inside"] in layer.columns() for each in OF_TASKS)


def asked_filter(
    layer: Layer, read: Mapping[str, Any], equal: Mapping[str, str]
) -> tuple[Filter | None, dict[str, Any]]:
    """Return the filter that the parameters ask for, None for none, and the values of its statement's parameters."""
    parts: list[Filter] = []
    values: dict[str, Any] = {}
    if "filter" in read or equal:
        language, crs = read.get("filter-lang", "cql2-text"), read.get("filter-crs", Crs.WGS84)
        condition, values = read_filter(layer, read.get("filter"), language=language, crs=crs, equal=equal)
        parts.append(condition)
    inside = {name: codes for name, codes in read.items() if name in INSIDE}
    if inside:
        condition_inside, codes_inside = inside_condition(INSIDE, inside)
        parts.append(condition_inside)
        values = {**values, **codes_inside}
    return (None if not parts else parts[0] if len(parts) == 1 else Every(tuple(parts))), values
