"""Two questions that a page asks of a million reports and that no index answered.

The newest report on each site took a walk through all reports. So did "is anything here a demonstration?" where nothing
is; both indexes hold only the few rows that they are about, so that other reports pay nothing for them.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the indexes."""
    op.execute("CREATE INDEX ix_reports_site ON reports (district, site_id, observed_at) WHERE site_id IS NOT NULL")
    op.execute("CREATE INDEX ix_reports_demonstration ON reports (district) WHERE demonstration")


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP INDEX ix_reports_demonstration")
    op.execute("DROP INDEX ix_reports_site")
