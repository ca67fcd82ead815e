"""A queue of jobs, and the copies of each photo queued with its row.

The tables are procrastinate's own (docs/decisions/0020), in a schema of their own that its comment names with their
version. Its functions find each other there whatever the caller's search path is.
"""

from __future__ import annotations

from importlib.metadata import version

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0010"
down_revision = "0009"

INTO_SCHEMA = """
CREATE SCHEMA procrastinate;
SELECT set_config('erqi.search_path', current_setting('search_path'), true),
       set_config('search_path', 'procrastinate', true);
"""
AND_BACK = "SELECT set_config('search_path', current_setting('erqi.search_path'), true)"
AT_HOME = """
DO $do$
DECLARE own regprocedure;
BEGIN
    FOR own IN SELECT oid FROM pg_proc WHERE pronamespace = 'procrastinate'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = procrastinate, pg_temp', own);
    END LOOP;
END $do$;
"""
QUEUE = """
CREATE FUNCTION erqi_queue_copies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procrastinate.procrastinate_defer_jobs_v1(ARRAY[ROW(
        'photos-' || NEW.district, 'photos.copies', 0, NULL, NULL,
        jsonb_build_object('sha256', encode(NEW.sha256, 'hex')), NULL
    )::procrastinate.procrastinate_job_to_defer_v1]);
    RETURN NULL;
END $$;
CREATE TRIGGER queue_copies AFTER INSERT ON photos
    FOR EACH ROW WHEN (NEW.derived_at IS NULL) EXECUTE FUNCTION erqi_queue_copies();
"""


def upgrade() -> None:
    """Apply the schema of the installed package, and queue a job for each new photo."""
    _run(INTO_SCHEMA)
    _run(SchemaManager.get_schema())
    _run(AND_BACK)
    _run(AT_HOME)
    _run(f"COMMENT ON SCHEMA procrastinate IS '{version('procrastinate')}'")
    _run(QUEUE)


def downgrade() -> None:
    """Queue nothing, and drop the queue with what is in it."""
    _run("DROP TRIGGER queue_copies ON photos; DROP FUNCTION erqi_queue_copies(); DROP SCHEMA procrastinate CASCADE")


def _run(statements: str) -> None:
    """Run statements as they are written: a colon or per cent sign of theirs marks no parameter."""
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})
