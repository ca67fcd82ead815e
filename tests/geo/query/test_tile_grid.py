"""The tiles of WebMercatorQuad and the cells that positions are counted by, held to PROJ."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.collections import LAYERS
from geo.query.tile_grid import Tile
from geo.query.tiles import tile_statement
from geo.query.view import View
from tests.geo.sample import DISTRICT, add
from tests.tile_reading import UNITS, decode, in_tile, tile_at

EDGES = {
    "east": (180.0, 10.0),
    "west": (-180.0, 10.0),
    "corner": (180.0, -85.05112877980659),
    "north": (0.0, 85.05112877980659),
    "pole": (0.0, 90.0),
    "other pole": (0.0, -90.0),
    "null island": (0.0, 0.0),
}


def test_points_at_the_edges_of_the_world_do_no_harm(world: Connection) -> None:
    for key, (lon, lat) in EDGES.items():
        add(world, "landmarks", id=key, geom=f"SRID=4326;POINT ({lon} {lat})")
    statement = tile_statement(LAYERS["landmarks"], View(DISTRICT), detailed=False)
    tile = decode(world.scalar(statement, Tile(0, 0, 0).values()) or b"")
    found = {each["properties"]["id"] for each in tile["landmarks"]}
    assert found == set(EDGES) - {"pole", "other pole"}
    for row in range(4):
        for column in range(4):
            world.execute(statement, Tile(2, row, column).values())


def test_every_position_has_one_cell_and_the_poles_have_none(world: Connection) -> None:
    for key, (lon, lat) in EDGES.items():
        cell = world.scalar(text("SELECT erqi_cell(:lon, :lat)"), {"lon": lon, "lat": lat})
        assert (cell is None) == ("pole" in key)
        assert cell is None or 0 <= cell < 2**60
        if cell is not None:
            places = [Tile(2, row, column).values() for row in range(4) for column in range(4)]
            assert sum(each["first"] <= cell < each["behind"] for each in places) == 1


@example_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lon=st.floats(-179.99, 179.99), lat=st.floats(-85, 85), zoom=st.integers(0, 22))
def test_cell_lies_in_the_tile_that_proj_says(connection: Connection, lon: float, lat: float, zoom: int) -> None:
    row, column = tile_at(lon, lat, zoom)
    x, y, *_ = in_tile(shapely.Point(lon, lat), zoom, row, column).bounds
    if min(x, y, UNITS - x, UNITS - y) < 1e-3:
        return  # on an edge PROJ may round to the other side
    cell = connection.scalar(text("SELECT erqi_cell(:lon, :lat)"), {"lon": lon, "lat": lat})
    values = Tile(zoom, row, column).values()
    assert values["first"] <= cell < values["behind"]


@pytest.mark.parametrize(
    "place",
    [(23, 0, 0), (-1, 0, 0), (0, 1, 0), (0, 0, 1), (5, 32, 0), (5, 0, 32), (5, -1, 0), (5, 0, -1), (22, 0, 2**22)],
)
def test_tile_outside_the_matrix_does_not_exist(place: tuple[int, int, int]) -> None:
    assert not Tile(*place).exists()


@pytest.mark.parametrize("place", [(0, 0, 0), (5, 31, 31), (22, 2**22 - 1, 2**22 - 1)])
def test_corner_tiles_exist(place: tuple[int, int, int]) -> None:
    assert Tile(*place).exists()
