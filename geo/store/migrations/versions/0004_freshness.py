"""Revisions of tables without a counter, and finished feature text beside the row.

A revision is the sum of random marks. A writer only adds marks, so writers never wait for each other, and a reader
sees exactly the marks of the transactions it sees: whatever order they commit in, each commit changes the sum.
Old marks are merged into one with their sum, which no reader can tell from the outside.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

MARKED = (
    "districts units people roads segments sites canals checkpoints landmarks programmes baselines tasks "
    "planned_dates task_dependencies cases reports readings"
)

STORED = ("reports", "segments")
VOCABULARIES = (
    "position_statuses unit_kinds person_roles site_kinds checkpoint_kinds landmark_kinds programme_kinds stages "
    "dependency_kinds progress_states case_categories case_statuses hazard_kinds checkpoint_states "
    "inspection_states report_kinds report_statuses"
)
# Whose change changes the finished text of which other table's features.
SPOKEN_OF = {"report_kinds": "reports", "report_statuses": "reports"}

REVISIONS = """
CREATE TABLE revisions (
    district text NOT NULL,
    collection text NOT NULL,
    mark uuid NOT NULL DEFAULT gen_random_uuid(),
    token numeric NOT NULL,
    CONSTRAINT pk_revisions PRIMARY KEY (district, collection, mark)
);

CREATE FUNCTION erqi_mark(of_district text, of_collection text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revisions (district, collection, token)
    VALUES (of_district, of_collection, 1 + floor(random() * 1e15)::numeric);
    -- Under repeatable read the merge could meet rows that another has merged, and fail its writer.
    IF random() < 0.02 AND current_setting('transaction_isolation') = 'read committed' THEN
        WITH merged AS (
            DELETE FROM revisions WHERE (district, collection, mark) IN (
                SELECT district, collection, mark FROM revisions
                WHERE district = of_district AND collection = of_collection
                LIMIT 1000 FOR UPDATE SKIP LOCKED)
            RETURNING token
        )
        INSERT INTO revisions (district, collection, token)
        SELECT of_district, of_collection, sum(token) FROM merged HAVING count(*) > 0;
    END IF;
END $$;

CREATE FUNCTION erqi_mark_districts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM erqi_mark(each.district, TG_TABLE_NAME) FROM (SELECT DISTINCT district FROM affected) AS each;
    RETURN NULL;
END $$;

CREATE FUNCTION erqi_mark_everywhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM erqi_mark('*', 'vocabularies');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION erqi_mark_everywhere() IS
    'For vocabularies, which every district shares: the revision of each of them moves.';
"""

MARK_ROWS = """
CREATE TRIGGER revision_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_mark_districts();
"""
MARK_VOCABULARY = """
CREATE TRIGGER revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_mark_everywhere();
"""

# A rewritten text is no new version of the row: it says the same of the row in other words.
WRITE = """
CREATE FUNCTION erqi_write_feature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.feature := erqi_feature(NEW);
    RETURN NEW;
END $$;

CREATE FUNCTION erqi_rewrite_features() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('erqi.rewriting', 'on', true);
    EXECUTE format('UPDATE %I SET feature = NULL', TG_ARGV[0]);
    PERFORM set_config('erqi.rewriting', '', true);
    RETURN NULL;
END $$;
"""
REWRITE_SEGMENTS = """
CREATE FUNCTION erqi_rewrite_segments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('erqi.rewriting', 'on', true);
    UPDATE segments SET feature = NULL FROM affected
    WHERE segments.district = affected.district AND segments.road_id = affected.id;
    PERFORM set_config('erqi.rewriting', '', true);
    RETURN NULL;
END $$;
CREATE TRIGGER rewrite AFTER UPDATE ON roads REFERENCING NEW TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_rewrite_segments();
"""
NOT_REWRITING = "WHEN (current_setting('erqi.rewriting', true) IS DISTINCT FROM 'on')"
WRITE_TABLE = f"""
CREATE TRIGGER written BEFORE INSERT OR UPDATE ON {{table}}
    FOR EACH ROW EXECUTE FUNCTION erqi_write_feature();
DROP TRIGGER version ON {{table}};
CREATE TRIGGER version BEFORE INSERT OR UPDATE ON {{table}}
    FOR EACH ROW {NOT_REWRITING} EXECUTE FUNCTION erqi_count_version();
DROP TRIGGER record_update ON {{table}};
CREATE TRIGGER record_update AFTER UPDATE ON {{table}} REFERENCING NEW TABLE AS affected
    FOR EACH STATEMENT {NOT_REWRITING} EXECUTE FUNCTION erqi_record_spatial_changes();
"""
REWRITE = """
CREATE TRIGGER rewrite AFTER UPDATE ON {source}
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_rewrite_features('{table}');
"""

UNWRITE_TABLE = """
DROP TRIGGER written ON {table};
DROP TRIGGER version ON {table};
CREATE TRIGGER version BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION erqi_count_version();
DROP TRIGGER record_update ON {table};
CREATE TRIGGER record_update AFTER UPDATE ON {table} REFERENCING NEW TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_record_spatial_changes();
"""

# The finished text has no place in the history: it follows from the row.
RECORD = """
CREATE OR REPLACE FUNCTION erqi_record_spatial_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes SELECT change.*
    FROM affected, LATERAL erqi_change(
        to_jsonb(affected) {without} || jsonb_build_object('geom', affected.geom::text),
        TG_TABLE_NAME, TG_OP) AS change;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """Add revisions, stored texts and stored Web Mercator geometries."""
    op.execute(REVISIONS)
    for table in MARKED.split():
        for event in ("insert", "update", "delete"):
            op.execute(MARK_ROWS.format(table=table, event=event, rows="OLD" if event == "delete" else "NEW"))
    for table in VOCABULARIES.split():
        op.execute(MARK_VOCABULARY.format(table=table))
    op.execute(RECORD.format(without="- 'feature'"))
    for table in STORED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN feature text")
    op.execute((Path(__file__).parents[1] / "sql" / "0004_features.sql").read_text(encoding="utf-8"))
    op.execute(WRITE)
    for table in STORED:
        op.execute(WRITE_TABLE.format(table=table))
    for source, table in SPOKEN_OF.items():
        op.execute(REWRITE.format(source=source, table=table))
    op.execute(REWRITE_SEGMENTS)
    for table in STORED:  # existing rows get their text; nothing of them is a new version
        op.execute("SELECT set_config('erqi.rewriting', 'on', true)")
        op.execute(f"UPDATE {table} SET feature = NULL")  # noqa: S608 - our own table names
        op.execute("SELECT set_config('erqi.rewriting', '', true)")


def downgrade() -> None:
    """Take the stored texts and the revisions away again."""
    op.execute("DROP TRIGGER rewrite ON roads")
    for source in SPOKEN_OF:
        op.execute(f"DROP TRIGGER rewrite ON {source}")
    for table in STORED:
        op.execute(UNWRITE_TABLE.format(table=table))
    op.execute(RECORD.format(without=""))
    for table in VOCABULARIES.split():
        op.execute(f"DROP TRIGGER revision ON {table}")
    for table in MARKED.split():
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER revision_{event} ON {table}")
    op.execute("DROP FUNCTION erqi_feature(reports), erqi_feature(segments)")
    for table in STORED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN feature")
    op.execute(
        "DROP FUNCTION erqi_rewrite_segments(), erqi_rewrite_features(), erqi_write_feature(), "
        "erqi_mark_everywhere(), erqi_mark_districts(), erqi_mark(text, text)"
    )
    op.execute("DROP TABLE revisions")
