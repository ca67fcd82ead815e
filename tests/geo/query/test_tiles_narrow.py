"""Tiles with little room: nothing is larger than its room, no point uncounted, every line still where it was."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from geo.collections import LAYERS
from geo.query.tile_grid import Tile
from geo.query.tiles import narrow_tile_statement, tile_statement
from geo.query.view import View
from tests.geo.sample import DISTRICT
from tests.tile_reading import UNITS, Feature, decode, geometry_of, tile_at

VIEW = View(DISTRICT)
DRAWN = [layer.id for layer in LAYERS.values() if layer.geometry_type]
SHARE = 500_000 // len(DRAWN)  # what a layer has when all are asked for and all are crowded
PLACE = Tile(12, *tile_at(113.65, 34.72, 12))
POINTS, ROADS = 9_000, 1_200


def narrow(connection: Connection, layer: str, room: int, place: Tile = PLACE) -> bytes:
    statement = narrow_tile_statement(LAYERS[layer], VIEW, detailed=place.zoom >= 15)
    body = bytes(connection.scalar(statement, place.values() | {"room": room}) or b"")
    assert len(body) <= room
    return body


def features(connection: Connection, layer: str, room: int, place: Tile = PLACE) -> list[Feature]:
    return decode(narrow(connection, layer, room, place)).get(layer, [])


def wide(connection: Connection, layer: str, place: Tile = PLACE) -> bytes:
    statement = tile_statement(LAYERS[layer], VIEW, detailed=place.zoom >= 15)
    return bytes(connection.scalar(statement, place.values()) or b"")


def fill(world: Connection, number: int, table: str, columns: str, values: str) -> None:
    """Add rows spread evenly over the tile, ``x`` and ``y`` from 0 to 1 within its box, without their history."""
    box = PLACE.values()
    spread = "SELECT n, n * 0.754877666 % 1 AS x, n * 0.569840291 % 1 AS y FROM generate_series(1, :number) AS n"
    world.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    world.execute(
        text(
            f"INSERT INTO {table} (district, {columns}) SELECT '{DISTRICT}', {values} FROM ("  # noqa: S608 - the test's own
            "SELECT n, :west + x * (:east - :west) AS x, :south + y * (:north - :south) AS y"
            f" FROM ({spread}) AS spread) AS placed"
        ),
        {"number": number, **{name: box[name] for name in ("west", "east", "south", "north")}},
    )


def add_reports(world: Connection) -> None:
    kinds = "(ARRAY['note', 'problem'])[1 + n % 2]"
    point = "ST_SetSRID(ST_MakePoint(x, y), 4326)"
    fill(
        world,
        POINTS,
        "reports",
        "id, kind, note, observed_at, geom",
        f"gen_random_uuid(), {kinds}, '看到', '2020-06-01Z', {point}",
    )


def add_roads(world: Connection) -> None:
    """Add roads of three vertices, 200 m to 2 km long, and every tenth of less than a metre."""
    length = "(CASE WHEN n % 10 = 0 THEN 0.000001 ELSE 0.002 + 0.00002 * (n % 900) END)"
    line = (
        f"ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint(x + {length}, y), ST_MakePoint(x + {length}, y + 0.001)])"
    )
    fill(
        world,
        ROADS,
        "roads",
        "id, name_zh, name_en, position_status, position_accuracy_m, geom",
        f"'many ' || n, '路' || n, 'Road ' || n, 'estimated', 50, erqi_measured(ST_SetSRID({line}, 4326))",
    )


def test_points_are_all_counted_whatever_the_room(world: Connection) -> None:
    add_reports(world)
    inside = world.scalar(
        text("SELECT count(*) FROM reports WHERE district = :d AND erqi_cell(ST_X(geom), ST_Y(geom)) >= :first"
             " AND erqi_cell(ST_X(geom), ST_Y(geom)) < :behind"),
        {"d": DISTRICT} | PLACE.values(),
    )  # fmt: skip
    assert inside is not None
    assert inside > POINTS * 0.9  # the others lie in the margin
    seen = set()
    for room in (400_000, 100_000, SHARE, 10_000, 4_000):
        found = features(world, "reports", room)
        seen.add(len(found))
        assert sum(each["properties"]["point_count"] for each in found) == inside
        for feature in found:
            parts = [number for name, number in feature["properties"].items() if name.startswith("count_")]
            assert sum(parts) == feature["properties"]["point_count"]
            assert geometry_of(feature).within(shapely.box(0, 0, UNITS, UNITS).buffer(1))
    assert seen == {4096, 1024, 256, 64}  # cells of a side of 64, 32, 16 and 8


def test_points_keep_their_ids_while_they_are_shown_one_by_one(world: Connection) -> None:
    fill(
        world,
        2_000,
        "landmarks",
        "id, kind, name_zh, name_en, position_status, position_accuracy_m, geom",
        "'many ' || n, 'crossing', '某某路口' || n, 'Crossing ' || n, 'estimated', 50,"
        " ST_SetSRID(ST_MakePoint(x, y), 4326)",
    )
    whole = {each["id"]: each["properties"] for each in decode(wide(world, "landmarks"))["landmarks"]}
    thin = {each["id"]: each["properties"] for each in features(world, "landmarks", 100_000)}
    assert len(whole) > 1_800
    assert thin == {number: {name: each[name] for name in ("id", "kind")} for number, each in whole.items()}
    assert sum(each["properties"]["point_count"] for each in features(world, "landmarks", 30_000)) <= len(whole)


def test_detailed_points_lose_properties_before_they_are_counted(world: Connection) -> None:
    add_reports(world)
    place = Tile(15, PLACE.row * 8 + 3, PLACE.column * 8 + 3)
    tile = wide(world, "reports", place)
    whole = {each["id"]: each["properties"] for each in decode(tile)["reports"]}
    assert 100 < len(whole) < 500
    styled = {each["id"]: each["properties"] for each in features(world, "reports", len(tile) * 3 // 4, place)}
    assert set(styled) == set(whole)
    assert all({"id", "kind"} <= set(each) < set(whole[number]) for number, each in styled.items())


def test_lines_are_drawn_ever_more_coarsely_in_their_place(world: Connection) -> None:
    """Every drawn line is near a real one and the other way round.

    What is simplified by 4 units and rounded is within 5; a grid of 512 moves a point by half its diagonal, 362.04.
    """
    add_roads(world)
    whole = decode(wide(world, "roads"))["roads"]
    originals = strokes(whole)
    sizes = []
    for room, off in ((400_000, 1), (60_000, 1), (20_000, 5), (6_000, 363), (3_000, 363)):
        found = features(world, "roads", room)
        drawn = strokes(found)
        assert max(farthest(drawn, originals), farthest(originals, drawn)) <= off
        assert sum(each["properties"].get("line_count", 1) for each in found) == len(whole)
        sizes.append(len(drawn))
    assert sizes == sorted(sizes, reverse=True)


def strokes(found: list[Feature]) -> list[BaseGeometry]:
    return list(shapely.get_parts([geometry_of(each) for each in found]))


def farthest(lines: list[BaseGeometry], others: list[BaseGeometry]) -> float:
    """Return how far the ends, bends and middles of lines are from others, at most."""
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    points = np.concatenate([shapely.points(shapely.get_coordinates(lines)), middles])
    _, distances = shapely.STRtree(others).query_nearest(points, return_distance=True, all_matches=False)
    return float(distances.max())
