"""The tables of the first release."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    "changes case_transitions readings reports tasks task_dependencies planned_dates cases checkpoints landmarks "
    "canals sites segments roads baselines programmes people units districts "
    "report_statuses report_kinds inspection_states checkpoint_states hazard_kinds case_statuses case_categories "
    "progress_states dependency_kinds stages programme_kinds landmark_kinds checkpoint_kinds site_kinds "
    "person_roles unit_kinds position_statuses"
)


def upgrade() -> None:
    """Create the tables."""
    op.execute((Path(__file__).parents[1] / "sql" / "0002_tables.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop the tables together, since some refer to each other."""
    op.execute(f"DROP TABLE {', '.join(TABLES.split())}")
