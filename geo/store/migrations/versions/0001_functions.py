"""Extensions, and the functions that column defaults and loaders need."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

FUNCTIONS = """
CREATE FUNCTION erqi_clock() RETURNS timestamptz STABLE LANGUAGE sql AS $$
    SELECT coalesce(nullif(current_setting('erqi.clock', true), '')::timestamptz, now())
$$;
COMMENT ON FUNCTION erqi_clock() IS
    'The moment of a change: the transaction''s, or the one a loader of past seasons has set in erqi.clock.';

CREATE FUNCTION erqi_actor() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT coalesce(nullif(current_setting('erqi.actor', true), ''), session_user::text)
$$;
COMMENT ON FUNCTION erqi_actor() IS
    'Who makes a change: what the service has set in erqi.actor, or the database role of a change by hand.';

CREATE FUNCTION erqi_measured(line geometry) RETURNS geometry IMMUTABLE STRICT LANGUAGE sql AS $$
    WITH vertices AS (
        SELECT (dump).path[1] AS n, (dump).geom AS point FROM (
            SELECT ST_DumpPoints(ST_RemoveRepeatedPoints(line)) AS dump) AS dumped
    ), steps AS (
        SELECT n, point, coalesce(
            ST_Distance(point::geography, lag(point) OVER (ORDER BY n)::geography), 0) AS step_m
        FROM vertices
    ), measures AS (
        SELECT n, point, sum(step_m) OVER (ORDER BY n) AS measure_m FROM steps
    )
    SELECT ST_SetSRID(ST_MakeLine(
        ST_MakePointM(ST_X(point), ST_Y(point), measure_m) ORDER BY n), ST_SRID(line))
    FROM measures
$$;
COMMENT ON FUNCTION erqi_measured(geometry) IS
    'The line with M = metres along it by geodesic length, 0 at its first vertex.';
"""


def upgrade() -> None:
    """Create extensions and functions."""
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """Drop the functions; extensions stay, since others may use them."""
    op.execute("DROP FUNCTION erqi_measured(geometry), erqi_actor(), erqi_clock()")
