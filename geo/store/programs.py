"""Find PostgreSQL's programs and run them as a user without privileges."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from geo.errors import StoreUnavailableError
from geo.types import Text

DEBIAN_VERSIONS = Path("/usr/lib/postgresql")
INSTALL_COMMAND = "apt-get install -y --no-install-recommends postgresql postgresql-postgis"
SYSTEM_USER = "postgres"


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Programs:
    """The programs of one PostgreSQL version.

    ``bindir`` is their folder, ``major`` the version as in the file PG_VERSION ("15"), ``has_postgis`` tells
    whether the extension is installed for this version.
    """

    bindir: Path
    major: str
    has_postgis: bool


@dataclass(frozen=True)
class Account:
    """The user that PostgreSQL runs as; ``switch`` is true when this process must change to it."""

    name: str
    uid: int
    gid: int
    home: str
    switch: bool


def find_programs(data: Path) -> Programs:
    """Choose the version that made the folder ``data``, or the newest with PostGIS for a new folder.

    Raises StoreUnavailableError when PostgreSQL, its PostGIS or the folder's own version is missing.
    """
    installed = list(_installed())
    if not installed:
        raise _missing("PostgreSQL")
    with_postgis = [programs for programs in installed if programs.has_postgis]
    if not with_postgis:
        raise _missing("PostGIS")
    version_file = data / "PG_VERSION"
    if not version_file.exists():
        return with_postgis[0]
    made_by = version_file.read_text(encoding="ascii").strip()
    for programs in with_postgis:
        if programs.major == made_by:
            return programs
    raise _other_version(data, made_by, with_postgis)


def service_account(system_user: str = SYSTEM_USER) -> Account:
    """Name the user to run PostgreSQL as: ourselves, or ``system_user`` for root, whom PostgreSQL refuses."""
    own_uid = os.geteuid()
    if own_uid != 0:
        return Account(name=str(own_uid), uid=own_uid, gid=os.getegid(), home="/", switch=False)
    try:
        entry = pwd.getpwnam(system_user)
    except KeyError as error:
        raise StoreUnavailableError(
            Text(
                f"系统里没有用户 {system_user}，PostgreSQL 不能以 root 运行。请安装：{INSTALL_COMMAND}",
                f"There is no system user {system_user}, and PostgreSQL does not run as root."
                f" Install it: {INSTALL_COMMAND}",
            )
        ) from error
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, home=entry.pw_dir, switch=True)


def run_program(
    account: Account, command: Sequence[str | Path], *, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program as ``account`` and return its exit code and text (both outputs, in English)."""
    return subprocess.run(  # noqa: S603 (our own program names; no shell)
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
        env=_environment(account),
        cwd="/",
        **_identity(account),
    )


def start_program(account: Account, command: Sequence[str | Path], *, output: Path) -> subprocess.Popen[bytes]:
    """Start a program as ``account`` in a session of its own, so that Ctrl-C in our terminal does not reach it."""
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 (our own program names; no shell)
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_environment(account),
            cwd="/",
            **_identity(account),
        )
    finally:
        os.close(handle)


def _environment(account: Account) -> dict[str, str]:
    """Give PostgreSQL's programs nothing of the caller's PG* variables, and messages that we can read."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": account.home, "LC_ALL": "C"}


def _identity(account: Account) -> _Identity:
    if not account.switch:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _installed() -> Iterator[Programs]:
    """Yield the installed versions, newest first, then the one that pg_config on the PATH belongs to."""
    numbered = [path for path in DEBIAN_VERSIONS.glob("*/bin") if path.parent.name.isdigit()]
    folders = sorted(numbered, key=lambda path: int(path.parent.name), reverse=True)
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        folders.append(Path(_answer(pg_config, "--bindir")))
    for folder in dict.fromkeys(folders):
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            yield _describe(folder)


def _describe(bindir: Path) -> Programs:
    version = re.search(r"\d+", _answer(bindir / "postgres", "--version"))
    own_config = bindir / "pg_config"
    share = (
        Path(_answer(own_config, "--sharedir"))
        if own_config.exists()
        else Path("/usr/share/postgresql") / bindir.parent.name
    )
    return Programs(
        bindir=bindir,
        major=version.group() if version else "",
        has_postgis=(share / "extension" / "postgis.control").exists(),
    )


def _answer(program: str | Path, option: str) -> str:
    done = subprocess.run(  # noqa: S603 (a PostgreSQL program and a fixed option)
        [str(program), option], capture_output=True, text=True, timeout=20, check=False
    )
    return done.stdout.strip()


def _missing(what: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        Text(
            f"本机没有安装 {what}。请运行：{INSTALL_COMMAND}",
            f"{what} is not installed on this machine. Run: {INSTALL_COMMAND}",
        )
    )


def _other_version(data: Path, made_by: str, installed: Sequence[Programs]) -> StoreUnavailableError:
    present = ", ".join(programs.major for programs in installed)
    return StoreUnavailableError(
        Text(
            f"数据目录 {data} 由 PostgreSQL {made_by} 建立，本机装有的版本是 {present}。"
            f"请安装 postgresql-{made_by}-postgis-3，或按管理员手册用 pg_dump 迁移。",
            f"The data folder {data} was made by PostgreSQL {made_by}; this machine has {present}."
            f" Install postgresql-{made_by}-postgis-3, or move the data with pg_dump (administrator's guide).",
        )
    )
