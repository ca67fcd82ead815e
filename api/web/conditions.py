"""The filters of a map's address as a condition on a layer: for its table, its files and its prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from geo.query.cql2 import read_filter
from geo.query.features import Filter as Condition
from geo.query.inside import AnyElement, Every
from geo.query.layer import Layer
from maps.filters import Filter

MOST_CHOICES = 50
Wanted = Mapping[str, Sequence[str]]


def choices_in(query: Mapping[str, str], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read the filters of a map's address: codes with commas between; an empty one chooses nothing."""
    given = {name: tuple(part for part in query.get(name, "").split(",") if part) for name in names}
    return {name: codes[:MOST_CHOICES] for name, codes in given.items() if codes}


def condition_of(
    layer: Layer, filters: Mapping[str, Filter], wanted: Wanted
) -> tuple[Condition | None, dict[str, Any]]:
    """Return the condition that a feature passes the map's filters by, and its values; None for no filter."""
    chosen = {name: codes for name, codes in wanted.items() if name in filters}
    trees = [_tree(layer, filters[name], codes) for name, codes in chosen.items() if "inside" not in filters[name]]
    inside = {name: codes for name, codes in chosen.items() if "inside" in filters[name]}
    parts: list[Condition] = []
    values: dict[str, Any] = {}
    if trees:
        condition, values = read_filter(layer, orjson.dumps(_joined("and", trees)).decode(), language="cql2-json")
        parts.append(condition)
    if inside:
        looking_inside, codes_inside = inside_condition(filters, inside)
        parts.append(looking_inside)
        values |= codes_inside
    return (None if not parts else parts[0] if len(parts) == 1 else Every(tuple(parts))), values


def _tree(layer: Layer, spec: Filter, codes: Sequence[str]) -> Any:
    """Return a filter on the feature itself as CQL2 JSON; codes that it does not know choose nothing."""
    if "flags" in spec:
        flags = [spec["flags"][code] for code in codes if code in spec["flags"]]
        return _joined("or", [{"op": "=", "args": [{"property": name}, True]} for name in flags])
    names = [name for name in spec.get("properties") or [spec["property"]] if name in layer.columns()]
    return _joined("or", [{"op": "in", "args": [{"property": name}, list(codes)]} for name in names])


def _joined(operator: str, trees: Sequence[Any]) -> Any:
    """Join conditions; none at all is met by nothing."""
    return False if not trees else trees[0] if len(trees) == 1 else {"op": operator, "args": list(trees)}


def inside_condition(filters: Mapping[str, Filter], inside: Wanted) -> tuple[Condition, dict[str, Any]]:
    """Return the condition of filters that all look inside the same list, and its values."""
    column = next(filters[name]["inside"] for name in inside)
    members = {filters[name]["property"]: codes for name, codes in inside.items() if "property" in filters[name]}
    flags = {spec_flags.get(code, "") for name, codes in inside.items() for code in codes
             if (spec_flags := filters[name].get("flags")) is not None}  # fmt: skip
    values = {f"inside_{member}": list(codes) for member, codes in members.items()}
    return AnyElement(column, tuple(members), tuple(sorted(flags))), values
