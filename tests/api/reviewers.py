"""Reviewers for tests: a service with a reviewer of one unit, and a sender of that unit's reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx

from tests.api.editor import rows
from tests.api.field_work import bearer, put_report, token_for
from tests.api.serving import serving_copy

if TYPE_CHECKING:
    from tests.conftest import TestServer

CHECKPOINT, SITE, UNIT, OTHER_UNIT = "jinghu_aqueduct", "nanyun_park", "songshanlu", "minggonglu"
PROGRAMME = "road_phase_one"
ACCEPT = {"to": "accepted", "reason": "照片清楚"}


@dataclass
class Team:
    """A service with a reviewer of one unit, and a sender of that unit's reports."""

    database: str
    client: httpx.Client
    sender: str
    reviewer: str

    def report(self, **columns: Any) -> UUID:
        return put_report(self.database, self.sender, **{"unit_id": UNIT, **columns})

    def decide(self, report: UUID, decision: dict[str, Any], token: str | None = None) -> httpx.Response:
        path = f"/api/v1/reports/{report}/reviews"
        return self.client.post(path, json=decision, headers=bearer(token or self.reviewer))

    def one(self, statement: str, *values: Any) -> dict[str, Any]:
        (row,) = rows(self.database, statement, *values)
        return row

    def task(self) -> str:
        """Return a task that no other test has touched."""
        self._tasks = getattr(self, "_tasks", None) or iter(rows(self.database, "SELECT id FROM tasks ORDER BY id"))
        task: str = next(self._tasks)["id"]
        return task

    def status(self, report: UUID) -> str:
        status: str = self.one("SELECT status FROM reports WHERE id = %s", report)["status"]
        return status

    def get(self, path: str, token: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Return what a reviewer reads."""
        answer = self.client.get(path, params=parameters, headers=bearer(token or self.reviewer))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def a_team(server: TestServer, name: str, **settings: Any) -> Iterator[Team]:
    """Serve a copy of the district's places to a team."""
    with (
        serving_copy(server, "seeded", name, **settings) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        database = server.url(name)
        yield Team(
            database,
            client,
            token_for(database, "field", unit_id=UNIT),
            token_for(database, "reviewer", unit_id=UNIT),
        )
