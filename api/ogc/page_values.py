"""Values of features as people read them: columns that say something, in the page's language, times of this place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import DateTime

from api.ogc.reading import ItemsRequest
from geo.query.features import published_names
from geo.query.layer import Layer
from geo.query.sorting import sortable_names
from geo.query.titles import title_of
from geo.query.view import LOCAL_TIME_ZONE
from geo.types import Text

NAMES = ("name", "title")
# What a list of features need not show; the page of each feature does.
SIDE_NOTES = ("version", "changed_at", "demonstration", "source", "as_of", "position_status", "colour", "rule")


class Column(NamedTuple):
    """A property that a table shows."""

    name: str
    title: Text
    can_sort: bool


class Cell(NamedTuple):
    """A value to show: its text, its machine-readable moment if it is one, and its kind for the look of it."""

    text: str
    moment: str | None = None
    kind: str = "text"


def columns_of(layer: Layer, asked: ItemsRequest, features: Sequence[Mapping[str, Any]], lang: str) -> list[Column]:
    """Return the properties for a table: those that any of these features has.

    Unless they were asked for by name, side notes and words in the other language or as a code are left out.
    """
    names = published_names(layer, asked.shape)
    shown = [name for name in names if asked.shape.names is not None or _is_for_readers(name, names, lang)]
    values = {name: [each["properties"].get(name) for each in features] for name in shown}
    held = [name for name in shown if any(map(_says, values[name])) and not any(map(_is_table, values[name]))]
    sortable = sortable_names(layer)
    return [Column(name, title_of(_stem(name, names)), name in sortable) for name in (held or shown)]


def _is_for_readers(name: str, names: Sequence[str], lang: str) -> bool:
    other = "_zh" if lang == "en" else "_en"
    in_other_language = name.endswith(other) and name[: -len(other)] + f"_{lang}" in names
    in_words = f"{name.removesuffix('_id').removesuffix('_kind')}_{lang}" in names
    return name not in SIDE_NOTES and not in_other_language and not in_words


def _stem(name: str, names: Sequence[str]) -> str:
    """Return the name without its language, where it stands in both."""
    stem = name[: -len("_zh")]
    return stem if name in {f"{stem}_zh", f"{stem}_en"} and {f"{stem}_zh", f"{stem}_en"} <= set(names) else name


def heading_of(feature: Mapping[str, Any]) -> Text:
    """Return what a feature is called: its name, its title, else its id."""
    properties, key = feature["properties"], str(feature["id"])
    words = [next((str(properties[f"{stem}_{lang}"]) for stem in NAMES if properties.get(f"{stem}_{lang}")), key)
             for lang in ("zh", "en")]  # fmt: skip
    return Text(*words)


def cell(layer: Layer, name: str, value: Any) -> Cell:
    """Return a value as it is shown."""
    if value is None or isinstance(value, bool):
        return Cell("", kind="none") if value is None else Cell("✓" if value else "—", kind="flag")
    if isinstance(value, int | float):
        return Cell(str(value), kind="number")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return Cell("、".join(value))
    if isinstance(value, list | dict):
        return Cell(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), kind="object")
    if isinstance(layer.columns().get(name), DateTime):
        return moment_cell(value)
    return Cell(str(value))


def moment_cell(moment: str) -> Cell:
    """Return a moment as the clock shows it here."""
    local = datetime.fromisoformat(_six_digits(moment)).astimezone(ZoneInfo(LOCAL_TIME_ZONE))
    return Cell(local.strftime("%Y-%m-%d %H:%M"), moment=moment, kind="moment")


def _is_table(value: Any) -> bool:
    """Tell a list of objects, which a cell of a table has no room for."""
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _says(value: Any) -> bool:
    return value is not None and value not in ("", [])


def _six_digits(moment: str) -> str:
    """Write a fraction of a second with six digits; Python 3.10 reads no other number but three."""
    head, point, rest = moment.partition(".")
    if not point:
        return moment
    digits = rest[: next((place for place, sign in enumerate(rest) if not sign.isdigit()), len(rest))]
    return f"{head}.{digits.ljust(6, '0')}{rest[len(digits) :]}"
