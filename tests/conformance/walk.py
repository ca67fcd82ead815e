"""Ways through the API that the abstract tests share: by its links and by its definition, as a test engine goes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import jsonschema_rs

from geo.collections import LAYERS

COLLECTION = "/ogc/collections/{collectionId}"
ITEMS = f"{COLLECTION}/items"
ITEM = f"{ITEMS}/{{featureId}}"
LIMIT = 10_000
TOGETHER = 5  # sortables that one request may name
# Works that were in the way of flood control are over when the season ends: today that layer holds nothing.
EMPTY_TODAY = {"conflicts"}
FILLED = [name for name in LAYERS if name not in EMPTY_TODAY]


def fetched(client: httpx.Client, address: str, **query: str) -> httpx.Response:
    """Get an address, which has to be there."""
    answer = client.get(address, params=query) if query else client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.text[:300]}"
    return answer


@cache
def definition_of(client: httpx.Client) -> dict[str, Any]:
    """Return the definition, read once of each service: it changes with nothing but the program."""
    found: dict[str, Any] = fetched(client, "/openapi.json").json()
    return found


def operation(client: httpx.Client, path: str, method: str = "get") -> dict[str, Any]:
    found: dict[str, Any] = definition_of(client)["paths"][path][method]
    return found


def media_types(client: httpx.Client, path: str) -> set[str]:
    """Return the media types that a path is defined to answer with."""
    return {kind.split(";")[0] for kind in operation(client, path)["responses"]["200"]["content"]}


def query_parameter(client: httpx.Client, path: str, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [each for each in operation(client, path)["parameters"] if each.get("name") == name]
    assert len(found) == 1
    return found[0]


def validated(client: httpx.Client, schema: str, document: Any) -> None:
    """Validate a document against a schema of the definition; only the one keyword of 3.0 that matters is rewritten."""
    validator(client, schema).validate(document)


@cache
def validator(client: httpx.Client, schema: str) -> Any:
    """Return what validates by a schema of the definition, made once of each service."""
    shared = {"components": nullable_spelled_out(definition_of(client)["components"])}
    return jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{schema}", **shared})


def nullable_spelled_out(part: Any) -> Any:
    """Rewrite ``nullable`` as JSON Schema says it."""
    if isinstance(part, list):
        return [nullable_spelled_out(each) for each in part]
    if not isinstance(part, dict):
        return part
    written = {name: nullable_spelled_out(value) for name, value in part.items() if name != "nullable"}
    return {"anyOf": [written, {"type": "null"}]} if part.get("nullable") is True else written


def collections(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fetched(client, "/ogc/collections").json()["collections"]
    assert found
    return found


def spatial_collections(client: httpx.Client) -> list[dict[str, Any]]:
    return [each for each in collections(client) if "storageCrs" in each]


def filled_spatial_collections(client: httpx.Client) -> list[dict[str, Any]]:
    return [each for each in spatial_collections(client) if each["id"] in FILLED]


def items_path(collection: str) -> str:
    return f"/ogc/collections/{collection}/items"


def item_path(collection: str, feature_id: str) -> str:
    return f"{items_path(collection)}/{quote(feature_id, safe='')}"


def features(client: httpx.Client, collection: str, **query: str) -> list[dict[str, Any]]:
    """Return every feature that a request selects, by the ``next`` links."""
    page = fetched(client, items_path(collection), **{"limit": str(LIMIT), **query}).json()
    found: list[dict[str, Any]] = page["features"]
    while following := links(page, "next"):
        page = fetched(client, following[0]["href"]).json()
        found += page["features"]
    return found


def kind_of(schema: dict[str, Any]) -> tuple[str, str]:
    """Return what a property is for the service: its type and its format."""
    return schema.get("type", ""), schema.get("format", "")


def first_of_each_kind(properties: dict[str, dict[str, Any]]) -> list[str]:
    """Return the first property of each kind: for the others of it the service does the same."""
    first: dict[tuple[str, str], str] = {}
    for name, schema in properties.items():
        first.setdefault(kind_of(schema), name)
    return list(first.values())


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [feature["id"] for feature in found]


def links(body: dict[str, Any], *relations: str) -> list[dict[str, Any]]:
    return [link for link in body["links"] if link["rel"] in relations]


def check_links(body: dict[str, Any], address: str, kinds: set[str]) -> None:
    """Want ``self``, ``alternate`` for each other media type, and ``rel`` and ``type`` on every link.

    17-069r4 lets a link's address carry what the server needs to tell the media types apart.
    """
    for link in body["links"]:
        assert link["rel"]
        assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(;.*)?", link["type"]), link
        assert urlsplit(link["href"]).netloc, link
    (own,) = links(body, "self")
    assert urlsplit(own["href"]).path == urlsplit(address).path
    own_kind = own["type"].split(";")[0]
    assert own_kind in kinds
    assert {link["type"].split(";")[0] for link in links(body, "alternate")} == kinds - {own_kind}
