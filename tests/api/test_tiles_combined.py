"""A combined tile of several crowded layers is no larger than a tile of one, and leaves out none of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest
from sqlalchemy import Engine, text

from api.app import create_app
from api.settings import Settings
from geo.collections import LAYERS
from geo.store.engine import make_engine
from tests.api.serving import serving
from tests.conftest import TestServer
from tests.geo.sample import DISTRICT
from tests.tile_reading import Feature, decode, tile_at

MAX_BYTES = 500_000
CENTRE = (113.645, 34.72)
NUMBER = 2_500  # of a layer: each alone has room for all of them with their names
PLACE = "/".join(map(str, (10, *tile_at(*CENTRE, 10))))
COMBINED = f"/ogc/tiles/WebMercatorQuad/{PLACE}"
POINTS = {"landmarks": "crossing", "sites": "park", "units": "department"}
CROWDED = (*POINTS, "site_progress", "roads")
POINT = "ST_MakePoint(:lon + n * 0.754877666 % 0.02, :lat + n * 0.569840291 % 0.02)"


@pytest.fixture(scope="module")
def crowded(server: TestServer, seeded_url: str) -> Iterator[tuple[str, httpx.Client]]:
    """Serve places with a crowd in several layers."""
    assert seeded_url
    url = server.create("tiles_crowded", template="seeded")
    engine = make_engine(url)
    for table, kind in POINTS.items():
        add_many(engine, table, "kind, geom", f"'{kind}', ST_SetSRID({POINT}, 4326)")
    line = f"ST_MakeLine({POINT}, ST_Translate({POINT}, 0.001, 0.001))"
    add_many(engine, "roads", "geom", f"erqi_measured(ST_SetSRID({line}, 4326))")
    engine.dispose()
    with (
        serving(create_app(Settings(database_url=url))) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield url, client


def add_many(engine: Engine, table: str, columns: str, values: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(
            text(
                f"INSERT INTO {table} (district, id, name_zh, name_en, position_status, position_accuracy_m, {columns})"  # noqa: S608 - the test's own
                f" SELECT :district, 'many ' || n, '某某地方' || n, 'Some place ' || n, 'estimated', 50, {values}"
                " FROM generate_series(1, :number) AS n"
            ),
            {"district": DISTRICT, "number": NUMBER, "lon": CENTRE[0], "lat": CENTRE[1]},
        )
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def alone(client: httpx.Client, layer: str) -> bytes:
    return client.get(f"/ogc/collections/{layer}/tiles/WebMercatorQuad/{PLACE}").content


def numbers(features: list[Feature]) -> int:
    """Count what features stand for."""
    return sum(each["properties"].get("point_count", each["properties"].get("line_count", 1)) for each in features)


def test_tile_of_many_crowded_layers_is_held(crowded: tuple[str, httpx.Client]) -> None:
    _, client = crowded
    whole = client.get(COMBINED).content
    assert len(whole) <= MAX_BYTES
    singles = {layer.id: alone(client, layer.id) for layer in LAYERS.values() if layer.geometry_type}
    assert all(len(body) <= MAX_BYTES for body in singles.values())
    assert sum(map(len, singles.values())) > 2 * MAX_BYTES
    combined = decode(whole)
    assert list(combined) == [layer for layer, body in singles.items() if body]
    for layer, body in singles.items():
        assert numbers(combined.get(layer, [])) == numbers(decode(body).get(layer, []))
        assert (body in whole) == (layer not in CROWDED)  # only the crowded ones have given way


def test_crowded_layer_takes_the_room_that_others_leave(crowded: tuple[str, httpx.Client]) -> None:
    _, client = crowded
    for beside in ("districts", "canals"):
        body = client.get(COMBINED, params={"collections": f"{beside},sites"}).content
        assert body == alone(client, beside) + alone(client, "sites")
    two = client.get(COMBINED, params={"collections": "roads,sites"}).content
    assert len(two) <= MAX_BYTES
    ids = {layer: {each["id"] for each in features} for layer, features in decode(two).items()}
    assert ids == {layer: {each["id"] for each in decode(alone(client, layer))[layer]} for layer in ("roads", "sites")}


def test_room_does_not_depend_on_the_order_asked_for(crowded: tuple[str, httpx.Client]) -> None:
    _, client = crowded
    there, back = (
        client.get(COMBINED, params={"collections": ",".join(each)}).content for each in (CROWDED, CROWDED[::-1])
    )
    assert len(there) == len(back) <= MAX_BYTES
    assert decode(there) == decode(back)
    assert list(decode(there)) == list(CROWDED)


def test_held_tile_is_fresh_and_the_same_from_every_process(crowded: tuple[str, httpx.Client]) -> None:
    url, client = crowded
    timeless = ("landmarks", "sites", "units", "roads")  # the clock changes the tags of the others each minute
    assert sum(len(alone(client, layer)) for layer in timeless) > MAX_BYTES
    address = f"{COMBINED}?collections={','.join(timeless)}"
    first = client.get(address)
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(address, headers=tag).status_code == 304
    with serving(create_app(Settings(database_url=url))) as other:
        assert httpx.get(other + address, timeout=60).content == first.content
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM landmarks WHERE id = 'many 1'")
    changed = client.get(address, headers=tag)
    assert changed.status_code == 200
    assert len(changed.content) <= MAX_BYTES
    assert numbers(decode(changed.content)["landmarks"]) == numbers(decode(first.content)["landmarks"]) - 1
