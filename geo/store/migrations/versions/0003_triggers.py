"""The rules that the tables enforce themselves, whoever writes: versions, history, chainage, workflow."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

SPATIAL = [
    "districts",
    "units",
    "roads",
    "segments",
    "sites",
    "canals",
    "checkpoints",
    "landmarks",
    "cases",
    "reports",
]
PLAIN = ["people", "programmes", "baselines", "tasks", "planned_dates", "task_dependencies"]

FUNCTIONS = """
CREATE FUNCTION erqi_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- Under a new key the history would go on showing the row under its old one as well.
CREATE FUNCTION erqi_refuse_new_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the key of a row never changes'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_key_is_fixed',
              TABLE = TG_TABLE_NAME;
END $$;

CREATE FUNCTION erqi_change(state jsonb, collection text, operation text) RETURNS changes STABLE LANGUAGE sql AS $$
    SELECT state->>'district', collection, coalesce(state->>'id', state->>'district'),
           (state->>'version')::integer + (operation = 'DELETE')::integer,
           lower(operation), erqi_clock(), erqi_actor(),
           nullif(current_setting('erqi.reason', true), ''),
           nullif(current_setting('erqi.report', true), '')::uuid,
           state, (state->>'demonstration')::boolean
$$;

CREATE FUNCTION erqi_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes SELECT change.*
    FROM affected, LATERAL erqi_change(to_jsonb(affected), TG_TABLE_NAME, TG_OP) AS change;
    RETURN NULL;
END $$;

-- GeoJSON has no measures and rounds, so the geometry is kept as hexadecimal EWKB.
CREATE FUNCTION erqi_record_spatial_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes SELECT change.*
    FROM affected, LATERAL erqi_change(
        to_jsonb(affected) || jsonb_build_object('geom', affected.geom::text), TG_TABLE_NAME, TG_OP) AS change;
    RETURN NULL;
END $$;

CREATE FUNCTION erqi_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % would leave no trace', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_keeps_trace',
              TABLE = TG_TABLE_NAME;
END $$;

CREATE FUNCTION erqi_cut_segment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE road roads;
BEGIN
    SELECT * INTO road FROM roads WHERE district = NEW.district AND id = NEW.road_id FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'segment % is of road %, which is not there', NEW.id, NEW.road_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_segments_district_road_id', TABLE = 'segments',
                  COLUMN = 'road_id';
    END IF;
    IF NEW.to_m > road.length_m THEN
        RAISE EXCEPTION 'segment % ends at % m, its road at % m', NEW.id, NEW.to_m, round(road.length_m::numeric, 2)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_segments_inside_road', TABLE = 'segments',
                  COLUMN = 'to_m';
    END IF;
    IF 0 <= NEW.from_m AND NEW.from_m < NEW.to_m THEN
        NEW.geom := ST_LineMerge(ST_Force2D(ST_LocateBetween(road.geom, NEW.from_m, NEW.to_m)));
    ELSE  -- any line will do until ck_segments_range_in_order refuses the row
        NEW.geom := ST_Force2D(road.geom);
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION erqi_recut_segments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE segments SET road_id = road_id WHERE district = NEW.district AND road_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION erqi_follow_workflow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE step case_transitions;
BEGIN
    SELECT * INTO step FROM case_transitions WHERE from_status = OLD.status AND to_status = NEW.status;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a case cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_cases_workflow', TABLE = 'cases', COLUMN = 'status';
    END IF;
    IF step.needs_report AND nullif(current_setting('erqi.report', true), '') IS NULL THEN
        RAISE EXCEPTION 'going from % to % needs a report as evidence', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_cases_evidence', TABLE = 'cases', COLUMN = 'status';
    END IF;
    NEW.closed_at := CASE WHEN NEW.status = 'struck_off' THEN coalesce(NEW.closed_at, erqi_clock()) END;
    RETURN NEW;
END $$;

CREATE FUNCTION erqi_refuse_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two transactions that each see half of a circle would both pass: the second waits and then sees the first's.
    PERFORM pg_advisory_xact_lock(hashtext('task_dependencies'), hashtext(NEW.district));
    IF EXISTS (
        WITH RECURSIVE before(id) AS (
            SELECT NEW.predecessor_id
            UNION
            SELECT d.predecessor_id FROM task_dependencies d JOIN before b ON d.task_id = b.id
            WHERE d.district = NEW.district
        ) SELECT FROM before WHERE id = NEW.task_id
    ) THEN
        RAISE EXCEPTION 'task % would wait for itself', NEW.task_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_task_dependencies_no_circle',
                  TABLE = 'task_dependencies', COLUMN = 'predecessor_id';
    END IF;
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON changes
    FOR EACH ROW EXECUTE FUNCTION erqi_refuse_rewriting();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_refuse_rewriting();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON readings
    FOR EACH ROW EXECUTE FUNCTION erqi_refuse_rewriting();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON readings
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_refuse_rewriting();
CREATE TRIGGER cut BEFORE INSERT OR UPDATE OF district, road_id, from_m, to_m, geom ON segments
    FOR EACH ROW EXECUTE FUNCTION erqi_cut_segment();
CREATE TRIGGER recut AFTER UPDATE OF geom ON roads
    FOR EACH ROW EXECUTE FUNCTION erqi_recut_segments();
CREATE TRIGGER workflow BEFORE UPDATE OF status ON cases
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION erqi_follow_workflow();
CREATE CONSTRAINT TRIGGER no_circle AFTER INSERT OR UPDATE ON task_dependencies
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION erqi_refuse_circle();
"""

VERSION_TRIGGER_NAMES = ("version", "key_is_fixed", "record_insert", "record_update", "record_delete", "no_truncate")
VERSION_TRIGGERS = """
CREATE TRIGGER version BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION erqi_count_version();
CREATE TRIGGER key_is_fixed BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN ((OLD.district, OLD.{key}) IS DISTINCT FROM (NEW.district, NEW.{key})) EXECUTE FUNCTION erqi_refuse_new_key();
CREATE TRIGGER record_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION {recorder}();
CREATE TRIGGER record_update AFTER UPDATE ON {table} REFERENCING NEW TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION {recorder}();
CREATE TRIGGER record_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS affected
    FOR EACH STATEMENT EXECUTE FUNCTION {recorder}();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION erqi_refuse_rewriting();
"""


def upgrade() -> None:
    """Create the functions and put their triggers on the tables."""
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)
    for table in (*SPATIAL, *PLAIN):
        recorder = "erqi_record_spatial_changes" if table in SPATIAL else "erqi_record_changes"
        key = "district" if table == "districts" else "id"
        op.execute(VERSION_TRIGGERS.format(table=table, recorder=recorder, key=key))


def downgrade() -> None:
    """Drop triggers and functions."""
    for table in (*SPATIAL, *PLAIN):
        for trigger in VERSION_TRIGGER_NAMES:
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP TRIGGER no_circle ON task_dependencies")
    op.execute("DROP TRIGGER workflow ON cases")
    op.execute("DROP TRIGGER recut ON roads")
    op.execute("DROP TRIGGER cut ON segments")
    for table in ("changes", "readings"):
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(f"DROP TRIGGER no_truncate ON {table}")
    op.execute(
        "DROP FUNCTION erqi_refuse_circle(), erqi_follow_workflow(), erqi_recut_segments(), "
        "erqi_cut_segment(), erqi_refuse_rewriting(), erqi_record_spatial_changes(), erqi_record_changes(), "
        "erqi_change(jsonb, text, text), erqi_refuse_new_key(), erqi_count_version()"
    )
