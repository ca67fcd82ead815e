"""Workers of the job queue as processes of a test: one that hurries, and one that hangs in the middle of a job."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from api import jobs
from api.app import create_app
from api.settings import Settings

QUICK = jobs.Pace(retries=2, back_off_s=1, heartbeat_s=0.2, dead_after_s=1, polling_s=0.2)


def work_quickly(database: str, home: Path) -> None:
    """Do what is queued until killed."""
    asyncio.run(jobs.work(create_app(Settings(database_url=database, home=home)).state.shared, QUICK))


def work_and_hang(database: str, home: Path) -> None:
    """Begin the first job, say so by the file ``hanging``, and come to no end."""

    async def hang(*_: Any) -> None:
        (home / "hanging").touch()
        await asyncio.sleep(3600)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "make_copies", hang)
        work_quickly(database, home)
