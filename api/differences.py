"""What differs between two moments, as JSON or CSV, and how many changes each day has had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BindParameter, DateTime, bindparam
from sqlalchemy.types import Text as SqlText

from api.ogc.parsing import parse_moment
from api.state import State
from api.store import Row
from api.web.conditions import condition_of
from api.web.render import catalogue
from api.web.tables import TABLES
from geo.collections import LAYERS
from geo.differences import COMPARED, COUNTED, STATED, changes_by_day, differences, last_planned_day
from geo.errors import InvalidInputError
from geo.exchange.sheets import Column, Kind, Sheet, Value, csv_bytes
from geo.query.layer import Layer
from geo.query.view import PRESENT, View
from geo.types import Text

JsonObject = dict[str, Any]


class Asked(NamedTuple):
    """Which layers are compared, as of which two moments; ``later`` is None for as it stands now.

    ``wanted`` are filters of the maps, of which each layer takes its own.
    """

    names: tuple[str, ...]
    earlier: datetime
    later: datetime | None
    wanted: Mapping[str, Sequence[str]] = {}

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return the layers of the register that the answer comes from."""
        return tuple(COMPARED[name].layer for name in self.names)


def read_asked(
    of: str | None, earlier: str, later: str | None, wanted: Mapping[str, Sequence[str]] | None = None
) -> Asked:
    """Read a question; raise InvalidInputError, naming the parameter, for one that has no answer."""
    start = parse_moment(earlier, field="from")
    end = None if later is None else parse_moment(later, field="to")
    if end is not None and start > end:
        raise InvalidInputError(Text("from 晚于 to。", "from is after to."), field="from")
    names = tuple(dict.fromkeys(part for part in (of or "").split(",") if part)) or tuple(COMPARED)
    for name in names:
        if name not in COMPARED:
            choices = "、".join(COMPARED), ", ".join(COMPARED)
            raise InvalidInputError(
                Text(f"of 应为 {choices[0]}，没有“{name}”。", f"of names any of {choices[1]}; there is no “{name}”."),
                field="of",
            )
    return Asked(names, start, end, wanted or {})


async def as_json(state: State, asked: Asked) -> bytes:
    """Write what differs as one JSON document; the entries come finished from the database."""
    layers = [b"%s" % await _layer(state, asked, name) for name in asked.names]
    heading = {"from": asked.earlier.isoformat(), "to": None if asked.later is None else asked.later.isoformat()}
    return orjson.dumps(heading)[:-1] + b',"layers":[' + b",".join(layers) + b"]}"


async def _layer(state: State, asked: Asked, name: str) -> bytes:
    row = await _row(state, asked, name)
    about = {"name": name, "collection": COMPARED[name].layer_id, "map": TABLES[name].map_name}
    counts = {kind: row[kind] for kind in ("appeared", "gone", "changed")}
    entries: str = row["entries"]
    return orjson.dumps(about | counts)[:-1] + b',"entries":' + entries.encode() + b"}"


async def _row(state: State, asked: Asked, name: str) -> Row:
    with_later = asked.later is not None
    earlier, later = (
        View(bindparam("district", type_=SqlText), each, state.thresholds) for each in _moments(with_later)
    )
    passes, constants = condition_of(COMPARED[name].layer, TABLES[name].filters(), asked.wanted)
    values = {"district": state.settings.district, "earlier": asked.earlier, "later": asked.later, **constants}
    shape = ("differences", name, with_later, passes)
    row = await state.store.run(shape, lambda: differences(COMPARED[name], earlier, later, passes=passes), values)
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY always has its row
    return row


def _moments(with_later: bool) -> tuple[BindParameter[datetime], BindParameter[datetime] | None]:  # noqa: FBT001 - a part of the shape
    earlier: BindParameter[datetime] = bindparam("earlier", type_=DateTime(timezone=True))
    later: BindParameter[datetime] | None = bindparam("later", type_=DateTime(timezone=True)) if with_later else None
    return earlier, later


# The columns of the file: message key of the heading, kind, and where the value stands in an entry.
_COLUMNS: Sequence[tuple[str, Kind, tuple[str, ...]]] = (
    ("name", Kind.TEXT, ("name_{}",)),
    ("state_before", Kind.TEXT, ("before", "state_{}")),
    ("state_after", Kind.TEXT, ("after", "state_{}")),
    ("planned_before", Kind.PERCENT, ("before", "planned_percent")),
    ("planned_after", Kind.PERCENT, ("after", "planned_percent")),
    ("actual_before", Kind.PERCENT, ("before", "actual_percent")),
    ("actual_after", Kind.PERCENT, ("after", "actual_percent")),
    ("why_before", Kind.LONG_TEXT, ("before", "why_{}")),
    ("why_after", Kind.LONG_TEXT, ("after", "why_{}")),
)


async def as_csv(state: State, asked: Asked, lang: str) -> bytes:
    """Write what differs as CSV for spreadsheets, one entry a row, with headings in the reader's language."""
    words = catalogue()
    keys = ("layer", "change", *(key for key, _, _ in _COLUMNS), "recorded")
    kinds = (Kind.TEXT, Kind.TEXT, *(kind for _, kind, _ in _COLUMNS), Kind.MOMENT)
    headings = [
        Column(words[f"differences_{key}"].in_language(lang), kind) for key, kind in zip(keys, kinds, strict=True)
    ]
    rows = [
        _cells(words[name].in_language(lang), entry, words, lang)
        for name in asked.names
        for entry in orjson.loads((await _row(state, asked, name))["entries"])
    ]
    return csv_bytes(Sheet("differences", [*headings, Column("id", Kind.TEXT)], rows))


def _cells(layer: str, entry: JsonObject, words: Mapping[str, Text], lang: str) -> list[Value]:
    recorded = entry["recorded_at"]
    return [
        layer,
        words[f"differences_{entry['change']}"].in_language(lang),
        *(_found(entry, [step.format(lang) for step in steps]) for _, _, steps in _COLUMNS),
        None if recorded is None else parse_moment(recorded),
        entry["id"],
    ]


def _found(entry: JsonObject, steps: Iterable[str]) -> Value:
    found: Any = entry
    for step in steps:
        found = None if found is None else found.get(step)
    value: Value = found
    return value


async def days_as_json(state: State) -> bytes:
    """Write on which days the history goes on, how much each of them changed, and what changed seldom.

    ``first`` is the day of the first change of a task, entry or checkpoint, ``last`` that of the last one or the last
    planned day; both null without history. ``still`` has the days on which each layer changed that time alone does not.
    """
    district = {"district": state.settings.district}
    rows = await state.store.all("changes_by_day", lambda: changes_by_day(PRESENT), district)
    planned = await state.store.run("last_planned_day", lambda: last_planned_day(PRESENT), district)
    by_day: defaultdict[date, int] = defaultdict(int)
    for row in rows:
        by_day[row["day"]] += row["changes"] if row["collection"] in STATED else 0
    days = {day: changes for day, changes in by_day.items() if changes}
    ends = [*days, *([planned["day"]] if planned is not None and planned["day"] is not None else [])]
    return orjson.dumps(
        {
            "first": min(days, default=None),
            "last": max(ends) if days else None,
            "days": [{"day": day, "changes": changes} for day, changes in sorted(days.items())],
            "still": {layer.id: _days_of(layer, rows) for layer in LAYERS.values() if _is_still(layer)},
        }
    )


def _is_still(layer: Layer) -> bool:
    return not layer.by_clock and set(layer.tables) <= set(COUNTED)


def _days_of(layer: Layer, rows: Iterable[Row]) -> list[date]:
    return sorted({row["day"] for row in rows if row["collection"] in layer.tables})
