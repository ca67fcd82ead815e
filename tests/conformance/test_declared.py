"""What the service declares is what is tested: the modules of this folder, each with the classes that it covers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import httpx
import pytest

from tests.api.serving import serving_copy
from tests.conftest import TestServer

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path.stem != "test_declared")
WRITING = "http://www.opengis.net/spec/ogcapi-features-4/"


def covered() -> set[str]:
    return {uri for name in MODULES for uri in import_module(f"tests.conformance.{name}").CLASSES}


def declared(client: httpx.Client) -> list[str]:
    found: list[str] = client.get("/ogc/conformance").json()["conformsTo"]
    return found


@pytest.mark.parametrize("name", MODULES)
def test_each_module_says_which_classes_it_covers(name: str) -> None:
    assert import_module(f"tests.conformance.{name}").CLASSES


def test_declared_classes_are_exactly_those_tested(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    with (
        serving_copy(server, "seeded", "declared", edit_token="0123456789abcdef" * 2) as address,
        httpx.Client(base_url=address) as editors,
    ):
        assert sorted(declared(editors)) == sorted(covered())


def test_writing_is_not_declared_where_nobody_may_write(client: httpx.Client) -> None:
    assert set(declared(client)) == {uri for uri in covered() if not uri.startswith(WRITING)}
