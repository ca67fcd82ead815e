"""Tokens and the audit log, submissions as they were sent, photos, reviews; the side of the road of a report."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = "reviews report_photos photos submissions audit_log access_tokens"
NEVER_CHANGED = ("audit_log", "submissions", "reviews")
COLUMNS = """
ALTER TABLE reports ADD COLUMN side TEXT, ADD COLUMN vertical_datum TEXT,
    ADD CONSTRAINT ck_reports_side_known CHECK (side IN ('left', 'right', 'on'));
CREATE INDEX ix_reports_waiting ON reports (district, received_at, id)
    WHERE status = 'received' OR status = 'triaged'
"""
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION erqi_refuse_rewriting();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_refuse_rewriting();
"""


def upgrade() -> None:
    """Create the tables and hold to it that nobody changes what was sent, decided or logged."""
    op.execute(COLUMNS)
    op.execute((Path(__file__).parents[1] / "sql" / "0008_intake.sql").read_text(encoding="utf-8"))
    for table in NEVER_CHANGED:
        op.execute(APPEND_ONLY.format(table=table))


def downgrade() -> None:
    """Drop the tables, the index and the columns."""
    op.execute(f"DROP TABLE {', '.join(TABLES.split())}")
    op.execute("DROP INDEX ix_reports_waiting")
    op.execute("ALTER TABLE reports DROP COLUMN side, DROP COLUMN vertical_datum")
