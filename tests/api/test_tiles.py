"""Tiles over HTTP: what is asked for and nothing else, fresh to the last write, small, with links that lead back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine, text

from api.app import create_app
from api.freshness import Cache
from api.settings import Settings
from geo.collections import LAYERS
from geo.store.engine import make_engine
from maps.theme import PALETTE, TOKENS
from tests.api.serving import serving, serving_copy
from tests.conftest import TestServer
from tests.tile_reading import decode, tile_at, tiles_over

QUAD = "/ogc/tiles/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
DRAWN = [layer.id for layer in LAYERS.values() if layer.geometry_type]
CENTRE = (113.645, 34.72)
MAX_BYTES = 500_000


def path(zoom: int, layer: str = "", at: tuple[float, float] = CENTRE) -> str:
    row, column = tile_at(*at, zoom)
    base = f"/ogc/collections/{layer}/tiles/WebMercatorQuad" if layer else QUAD
    return f"{base}/{zoom}/{row}/{column}"


def test_combined_tile_is_the_tiles_of_its_layers_in_the_order_asked_for(season_client: httpx.Client) -> None:
    whole = season_client.get(path(11), params={"collections": "sites,segments,roads"})
    parts = [season_client.get(path(11, layer)).content for layer in ("sites", "segments", "roads")]
    assert whole.status_code == 200
    assert whole.headers["content-type"] == MVT
    assert whole.content == b"".join(parts)
    assert list(decode(whole.content)) == ["sites", "segments", "roads"]


def test_combined_tile_has_every_layer_unless_some_are_chosen(season_client: httpx.Client) -> None:
    there = [name for name in DRAWN if name != "conflicts"]  # the season is over
    assert list(decode(season_client.get(path(10)).content)) == there


def test_empty_tile_is_204_without_content(season_client: httpx.Client) -> None:
    for address in (f"{QUAD}/14/0/0", "/ogc/collections/roads/tiles/WebMercatorQuad/22/0/0"):
        answer = season_client.get(address)
        assert (answer.status_code, answer.content) == (204, b"")
        again = season_client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


NO_TILES = """
0/0/1 0/1/0 23/0/0 99999999999999999999/0/0 -1/0/0 1/-1/0 1/0/2 5/32/0 a/0/0 0/b/0 0/0/c 1.5/0/0 １/0/0 0x1/0/0
22/4194304/0 +1/0/0 1e1/0/0
"""


@pytest.mark.parametrize("place", NO_TILES.split())
def test_tile_that_is_outside_or_no_tile_is_404(season_client: httpx.Client, place: str) -> None:
    answer = season_client.get(f"{QUAD}/{place}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "address",
    [
        "/ogc/collections/nothing/tiles",
        "/ogc/collections/tasks/tiles",
        "/ogc/collections/tasks/tiles/WebMercatorQuad/0/0/0",
        "/ogc/collections/roads/tiles/WorldCRS84Quad",
        "/ogc/tiles/webmercatorquad/0/0/0",
        "/ogc/tileMatrixSets/WorldCRS84Quad",
        "/ogc/styles/other",
    ],
)
def test_what_is_not_there_is_404(season_client: httpx.Client, address: str) -> None:
    assert season_client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (f"{QUAD}/0/0/0?x=1", "x"),
        (f"{QUAD}/0/0/0?collections=", "collections"),
        (f"{QUAD}/0/0/0?collections=roads,nothing", "collections"),
        (f"{QUAD}/0/0/0?collections=roads,tasks", "collections"),
        (f"{QUAD}/0/0/0?collections=roads,roads", "collections"),
        (f"{QUAD}/0/0/0?collections=roads, sites", "collections"),
        (f"{QUAD}/0/0/0?collections=roads&collections=sites", "collections"),
        (f"{QUAD}/0/0/0?collections=roads%00", "collections"),
        (f"{QUAD}/0/0/0?datetime=yesterday", "datetime"),
        (f"{QUAD}/0/0/0?f=png", "f"),
        (f"{QUAD}?f=html", "f"),
        (f"{QUAD}/0/0/0?collections=" + "roads," * 1000, "query"),
        ("/ogc/collections/roads/tiles/WebMercatorQuad/0/0/0?collections=roads", "collections"),
        ("/ogc/collections/roads/tiles/WebMercatorQuad/0/0/0?filter=nothing=1", "filter"),
        ("/ogc/collections/roads/tiles/WebMercatorQuad/0/0/0?filter=name_zh='", "filter"),
        ("/ogc/collections/roads/tiles/WebMercatorQuad/0/0/0?filter-lang=sql", "filter-lang"),
        ("/ogc/collections/roads/tiles/WebMercatorQuad/0/0/0?properties=person_id", "properties"),
        (f"{QUAD}/0/0/0?filter=state='behind'", "filter"),
        ("/ogc/collections/roads/tiles?datetime=2020-08-01T12:00:00Z", "datetime"),
        ("/ogc/tileMatrixSets?x=1", "x"),
        ("/ogc/tileMatrixSets/WebMercatorQuad?f=json", "f"),
        ("/ogc/styles/erqi?x=1", "x"),
    ],
)
def test_parameter_that_is_unknown_or_cannot_be_read_is_400(
    season_client: httpx.Client, address: str, field: str
) -> None:
    answer = season_client.get(address)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def states(body: bytes) -> dict[str, str]:
    return {
        each["properties"]["id"]: each["properties"]["state"] for features in decode(body).values() for each in features
    }


@pytest.mark.parametrize("moment", ["2020-05-15T12:00:00+08:00", "2020-08-01T12:00:00+08:00"])
def test_tile_of_a_moment_shows_the_states_of_that_moment(season_client: httpx.Client, moment: str) -> None:
    items = season_client.get("/ogc/collections/segment_progress/items", params={"datetime": moment, "limit": 1000})
    tile = season_client.get(path(9, "segment_progress"), params={"datetime": moment})
    assert tile.status_code == 200
    wanted = {each["id"]: each["properties"]["state"] for each in items.json()["features"]}
    assert states(tile.content) == wanted
    assert len(wanted) > 20


def test_no_tile_of_the_demonstration_is_large(season_client: httpx.Client) -> None:
    west, south, east, north = 113.59, 34.65, 113.71, 34.78
    for zoom in range(14):
        for row, column in tiles_over((west, south, east, north), zoom):
            assert len(season_client.get(f"{QUAD}/{zoom}/{row}/{column}").content) <= MAX_BYTES
    sites = season_client.get("/ogc/collections/sites/items").json()["features"]
    places = [tuple(each["geometry"]["coordinates"]) for each in sites if each["geometry"]][:3]
    for zoom in range(14, 23):
        for place in places:
            answer = season_client.get(path(zoom, at=place))
            assert answer.status_code == 200
            assert len(answer.content) <= MAX_BYTES


@pytest.fixture(scope="module")
def changing(server: TestServer, demonstration_url: str) -> Iterator[tuple[Engine, httpx.Client]]:
    """Serve a copy of the season whose rows the test may change."""
    assert demonstration_url
    url = server.create("tiles_changing", template="demonstration")
    engine = make_engine(url)
    with (
        serving(create_app(Settings(database_url=url))) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield engine, client
    engine.dispose()


@pytest.mark.parametrize(
    ("address", "table"),
    [(path(11, "sites"), "sites"), (path(11), "sites"), (path(14, "segments"), "segments"), (path(9), "roads")],
)
def test_unchanged_tile_is_304_until_something_in_it_is_written(
    changing: tuple[Engine, httpx.Client], address: str, table: str
) -> None:
    engine, client = changing
    answer = client.get(address)
    tag = {"If-None-Match": answer.headers["etag"]}
    assert answer.headers["cache-control"] == "no-cache"
    unchanged = client.get(address, headers=tag)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert client.get(address).content == answer.content
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET name_en = 'Changed for {address}'"))  # noqa: S608 - the test's own
    changed = client.get(address, headers=tag)
    assert changed.status_code == 200
    assert f"Changed for {address}".encode() in changed.content


def test_write_to_another_table_leaves_a_tile_unchanged(changing: tuple[Engine, httpx.Client]) -> None:
    engine, client = changing
    answer = client.get(path(12, "roads"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE sites SET name_en = 'Elsewhere'"))
    assert client.get(path(12, "roads"), headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_write_that_leaves_a_tile_as_it_was_does_not_send_it_again(changing: tuple[Engine, httpx.Client]) -> None:
    engine, client = changing
    with engine.begin() as connection:
        name, lon, lat = connection.execute(text("SELECT id, ST_X(geom), ST_Y(geom) FROM landmarks LIMIT 1")).one()
    address = path(16, "landmarks", (lon, lat))
    answer = client.get(address)
    beyond = "ST_Distance(geom, ST_Point(:lon, :lat, 4326)) > 0.02"  # in no tile nearby
    with engine.begin() as connection:
        far = text(f"UPDATE landmarks SET name_en = 'Far away' WHERE {beyond}")  # noqa: S608 - the test's own
        assert connection.execute(far, {"lon": lon, "lat": lat}).rowcount > 0
    kept = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (kept.status_code, kept.content) == (304, b"")
    assert kept.headers["etag"] != answer.headers["etag"]  # made anew, and the same
    assert client.get(address, headers={"If-None-Match": kept.headers["etag"]}).status_code == 304
    with engine.begin() as connection:
        connection.execute(text("UPDATE landmarks SET name_en = 'Here' WHERE id = :id"), {"id": name})
    seen = client.get(address, headers={"If-None-Match": kept.headers["etag"]})
    assert (seen.status_code, seen.content != answer.content) == (200, True)


def test_tile_has_only_what_passes_the_filter_and_what_is_asked_for(season_client: httpx.Client) -> None:
    address, moment = path(10, "segment_progress"), {"datetime": "2020-08-01T12:00:00+08:00"}
    items = season_client.get("/ogc/collections/segment_progress/items", params=moment | {"limit": "1000"}).json()
    behind = {each["id"] for each in items["features"] if each["properties"]["state"] == "behind"}
    assert 0 < len(behind) < len(items["features"])
    asked = moment | {"filter": "state='behind'", "properties": "colour"}
    found = decode(season_client.get(address, params=asked).content)["segment_progress"]
    assert {each["properties"]["id"] for each in found} == behind
    assert {name for each in found for name in each["properties"]} == {"id", "colour"}


def test_points_that_pass_the_filter_are_counted_alone(season_client: httpx.Client) -> None:
    query = {"filter": "kind='hazard'", "properties": "kind"}
    tiles = [season_client.get(path(9, "reports"), params=each) for each in (query, {"properties": "kind"})]
    hazards, all_of_them = (decode(each.content)["reports"] for each in tiles)
    wanted = season_client.get("/ogc/collections/reports/items", params={"kind": "hazard", "counts": "exact"}).json()
    number = sum(each["properties"].get("point_count", 1) for each in hazards)
    assert 0 < number <= wanted["numberMatched"]  # some have no position
    assert number < sum(each["properties"].get("point_count", 1) for each in all_of_them)


def test_tilejson_says_where_tiles_are_and_what_is_in_them(season_client: httpx.Client) -> None:
    query = {"collections": "roads,reports", "datetime": "2020-08-01T12:00:00+08:00"}
    body = season_client.get(f"{QUAD}/tilejson.json", params=query).json()
    assert body == season_client.get(QUAD, params=query | {"f": "tilejson"}).json()
    assert (body["tilejson"], body["scheme"], body["minzoom"], body["maxzoom"]) == ("3.0.0", "xyz", 0, 22)
    west, south, east, north = body["bounds"]
    assert 113 < west < east < 114
    assert 34 < south < north < 35
    assert [each["id"] for each in body["vector_layers"]] == ["roads", "reports"]
    row, column = tile_at(*CENTRE, 15)
    (template,) = body["tiles"]
    tile = season_client.get(template.replace("{z}", "15").replace("{y}", str(row)).replace("{x}", str(column)))
    for name, features in decode(tile.content).items():
        (fields,) = [each["fields"] for each in body["vector_layers"] if each["id"] == name]
        assert set(fields.values()) <= {"String", "Number", "Boolean"}
        for feature in features:
            for key, value in feature["properties"].items():
                kind = {bool: "Boolean", int: "Number", float: "Number", str: "String"}[type(value)]
                assert fields[key] == kind


def test_tilejson_of_an_empty_layer_has_no_bounds(client: httpx.Client) -> None:
    body = client.get("/ogc/collections/reports/tiles/WebMercatorQuad/tilejson.json").json()
    assert "bounds" not in body
    assert "boundingBox" not in client.get("/ogc/collections/reports/tiles/WebMercatorQuad").json()


def addresses(body: Any) -> list[str]:
    """Return every text of a document that is an address."""
    if isinstance(body, str):
        return [body] if "://" in body else []
    parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else []
    return [found for part in parts for found in addresses(part)]


def test_style_draws_our_tiles_with_our_colours_and_asks_nobody_else(season_client: httpx.Client) -> None:
    answer = season_client.get("/ogc/styles/erqi")
    style = answer.json()
    assert answer.headers["content-type"] == "application/vnd.mapbox.style+json"
    assert style["version"] == 8
    assert not {"glyphs", "sprite", "imports"} & set(style)
    ours = season_client.base_url.netloc.decode()
    assert {urlsplit(each).netloc for each in addresses(style)} == {ours}
    ids = [layer["id"] for layer in style["layers"]]
    assert len(ids) == len(set(ids))
    drawn = {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer}
    (template,) = style["sources"]["erqi"]["tiles"]
    tile = season_client.get(template.replace("{z}/{y}/{x}", path(10).split("WebMercatorQuad/")[1]))
    assert set(decode(tile.content)) == drawn
    known = {*PALETTE.values(), *TOKENS.values()}
    colours = {
        value for layer in style["layers"] for name, value in layer["paint"].items()
        if name.endswith("-color") and isinstance(value, str)
    }  # fmt: skip
    assert colours <= known


def test_every_progress_state_has_its_line_in_the_style(season_client: httpx.Client) -> None:
    style = season_client.get("/ogc/styles/erqi").json()
    styled = {layer["filter"][2] for layer in style["layers"] if layer.get("source-layer") == "segment_progress"}
    items = season_client.get("/ogc/collections/segment_progress/items?limit=1000").json()["features"]
    assert {each["properties"]["colour"] for each in items} <= styled


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.erqi.example"}


@pytest.mark.parametrize(
    "address",
    ["/ogc/tiles", QUAD, f"{QUAD}/tilejson.json?collections=roads", "/ogc/styles/erqi", "/ogc/tileMatrixSets"],
)
def test_links_carry_the_prefix_of_a_proxy(server: TestServer, seeded_url: str, address: str) -> None:
    assert seeded_url
    with serving_copy(server, "seeded", "tiles_proxied", base_path="/erqi") as base:
        found = addresses(httpx.get(base + address, headers=FORWARDED).json())
        ours = [each for each in found if "opengis.net" not in each]
        assert ours
        for each in ours:
            assert each.startswith("https://gis.erqi.example/erqi/ogc/")
            inside = base + each.removeprefix("https://gis.erqi.example/erqi")
            for name in ("{z}", "{x}", "{y}", "{tileMatrix}", "{tileRow}", "{tileCol}"):
                inside = inside.replace(name, "0")
            assert httpx.get(inside).status_code in {200, 204}


def test_empty_tiles_do_not_fill_the_memory() -> None:
    cache = Cache(1_000_000)
    for number in range(10_000):
        cache.put(str(number), b"")
    assert cache.get("9999") == b""
    assert cache.get("0") is None
