"""How well a wrong datum is found out: synthetic reports around the district's roads, and the confusion table.

Run by hand from the project's folder: ``.venv/bin/python -m bench.datums``. The sender's numbers are made by prcoords
and PROJ, not by our own conversions.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
import prcoords
from pyproj import Geod, Transformer
from sqlalchemy import Connection, RowMapping, text

from bench.placed import place
from geo.store.cluster import PrivateCluster
from geo.store.engine import make_engine
from geo.store.migrate import upgrade
from geo.store.seed import load_places

DISTRICT = "410103"
SEED = 410103
COUNT = 10_000
OFF_LINE_M = 40.0  # how far off the road's line the sender really stands, at most
ACCURACY_M = (5.0, 30.0)
PER_SIGMA = 1.515  # a stated accuracy is the radius that holds 68 % of the fixes: sigma times sqrt(-2 ln 0.32)
GEOD = Geod(ellps="WGS84")
ZONE38 = Transformer.from_crs("EPSG:4326", "EPSG:4526", always_xy=True)
CM114E = Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)

Pair = tuple[float, float]


@dataclass(frozen=True)
class Way:
    """How numbers come to us: what they are, what the sender says they are, and what we should suspect (or None)."""

    truth: str
    declared: str
    suspected: str | None
    numbers: Callable[[float, float], Pair]

    @property
    def title(self) -> str:
        """Name the row of the table."""
        return f"{self.truth}, sent as {self.declared}"


@dataclass(frozen=True)
class Synthetic:
    """One report of the experiment: where it really is, on which road, and what was sent."""

    way: Way
    road_id: str
    fix: Pair
    sent: dict[str, Any]


def _same(lon: float, lat: float) -> Pair:
    return lon, lat


def _gcj02(lon: float, lat: float) -> Pair:
    there = prcoords.wgs_gcj((lat, lon))
    return float(there[1]), float(there[0])


def _bd09(lon: float, lat: float) -> Pair:
    there = prcoords.wgs_bd((lat, lon))
    return float(there[1]), float(there[0])


def _swapped(numbers: Callable[[float, float], Pair]) -> Callable[[float, float], Pair]:
    return lambda lon, lat: numbers(lon, lat)[::-1]


def _zone38(lon: float, lat: float) -> Pair:
    easting, northing = ZONE38.transform(lon, lat)
    return float(easting), float(northing)


def _cm114e(lon: float, lat: float) -> Pair:
    easting, northing = CM114E.transform(lon, lat)
    return float(northing), float(easting)


WAYS = (
    Way("wgs84", "wgs84", None, _same),
    Way("cgcs2000", "cgcs2000", None, _same),
    Way("gcj02", "gcj02", None, _gcj02),
    Way("bd09", "bd09", None, _bd09),
    Way("gcj02", "wgs84", "gcj02", _gcj02),
    Way("bd09", "wgs84", "bd09", _bd09),
    Way("wgs84", "gcj02", "wgs84", _same),
    Way("bd09", "gcj02", "bd09", _bd09),
    Way("wgs84 swapped", "wgs84", "wgs84_swapped", _swapped(_same)),
    Way("cgcs2000 swapped", "cgcs2000", "wgs84_swapped", _swapped(_same)),
    Way("gcj02 swapped", "gcj02", "gcj02_swapped", _swapped(_gcj02)),
    Way("bd09 swapped", "bd09", "bd09_swapped", _swapped(_bd09)),
    Way("gcj02 swapped", "wgs84", "gcj02_swapped", _swapped(_gcj02)),
    Way("bd09 swapped", "wgs84", "bd09_swapped", _swapped(_bd09)),
    Way("EPSG:4526 easting first", "wgs84", "epsg4526", _zone38),
    Way("EPSG:4547 northing first", "cgcs2000", "epsg4547_swapped", _cm114e),
)


def synthetic(connection: Connection, count: int, *, seed: int = SEED) -> list[Synthetic]:
    """Make ``count`` reports, evenly along the roads (longer roads have more) and evenly in every way."""
    rng = np.random.default_rng(seed)
    lines = _lines(connection)
    lengths = np.array([GEOD.line_length(*line.T) for _, line in lines])
    chosen = rng.choice(len(lines), size=count, p=lengths / lengths.sum())
    return [_one(rng, WAYS[number % len(WAYS)], *lines[road]) for number, road in enumerate(chosen)]


def _lines(connection: Connection) -> list[tuple[str, Any]]:
    rows = connection.execute(
        text("SELECT id, ST_AsGeoJSON(ST_Force2D(geom), 12) FROM roads WHERE district = :district ORDER BY id"),
        {"district": DISTRICT},
    )
    return [(road_id, np.array(orjson.loads(line)["coordinates"])) for road_id, line in rows]


def _one(rng: np.random.Generator, way: Way, road_id: str, line: Any) -> Synthetic:
    """Stand somewhere beside the road, take a fix with its error, and send it the given way."""
    steps = np.array([GEOD.inv(*start, *end)[2] for start, end in pairwise(line)])
    step = rng.choice(len(steps), p=steps / steps.sum())
    along = line[step] + rng.random() * (line[step + 1] - line[step])
    course = GEOD.inv(*line[step], *line[step + 1])[0]
    there = GEOD.fwd(along[0], along[1], course + rng.choice((-90, 90)), rng.uniform(0, OFF_LINE_M))[:2]
    accuracy_m = rng.uniform(*ACCURACY_M)
    error_m = np.hypot(*rng.normal(0, accuracy_m / PER_SIGMA, 2))
    lon, lat = GEOD.fwd(there[0], there[1], rng.uniform(0, 360), error_m)[:2]
    sent = {"xy": way.numbers(lon, lat), "datum": way.declared, "accuracy_m": float(accuracy_m)}
    return Synthetic(way, road_id, (lon, lat), sent)


def verdict(row: RowMapping) -> str:
    """Say what was thought of a report: ``fits`` what lies there, another reading is suspected, or ``none``."""
    if row["suspected_datum"]:
        return str(row["suspected_datum"])
    return "fits" if row["placement"] in {"matched", "ambiguous"} else "none"


def confusion(reports: Sequence[Synthetic], rows: Sequence[RowMapping]) -> dict[str, Counter[str]]:
    """Count verdicts by way."""
    table = {way.title: Counter[str]() for way in WAYS}
    for report, row in zip(reports, rows, strict=True):
        table[report.way.title][verdict(row)] += 1
    return table


def undetected_by_road(reports: Sequence[Synthetic], rows: Sequence[RowMapping]) -> dict[str, Counter[str]]:
    """Count, of the reports in another datum than said (axes right), those not suspected of it, by road."""
    counted: dict[str, Counter[str]] = {}
    for report, row in zip(reports, rows, strict=True):
        if report.way.suspected in {"wgs84", "gcj02", "bd09"}:
            found = row["suspected_datum"] == report.way.suspected
            counted.setdefault(f"{report.road_id}: {report.way.title}", Counter())["found" if found else "missed"] += 1
    return dict(sorted(counted.items()))


def table_lines(table: dict[str, Counter[str]]) -> Iterable[str]:
    """Write counts as a Markdown table."""
    columns = sorted({name for counts in table.values() for name in counts}, key=lambda name: (name != "fits", name))
    yield f"| | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for title, counts in table.items():
        yield f"| {title} | {' | '.join(str(counts[name] or '') for name in columns)} |"


@click.command()
@click.option("--count", default=COUNT, show_default=True, type=click.IntRange(16), help="Reports.")
def main(count: int) -> None:
    """Place synthetic reports in a database of their own and print the confusion table."""
    with tempfile.TemporaryDirectory(prefix="erqi-datums-") as folder:
        home = Path(folder)
        home.chmod(0o711)  # root's runs start PostgreSQL as another account, which has to pass through
        with PrivateCluster(home, durable=False) as cluster:
            upgrade(cluster.url())
            engine = make_engine(cluster.url())
            with engine.begin() as connection:
                load_places(connection, DISTRICT)
                reports = synthetic(connection, count)
                rows = place(connection, DISTRICT, [report.sent for report in reports])
            engine.dispose()
    print("\n".join(table_lines(confusion(reports, rows))))
    print()
    print("\n".join(table_lines(undetected_by_road(reports, rows))))


if __name__ == "__main__":
    main()
