"""OGC API - Features - Part 1: Core 1.0.1 (OGC 17-069r4), Annex A.7, conformance class OpenAPI 3.0."""

from __future__ import annotations

from itertools import product
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.conformance.walk import FILLED, ITEM, ITEMS, definition_of, features, fetched, item_path, items_path, links

CLASSES = {"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30"}
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

PLACEHOLDERS = {"tileRow": "0", "tileCol": "0", "report_id": "0190d3f0-0000-7000-8000-000000000000", "sha256": "0" * 64}


def defined(client: httpx.Client, path: str, answer: httpx.Response, method: str = "get") -> None:
    """Want an answer's status, media type and headers to be those that the definition names for the operation."""
    definition = definition_of(client)
    responses = definition["paths"][path][method]["responses"]
    status = str(answer.status_code)
    assert status in responses, f"{method} {answer.request.url}: {status}"
    response = resolved(definition, responses[status])
    if answer.content:
        assert answer.headers["content-type"].split(";")[0] in {kind.split(";")[0] for kind in response["content"]}
    for name in response.get("headers", {}):
        assert name in answer.headers


def resolved(definition: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to a shared part."""
    found: Any = part
    if "$ref" in part:
        found = definition
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("collection", FILLED)
def test_a_42_oas30_completeness(season_client: httpx.Client, collection: str) -> None:
    """Abstract test 42 (/conf/oas30/completeness): every status and form of an answer is in the definition."""
    moment = "?datetime=2020-07-20T09:00:00%2B08:00"  # which the clock does not change meanwhile
    single = features(season_client, collection, datetime="2020-07-20T09:00:00+08:00")[0]["id"]
    for path, address in ((ITEMS, items_path(collection)), (ITEM, item_path(collection, single))):
        first = fetched(season_client, address + moment)
        defined(season_client, path, first)
        again = season_client.get(address + moment, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        defined(season_client, path, again)


ERRORS = [
    ("/ogc", "/ogc?x=1", 400),
    ("/ogc/collections", "/ogc/collections?x=1", 400),
    ("/ogc/collections/{collectionId}", "/ogc/collections/nowhere", 404),
    (ITEMS, "/ogc/collections/nowhere/items", 404),
    (ITEMS, "/ogc/collections/roads/items?limit=0", 400),
    (ITEM, "/ogc/collections/roads/items/nowhere", 404),
    (ITEM, "/ogc/collections/roads/items/songshan?crs=x", 400),
    ("/api/v1/locate", "/api/v1/locate", 400),
]


@pytest.mark.parametrize(("path", "address", "status"), ERRORS)
def test_a_43_oas30_exceptions_codes(season_client: httpx.Client, path: str, address: str, status: int) -> None:
    """Abstract test 43 (/conf/oas30/exceptions-codes): so is every error; 500, 503 and 504 can be any operation's."""
    answer = season_client.get(address)
    assert answer.status_code == status
    defined(season_client, path, answer)
    for operations in definition_of(season_client)["paths"].values():
        for operation in operations.values():
            assert {"400", "500", "503", "504"} <= operation["responses"].keys()


def test_a_44_oas30_definition_1(season_client: httpx.Client) -> None:
    """Abstract test 44 (/conf/oas30/oas-definition-1): the definition as JSON and, for people, as HTML."""
    landing = fetched(season_client, "/ogc").json()
    (description,), (documentation,) = links(landing, "service-desc"), links(landing, "service-doc")
    assert description["type"] == OPENAPI
    assert fetched(season_client, description["href"]).headers["content-type"] == OPENAPI
    assert documentation["type"] == "text/html"
    assert fetched(season_client, documentation["href"]).headers["content-type"].startswith("text/html")


def test_a_45_oas30_definition_2(season_client: httpx.Client) -> None:
    """Abstract test 45 (/conf/oas30/oas-definition-2): it is valid OpenAPI 3.0."""
    definition = definition_of(season_client)
    assert definition["openapi"].startswith("3.0.")
    OpenAPIV30SpecValidator(definition).validate()


def test_a_46_oas30_oas_impl(season_client: httpx.Client) -> None:
    """Abstract test 46 (/conf/oas30/oas-impl): every path, with every enumerated path parameter, does what it says.

    test_schemathesis.py goes on where this ends, with every parameter.
    """
    definition = definition_of(season_client)
    (server,) = definition["servers"]
    for path, operations in definition["paths"].items():
        if "get" not in operations:
            continue
        named = [resolved(definition, each) for each in operations["get"].get("parameters", [])]
        if any(each["in"] == "query" and each.get("required") for each in named):  # see test_locate, test_progress
            continue
        enumerated = {
            each["name"]: each["schema"]["enum"] for each in named if each["in"] == "path" and "enum" in each["schema"]
        }
        for values in product(*enumerated.values()):
            address = path
            for name, value in zip(enumerated, values, strict=True):
                address = address.replace(f"{{{name}}}", value)
            if "{featureId}" in address:
                collection = address.split("/")[3]
                if collection not in FILLED:
                    continue
                (first,) = fetched(season_client, items_path(collection), limit="1").json()["features"]
                address = address.replace("{featureId}", first["id"])
            for name, value in PLACEHOLDERS.items():
                address = address.replace(f"{{{name}}}", value)
            answer = season_client.get(server["url"].rstrip("/") + address)
            # what a token is wanted for says so, and a made-up name is not found; tests/api go on with tokens and names
            expected = {401, 404} if "security" in operations["get"] else {200, 204}
            assert answer.status_code in expected, address
            defined(season_client, path, answer)


def test_a_47_oas30_security(season_client: httpx.Client) -> None:
    """Abstract test 47 (/conf/oas30/security): the published data take no authentication, and none is defined for it.

    What asks for one names the scheme that the definition explains.
    """
    definition = definition_of(season_client)
    scheme = definition["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for path, operations in definition["paths"].items():
        reading = operations.get("get", {})
        if path == "/" or path.startswith("/ogc"):
            assert "security" not in reading, path
        assert {"bearer": []} in reading.get("security", [{"bearer": []}]), path
    assert fetched(season_client, "/ogc/collections/roads/items").request.headers.get("authorization") is None
