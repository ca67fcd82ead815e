"""FastAPI describes its routes by OpenAPI 3.1; OGC 17-069r4 (class oas30) asks for 3.0."""

from __future__ import annotations

from typing import Any

KEPT_AS_IS = {"example", "examples", "default", "enum", "const"}


def to_openapi_30(part: Any) -> Any:
    """Return a part of a 3.1 definition as 3.0.3 writes it: ``null`` as ``nullable``, ``const`` as ``enum``,
    exclusive bounds as flags, one example instead of a list, no ``prefixItems``.
    """  # noqa: D205 - the list is one sentence
    if isinstance(part, list):
        return [to_openapi_30(each) for each in part]
    if not isinstance(part, dict):
        return part
    written = {name: value if name in KEPT_AS_IS else to_openapi_30(value) for name, value in part.items()}
    for rewrite in (_nullable_choice, _nullable_types, _constant, _exclusive_bounds, _one_example, _tuple):
        written = rewrite(written)
    return written


def _nullable_choice(schema: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return schema
    left = [each for each in choices if each != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**(left[0] if len(left) == 1 else {"anyOf": left}), **rest, "nullable": True}


def _nullable_types(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = schema.get("type")
    if not isinstance(kinds, list):
        return schema
    left = [each for each in kinds if each != "null"]
    rest = {name: value for name, value in schema.items() if name != "type"}
    written = {"type": left[0]} if len(left) == 1 else {"anyOf": [{"type": each} for each in left]}
    return {**rest, **written} | ({"nullable": True} if "null" in kinds else {})


def _constant(schema: dict[str, Any]) -> dict[str, Any]:
    if "const" not in schema or isinstance(schema["const"], dict):
        return schema
    rest = {name: value for name, value in schema.items() if name != "const"}
    return {**rest, "enum": [schema["const"]]}


def _exclusive_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    written = dict(schema)
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(written.get(flag), (int, float)) and not isinstance(written[flag], bool):
            written |= {bound: written[flag], flag: True}
    return written


def _one_example(schema: dict[str, Any]) -> dict[str, Any]:
    examples = schema.get("examples")
    if not isinstance(examples, list):  # a media type's examples are an object, in 3.0 too
        return schema
    rest = {name: value for name, value in schema.items() if name != "examples"}
    return {**rest, "example": examples[0]} if examples else rest


def _tuple(schema: dict[str, Any]) -> dict[str, Any]:
    parts = schema.get("prefixItems")
    if not isinstance(parts, list):
        return schema
    rest = {name: value for name, value in schema.items() if name != "prefixItems"}
    return {**rest, "items": {"anyOf": parts}, "minItems": len(parts), "maxItems": len(parts)}
