"""The API's definition, by OpenAPI 3.0 (OGC 17-069r4, class oas30)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.ogc.parameters import READERS


def definition_of(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the definition but examples, which are data."""
    if isinstance(value, dict):
        yield value
        for name, each in value.items():
            if name not in {"example", "examples"}:
                yield from parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


def test_definition_is_valid_openapi_3_0(client: httpx.Client) -> None:
    answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert answer.json()["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(answer.json()).validate()


def test_definition_holds_nothing_that_only_3_1_knows(client: httpx.Client) -> None:
    for part in parts(definition_of(client)):
        assert "$schema" not in part
        assert "prefixItems" not in part
        assert not isinstance(part.get("type"), list)
        assert part.get("type") != "null"
        assert not isinstance(part.get("exclusiveMinimum"), (int, float)) or isinstance(part["exclusiveMinimum"], bool)


def test_operations_have_ids_of_their_own_and_a_summary(client: httpx.Client) -> None:
    operations = [each for path in definition_of(client)["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", name) for name in names)
    assert all(each["summary"] and each["tags"] for each in operations)


def test_definition_names_every_public_path_and_no_page_asset(client: httpx.Client) -> None:
    paths = set(definition_of(client)["paths"])
    assert {
        "/",
        "/maps/progress",
        "/maps/hazard",
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections",
        "/ogc/collections/{collectionId}",
        "/ogc/collections/{collectionId}/items",
        "/ogc/collections/{collectionId}/items/{featureId}",
        "/api/v1/locate",
        "/healthz",
        "/readyz",
    } <= paths
    assert not any(path.startswith("/assets") for path in paths)


def test_definition_names_the_parameters_of_items(client: httpx.Client) -> None:
    operation = definition_of(client)["paths"]["/ogc/collections/{collectionId}/items"]["get"]
    assert {each["name"] for each in operation["parameters"] if "name" in each} == {*READERS}
    assert {"$ref": "#/components/parameters/collectionId"} in operation["parameters"]
