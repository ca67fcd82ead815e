"""Vector tiles: decoded by another's decoder, each feature in its place, each point counted once, none too large."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from geo.collections import LAYERS
from geo.query.tile_grid import Tile
from geo.query.tiles import DETAIL_ZOOM, MAX_BYTES, STYLE_NAMES, tile_statement
from geo.query.view import View
from tests.geo.reading import read_page
from tests.geo.sample import DISTRICT, add
from tests.tile_reading import (
    MARGIN,
    UNITS,
    Feature,
    decode,
    geometry_of,
    in_tile,
    projected,
    tile_at,
    tiles_over,
    within_tile,
)

VIEW = View(DISTRICT)
AUGUST = View(DISTRICT, datetime(2020, 8, 1, 12, tzinfo=timezone(timedelta(hours=8))))
DRAWN = [layer.id for layer in LAYERS.values() if layer.geometry_type]
DENSE = 60_000
TODAY = dict.fromkeys(DRAWN, VIEW) | {"conflicts": AUGUST}  # works in the way of flood control are over today
every_layer = pytest.mark.parametrize("layer", DRAWN)


def bytes_of(connection: Connection, layer: str, place: Tile, view: View = VIEW) -> bytes:
    statement = tile_statement(LAYERS[layer], view, detailed=place.zoom >= DETAIL_ZOOM)
    return bytes(connection.scalar(statement, place.values()) or b"")


def read(connection: Connection, layer: str, place: Tile, view: View = VIEW) -> list[Feature]:
    return decode(bytes_of(connection, layer, place, view)).get(layer, [])


def located(connection: Connection, layer: str, view: View = VIEW) -> dict[str, Feature]:
    features = read_page(connection, layer, view).features
    return {each["id"]: each for each in features if each["geometry"] is not None}


def around(features: dict[str, Feature]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds([shape(each["geometry"]) for each in features.values()])
    return west, south, east, north


@every_layer
@pytest.mark.parametrize("zoom", [9, 12, 14, 16])
def test_tile_holds_exactly_what_touches_it_in_its_place(
    demonstration_connection: Connection, layer: str, zoom: int
) -> None:
    """Within one unit: half a unit of rounding each way, a quarter of simplification."""
    whole = located(demonstration_connection, layer, TODAY[layer])
    there = {key: projected(shape(each["geometry"])) for key, each in whole.items()}
    places = tiles_over(around(whole), zoom)
    seen = set()
    for row, column in places[:: len(places) // 12 + 1]:
        found = read(demonstration_connection, layer, Tile(zoom, row, column), TODAY[layer])
        ids = {each["properties"]["id"] for each in found}
        assert len(ids) == len(found)
        here = {key: within_tile(each, zoom, row, column) for key, each in there.items()}
        inner, outer = (box(-grow, -grow, UNITS + grow, UNITS + grow) for grow in (MARGIN - 1, MARGIN + 1))
        assert {key for key, each in here.items() if each.intersects(inner)} <= ids
        assert ids <= {key for key, each in here.items() if each.intersects(outer)}
        for feature in found:
            check_place(geometry_of(feature), here[feature["properties"]["id"]])
        seen |= ids
    assert seen or zoom > 14  # few tiles of a high zoom hold anything


def check_place(drawn: BaseGeometry, original: BaseGeometry) -> None:
    """Every vertex is where the feature is, and all of the feature that is in the tile is drawn."""
    assert drawn.is_valid
    edge = box(-MARGIN, -MARGIN, UNITS + MARGIN, UNITS + MARGIN)
    is_area = original.geom_type == "MultiPolygon"
    outline, line = (original.boundary, drawn.boundary) if is_area else (original, drawn)
    vertices = np.array([shapely.Point(each) for each in shapely.get_coordinates(drawn)])
    own = vertices[shapely.within(vertices, edge)] if is_area else vertices  # an area is also cut off at the margin
    assert np.all(shapely.distance(own, outline) <= 1)
    inside = shapely.intersection(outline, edge)
    assert inside.is_empty or inside.within(line.buffer(1.5))


@every_layer
def test_detailed_tile_has_every_property_as_geojson_has_it(demonstration_connection: Connection, layer: str) -> None:
    checked = 0
    view = TODAY[layer]
    for key, whole in list(located(demonstration_connection, layer, view).items())[:20]:
        position = shape(whole["geometry"]).representative_point()
        place = Tile(17, *tile_at(position.x, position.y, 17))
        tile = read(demonstration_connection, layer, place, view)
        (found,) = [each for each in tile if each["properties"]["id"] == key]
        wanted = {"id": key} | {name: value for name, value in whole["properties"].items() if value is not None}
        given = found["properties"]
        # A list is text in a tile.
        given |= {name: json.loads(given[name]) for name, value in wanted.items() if isinstance(value, list)}
        for name in ("as_of", "age_hours"):  # which go on with the clock
            wanted.pop(name, None)
            given.pop(name, None)
        assert given == wanted
        checked += 1
    assert checked


@every_layer
def test_coarse_tile_has_the_id_and_what_a_style_needs(demonstration_connection: Connection, layer: str) -> None:
    names = {"id", *STYLE_NAMES} & {"id", *LAYERS[layer].property_names()}
    whole = located(demonstration_connection, layer, TODAY[layer])
    (row, column), *_ = tiles_over(around(whole), 10)
    found = read(demonstration_connection, layer, Tile(10, row, column), TODAY[layer])
    assert found
    for feature in found:
        given = whole[feature["properties"]["id"]]
        assert feature["properties"] == {
            name: value
            for name in names
            if (value := given["id"] if name == "id" else given["properties"][name]) is not None
        }


def test_number_of_a_feature_is_the_same_in_every_tile_and_safe(demonstration_connection: Connection) -> None:
    numbers: dict[str, set[int]] = {}
    whole = located(demonstration_connection, "reports")
    for zoom in (8, 14, 16):
        for row, column in tiles_over(around(whole), zoom)[:30]:
            for feature in read(demonstration_connection, "reports", Tile(zoom, row, column)):
                numbers.setdefault(feature["properties"]["id"], set()).add(feature["id"])
    assert set(numbers) <= set(whole)
    assert all(len(each) == 1 for each in numbers.values())
    assert len(set.union(*numbers.values())) == len(numbers) > 20
    assert all(0 <= number < 2**53 for each in numbers.values() for number in each)


@pytest.mark.parametrize("layer", ["segment_progress", "checkpoint_status", "segments", "cases"])
def test_tile_of_a_moment_shows_the_layer_of_that_moment(demonstration_connection: Connection, layer: str) -> None:
    whole = located(demonstration_connection, layer, AUGUST)
    found = {}
    for row, column in tiles_over(around(whole), 12):
        for feature in read(demonstration_connection, layer, Tile(12, row, column), AUGUST):
            found[feature["properties"]["id"]] = feature["properties"]
    assert set(found) == set(whole)
    names = [name for name in ("state", "status", "name_zh") if name in LAYERS[layer].property_names()]
    assert {key: [each[name] for name in names] for key, each in found.items()} == {
        key: [each["properties"][name] for name in names] for key, each in whole.items()
    }


@pytest.mark.parametrize("layer", ["segments", "roads", "reports", "districts", "checkpoint_status"])
def test_empty_tile_has_no_bytes(demonstration_connection: Connection, layer: str) -> None:
    assert bytes_of(demonstration_connection, layer, Tile(14, 0, 0)) == b""
    assert bytes_of(demonstration_connection, layer, Tile(22, 2**22 - 1, 2**22 - 1)) == b""


def add_many_reports(world: Connection) -> None:
    """Add 60,000 reports: half of them about the district, half at one place."""
    world.execute(text("ALTER TABLE reports DISABLE TRIGGER USER"))
    world.execute(
        text("""
        INSERT INTO reports (district, id, kind, note, observed_at, geom)
        SELECT :district, gen_random_uuid(), CASE WHEN n % 3 = 0 THEN 'problem' ELSE 'note' END,
               repeat('长', 70), '2020-06-01Z',
               CASE WHEN n % 2 = 0 THEN ST_SetSRID(ST_MakePoint(113.6 + 0.12 * random(), 34.65 + 0.13 * random()), 4326)
                    ELSE 'SRID=4326;POINT (113.65 34.74)' END
        FROM generate_series(1, :number) AS n
        """),
        {"district": DISTRICT, "number": DENSE},
    )
    world.execute(text("ANALYZE reports"))


def test_each_of_many_points_is_counted_once_and_no_tile_is_large(world: Connection) -> None:
    add_many_reports(world)
    positions = {
        str(row.id): (row.lon, row.lat)
        for row in world.execute(
            text("SELECT id, ST_X(geom) lon, ST_Y(geom) lat FROM reports WHERE district = :d AND geom IS NOT NULL"),
            {"d": DISTRICT},
        )
    }
    for zoom in (0, 7, 11, 13, 14):
        tiles = {key: tile_at(*position, zoom) for key, position in positions.items()}
        counted = sum(
            count_in(decode(bytes_of(world, "reports", Tile(zoom, *place)))["reports"], place, tiles)
            for place in sorted(set(tiles.values()))
        )
        assert counted == len(positions)
    for zoom in range(23):
        check_crowd_at_one_place(world, Tile(zoom, *tile_at(113.65, 34.74, zoom)))


def count_in(features: list[Feature], place: tuple[int, int], tiles: dict[str, tuple[int, int]]) -> int:
    """Count the points of a tile; in one with room for each, those of the margin are its neighbours'."""
    for properties in (each["properties"] for each in features if "point_count" in each["properties"]):
        parts = {name: number for name, number in properties.items() if name.startswith("count_")}
        assert sum(parts.values()) == properties["point_count"]
        assert set(parts) <= {"count_note", "count_problem"}
    properties_of = [each["properties"] for each in features]
    return sum(each["point_count"] if "point_count" in each else tiles[each["id"]] == place for each in properties_of)


def check_crowd_at_one_place(world: Connection, place: Tile) -> None:
    body = bytes_of(world, "reports", place)
    assert len(body) <= MAX_BYTES
    largest = max(decode(body)["reports"], key=lambda each: each["properties"]["point_count"])
    assert largest["properties"]["point_count"] >= DENSE // 2
    assert geometry_of(largest).distance(in_tile(shapely.Point(113.65, 34.74), *place)) <= UNITS / 64


def test_features_with_long_texts_are_counted_where_they_would_not_fit(world: Connection) -> None:
    for number in range(40):
        add(world, "landmarks", id=f"long {number}", kind="crossing", name_zh=str(number) + "长" * 5_000)
    place = Tile(16, *tile_at(113.65, 34.74, 16))
    body = bytes_of(world, "landmarks", place)
    assert len(body) <= MAX_BYTES
    assert [each["properties"] for each in decode(body)["landmarks"]] == [{"point_count": 40, "count_crossing": 40}]


def test_lines_too_many_for_a_tile_are_joined(world: Connection) -> None:
    world.execute(text("ALTER TABLE roads DISABLE TRIGGER USER"))
    world.execute(
        text("""
        INSERT INTO roads (district, id, name_zh, name_en, position_status, position_accuracy_m, geom)
        SELECT :district, 'many ' || n, '路', 'Road', 'estimated', 50, erqi_measured(ST_SetSRID(ST_MakeLine(
               ST_MakePoint(113.6 + n * 0.00002, 34.7), ST_MakePoint(113.6 + n * 0.00002, 34.75)), 4326))
        FROM generate_series(1, 4500) AS n
        """),
        {"district": DISTRICT},
    )
    body = bytes_of(world, "roads", Tile(10, *tile_at(113.65, 34.72, 10)))
    assert len(body) <= MAX_BYTES
    (feature,) = decode(body)["roads"]
    assert feature["properties"] == {"line_count": 4501}  # with the one of the small world
    assert geometry_of(feature).geom_type == "MultiLineString"


def test_stored_web_mercator_follows_the_line_and_stays_out_of_the_history(world: Connection) -> None:
    def stored() -> Any:
        query = "SELECT ST_Equals(geom_3857, ST_Transform(geom, 3857)) FROM segments WHERE district = :d"
        return list(world.scalars(text(query), {"d": DISTRICT}))

    assert stored() == [True]
    world.execute(
        text(
            "UPDATE roads SET geom = 'SRID=4326;LINESTRING M (113.65 34.74 0, 113.66 34.75 1500)' WHERE district = :d"
        ),
        {"d": DISTRICT},
    )
    assert stored() == [True]
    states = world.scalars(text("SELECT state FROM changes WHERE collection = 'segments'")).all()
    assert len(states) >= 2
    assert not any({"geom_3857", "feature"} & set(state) for state in states if state)
