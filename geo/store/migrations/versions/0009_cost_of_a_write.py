"""What a write costs: the version is found by its key, history and finished text are written without detours.

``TG_TABLE_NAME`` is of the type ``name``, whose collation is another than that of ``changes``: compared as it is, no
index can serve, and every new row read the whole history of its district. As text it is one look-up.

A function with a setting of its own (``SET timezone``) sets it at each call, which took three quarters of the time of a
finished text; now the trigger looks whether it has to. A function in SQL is read and planned anew by each statement,
one in PL/pgSQL once by each session.

Rows of several people can come by one statement: with ``erqi.actors`` set to ``rows``, a new row says by ``changed_by``
itself who has made it.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

COUNT = """
CREATE OR REPLACE FUNCTION erqi_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key text;
    last integer;
    own_collection constant text := TG_TABLE_NAME;  -- as text: see the migration
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
        NEW.changed_by := erqi_actor();
    ELSE  -- an id that comes back after a delete goes on counting
        IF TG_TABLE_NAME = 'districts' THEN key := NEW.district; ELSE key := NEW.id; END IF;
        -- In the whole order of the key, so that the planner takes no other index while it knows little of the table.
        SELECT version INTO last FROM changes
        WHERE district = NEW.district AND collection = own_collection AND feature_id = key
        ORDER BY district DESC, collection DESC, feature_id DESC, version DESC LIMIT 1;
        NEW.version := coalesce(last, 0) + 1;
        IF current_setting('erqi.actors', true) IS DISTINCT FROM 'rows' OR NEW.changed_by IS NULL THEN
            NEW.changed_by := erqi_actor();
        END IF;
    END IF;
    NEW.changed_at := erqi_clock();
    RETURN NEW;
END $$;
"""
# A changed row has just been given its changed_by; of a deleted one it says who had changed it before.
RECORD = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own_collection constant text := TG_TABLE_NAME;
    own_operation constant text := lower(TG_OP);
    is_delete constant boolean := TG_OP = 'DELETE';
    moment constant timestamptz := erqi_clock();
    actor constant text := erqi_actor();
    why constant text := nullif(current_setting('erqi.reason', true), '');
    report constant uuid := nullif(current_setting('erqi.report', true), '');
BEGIN
    INSERT INTO changes (district, collection, feature_id, version, operation, changed_at, changed_by, reason,
                         report_id, state, demonstration)
    SELECT state->>'district', own_collection, coalesce(state->>'id', state->>'district'),
           (state->>'version')::integer + is_delete::integer, own_operation, moment,
           CASE WHEN is_delete THEN actor ELSE state->>'changed_by' END, why, report, state,
           (state->>'demonstration')::boolean
    FROM (SELECT {state} AS state FROM affected OFFSET 0) AS written;  -- OFFSET: the state is made once
    RETURN NULL;
END $$;
"""
RECORDERS = {
    "erqi_record_changes": "to_jsonb(affected)",
    "erqi_record_spatial_changes": (
        "to_jsonb(affected) - '{feature,geom_3857}'::text[] || jsonb_build_object('geom', affected.geom::text)"
    ),
}

WRITE = """
CREATE OR REPLACE FUNCTION erqi_write_feature() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE own_zone constant text := current_setting('timezone');
BEGIN
    IF own_zone = 'UTC' THEN
        NEW.feature := erqi_feature(NEW);
    ELSE  -- the text has its times in UTC, whoever writes
        PERFORM set_config('timezone', 'UTC', true);
        NEW.feature := erqi_feature(NEW);
        PERFORM set_config('timezone', own_zone, true);
    END IF;
    RETURN NEW;
END $$;
"""

OLD_COUNT = """
CREATE OR REPLACE FUNCTION erqi_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE key text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
    ELSE  -- an id that comes back after a delete goes on counting
        IF TG_TABLE_NAME = 'districts' THEN key := NEW.district; ELSE key := NEW.id; END IF;
        SELECT coalesce(max(version), 0) + 1 INTO NEW.version FROM changes
        WHERE district = NEW.district AND collection = TG_TABLE_NAME AND feature_id = key;
    END IF;
    NEW.changed_at := erqi_clock();
    NEW.changed_by := erqi_actor();
    RETURN NEW;
END $$;
"""
OLD_CHANGE = """
CREATE FUNCTION erqi_change(state jsonb, collection text, operation text) RETURNS changes STABLE LANGUAGE sql AS $$
    SELECT state->>'district', collection, coalesce(state->>'id', state->>'district'),
           (state->>'version')::integer + (operation = 'DELETE')::integer,
           lower(operation), erqi_clock(), erqi_actor(),
           nullif(current_setting('erqi.reason', true), ''),
           nullif(current_setting('erqi.report', true), '')::uuid,
           state, (state->>'demonstration')::boolean
$$;
"""
OLD_RECORD = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes SELECT change.*
    FROM affected, LATERAL erqi_change(
        {state},
        TG_TABLE_NAME, TG_OP) AS change;
    RETURN NULL;
END $$;
"""
OLD_WRITE = """
CREATE OR REPLACE FUNCTION erqi_write_feature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.feature := erqi_feature(NEW);
    RETURN NEW;
END $$;
"""
TEXTS = """
DO $do$
DECLARE written regprocedure;
BEGIN
    FOR written IN SELECT oid FROM pg_proc WHERE proname = 'erqi_feature' AND pronamespace = 'public'::regnamespace LOOP
        EXECUTE (
            SELECT format('CREATE OR REPLACE FUNCTION %s RETURNS text STABLE PARALLEL SAFE LANGUAGE plpgsql AS %L',
                          written, 'BEGIN RETURN (' || prosrc || '); END')
            FROM pg_proc WHERE oid = written
        );
    END LOOP;
END $do$
"""
OLD_TEXTS = Path(__file__).parents[1] / "sql" / "0004_features.sql"


def upgrade() -> None:
    """Make the functions cheaper, and give the segment at a chainage an index of its own."""
    op.execute(COUNT)
    for name, state in RECORDERS.items():
        op.execute(RECORD.format(name=name, state=state))
    op.execute("DROP FUNCTION erqi_change(jsonb, text, text)")
    op.execute(WRITE)
    op.execute(TEXTS)
    op.execute("CREATE INDEX ix_segments_measure ON segments (district, road_id, from_m)")


def downgrade() -> None:
    """Bring back the functions as they were."""
    op.execute("DROP INDEX ix_segments_measure")
    op.execute(OLD_TEXTS.read_text(encoding="utf-8").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute(OLD_WRITE)
    op.execute(OLD_CHANGE)
    for name, state in RECORDERS.items():
        op.execute(OLD_RECORD.format(name=name, state=state))
    op.execute(OLD_COUNT)
