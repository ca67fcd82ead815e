"""How the queue is found: by the indexes of what waits, however many reports there are."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from geo.intake.queue import FLAGS, QUEUED, Wanted, figures, matching, waiting
from tests.geo.sample import DISTRICT

NEXT = (datetime(2020, 6, 1, tzinfo=timezone.utc), UUID(int=7))


DECIDED = """
INSERT INTO reports (district, id, kind, status, observed_at, received_at, note)
SELECT :district, gen_random_uuid(), 'note', 'accepted', moment, moment, 'x'
FROM (SELECT timestamptz '2020-05-01' + n * interval '1 minute' AS moment FROM generate_series(1, 3000) AS n) AS seen"""


PLANS = (
    (waiting(DISTRICT, Wanted(), unit_id=None, after=None, limit=50), "ix_reports_waiting"),
    (waiting(DISTRICT, Wanted(), unit_id="unit", after=NEXT, limit=50), "ix_reports_waiting"),
    (waiting(DISTRICT, Wanted(flags=FLAGS, words="%"), unit_id=None, after=None, limit=50), "ix_reports_waiting"),
    (waiting(DISTRICT, Wanted(("needs_information",)), unit_id=None, after=None, limit=50), "ix_reports_asked"),
    (matching(DISTRICT, Wanted(QUEUED), unit_id=None), "ix_reports_asked"),
    (figures(DISTRICT, statuses=QUEUED, unit_id=None), "ix_reports_asked"),
)


def plan_of(connection: Connection, statement: Any) -> str:
    """Return how a statement would be run."""
    compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call] # SQLAlchemy has not typed its dialects
    rows = connection.exec_driver_sql(f"EXPLAIN {str(compiled).replace('%', '%%')}").scalars()
    return "\n".join(rows)


def test_what_waits_is_found_by_its_index_among_many_that_are_decided(world: Connection) -> None:
    world.execute(text(DECIDED), {"district": DISTRICT})
    world.exec_driver_sql("ANALYZE reports")
    for number, (statement, index) in enumerate(PLANS):
        plan = plan_of(world, statement)
        assert index in plan, number
        assert "Seq Scan on reports " not in plan, number
