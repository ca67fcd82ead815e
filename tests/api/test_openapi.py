"""The API's definition, by OpenAPI 3.1."""

from __future__ import annotations

import httpx
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.ogc.reading import READERS


def test_definition_is_valid_openapi(client: httpx.Client) -> None:
    definition = client.get("/openapi.json").json()
    assert definition["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(definition).validate()


def test_definition_names_every_public_path_and_no_page_asset(client: httpx.Client) -> None:
    paths = set(client.get("/openapi.json").json()["paths"])
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
    operation = client.get("/openapi.json").json()["paths"]["/ogc/collections/{collectionId}/items"]["get"]
    assert {each["name"] for each in operation["parameters"]} == {"collectionId", *READERS}
