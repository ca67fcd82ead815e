"""What the service declares is what is tested: the modules of this folder, each with the classes that it covers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import httpx
import pytest

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path.stem != "test_declared")


def covered() -> set[str]:
    return {uri for name in MODULES for uri in import_module(f"tests.conformance.{name}").CLASSES}


@pytest.mark.parametrize("name", MODULES)
def test_each_module_says_which_classes_it_covers(name: str) -> None:
    assert import_module(f"tests.conformance.{name}").CLASSES


def test_declared_classes_are_exactly_those_tested(season_client: httpx.Client) -> None:
    declared = season_client.get("/ogc/conformance").json()["conformsTo"]
    assert set(declared) == covered()
