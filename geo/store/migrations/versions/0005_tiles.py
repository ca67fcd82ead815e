"""What vector tiles are made of: segments in Web Mercator, and the tile cell of each report in an index.

``erqi_cell`` numbers the cells of zoom 30 of WebMercatorQuad along a Z-order curve, so that the cells of any tile of
any zoom are one range of numbers. The index holds all that a tile of counted reports needs.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

# What follows from the row has no place in the history.
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
    """Add the stored geometry and the index."""
    op.execute(RECORD.format(without="- '{feature,geom_3857}'::text[]"))
    op.execute((Path(__file__).parents[1] / "sql" / "0005_cells.sql").read_text(encoding="utf-8"))
    op.execute(
        "ALTER TABLE segments ADD COLUMN geom_3857 geometry(LineString, 3857)"
        " GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED"
    )
    op.execute(
        "CREATE INDEX ix_reports_cell ON reports (district, erqi_cell(ST_X(geom), ST_Y(geom))) INCLUDE (kind, geom)"
    )


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP INDEX ix_reports_cell")
    op.execute("ALTER TABLE segments DROP COLUMN geom_3857")
    op.execute("DROP FUNCTION erqi_cell(double precision, double precision)")
    op.execute(RECORD.format(without="- 'feature'"))
