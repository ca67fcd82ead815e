"""The rows of the table: for each, the same question to every server, and to PostgreSQL itself.

A question is a template with named values. Filled with the values of one draw it is a path or a statement for the
check; filled with ``:name`` it is a script for pgbench, which draws the values from the same grid.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from itertools import islice
from uuid import UUID

from bench.data import BOX, Size, columns_of

Values = Mapping[str, str]

COLUMNS, LINES = 200, 100  # of the grid of boxes: 20,000 different pages
UNIT = 10_000_000  # coordinates are counted in 1e-7 degrees, so that both sides draw exactly the same boxes
IDS = 100_000
REPEATED = 50
ZOOM = 14
CRS_4547 = "http://www.opengis.net/def/crs/EPSG/0/4547"
CHOSEN = ("kind", "status", "observed_at", "note")

IN_BOX = "ST_Intersects(geom, ST_MakeEnvelope({west}, {south}, {east}, {north}, 4326))"
BBOX = "bbox={west},{south},{east},{north}"
HAZARDS = "kind='hazard' AND position_accuracy_m<25"
HAZARDS_IN_URL = "kind%3D%27hazard%27%20AND%20position_accuracy_m%3C25"


@dataclass(frozen=True)
class Draws:
    """Where the values of a question come from: a shuffled list for wrk, the lines that draw them for pgbench."""

    listed: Callable[[], Iterator[Values]]
    drawn: str


@dataclass(frozen=True)
class Row:
    """One row of the table.

    ``paths`` by server; a server without a path cannot do it. ``statement`` is plain SQL's (none: left out), ``ids``
    the statement of the ids (or, of a tile, features) that an answer has to hold. ``limit`` is the number of features
    of an answer (None: as many as ``ids`` gives). ``cached`` measures ours with its cache on, ``tagged`` with the
    entity tags of the answers before. ``properties`` are all that a feature may have.
    """

    id: str
    title: str
    draws: Draws
    paths: Mapping[str, str]
    statement: str | None
    ids: str
    limit: int | None = None
    cached: bool = False
    tagged: bool = False
    metric: bool = False
    properties: tuple[str, ...] = ()
    is_tile: bool = False


def all_rows(size: Size) -> list[Row]:
    """Return the rows that read, in the order of the table."""
    few, many = boxes(200, size.reports), boxes(2_000, size.reports)
    return [
        _page("page100", "page of 100 by bbox", few, 100),
        _page("page1000", "page of 1,000 by bbox", many, 1_000),
        _item(size),
        _page(
            "crs",
            "page of 100 by bbox in EPSG:4547",
            few,
            100,
            extra={"ours": f"&crs={CRS_4547}", "pygeoapi": f"&crs={CRS_4547}"},
            shape="ST_Transform(geom, 4547)",
            metric=True,
        ),
        _page(
            "filter",
            "page of 100 by bbox and CQL2 filter",
            many,
            100,
            extra={
                "ours": f"&filter-lang=cql2-text&filter={HAZARDS_IN_URL}",
                "tipg": f"&filter-lang=cql2-text&filter={HAZARDS_IN_URL}",
                "pygeoapi": f"&filter-lang=cql-text&filter={HAZARDS_IN_URL}",
            },
            where=f"{IN_BOX} AND {HAZARDS}",
        ),
        _page(
            "properties",
            "page of 100 by bbox, 4 properties",
            few,
            100,
            extra=dict.fromkeys(("ours", "tipg", "pygeoapi"), f"&properties={','.join(CHOSEN)}"),
            columns=("id", "geom", *CHOSEN),
            properties=CHOSEN,
        ),
        _tile(),
        _page("repeated", f"page of 100, {REPEATED} addresses over and over", _first(few), 100, cached=True),
        _page("unchanged", "unchanged page of 100, If-None-Match", _first(few), 100, cached=True, tagged=True),
    ]


def boxes(hits: int, reports: int) -> Draws:
    """Draw boxes of one size on a grid over the district, each holding about ``hits`` reports."""
    share = min(math.sqrt(hits / reports), 0.9)
    across, up = round((BOX.east - BOX.west) * share * UNIT), round((BOX.north - BOX.south) * share * UNIT)
    west, south = round(BOX.west * UNIT), round(BOX.south * UNIT)
    step_x = (round(BOX.east * UNIT) - west - across) // (COLUMNS - 1)
    step_y = (round(BOX.north * UNIT) - south - up) // (LINES - 1)

    def listed() -> Iterator[Values]:
        for place in _shuffled(COLUMNS * LINES):
            x, y = west + place % COLUMNS * step_x, south + place // COLUMNS * step_y
            corners = {"west": x, "south": y, "east": x + across, "north": y + up}
            yield {name: f"{value / UNIT:.7f}" for name, value in corners.items()}

    drawn = f"""\\set x {west} + random(0, {COLUMNS - 1}) * {step_x}
\\set y {south} + random(0, {LINES - 1}) * {step_y}
\\set west :x / {UNIT}.0
\\set south :y / {UNIT}.0
\\set east (:x + {across}) / {UNIT}.0
\\set north (:y + {up}) / {UNIT}.0
"""
    return Draws(listed, drawn)


def _first(draws: Draws) -> Draws:
    """Take only the first few values of a list; pgbench's are left as they are, since it keeps nothing."""
    return Draws(lambda: islice(draws.listed(), REPEATED), draws.drawn)


def _page(
    row_id: str,
    title: str,
    draws: Draws,
    limit: int,
    *,
    extra: Mapping[str, str] | None = None,
    where: str = IN_BOX,
    shape: str = "geom",
    columns: tuple[str, ...] = (),
    properties: tuple[str, ...] = (),
    cached: bool = False,
    tagged: bool = False,
    metric: bool = False,
) -> Row:
    """Describe a page of reports. With ``extra`` only the servers named there are asked, with those parameters."""
    query = f"{BBOX}&limit={limit}"
    paths = {
        "ours": f"/ogc/collections/reports/items?{query}",
        "tipg": f"/collections/bench.reports/items?{query}",
        "pygeoapi": f"/collections/reports/items?{query}&f=json",
    }
    if extra is not None:
        paths = {server: path + extra[server] for server, path in paths.items() if server in extra}
    if cached:
        paths = {"ours": paths["ours"]}
    shaped = ", ".join(_shape(name, shape) for name in columns or columns_of("reports"))
    rows = f"FROM bench.reports WHERE {where} ORDER BY id LIMIT {limit}"
    statement = f"SELECT coalesce(string_agg(ST_AsGeoJSON(t.*), ','), '') FROM (SELECT {shaped} {rows}) AS t"  # noqa: S608 - constants
    return Row(
        row_id,
        title,
        draws,
        paths,
        None if cached else statement,
        f"SELECT id::text {rows}",
        limit,
        cached=cached,
        tagged=tagged,
        metric=metric,
        properties=properties,
    )


def _item(size: Size) -> Row:
    count = min(IDS, size.reports)

    def listed() -> Iterator[Values]:
        for number in _shuffled(count):
            text = f"benchmark report {number + 1}"
            yield {"id": str(UUID(md5(text.encode(), usedforsecurity=False).hexdigest())), "n": str(number + 1)}

    draws = Draws(listed, f"\\set n random(1, {count})\n")
    row = "FROM bench.reports AS t WHERE id = md5('benchmark report ' || {n}::integer)::uuid"
    return Row(
        "item",
        "feature by id",
        draws,
        {
            "ours": "/ogc/collections/reports/items/{id}",
            "tipg": "/collections/bench.reports/items/{id}",
            "pygeoapi": "/collections/reports/items/{id}?f=json",
        },
        f"SELECT ST_AsGeoJSON(t.*) {row}",
        f"SELECT id::text {row}",
        1,
    )


def _tile() -> Row:
    """Describe the line tiles that lie wholly in the district; each server cuts the margin that it is made to."""
    (west, north), (east, south) = _tile_at(BOX.west, BOX.north), _tile_at(BOX.east, BOX.south)
    tiles = [(x, y) for x in range(west + 1, east) for y in range(north + 1, south)]

    def listed() -> Iterator[Values]:
        for place in _shuffled(len(tiles)):
            x, y = tiles[place]
            yield {"x": str(x), "y": str(y)}

    drawn = f"\\set x random({west + 1}, {east - 1})\n\\set y random({north + 1}, {south - 1})\n"
    envelope = f"ST_TileEnvelope({ZOOM}, {{x}}, {{y}})"
    rows = f"FROM bench.segments WHERE geom && ST_Transform({envelope}, 4326)"
    shape = f"ST_AsMVTGeom(ST_Transform(geom, 3857), {envelope}, 4096, 64, true)"
    columns = ", ".join(_shape(name, shape) for name in columns_of("segments"))
    return Row(
        "tile",
        f"z{ZOOM} line tile",
        Draws(listed, drawn),
        {
            "ours": f"/ogc/collections/segments/tiles/WebMercatorQuad/{ZOOM}/{{y}}/{{x}}",
            "tipg": f"/collections/bench.segments/tiles/WebMercatorQuad/{ZOOM}/{{x}}/{{y}}",
            "pygeoapi": f"/collections/segments/tiles/WebMercatorQuad/{ZOOM}/{{y}}/{{x}}?f=mvt",
        },
        f"SELECT ST_AsMVT(t.*, 'segments', 4096, 'geom') FROM (SELECT {columns} {rows}) AS t",  # noqa: S608 - constants
        f"SELECT id {rows} AND {shape} IS NOT NULL",
        is_tile=True,
    )


def _shape(name: str, shape: str) -> str:
    return f"{shape} AS geom" if name == "geom" else name


def _tile_at(lon: float, lat: float) -> tuple[int, int]:
    """Return the column and row of the WebMercatorQuad tile at a position (OGC 17-083r4, annex E)."""
    count = 2**ZOOM
    return int((lon + 180) / 360 * count), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count)


def _shuffled(count: int) -> list[int]:
    """Return 0 to count - 1 in an order that is the same in each run."""
    return random.Random(410103).sample(range(count), count)  # noqa: S311 - an order, no secret
