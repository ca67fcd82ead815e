"""Flood control: signals, responses, the rules between them, thresholds, supplies; and when a reading was taken in.

A reading may be accepted long after it was observed; only with its own moment can a past map leave out what nobody
knew yet. A database that holds a district already gets the new words as well; an empty one gets them with its seed.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

SPATIAL = ("supply_points", "supply_routes")
PLAIN = ("warnings", "responses", "response_rules", "thresholds")
VOCABULARIES = ("warning_kinds", "signal_colours", "response_levels", "threshold_kinds")
ALL = ("supply_routes", "supply_points", "thresholds", "response_rules", "responses", "warnings", *VOCABULARIES)

TRIGGERS = """
CREATE TRIGGER version BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION erqi_count_version();
CREATE TRIGGER key_is_fixed BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN ((OLD.district, OLD.id) IS DISTINCT FROM (NEW.district, NEW.id)) EXECUTE FUNCTION erqi_refuse_new_key();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_refuse_rewriting();
"""
BY_EVENT = """
CREATE TRIGGER record_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION {recorder}();
CREATE TRIGGER revision_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_mark_districts();
"""
MARK_VOCABULARY = """
CREATE TRIGGER revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_mark_everywhere();
"""

# The newest acceptance of its report says when a reading came in; without one it counts from when it was observed.
RECORDED = """
ALTER TABLE readings ADD COLUMN recorded_at timestamptz;
ALTER TABLE readings DISABLE TRIGGER append_only;
UPDATE readings SET recorded_at = coalesce((
    SELECT min(changed_at) FROM changes
    WHERE changes.district = readings.district AND collection = 'reports'
    AND feature_id = readings.report_id::text AND state->>'status' = 'accepted'), observed_at);
ALTER TABLE readings ENABLE TRIGGER append_only;
ALTER TABLE readings ALTER COLUMN recorded_at SET DEFAULT erqi_clock(), ALTER COLUMN recorded_at SET NOT NULL;
"""

WORDS = """
INSERT INTO {table} (code, label_zh, label_en, sort_order, colour)
SELECT * FROM (VALUES {values}) AS word(code, label_zh, label_en, sort_order, colour)
WHERE EXISTS (SELECT FROM hazard_kinds)
"""
TERMS: dict[str, tuple[tuple[str, str, str, str | None], ...]] = {
    "warning_kinds": (
        ("rainstorm", "暴雨", "Rainstorm", None),
        ("flood", "洪水", "Flood", None),
        ("mountain_torrent", "山洪灾害", "Mountain torrent", None),
        ("waterlogging", "渍涝", "Waterlogging", None),
    ),
    "signal_colours": (
        ("blue", "蓝色", "Blue", "signal-blue"),
        ("yellow", "黄色", "Yellow", "signal-yellow"),
        ("orange", "橙色", "Orange", "signal-orange"),
        ("red", "红色", "Red", "signal-red"),
    ),
    "response_levels": (
        ("IV", "Ⅳ级", "Level IV", None),
        ("III", "Ⅲ级", "Level III", None),
        ("II", "Ⅱ级", "Level II", None),
        ("I", "Ⅰ级", "Level I", None),
    ),
    "threshold_kinds": (
        ("flood_limit", "汛限水位", "Flood-season limit", None),
        ("defence", "设防水位", "Defence level", None),
        ("warning", "警戒水位", "Warning level", None),
        ("guarantee", "保证水位", "Guaranteed level", None),
    ),
}


def upgrade() -> None:
    """Create the tables with their history and revisions, and say of each reading when it came in."""
    op.execute((Path(__file__).parents[1] / "sql" / "0015_flood.sql").read_text(encoding="utf-8"))
    for table in (*PLAIN, *SPATIAL):
        recorder = "erqi_record_spatial_changes" if table in SPATIAL else "erqi_record_changes"
        op.execute(TRIGGERS.format(table=table))
        for event in ("insert", "update", "delete"):
            rows = "OLD" if event == "delete" else "NEW"
            op.execute(BY_EVENT.format(event=event, table=table, rows=rows, recorder=recorder))
    for table in VOCABULARIES:
        op.execute(WORDS.format(table=table, values=", ".join(_row(*each) for each in enumerate(TERMS[table], 1))))
        op.execute(MARK_VOCABULARY.format(table=table))
    op.execute(RECORDED)


def downgrade() -> None:
    """Drop the tables; their triggers go with them."""
    op.execute("ALTER TABLE readings DROP COLUMN recorded_at")
    op.execute(f"DROP TABLE {', '.join(ALL)}")


def _row(number: int, term: tuple[str, str, str, str | None]) -> str:
    code, zh, en, colour = term
    return f"('{code}', '{zh}', '{en}', {number}, {'NULL::text' if colour is None else repr(colour)})"
