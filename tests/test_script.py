"""The shell script ``erqi`` where it installs nothing: help, odd places, and what it asks a person to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import erqi

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "erqi"
TOOLS = ("sh", "dirname", "readlink", "id", "cat", "date", "tail", "mkdir", "flock", "sha256sum", "cut", "grep")


def run(*command: str | Path, path: Path | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(cwd), "PATH": os.environ["PATH"] if path is None else str(path)}
    return subprocess.run(
        [str(word) for word in command],
        env=environment, cwd=cwd, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout, in a folder with spaces, that nobody prepared."""
    folder = tmp_path / "二七 checkout with spaces"
    folder.mkdir()
    shutil.copy(SCRIPT, folder)
    shutil.copytree(ROOT / "locks", folder / "locks")
    shutil.copy(ROOT / "package-lock.json", folder)
    return folder


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with the tools that every Debian has, and neither Python nor apt."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return folder


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_help_installs_nothing(copy: Path, bare_path: Path, words: tuple[str, ...]) -> None:
    before = sorted(copy.rglob("*"))
    done = run(copy / "erqi", *words, path=bare_path, cwd=bare_path)
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout
    assert sorted(copy.rglob("*")) == before


def test_help_names_every_command() -> None:
    listed = {line.split()[0] for line in run(SCRIPT).stdout.splitlines() if line.startswith("  ")}
    assert listed == set(erqi.commands) | {"test"}


def test_missing_packages_are_told_in_one_sentence_a_language(copy: Path, bare_path: Path) -> None:
    done = run(copy / "erqi", "serve", path=bare_path, cwd=bare_path)
    assert done.returncode == 69
    chinese, english = done.stderr.splitlines()
    assert "请先安装" in chinese
    # PostgreSQL may be on this machine; Python is not on that PATH
    assert "install these first (by their Debian names): python3 python3-venv" in english


@pytest.fixture
def python_310(bare_path: Path) -> Path:
    """A PATH whose Python says that it is 3.10."""
    script = bare_path / "python3"
    says = "import sys; sys.version_info = (3, 10, 12, 'final', 0); exec(sys.argv[1])"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{says}" "$2"\n', encoding="utf-8")
    script.chmod(0o755)
    return bare_path


def test_older_python_is_enough_for_the_service_and_not_for_the_tests(copy: Path, python_310: Path) -> None:
    home = f"ERQI_HOME={python_310 / 'state'}"
    tests, service = (run("/usr/bin/env", home, copy / "erqi", word, path=python_310) for word in ("test", "serve"))
    assert tests.returncode == 69
    chinese, english = tests.stderr.splitlines()
    assert "需要 Python 3.11" in chinese
    assert "./erqi test needs Python 3.11 to 3.14; the service itself runs on 3.10" in english
    assert "3.11" not in service.stderr
    assert "python3-venv" not in service.stderr


def test_link_leads_to_its_checkout(copy: Path, bare_path: Path, tmp_path: Path) -> None:
    """The trace shows which folder the script took for its checkout."""
    (tmp_path / "one").symlink_to("二七 checkout with spaces/erqi")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    traced = run("sh", "-x", tmp_path / "two", path=bare_path, cwd=tmp_path)
    assert f"root={copy}" in traced.stderr.replace("'", "")


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("script", ["erqi", ".ci/run"])
def test_script_is_plain_shell(shell: str, script: str) -> None:
    assert run(shell, "-n", ROOT / script).returncode == 0
