"""What differs between two moments: the same layers of the register as of both, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by, array
from sqlalchemy.sql.expression import FromClause

from geo.collections import layer_of
from geo.model import Change, Programme
from geo.query.features import Filter
from geo.query.layer import Layer, text_constant
from geo.query.view import LOCAL_TIME_ZONE, View

POSITION = "position"


@dataclass(frozen=True)
class Compared:
    """What is compared of a layer.

    ``told`` maps what is said of each feature at both moments to the layer's column; a difference in a name of
    ``changes``, or in the position, counts as a change, the others go along. ``{}`` in ``name`` stands for a language.
    ``works`` is the column of tasks that refers to a feature of the layer, whose records lead to its state.
    """

    layer_id: str
    name: str
    told: Mapping[str, str]
    changes: tuple[str, ...]
    works: str | None = None

    @property
    def layer(self) -> Layer:
        """Return the published layer."""
        return layer_of(self.layer_id)


def _same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}


_STATE = _same("state state_zh state_en colour")
_PROGRESS = _STATE | _same("planned_percent actual_percent lag_points why_zh why_en last_report_at")
_INSPECTED = ("supplies_state", "hazard_survey_state", "drill_state")
_SAID = " ".join(f"{name} {name}_zh {name}_en" for name in ("freshness", *_INSPECTED))

COMPARED: Mapping[str, Compared] = {
    "segments": Compared("segment_progress", "name_{}", _PROGRESS, ("state", "actual_percent"), works="segment_id"),
    "sites": Compared("site_progress", "name_{}", _PROGRESS, ("state", "actual_percent"), works="site_id"),
    "checkpoints": Compared(
        "checkpoint_status",
        "name_{}",
        _STATE | _same(f"{_SAID} why_zh why_en last_report_at"),
        ("state", "freshness", *_INSPECTED),
        works="checkpoint_id",
    ),
    "cases": Compared(
        "cases",
        "title_{}",
        {"state": "status", "state_zh": "status_zh", "state_en": "status_en"} | _same("colour number due_on closed_at"),
        ("state", "due_on"),
    ),
}


def differences(compared: Compared, earlier: View, later: View, *, passes: Filter | None = None) -> Select[Any]:
    """Select ``(entries, appeared, gone, changed)`` of a layer: one row, ``entries`` a JSON text.

    An entry is ``{id, name_zh, name_en, change, what, recorded_at, before, after}``; ``change`` is appeared, gone or
    changed, ``what`` names what of it differs, ``before`` and ``after`` are what ``told`` says, null where the feature
    was not there. ``recorded_at`` is when the newest record of the feature or of its tasks in that time was written,
    null when there is none: then time or the plan alone has changed it. Changes of state come first, then by id.
    With ``passes`` there are only features that pass it at one of the two moments.
    """
    before, after = (compared.layer.rows(view).subquery() for view in (earlier, later))
    entry = _entries(compared, before, after, _records(compared, earlier, later), passes)
    order = aggregate_order_by(entry.c.entry, entry.c.is_of_state.desc(), entry.c.id)
    counted = (func.count().filter(entry.c.change == kind).label(kind) for kind in ("appeared", "gone", "changed"))
    entries = func.coalesce(cast(func.json_agg(order), String), text_constant("[]"))
    return select(entries.label("entries"), *counted)


def _entries(
    compared: Compared, before: Subquery, after: Subquery, records: Subquery, passes: Filter | None
) -> Subquery:
    aspects = {name: _differs(before.c[compared.told[name]], after.c[compared.told[name]]) for name in compared.changes}
    aspects[POSITION] = _differs(before.c.geom, after.c.geom)
    new, gone = before.c.id.is_(None), after.c.id.is_(None)
    both = before.join(after, after.c.id == before.c.id, full=True)
    change = case((new, text_constant("appeared")), (gone, text_constant("gone")), else_=text_constant("changed"))
    key = func.coalesce(after.c.id, before.c.id)
    said = {
        "id": key,
        **{f"name_{lang}": _newer(compared.name.format(lang), before, after) for lang in ("zh", "en")},
        "change": change,
        "what": case((or_(new, gone), _nothing()), else_=_names(aspects)),
        "recorded_at": records.c.recorded_at,
        "before": case((new, null()), else_=_object({name: before.c[of] for name, of in compared.told.items()})),
        "after": case((gone, null()), else_=_object({name: after.c[of] for name, of in compared.told.items()})),
    }
    return (
        select(key.label("id"), change.label("change"), aspects["state"].label("is_of_state"))
        .add_columns(_object(said).label("entry"))
        .select_from(both.outerjoin(records, records.c.id == key))
        .where(
            or_(new, gone, *aspects.values()),
            true() if passes is None else or_(*(passes.condition(compared.layer, rows) for rows in (before, after))),
        )
        .subquery("entry")
    )


def _differs(before: ColumnElement[Any], after: ColumnElement[Any]) -> ColumnElement[bool]:
    return before.is_distinct_from(after)


def _newer(column: str, before: FromClause, after: FromClause) -> ColumnElement[Any]:
    return func.coalesce(after.c[column], before.c[column])


def _names(aspects: Mapping[str, ColumnElement[bool]]) -> ColumnElement[Any]:
    """Write the names whose condition holds as an array."""
    named = (case((holds, text_constant(name))) for name, holds in aspects.items())
    return func.to_json(func.array_remove(array(list(named)), null()), type_=JSON)


def _nothing() -> ColumnElement[Any]:
    return cast(text_constant("[]"), JSON)


def _object(values: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    return func.json_build_object(*(part for name, value in values.items() for part in (text_constant(name), value)))


def _records(compared: Compared, earlier: View, later: View) -> Subquery:
    """Select ``(id, recorded_at)``: the newest record in the time between, of each feature or of its tasks."""
    own = _within(compared.layer.tables[0], earlier, later)
    sources = [select(own.c.feature_id.label("id"), own.c.changed_at)]
    if compared.works is not None:
        task = _within("tasks", earlier, later)
        sources.append(select(task.c.state[compared.works].astext.label("id"), task.c.changed_at))
    record = union_all(*sources).subquery()
    return select(record.c.id, func.max(record.c.changed_at).label("recorded_at")).group_by(record.c.id).subquery()


def _within(collection: str, earlier: View, later: View) -> Subquery:
    return (
        select(Change.feature_id, Change.changed_at, Change.state)
        .where(
            Change.district == later.district,
            Change.collection == collection,
            Change.changed_at > earlier.instant(),
            Change.changed_at <= later.instant(),
        )
        .subquery()
    )


# Tables whose changes are counted by day: those that maps draw from, but for the reports, which are many and which
# show once they are accepted.
COUNTED = (
    *("tasks", "cases", "checkpoints", "segments", "sites", "planned_dates", "baselines"),
    *("districts", "roads", "canals", "landmarks", "units", "programmes"),
)
STATED = frozenset({"tasks", "cases", "checkpoints"})


def changes_by_day(view: View) -> Select[Any]:
    """Select ``(collection, day, changes)``: how many changes of each table were recorded on each local day."""
    day = func.date(func.timezone(LOCAL_TIME_ZONE, Change.changed_at)).label("day")
    counted: list[ColumnElement[str]] = [literal_column(f"'{name}'") for name in COUNTED]
    return (
        select(Change.collection, day, func.count().label("changes"))
        .where(Change.district == view.district, Change.collection.in_(counted))
        .group_by(Change.collection, literal_column("day"))
        .order_by(literal_column("day"), Change.collection)
    )


def last_planned_day(view: View) -> Select[Any]:
    """Select ``(day,)``: the last day of the programmes, NULL when none has an end."""
    programme = view.rows(Programme)
    return select(func.max(programme.c.ends_on).label("day"))
