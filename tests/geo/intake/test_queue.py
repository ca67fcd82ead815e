"""How the queue is found: by the indexes of what waits, however many reports there are."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from geo.intake.queue import FLAGS, QUEUED, Wanted, figures, matching, waiting
from tests.geo.sample import DISTRICT

DECIDED = """
INSERT INTO reports (district, id, kind, status, observed_at, received_at, note)
SELECT :district, gen_random_uuid(), 'note', 'accepted', moment, moment, 'x'
FROM (SELECT timestamptz '2020-05-01' + n * interval '1 minute' AS moment FROM generate_series(1, 3000) AS n) AS seen"""


VALUES: dict[str, Any] = {
    "limit": 50,
    "unit_id": "unit",
    "words": "%",
    "after_at": datetime(2020, 6, 1, tzinfo=timezone.utc),
    "after_id": UUID(int=7),
}
ODD = Wanted(flags=FLAGS, words="%")
PLANS = (
    (waiting(DISTRICT, Wanted(), of_unit=False, onwards=False), "ix_reports_waiting"),
    (waiting(DISTRICT, Wanted(), of_unit=True, onwards=True), "ix_reports_waiting"),
    (waiting(DISTRICT, ODD, of_unit=False, onwards=False), "ix_reports_waiting"),
    (waiting(DISTRICT, Wanted(("needs_information",)), of_unit=False, onwards=False), "ix_reports_asked"),
    (matching(DISTRICT, Wanted(QUEUED), of_unit=False), "ix_reports_asked"),
    (figures(DISTRICT, statuses=QUEUED, of_unit=False), "ix_reports_asked"),
)


def plan_of(connection: Connection, statement: Any) -> str:
    """Return how a statement would be run."""
    known = {name: value for name, value in VALUES.items() if name in statement.compile().params}
    compiled = statement.params(known).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call] # SQLAlchemy has not typed its dialects
        compile_kwargs={"literal_binds": True},
    )
    rows = connection.exec_driver_sql(f"EXPLAIN {str(compiled).replace('%', '%%')}").scalars()
    return "\n".join(rows)


def test_what_waits_is_found_by_its_index_among_many_that_are_decided(world: Connection) -> None:
    world.execute(text(DECIDED), {"district": DISTRICT})
    world.exec_driver_sql("ANALYZE reports")
    for number, (statement, index) in enumerate(PLANS):
        plan = plan_of(world, statement)
        assert index in plan, number
        assert "Seq Scan on reports " not in plan, number
