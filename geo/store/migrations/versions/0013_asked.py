"""What waits for its sender is found without looking at all reports, as what waits for a reviewer is."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the index."""
    op.execute(
        "CREATE INDEX ix_reports_asked ON reports (district, received_at, id) WHERE status = 'needs_information'"
    )


def downgrade() -> None:
    """Take it away again."""
    op.execute("DROP INDEX ix_reports_asked")
