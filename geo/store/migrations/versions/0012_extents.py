"""The stretch of a segment that a report of progress is of: columns, history, and place in the finished text."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

NAMES = ("from_m", "to_m", "carriageway")
COLUMNS = """
ALTER TABLE reports ADD COLUMN from_m NUMERIC(10, 2), ADD COLUMN to_m NUMERIC(10, 2), ADD COLUMN carriageway TEXT,
    ADD CONSTRAINT ck_reports_extent_whole CHECK (CASE num_nonnulls(from_m, to_m, carriageway)
 WHEN 0 THEN true
 WHEN 3 THEN kind = 'task_progress' AND 0 <= from_m AND from_m < to_m AND to_m < 'NaN'
  AND carriageway IN ('left', 'right', 'both')
 ELSE false END);
CREATE INDEX ix_reports_extent ON reports (district, task_id) WHERE from_m IS NOT NULL
"""

# As in 0011; the columns are named, so new ones have to be.
RECORDED = (
    "district id kind status observed_at received_at unit_id reporter_id task_id segment_id site_id checkpoint_id"
    " case_id progress_percent blocked_reason checkpoint_state supplies_state hazard_survey_state drill_state"
    " water_level_m hazard_kind note datum position_accuracy_m version changed_at changed_by demonstration"
    " road_id measure_m offset_m side vertical_datum"
)
RECORD = """
CREATE OR REPLACE FUNCTION erqi_record_reports() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own_operation constant text := lower(TG_OP);
    is_delete constant boolean := TG_OP = 'DELETE';
    moment constant timestamptz := erqi_clock();
    actor constant text := erqi_actor();
    why constant text := nullif(current_setting('erqi.reason', true), '');
    report constant uuid := nullif(current_setting('erqi.report', true), '');
BEGIN
    INSERT INTO changes (district, collection, feature_id, version, operation, changed_at, changed_by, reason,
                         report_id, state, demonstration)
    SELECT told.district, 'reports', told.id::text, told.version + is_delete::integer, own_operation, moment,
           CASE WHEN is_delete THEN actor ELSE told.changed_by END, why, report, to_jsonb(told), told.demonstration
    FROM (SELECT {columns}, geom::text AS geom FROM affected) AS told;
    RETURN NULL;
END $$;
"""

TEXTS = Path(__file__).parents[1] / "sql" / "0004_features.sql"
# Where a column of the finished text is written, from the outside in: its neighbour, and itself behind it.
WRITTEN = (
    ("'progress_percent', feature.progress_percent, ", "'{0}', feature.{0}, "),
    ("anon_1.progress_percent AS progress_percent, ", "anon_1.{0} AS {0}, "),
    ("($1).progress_percent AS progress_percent, ", "($1).{0} AS {0}, "),
)
FEATURE = """
CREATE OR REPLACE FUNCTION erqi_feature(reports) RETURNS text STABLE PARALLEL SAFE LANGUAGE plpgsql AS $text$
BEGIN RETURN ({body}); END $text$
"""


def upgrade() -> None:
    """Add the columns, record them, and write them into every finished text; nothing of a report is a new version."""
    op.execute(COLUMNS)
    op.execute(RECORD.format(columns=", ".join([*RECORDED.split(), *NAMES])))
    op.execute(FEATURE.format(body=_text(NAMES)))
    _rewrite()


def downgrade() -> None:
    """Take the columns out of texts and history, and away."""
    op.execute(FEATURE.format(body=_text(())))
    op.execute(RECORD.format(columns=", ".join(RECORDED.split())))
    op.execute("DROP INDEX ix_reports_extent")
    op.execute(
        "ALTER TABLE reports DROP CONSTRAINT ck_reports_extent_whole,"
        " DROP COLUMN from_m, DROP COLUMN to_m, DROP COLUMN carriageway"
    )
    _rewrite()


def _text(names: tuple[str, ...]) -> str:
    """Return the expression that writes a report's text, with further columns behind its progress."""
    body = TEXTS.read_text(encoding="utf-8").split("$$")[1]
    for neighbour, form in WRITTEN:
        body = body.replace(neighbour, neighbour + "".join(form.format(name) for name in names))
    return body


def _rewrite() -> None:
    op.execute("SELECT set_config('erqi.rewriting', 'on', true)")
    op.execute("UPDATE reports SET feature = NULL")
    op.execute("SELECT set_config('erqi.rewriting', '', true)")
