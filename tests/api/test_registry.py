"""The API's definition before another's checker of OGC APIs, by the classes that the service declares."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import httpx
import pytest


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="the checker itself needs Python 3.11; the lock has it from there"
)
def test_registry_finds_the_definition_compliant(client: httpx.Client) -> None:
    registry = import_module("ogcapi_registry")
    definition: dict[str, Any] = client.get("/openapi.json").json()
    # The checker looks for the paths from the API's root, which is /ogc here.
    paths = {path.removeprefix("/ogc") or "/": found for path, found in definition["paths"].items() if path != "/"}
    classes = registry.parse_conformance_classes(client.get("/ogc/conformance").json()["conformsTo"])
    result = registry.validate_ogc_api({**definition, "paths": paths}, classes)
    assert result.errors == ()
    assert result.is_compliant
