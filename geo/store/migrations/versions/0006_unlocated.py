"""Which reports and cases have no place: a request by a box wants them too (OGC 17-069r4, requirement 24 C).

Without these indexes PostgreSQL reads a whole spatial index to find them: the inner pages of a GiST index do not say
whether a NULL lies below.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("reports", "cases")


def upgrade() -> None:
    """Add the indexes."""
    for table in TABLES:
        op.execute(f"CREATE INDEX ix_{table}_unlocated ON {table} (district, id) WHERE geom IS NULL")


def downgrade() -> None:
    """Take them away again."""
    for table in TABLES:
        op.execute(f"DROP INDEX ix_{table}_unlocated")
