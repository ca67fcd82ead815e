"""OpenAPI 3.1 rewritten as 3.0.3, against the migration guide of the OpenAPI Initiative, read backwards."""

from __future__ import annotations

from typing import Any

import pytest

from api.ogc.downgrade import to_openapi_30

# https://learn.openapis.org/upgrading/v3.0-to-v3.1.html: left 3.1, right 3.0
REWRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "T"},
        {"type": "string", "title": "T", "nullable": True},
    ),
    (
        {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
    ),
    ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
    ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    ({"const": "Feature"}, {"enum": ["Feature"]}),
    ({"exclusiveMinimum": 7, "type": "integer"}, {"minimum": 7, "exclusiveMinimum": True, "type": "integer"}),
    ({"exclusiveMaximum": 7.5}, {"maximum": 7.5, "exclusiveMaximum": True}),
    ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
    (
        {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]},
        {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "string"}]}, "minItems": 2, "maxItems": 2},
    ),
]


@pytest.mark.parametrize(("newer", "older"), REWRITTEN)
def test_construct_of_3_1_is_rewritten_at_any_depth(newer: dict[str, Any], older: dict[str, Any]) -> None:
    assert to_openapi_30(newer) == older
    assert to_openapi_30({"properties": {"x": [newer]}}) == {"properties": {"x": [older]}}


def test_what_3_0_has_too_stays_as_it_is() -> None:
    media = {"schema": {"type": "string", "minLength": 1}, "examples": {"one": {"value": {"const": None}}}}
    assert to_openapi_30(media) == media
    assert to_openapi_30({"minimum": 1, "exclusiveMinimum": True}) == {"minimum": 1, "exclusiveMinimum": True}


def test_property_that_is_called_like_a_keyword_is_kept() -> None:
    schema = {"type": "object", "properties": {"const": {"type": "string"}, "examples": {"type": "array"}}}
    assert to_openapi_30(schema) == schema
