"""The API's definition before another's checker of OGC APIs, by the classes that the service declares.

The checker needs Python 3.11 and is in the lock from there on; without it this fails, as with any missing tool.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import httpx


def test_registry_finds_the_definition_compliant(client: httpx.Client) -> None:
    registry = import_module("ogcapi_registry")
    definition: dict[str, Any] = client.get("/openapi.json").json()
    # The checker looks for the paths from the API's root, which is /ogc here.
    paths = {path.removeprefix("/ogc") or "/": found for path, found in definition["paths"].items() if path != "/"}
    classes = registry.parse_conformance_classes(client.get("/ogc/conformance").json()["conformsTo"])
    result = registry.validate_ogc_api({**definition, "paths": paths}, classes)
    assert result.errors == ()
    assert result.is_compliant
