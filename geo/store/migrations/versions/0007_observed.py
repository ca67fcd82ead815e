"""The newest reports first, and those of a time, without sorting all of them."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX ix_reports_observed_at ON reports (district, observed_at)")


def downgrade() -> None:
    """Take it away again."""
    op.execute("DROP INDEX ix_reports_observed_at")
