"""Read the seed files of the district as rows, for the tests beside this file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data"
SEED = DATA / "erqi"
FILES = sorted(path.name for path in SEED.iterdir())

# Layers of what nobody had published, or reported, in May 2020.
UNTOLD = frozenset(
    (
        *("reports", "readings", "thresholds", "warnings", "responses", "response_rules"),
        *("supply_points", "supply_routes", "conflicts", "progress_parts"),
    )
)

Row = dict[str, Any]


def features(name: str) -> list[Row]:
    collection = json.loads((SEED / f"{name}.geojson").read_text(encoding="utf-8"))
    return [{**feature["properties"], "geometry": feature["geometry"]} for feature in collection["features"]]


def table(name: str) -> list[Row]:
    with (SEED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


def rows_of(file: str) -> list[Row]:
    stem, kind = file.split(".")
    return features(stem) if kind == "geojson" else table(stem)


def ids(file: str) -> set[str]:
    return {row["id"] for row in rows_of(file)}


def codes(scheme: str) -> set[str]:
    return {row["code"] for row in table("vocabularies") if row["scheme"] == scheme}
