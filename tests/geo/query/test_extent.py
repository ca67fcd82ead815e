"""Boxes, the district's card and the vocabularies."""

from __future__ import annotations

from sqlalchemy import Connection

from geo.collections import LAYERS
from geo.query.extent import extent
from geo.query.overview import district_card, schema_revision, vocabulary_terms
from geo.query.view import View
from geo.store.migrate import MIGRATIONS
from tests.data.seed import table
from tests.geo.sample import DISTRICT, add

VIEW = View(DISTRICT)


def test_box_of_an_empty_layer_is_null(connection: Connection) -> None:
    rows = connection.execute(extent([LAYERS["sites"], LAYERS["tasks"]], VIEW)).all()
    assert [tuple(row) for row in rows] == [("sites", None, None, None, None)]


def test_box_holds_every_feature_of_the_district(world: Connection) -> None:
    add(world, "landmarks", id="a", geom="SRID=4326;POINT (113 35)")
    add(world, "landmarks", id="b", geom="SRID=4326;POINT (114 34)")
    add(world, "landmarks", id="c", geom=None, position_status="unlocated", position_accuracy_m=None)
    add(world, "landmarks", id="d", geom="SRID=4326;POINT (0 0)", district="410104")
    (row,) = world.execute(extent([LAYERS["landmarks"]], VIEW)).all()
    assert tuple(row) == ("landmarks", 113, 34, 114, 35)


def test_card_says_whether_demonstration_rows_are_there(world: Connection) -> None:
    assert world.execute(district_card(VIEW)).one().demonstration is False
    add(world, "reports", demonstration=True, district="410104")
    assert world.execute(district_card(VIEW)).one().demonstration is False
    add(world, "reports", demonstration=True)
    assert world.execute(district_card(VIEW)).one().demonstration is True


def test_card_of_an_unknown_district_is_no_row(world: Connection) -> None:
    assert world.execute(district_card(View("999999"))).all() == []


def test_vocabularies_are_those_of_the_file(seeded_connection: Connection) -> None:
    found = [tuple(row)[:4] for row in seeded_connection.execute(vocabulary_terms())]
    wanted = [(row["scheme"], row["code"], row["label_zh"], row["label_en"]) for row in table("vocabularies")]
    assert sorted(found) == sorted(wanted)
    for scheme in {row[0] for row in wanted}:
        assert [row[1] for row in found if row[0] == scheme] == [row[1] for row in wanted if row[0] == scheme]


def test_revision_is_the_newest(connection: Connection) -> None:
    newest = max(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert connection.scalar(schema_revision()) == newest
