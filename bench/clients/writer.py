"""Somebody who writes all the while that others read, directly in PostgreSQL, and what has to be read regardless."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, cast, select, text
from sqlalchemy import Text as SqlText

from geo.collections import LAYERS
from geo.query.view import View
from geo.store.engine import make_engine

DISTRICT = "410103"
HELD = 60  # rows of the writer's own in each table; every write adds one and deletes another
PAUSE_S = 0.002  # so that the readers get a turn on a small machine

# A random id falls before, into or after the page that a reader is at.
INSERTS: Mapping[str, str] = {
    "reports": """INSERT INTO reports
        (district, id, kind, observed_at, note, position_accuracy_m, geom)
        VALUES (:district, CAST(:id AS uuid), 'note', now(), 'meanwhile', 10, CAST(:point AS geometry))""",
    "landmarks": """INSERT INTO landmarks
        (district, id, name_zh, name_en, kind, position_status, position_accuracy_m, geom)
        VALUES (:district, :id, '甲', 'A', 'crossing', 'estimated', 10, CAST(:point AS geometry))""",
    "cases": """INSERT INTO cases
        (district, id, number, programme_id, category, title_zh, title_en, opened_at, position_accuracy_m, geom)
        SELECT :district, :id, :id, min(id), 'other', '题', 'title', now(), 10, CAST(:point AS geometry)
        FROM programmes WHERE district = :district""",
}
DELETES: Mapping[str, str] = {
    "reports": "DELETE FROM reports WHERE district = :district AND id = CAST(:id AS uuid)",
    "landmarks": "DELETE FROM landmarks WHERE district = :district AND id = :id",
    "cases": "DELETE FROM cases WHERE district = :district AND id = :id",
}

Ids = dict[str, set[str]]


def standing_ids(engine: Engine) -> Ids:
    """Return the ids that SQL finds in each collection at this moment."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return {layer.id: _ids(connection, layer.rows(View(DISTRICT)).subquery("rows")) for layer in LAYERS.values()}


def _ids(connection: Connection, rows: Any) -> set[str]:
    return set(connection.scalars(select(cast(rows.c.id, SqlText))))


class Writer:
    """Inserts and deletes in a thread of its own for as long as it is open; ``writes`` counts the transactions."""

    def __init__(self, url: str, *, seed: int = 7) -> None:
        self.engine = make_engine(url)
        self.writes = 0
        self._random = random.Random(seed)  # noqa: S311 - ids, not secrets
        self._own: dict[str, list[str]] = {table: [] for table in INSERTS}
        self._ever: Ids = {table: set() for table in INSERTS}
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Writer:  # noqa: PYI034 - Self is not in Python 3.10
        for table in INSERTS:
            for _ in range(HELD):
                self._insert(table)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.engine.dispose()
        if self._failure is not None:
            raise self._failure

    def passing(self, collection: str) -> set[str]:
        """Return every id that the writer has ever written to a collection."""
        return set(self._ever.get(collection, ()))

    def _run(self) -> None:
        try:
            while not self._stop.wait(PAUSE_S):
                for table in INSERTS:
                    self._insert(table)
                    self._delete(table)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error

    def _insert(self, table: str) -> None:
        new = str(UUID(int=self._random.getrandbits(128), version=4))
        self._ever[table].add(new)
        point = f"SRID=4326;POINT({self._random.uniform(113.60, 113.68)} {self._random.uniform(34.68, 34.76)})"
        with self.engine.begin() as connection:
            connection.execute(text(INSERTS[table]), {"district": DISTRICT, "id": new, "point": point})
        self._own[table].append(new)
        self.writes += 1

    def _delete(self, table: str) -> None:
        own = self._own[table]
        gone = own.pop(self._random.randrange(len(own)))
        with self.engine.begin() as connection:
            connection.execute(text(DELETES[table]), {"district": DISTRICT, "id": gone})
        self.writes += 1


def faults(collection: str, found: Sequence[str], before: Ids, after: Ids, passing: set[str]) -> list[str]:
    """Return what is wrong with the ids that a client has read between two looks at the database; [] when all is right.

    Every row that stood throughout has to be there exactly once; others only if the writer ever wrote them.
    """
    throughout = before[collection] & after[collection]
    times = Counter(found)
    twice = sorted(each for each, number in times.items() if number > 1)
    missing = sorted(throughout - times.keys())
    foreign = sorted(times.keys() - throughout - passing)
    named = {"twice": twice, "missing": missing, "never there": foreign}
    return [f"{len(ids)} {name}: {', '.join(ids[:3])}" for name, ids in named.items() if ids]
