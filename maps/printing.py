"""A wall map (挂图) as one HTML document for the printer: every part inside it, no script, nothing to be loaded.

The same context, data and sheet give the same bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from geo.types import BBox
from maps import hazard, progress, theme
from maps.assets import load_asset
from maps.context import PageContext
from maps.i18n import SHANGHAI, moment_in_words
from maps.page import HTML_LANGUAGES
from maps.print_attention import Entry, attention
from maps.print_flood import flood_parts
from maps.print_frame import Frame, bounds_of, fit
from maps.print_legend import legend
from maps.print_map import Drawing, draw, overview
from maps.print_rows import OVERVIEW, fitting
from maps.print_sheet import Box, Sheet, bar_metres
from maps.print_words import word

HERE = Path(__file__).parent
SPECS = {"progress": progress.SPEC, "hazard": hazard.SPEC}
COLLECTIONS: Mapping[str, frozenset[str]] = {
    name: frozenset(each for _, _, names in layers for each in names) | frozenset(beside)
    for name, layers, beside in (("progress", progress.LAYERS, ()), ("hazard", hazard.LAYERS, hazard.BESIDE))
}

Data = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Wanted:
    """What is printed: which map, on which sheet, and what its filters say in words (empty: everything)."""

    map_name: str
    sheet: Sheet
    filters: str = ""


def print_page(wanted: Wanted, context: PageContext, data: Data) -> str:
    """Return the HTML of a wall map; ``data`` are the GeoJSON features of each collection, in the order of ids."""
    sheet, lang = wanted.sheet, context.lang
    frame = _frame(wanted, context, data)
    entries = attention(data, f"{context.moment.astimezone(SHANGHAI):%Y-%m-%d}", lang)
    groups = legend(wanted.map_name, context, data, sheet.pixel * 0.8)
    shown = fitting(entries, sheet, groups)
    rows = _numbered(shown)
    numbers = {(entry.collection, entry.id): number for number, entry in rows if number is not None}
    title = word(wanted.map_name, lang)
    drawing = Drawing(frame, data, numbers, sheet.em, sheet.pixel, lang, title)
    return (
        _templates()
        .get_template("print.html")
        .render(
            html_lang=HTML_LANGUAGES[lang],
            t=lambda key: word(key, lang),
            title=title,
            heading=word("late" if wanted.map_name == "progress" else "dangerous", lang),
            context=context,
            moment=moment_in_words(context.moment, lang),
            filters=wanted.filters,
            flood=flood_parts(data, lang),
            sheet=sheet,
            style=_style(sheet),
            drawing=draw(drawing),
            overview=_overview(sheet, frame, context, data),
            legend=groups,
            entries=rows,
            listed=word("listed", lang).format(len(shown), len(entries)) if entries else "",
            baselines=_baselines(data, lang),
            bar=_bar(frame),
            scale=f"1:{frame.scale:,}",
        )
    )


def _numbered(entries: Sequence[Entry]) -> list[tuple[int | None, Entry]]:
    """Give the entries that are on the map their numbers, the others None."""
    numbers = itertools.count(1)
    return [(next(numbers) if entry.is_located else None, entry) for entry in entries]


def _baselines(data: Data, lang: str) -> str:
    """Name the plans that what is late is late by."""
    works = (feature["properties"] for name in ("segment_progress", "site_progress") for feature in data.get(name, ()))
    names = dict.fromkeys(said.get(f"baseline_{lang}") for said in works)
    known = ("、" if lang == "zh" else ", ").join(name for name in names if name)
    return word("baseline", lang).format(known) if known else ""


def _frame(wanted: Wanted, context: PageContext, data: Data) -> Frame:
    """Show what the page on the screen opens with."""
    names = SPECS[wanted.map_name].settings["fit"]
    features = [feature for name in names for feature in data.get(name, ())]
    return fit(bounds_of(features, context.bounds), wanted.sheet.map)


def _overview(sheet: Sheet, frame: Frame, context: PageContext, data: Data) -> Markup:
    outline = data.get("districts", ())
    box = Box(0, 0, *(round(length * sheet.em, 2) for length in OVERVIEW))
    half_width, half_height = frame.box.width * frame.scale / 2000, frame.box.height * frame.scale / 2000
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    corners = [frame.to_degrees(x * half_width, y * half_height) for x, y in signs]
    west, south = min(lon for lon, _ in corners), min(lat for _, lat in corners)
    east, north = max(lon for lon, _ in corners), max(lat for _, lat in corners)
    whole = bounds_of(outline, context.bounds)
    both = BBox(min(west, whole.west), min(south, whole.south), max(east, whole.east), max(north, whole.north))
    return overview(outline, fit(both, box), corners)


def _bar(frame: Frame) -> dict[str, Any]:
    """Return the scale bar: its length in millimetres and the labels of its two halves."""
    metres = bar_metres(frame.scale, frame.box.width)
    unit, divisor = ("km", 1000) if metres >= 1000 else ("m", 1)  # noqa: PLR2004 - metres in a kilometre
    return {
        "mm": round(frame.mm(metres), 3),
        "half": f"{metres / 2 / divisor:g}",
        "whole": f"{metres / divisor:g} {unit}",
        "metres": metres,
    }


def sheet_measures(sheet: Sheet) -> dict[str, float]:
    """Return the measures of a sheet in millimetres by the names that print.css has for them."""
    box = sheet.map
    return {
        "sheet-width": sheet.width, "sheet-height": sheet.height, "em": sheet.em, "margin": sheet.margin,
        "header": sheet.header, "footer": sheet.footer, "side": sheet.side,
        "map-width": box.width, "map-height": box.height,
    }  # fmt: skip


def _style(sheet: Sheet) -> Markup:
    """Return the style sheet: the colours, the sheet's measures as properties, and the file print.css."""
    lines = "".join(f"--{name}: {value:.3f}mm;" for name, value in sheet_measures(sheet).items())
    page = f"@page {{ size: {sheet.width:g}mm {sheet.height:g}mm; margin: 0; }}"
    own = load_asset("print.css").content.decode()
    return Markup(f"{theme.css_variables()}:root {{ {lines} }}\n{page}\n{own}")  # noqa: S704 - numbers and files of ours


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
