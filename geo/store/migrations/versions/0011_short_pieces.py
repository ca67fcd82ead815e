"""What placing and keeping a report costs: roads in short pieces, its history without a detour, an index by arrival.

The box of a whole road holds much that the road is nowhere near: about a position, 24 of 26 roads were measured in
vain, each unpacked for it. The box of a few vertices is hardly larger than they are.

``to_jsonb`` of a whole row writes each geometry of it as GeoJSON, which the history replaced by the text that keeps
every digit. For reports, of which many come at once, the columns are named instead: a fifth of the time.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

VERTICES = 8  # steps of a piece
PIECES = """
CREATE TABLE road_pieces (
    district text NOT NULL,
    road_id text NOT NULL,
    number integer NOT NULL,
    geom geometry(LineString, 4326) NOT NULL,
    CONSTRAINT pk_road_pieces PRIMARY KEY (district, road_id, number),
    CONSTRAINT fk_road_pieces_district_road_id FOREIGN KEY (district, road_id) REFERENCES roads (district, id)
        ON DELETE CASCADE
);
CREATE INDEX ix_road_pieces_geom ON road_pieces USING gist (geom);

CREATE FUNCTION erqi_cut_pieces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM road_pieces WHERE district = NEW.district AND road_id = NEW.id;
    INSERT INTO road_pieces (district, road_id, number, geom)
    SELECT NEW.district, NEW.id, piece.number, ST_Force2D(ST_MakeLine(vertex.geom ORDER BY vertex.path[1]))
    FROM generate_series(0, (ST_NPoints(NEW.geom) - 2) / {vertices}) AS piece(number)
    JOIN ST_DumpPoints(NEW.geom) AS vertex
      ON vertex.path[1] BETWEEN piece.number * {vertices} + 1 AND piece.number * {vertices} + {vertices} + 1
    GROUP BY piece.number;
    RETURN NULL;
END $$;
CREATE TRIGGER cut_pieces AFTER INSERT OR UPDATE OF geom ON roads
    FOR EACH ROW EXECUTE FUNCTION erqi_cut_pieces();
"""
# The pieces of the roads that are there already; nothing of the roads changes.
EXISTING = """
INSERT INTO road_pieces (district, road_id, number, geom)
SELECT road.district, road.id, piece.number, ST_Force2D(ST_MakeLine(vertex.geom ORDER BY vertex.path[1]))
FROM roads AS road
CROSS JOIN LATERAL generate_series(0, (ST_NPoints(road.geom) - 2) / {vertices}) AS piece(number)
JOIN LATERAL ST_DumpPoints(road.geom) AS vertex
  ON vertex.path[1] BETWEEN piece.number * {vertices} + 1 AND piece.number * {vertices} + {vertices} + 1
GROUP BY road.district, road.id, piece.number
"""

COLUMNS = (
    "district id kind status observed_at received_at unit_id reporter_id task_id segment_id site_id checkpoint_id"
    " case_id progress_percent blocked_reason checkpoint_state supplies_state hazard_survey_state drill_state"
    " water_level_m hazard_kind note datum position_accuracy_m version changed_at changed_by demonstration"
    " road_id measure_m offset_m side vertical_datum"
)
RECORD = """
CREATE FUNCTION erqi_record_reports() RETURNS trigger LANGUAGE plpgsql AS $$
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
NOT_REWRITING = "WHEN (current_setting('erqi.rewriting', true) IS DISTINCT FROM 'on')"
RECORD_BY = """
DROP TRIGGER record_{event} ON reports;
CREATE TRIGGER record_{event} AFTER {event} ON reports REFERENCING {rows} TABLE AS affected
    FOR EACH STATEMENT {condition} EXECUTE FUNCTION {function}();
"""


def upgrade() -> None:
    """Cut the roads into pieces, record reports by name, and find reports by when they came."""
    op.execute(PIECES.format(vertices=VERTICES))
    op.execute(EXISTING.format(vertices=VERTICES))
    op.execute(RECORD.format(columns=", ".join(COLUMNS.split())))
    _record_by("erqi_record_reports")
    op.execute("CREATE INDEX ix_reports_received_at ON reports (district, received_at)")


def downgrade() -> None:
    """Find roads by their boxes again, and record reports as everything else."""
    op.execute("DROP INDEX ix_reports_received_at")
    _record_by("erqi_record_spatial_changes")
    op.execute("DROP FUNCTION erqi_record_reports()")
    op.execute("DROP TRIGGER cut_pieces ON roads; DROP FUNCTION erqi_cut_pieces(); DROP TABLE road_pieces")


def _record_by(function: str) -> None:
    for event in ("insert", "update", "delete"):
        rows, condition = "OLD" if event == "delete" else "NEW", NOT_REWRITING if event == "update" else ""
        op.execute(RECORD_BY.format(event=event, rows=rows, condition=condition, function=function))
