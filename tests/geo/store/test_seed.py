"""The seed in the database: what the files say, once, on the ground, as of the day it was published."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from pyproj import Geod
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError

from geo.collections import LAYERS
from geo.model import SCHEMES, Base, Canal, Change, Road, Segment
from geo.query.published import segments
from geo.query.view import View
from geo.store import seed
from geo.store.engine import make_engine
from geo.store.seed import FILES, load_places, seed_if_empty
from tests.conftest import DISTRICT, TestServer
from tests.data.seed import rows_of, table
from tests.geo.reading import item

GEOD = Geod(ellps="WGS84")
SHANGHAI = timezone(timedelta(hours=8))
ONE_DAY_OF_MAY = datetime(2020, 5, 8, 12, tzinfo=SHANGHAI)


def rows_in(url: str) -> dict[str, int]:
    engine = make_engine(url)
    with engine.connect() as connection:
        counts = {
            name: connection.scalar(select(func.count()).select_from(each)) or 0
            for name, each in Base.metadata.tables.items()
        }
    engine.dispose()
    return counts


def test_rows_equal_the_files(seeded_connection: Connection) -> None:
    for file in FILES:
        name = file.split(".")[0]
        ids = set(seeded_connection.scalars(text(f"SELECT {'district' if name == 'districts' else 'id'} FROM {name}")))  # noqa: S608 - our own table names
        assert len(ids) == len(rows_of(file)), file
        if "id" in rows_of(file)[0] and name != "districts":
            assert ids == {row["id"] for row in rows_of(file)}
    for scheme, model in SCHEMES.items():
        wanted = [row["code"] for row in table("vocabularies") if row["scheme"] == scheme]
        found = Base.metadata.tables[model.__tablename__].c
        assert list(seeded_connection.scalars(select(found.code).order_by(found.sort_order))) == wanted


@pytest.mark.parametrize(("model", "file"), [(Road, "roads.geojson"), (Canal, "canals.geojson")])
def test_length_is_the_geodesic_length(seeded_connection: Connection, model: type[Road], file: str) -> None:
    lengths = {row.id: row.length_m for row in seeded_connection.execute(select(model.id, model.length_m))}
    for row in rows_of(file):
        positions = row["geometry"]["coordinates"]
        lons, lats = zip(*positions, strict=True)
        assert lengths[row["id"]] == pytest.approx(GEOD.line_length(lons, lats), abs=0.001)


def test_segment_is_as_long_as_its_range(seeded_connection: Connection) -> None:
    rows = seeded_connection.execute(
        select(Segment.id, Segment.from_m, Segment.to_m, func.ST_AsGeoJSON(Segment.geom, 15))
    )
    for _, from_m, to_m, shape in rows:
        lons, lats = zip(*json.loads(shape)["coordinates"], strict=True)
        assert GEOD.line_length(lons, lats) == pytest.approx(float(to_m - from_m), abs=0.001)


def test_segments_cover_their_roads_without_a_gap(seeded_connection: Connection) -> None:
    for road, length in seeded_connection.execute(select(Road.id, Road.length_m)).tuples():
        ranges = seeded_connection.execute(
            select(Segment.from_m, Segment.to_m).where(Segment.road_id == road).order_by(Segment.from_m)
        ).all()
        assert ranges[0].from_m == 0
        assert all(before.to_m == after.from_m for before, after in pairwise(ranges))
        assert float(ranges[-1].to_m) == pytest.approx(length, abs=0.1)


def test_seed_is_there_as_of_a_day_of_may_and_not_before(seeded_connection: Connection) -> None:
    count = select(func.count())
    after = count.select_from(segments(View(DISTRICT, ONE_DAY_OF_MAY)).subquery())
    before = count.select_from(segments(View(DISTRICT, ONE_DAY_OF_MAY - timedelta(days=10))).subquery())
    assert seeded_connection.scalar(after) == len(rows_of("segments.csv"))
    assert seeded_connection.scalar(before) == 0


def test_seed_says_who_and_why_in_the_history(seeded_connection: Connection) -> None:
    said = (Change.collection == "response_rules", Change.changed_by, Change.reason, Change.operation)
    found = seeded_connection.execute(select(*said).distinct()).all()
    assert {tuple(row) for row in found} == {
        (False, "seed", "seed: published facts of May 2020", "insert"),
        (True, "seed", "seed: how Zhengzhou answered signals, as reported", "insert"),
    }


def test_nobody_has_reported_so_no_status_is_invented(seeded_connection: Connection) -> None:
    states = seeded_connection.scalars(text("SELECT DISTINCT state FROM checkpoints"))
    assert list(states) == ["unconfirmed"]
    assert seeded_connection.scalar(text("SELECT count(progress_percent) FROM tasks")) == 0
    for name in ("reports", "readings", "people"):
        assert seeded_connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0  # noqa: S608 - our own table names


def test_geometry_is_that_of_the_file(seeded_connection: Connection) -> None:
    road = rows_of("roads.geojson")[0]
    feature = json.loads(seeded_connection.scalar(item(LAYERS["roads"], View(DISTRICT), road["id"])) or "")
    assert feature["geometry"] == road["geometry"]


def test_second_seeding_does_nothing_and_says_so(server: TestServer, seeded_url: str) -> None:
    assert seeded_url
    url = server.create("reseeded", template="seeded")
    before = rows_in(url)
    for demonstration in (False, True):
        report = seed_if_empty(url, demonstration=demonstration)
        assert report.rows == {}
        assert "nothing was changed" in report.text.en
        assert "未作改动" in report.text.zh
    assert rows_in(url) == before
    server.drop("reseeded")


def test_two_seedings_at_once_seed_once(server: TestServer, empty_url: str) -> None:
    assert empty_url
    url = server.create("seeded_twice", template="empty")
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: seed_if_empty(url, demonstration=False), range(2)))
    assert sorted(bool(report.rows) for report in reports) == [False, True]
    server.drop("seeded_twice")


def test_failed_seeding_leaves_nothing(server: TestServer, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert empty_url
    url = server.create("seeded_half", template="empty")
    monkeypatch.setattr(seed, "FILES", (*FILES, "reports.csv"))
    with pytest.raises(FileNotFoundError):
        seed_if_empty(url, demonstration=False)
    assert set(rows_in(url).values()) == {0}
    server.drop("seeded_half")


def test_places_cannot_be_loaded_over_others(seeded_connection: Connection) -> None:
    with pytest.raises(IntegrityError, match="duplicate key"):
        load_places(seeded_connection, DISTRICT)
