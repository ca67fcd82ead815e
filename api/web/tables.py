"""The tables behind the maps: which columns each shows, and what their cells say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.ogc.parsing import parse_moment
from geo.collections import layer_of
from geo.exchange.sheets import Column, Kind, Value, local
from geo.query.layer import Layer
from geo.query.titles import title_of
from geo.types import Text
from maps import hazard, progress
from maps.filters import Filter, filters_on
from maps.page import MapSpec

PERCENTS = frozenset({"planned_percent", "actual_percent", "progress_percent"})
LONG = frozenset({"why", "level", "last_report_note", "description_zh"})
MAPS: Mapping[str, MapSpec] = {"progress": progress.SPEC, "hazard": hazard.SPEC}
UNITS = {
    "planned_percent": Text("（%）", " (%)"),
    "actual_percent": Text("（%）", " (%)"),
    "progress_percent": Text("（%）", " (%)"),
    "water_level_m": Text("（米）", " (m)"),
    "position_accuracy_m": Text("（米）", " (m)"),
    "distance_m": Text("（米）", " (m)"),
}
HEADINGS = {
    "lag_points": Text("落后（百分点）", "Points behind plan"),
    "last_report_at": Text("最近上报（北京时间）", "Last report (Beijing time)"),
    "seen_at": Text("最近检查（北京时间）", "Last inspected (Beijing time)"),
    "water_level_at": Text("水位观测（北京时间）", "Water level observed (Beijing time)"),
    "opened_at": Text("登记（北京时间）", "Opened (Beijing time)"),
    "closed_at": Text("销号（北京时间）", "Struck off (Beijing time)"),
    "open_cases": Text("未销号条目", "Open entries"),
}


@dataclass(frozen=True)
class Table:
    """A table of a map: its name in addresses, its layer, and its columns, the first of which names the row.

    ``{}`` in a column's name stands for the reader's language.
    """

    name: str
    map_name: str
    layer_id: str
    columns: tuple[str, ...]
    filtered_as: str | None = None  # the layer that the map filters in the rows' stead: here by their own properties

    @property
    def layer(self) -> Layer:
        """Return the published layer that the rows are features of."""
        return layer_of(self.layer_id)

    def properties(self, lang: str) -> tuple[str, ...]:
        """Return the published properties that are shown, in order."""
        return tuple(name.format(lang) for name in self.columns)

    def filters(self) -> Mapping[str, Filter]:
        """Return the filters of the map that choose among the rows, by their parameters."""
        if self.filtered_as is None:
            return filters_of(self.map_name, self.layer_id)
        own = filters_of(self.map_name, self.filtered_as).items()
        return {param: each for param, each in own if "inside" not in each}

    def heading(self, lang: str) -> list[Column]:
        """Return the columns as a sheet has them; the last is the id that the interfaces know the row by."""
        names = (*self.properties(lang), "id")
        return [Column(said(name, lang), self.kind(name)) for name in names]

    def kind(self, name: str) -> Kind:
        """Return what the values of a property are."""
        if name in PERCENTS:
            return Kind.PERCENT
        if name.removesuffix("_zh").removesuffix("_en") in LONG or name in LONG:
            return Kind.LONG_TEXT
        python = self.layer.columns()[name].python_type
        if issubclass(python, datetime):
            return Kind.MOMENT
        if issubclass(python, date):
            return Kind.DATE
        return Kind.TEXT if issubclass(python, str) else Kind.NUMBER


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "segments",
            "progress",
            "segment_progress",
            (
                *("name_{}", "road_{}", "chainage", "state_{}", "planned_percent", "actual_percent", "lag_points"),
                *("why_{}", "baseline_{}", "last_report_at", "last_report_note"),
            ),
        ),
        Table(
            "parts",
            "progress",
            "progress_parts",
            (
                *("name_{}", "carriageway_{}", "chainage", "state_{}", "planned_percent", "actual_percent"),
                *("lag_points", "stages_{}", "why_{}", "baseline_{}", "last_report_at"),
            ),
            "segment_progress",
        ),
        Table(
            "sites",
            "progress",
            "site_progress",
            (
                *("name_{}", "kind_{}", "state_{}", "planned_percent", "actual_percent", "lag_points"),
                *("why_{}", "baseline_{}", "last_report_at", "last_report_note"),
            ),
        ),
        Table(
            "tasks",
            "progress",
            "task_status",
            (
                *("name_{}", "place_{}", "unit_{}", "programme_{}", "stage_{}", "planned_start", "planned_finish"),
                *("planned_percent", "progress_percent", "overdue_days", "actual_start", "actual_finish"),
                *("blocked_reason", "baseline_{}"),
            ),
        ),
        Table(
            "checkpoints",
            "hazard",
            "checkpoint_status",
            (
                *("name_{}", "kind_{}", "state_{}", "freshness_{}", "seen_at", "why_{}"),
                *("supplies_state_{}", "hazard_survey_state_{}", "drill_state_{}"),
                *("water_level_m", "water_level_at", "level_{}", "open_cases"),
            ),
        ),
        Table(
            "conflicts",
            "hazard",
            "conflicts",
            (
                *("name_{}", "kind_{}", "certainty_{}", "road_{}", "chainage", "distance_m", "position_accuracy_m"),
                *("since", "under_way_{}", "why_{}"),
            ),
        ),
        Table(
            "cases",
            "hazard",
            "cases",
            (
                *(
                    "number",
                    "title_{}",
                    "category_{}",
                    "hazard_{}",
                    "status_{}",
                    "opened_at",
                    "due_on",
                    "days_left",
                    "closed_at",
                ),
                *("place_{}", "territorial_{}", "sector_{}"),
            ),
        ),
    )
}


def filters_of(map_name: str, layer_id: str) -> Mapping[str, Filter]:
    """Return the filters of a map that choose among a layer's features, by their parameters."""
    return filters_on(MAPS[map_name].settings["filters"], layer_id)


def tables_of(map_name: str) -> tuple[Table, ...]:
    """Return the tables of a map, in order."""
    return tuple(table for table in TABLES.values() if table.map_name == map_name)


def said(name: str, lang: str) -> str:
    """Return the heading of a property in a language, with its unit; the language of its values goes without saying."""
    stem = name.removesuffix(f"_{lang}")
    title = HEADINGS.get(name) or title_of(stem)
    unit = UNITS.get(name)
    return title.in_language(lang) + ("" if unit is None else unit.in_language(lang))


def value_of(text: Any, kind: Kind) -> Value:
    """Return a value of a feature's JSON as what it is: dates and moments come as text."""
    if text is None or kind not in {Kind.DATE, Kind.MOMENT}:
        return text if text is None or isinstance(text, str | int | float) else str(text)
    return date.fromisoformat(text) if kind is Kind.DATE else parse_moment(text)


def shown(value: Value, kind: Kind) -> str:
    """Write a value for the page; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    return f"{value:.1f}%" if kind is Kind.PERCENT else str(value)
