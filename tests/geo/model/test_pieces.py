"""The short pieces by which roads are found are the road, whatever becomes of it; reports are recorded whole."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from geo.intake.placing_doubt import CLEARLY
from geo.intake.placing_near import LINE_ERROR_M
from geo.model import Report
from tests.geo.sample import DISTRICT

# 20 steps eastwards of 0.001 degrees; measures only have to rise. By eights: 8, 8 and 4 steps.
VERTICES = [f"{113.6 + n / 1000:.3f} {34.7 + n % 2 / 1000:.3f} {n * 100}" for n in range(21)]
LINE = f"LINESTRINGM({', '.join(VERTICES)})"
SHORT = "LINESTRINGM(113.6 34.7 0, 113.7 34.8 14000)"
ADD = text(
    "INSERT INTO roads (district, id, name_zh, name_en, position_status, position_accuracy_m, geom)"
    " VALUES (:district, 'cut', '路', 'Road', 'surveyed', 10, ST_GeomFromText(:line, 4326))"
)
CHANGE = text("UPDATE roads SET geom = ST_GeomFromText(:line, 4326) WHERE district = :district AND id = 'cut'")
STEPS = text(
    "SELECT ST_NPoints(geom) - 1 FROM road_pieces WHERE district = :district AND road_id = 'cut' ORDER BY number"
)
SAME = text(
    "SELECT ST_Equals(ST_LineMerge(ST_Collect(piece.geom ORDER BY number)), ST_Force2D(road.geom)) FROM roads AS road"
    " JOIN road_pieces AS piece ON piece.district = road.district AND piece.road_id = road.id"
    " WHERE road.district = :district AND road.id = 'cut' GROUP BY road.geom"
)


def test_pieces_follow_the_line_of_their_road(world: Connection) -> None:
    own = {"district": DISTRICT}
    world.execute(ADD, own | {"line": LINE})
    assert world.scalars(STEPS, own).all() == [8, 8, 4]
    assert world.scalar(SAME, own) is True
    world.execute(CHANGE, own | {"line": SHORT})
    assert world.scalars(STEPS, own).all() == [1]
    assert world.scalar(SAME, own) is True
    world.execute(text("DELETE FROM roads WHERE district = :district AND id = 'cut'"), own)
    assert world.scalars(STEPS, own).all() == []


@pytest.mark.parametrize(
    ("accuracy_m", "believed_m"),
    [(0.5, 0.5), (10, 10), (150, 150), (LINE_ERROR_M, LINE_ERROR_M), (5_000, LINE_ERROR_M)],
)
def test_box_about_a_piece_holds_whoever_may_mean_its_road(
    world: Connection, accuracy_m: float, believed_m: float
) -> None:
    own = {"district": DISTRICT}
    world.execute(ADD, own | {"line": LINE})
    world.execute(text("UPDATE roads SET position_accuracy_m = :accuracy WHERE id = 'cut'"), {"accuracy": accuracy_m})
    holds = text(
        "SELECT bool_and(ST_Covers(about, geography(geom)::geometry)"
        " AND ST_CoveredBy(ST_Buffer(geography(geom), :most)::geometry, about)"
        " AND NOT ST_CoveredBy(ST_Buffer(geography(geom), 1.1 * :most)::geometry, about))"
        " FROM road_pieces WHERE road_id = 'cut'"
    )
    assert world.scalar(holds, {"most": CLEARLY * believed_m}) is True


def test_history_of_a_report_holds_each_of_its_columns(world: Connection) -> None:
    """Its recorder names the columns, so a new one has to be added there."""
    world.execute(
        text(
            "INSERT INTO reports (district, id, kind, observed_at, note, geom) VALUES (:district,"
            " '00000000-0000-4000-8000-000000000001', 'note', now(), '甲', 'SRID=4326;POINT(113.6 34.7)')"
        ),
        {"district": DISTRICT},
    )
    state = world.scalar(
        text("SELECT state FROM changes WHERE feature_id = '00000000-0000-4000-8000-000000000001'"),
    )
    assert set(state) == {column.name for column in Report.__table__.columns} - {"feature"}
    # EWKB by hand: little-endian point with SRID 4326 (E6100000), then the two doubles.
    assert state["geom"].startswith("0101000020E6100000")
