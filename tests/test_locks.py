"""The lock files: complete, hashed, and silent about where packages come from."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHON_LOCKS = ("run", "test", "npm")
ADDRESS = re.compile(r"\w+://|--(extra-)?index-url|--find-links|^\s*//", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    """Return the pinned versions of a lock, by package; there may be several, for different Pythons."""
    found: dict[str, set[str]] = {}
    for entry in entries(name):
        requirement = Requirement(entry.split(" --hash=")[0])
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def entries(name: str) -> list[str]:
    """Return a lock's requirements, each with its hashes on one line."""
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def declared(section: str) -> set[str]:
    """Return the package names of an array in pyproject.toml (its strings are Python's too)."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    array = re.search(rf"^{section} = (\[[^\n]*\]$|\[.*?^\])", text, re.MULTILINE | re.DOTALL)
    assert array is not None, section
    return {canonicalize_name(Requirement(item).name) for item in ast.literal_eval(array.group(1))}


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_each_requirement_is_pinned_and_hashed(name: str) -> None:
    for entry in entries(name):
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.+]+( ;[^-]*)?( --hash=sha256:[0-9a-f]{64})+$", entry), entry


@pytest.mark.parametrize(
    "path",
    [*(f"locks/{name}.txt" for name in PYTHON_LOCKS), "package.json", "package-lock.json", ".npmrc", "Dockerfile"],
)
def test_no_file_names_a_registry(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8").replace("http://127.0.0.1:", "")
    assert ADDRESS.search(text) is None


def test_run_lock_holds_every_dependency() -> None:
    assert declared("dependencies") <= pins("run").keys()


def test_test_lock_holds_its_group() -> None:
    assert declared("test") <= pins("test").keys()


def test_npm_lock_holds_its_group() -> None:
    assert declared("npm") <= pins("npm").keys()


def test_tests_run_on_the_versions_that_run_in_service() -> None:
    tested = pins("test")
    assert {name: tested.get(name) for name in pins("run")} == pins("run")


def test_page_packages_are_exact_and_carry_a_hash() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert locked.pop("")["dependencies"] == wanted
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for path, entry in locked.items():
        assert re.match(r"sha512-[\w+/]{86}==$", entry["integrity"]), path
        assert "resolved" not in entry, path
