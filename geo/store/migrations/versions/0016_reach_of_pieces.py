"""Find the roads about a position by how far each may be meant from: a box of its own about each piece.

A road counts as far away as its line may be wrong, up to 200 m, and twice as far where a doubtful position is weighed.
Whoever sought all roads within those 200 m measured, of roads known to 15 m, twenty pieces in vain for one that counts.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

# 400 m is twice the error up to which a line is believed (geo.intake.placing_near, placing_doubt); a degree has more
# than 110 km everywhere.
ABOUT = """
CREATE FUNCTION erqi_about(piece geometry, accuracy_m double precision) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_Envelope(ST_Expand(piece, up / cos(radians(greatest(abs(ST_YMin(piece)), abs(ST_YMax(piece))))), up))
    FROM (SELECT least(2 * accuracy_m, 400) / 110000 AS up) AS degrees
$$;
"""
CUT = """
CREATE OR REPLACE FUNCTION erqi_cut_pieces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM road_pieces WHERE district = NEW.district AND road_id = NEW.id;
    INSERT INTO road_pieces (district, road_id, number, geom{column})
    SELECT NEW.district, NEW.id, cut.number, cut.geom{value}
    FROM (
        SELECT piece.number, ST_Force2D(ST_MakeLine(vertex.geom ORDER BY vertex.path[1])) AS geom
        FROM generate_series(0, (ST_NPoints(NEW.geom) - 2) / 8) AS piece(number)
        JOIN ST_DumpPoints(NEW.geom) AS vertex ON vertex.path[1] BETWEEN piece.number * 8 + 1 AND piece.number * 8 + 9
        GROUP BY piece.number
    ) AS cut;
    RETURN NULL;
END $$;
DROP TRIGGER cut_pieces ON roads;
CREATE TRIGGER cut_pieces AFTER INSERT OR UPDATE OF {changes} ON roads
    FOR EACH ROW EXECUTE FUNCTION erqi_cut_pieces();
"""


def upgrade() -> None:
    """Keep about each piece the box from which its road may be meant, and seek by that."""
    op.execute(ABOUT)
    op.execute("ALTER TABLE road_pieces ADD COLUMN about geometry(Polygon, 4326)")
    op.execute(
        "UPDATE road_pieces AS piece SET about = erqi_about(piece.geom, road.position_accuracy_m) FROM roads AS road"
        " WHERE road.district = piece.district AND road.id = piece.road_id"
    )
    op.execute("ALTER TABLE road_pieces ALTER COLUMN about SET NOT NULL")
    op.execute("DROP INDEX ix_road_pieces_geom")
    op.execute("CREATE INDEX ix_road_pieces_about ON road_pieces USING gist (about)")
    changes = "geom, position_accuracy_m"
    op.execute(CUT.format(column=", about", value=", erqi_about(cut.geom, NEW.position_accuracy_m)", changes=changes))


def downgrade() -> None:
    """Seek by the pieces themselves again."""
    op.execute(CUT.format(column="", value="", changes="geom"))
    op.execute("ALTER TABLE road_pieces DROP COLUMN about")
    op.execute("CREATE INDEX ix_road_pieces_geom ON road_pieces USING gist (geom)")
    op.execute("DROP FUNCTION erqi_about(geometry, double precision)")
