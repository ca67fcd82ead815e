"""What is overdue and what nobody has seen: counted by programme, road and unit, and listed, the longest first.

Tasks, entries of the ledger and checkpoints are those of the published layers; a number here is the number of rows of
the table, or of places on the map, under the filters that its link names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from geo.flood.checkpoints import checkpoint_status
from geo.model import Programme, Road, Unit
from geo.query.layer import text_constant
from geo.query.published import cases
from geo.query.view import LOCAL_TIME_ZONE, View
from geo.works.tasks import task_status

GROUPS = {"programme": Programme, "road": Road, "unit": Unit}
TASK_COUNTS = ("tasks", "due", "seen_due", "overdue", "overdue_places", "unseen", "unseen_places")
CASE_COUNTS = ("open_cases", "overdue_cases")
LISTED = ("list", "kind", "id", "name_zh", "name_en", "place_zh", "place_en", "unit_zh", "unit_en", "day", "days")


def duty_counts(view: View) -> Select[Any]:
    """Select what each programme, road and unit that has tasks or entries of the ledger has to answer for.

    Columns: ``by`` (programme, road, unit; district for the whole), ``id name_zh name_en``; of tasks ``tasks due
    seen_due overdue overdue_places unseen unseen_places`` (places are segments and sites); of the ledger ``open_cases
    overdue_cases``. An entry counts for its territorial and for its sector unit.
    """
    counted = union_all(_task_counts(view), *_case_counts(view)).subquery("counted")
    names = union_all(*(_names(view, by) for by in GROUPS)).subquery("names")
    same = (names.c.by == counted.c.by) & (names.c.id == counted.c.id)
    key = (counted.c.by, counted.c.id, names.c.name_zh, names.c.name_en)
    sums = (cast(func.sum(counted.c[name]), Integer).label(name) for name in (*TASK_COUNTS, *CASE_COUNTS))
    return (
        select(*key, *sums)
        .select_from(counted.outerjoin(names, same))
        .where(or_(names.c.id.is_not(None), counted.c.by == "district"))
        .group_by(*key)
        .order_by(counted.c.by, counted.c.id)
    )


def freshness_counts(view: View) -> Select[Any]:
    """Select ``(fresh, stale, never)``: how many checkpoints were seen in time, too long ago, and never."""
    row = checkpoint_status(view).subquery()
    return select(*(func.count().filter(row.c.freshness == name).label(name) for name in ("fresh", "stale", "never")))


def duty_lists(view: View, *, limit: int) -> Select[Any]:
    """Select the first of two lists, ``overdue`` and ``unseen``, those that wait longest before the others.

    Columns: ``list kind`` (task, case or checkpoint) ``id name_zh name_en place_zh place_en unit_zh unit_en day days``:
    the day on which it was due, should have begun or was last seen (NULL: never), and the days since.
    """
    waiting = _waiting(view).subquery("waiting")
    order = (waiting.c.days.desc().nulls_first(), waiting.c.kind, waiting.c.id)
    place = func.row_number().over(partition_by=waiting.c.list, order_by=order).label("place")
    ranked = select(waiting, place).subquery("ranked")
    return (
        select(*(ranked.c[name] for name in LISTED))
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.list, ranked.c.place)
    )


def _names(view: View, by: str) -> Select[Any]:
    rows = view.rows(GROUPS[by])
    return select(text_constant(by).label("by"), rows.c.id, rows.c.name_zh, rows.c.name_en)


def _task_counts(view: View) -> Select[Any]:
    task = task_status(view).subquery("task")
    columns = {by: task.c[f"{by}_id"] for by in GROUPS}
    grouped = ((func.grouping(column) == 0, text_constant(by)) for by, column in columns.items())
    place = func.coalesce(
        text_constant("segment:") + task.c.segment_id,
        text_constant("site:") + task.c.site_id,
    )
    counts: dict[str, ColumnElement[Any]] = {
        "tasks": func.count(),
        "due": func.count().filter(task.c.begin_due),
        "seen_due": func.count().filter(task.c.begin_due & ~task.c.is_unseen),
        "overdue": func.count().filter(task.c.is_overdue),
        "overdue_places": func.count(func.distinct(place)).filter(task.c.is_overdue),
        "unseen": func.count().filter(task.c.is_unseen),
        "unseen_places": func.count(func.distinct(place)).filter(task.c.is_unseen),
    }
    return select(
        case(*grouped, else_=text_constant("district")).label("by"),
        func.coalesce(*columns.values(), text_constant("")).label("id"),
        *(counts[name].label(name) for name in TASK_COUNTS),
        *(literal_column("0").label(name) for name in CASE_COUNTS),
    ).group_by(func.grouping_sets(*(tuple_(column) for column in columns.values()), tuple_()))


def _case_counts(view: View) -> Iterator[Select[Any]]:
    entry = cases(view).subquery("entry")
    is_open = entry.c.status != "struck_off"
    overdue = is_open & func.coalesce(entry.c.due_on < view.local_date(), False)
    counts = (func.count().filter(is_open).label("open_cases"), func.count().filter(overdue).label("overdue_cases"))
    territory, sector = entry.c.territorial_unit_id, entry.c.sector_unit_id
    for by, key, wanted in (
        ("programme", entry.c.programme_id, None),
        ("unit", territory, None),
        ("unit", sector, territory.is_distinct_from(sector)),
    ):
        none: Iterator[ColumnElement[Any]] = (literal_column("0").label(name) for name in TASK_COUNTS)
        rows = select(text_constant(by).label("by"), key.label("id"), *none, *counts).group_by(key)
        yield rows if wanted is None else rows.where(wanted)


def _waiting(view: View) -> CompoundSelect[Any]:
    task, entry = task_status(view).cte("task"), cases(view).subquery("entry")
    began = func.coalesce(task.c.planned_start, task.c.planned_finish)
    unit = [func.coalesce(entry.c[f"sector_{lang}"], entry.c[f"territorial_{lang}"]) for lang in ("zh", "en")]
    late = (entry.c.status != "struck_off") & (entry.c.due_on < view.local_date())
    titled = [func.concat_ws(" ", entry.c.number, entry.c[f"title_{lang}"]) for lang in ("zh", "en")]
    return union_all(
        _entries(view, "overdue", "task", task, task.c.planned_finish).where(task.c.is_overdue),
        _entries(view, "unseen", "task", task, began).where(task.c.is_unseen),
        select(
            *_head("overdue", "case", entry.c.id), *titled, entry.c.place_zh, entry.c.place_en, *unit,
            entry.c.due_on, _days(view, entry.c.due_on),
        ).where(late),
        _checkpoints(view),
    )  # fmt: skip


def _entries(view: View, name: str, kind: str, task: Any, day: ColumnElement[Any]) -> Select[Any]:
    said = (task.c[each] for each in LISTED[3:9])
    return select(*_head(name, kind, task.c.id), *said, day.label("day"), _days(view, day).label("days"))


def _checkpoints(view: View) -> Select[Any]:
    row = checkpoint_status(view).subquery("checkpoint")
    seen: ColumnElement[Any] = cast(func.timezone(LOCAL_TIME_ZONE, row.c.seen_at), Date)
    nothing = [cast(null(), row.c.name_zh.type)] * 2
    return select(
        *_head("unseen", "checkpoint", row.c.id), row.c.name_zh, row.c.name_en, row.c.kind_zh, row.c.kind_en, *nothing,
        seen, _days(view, seen),
    ).where(row.c.freshness != "fresh")  # fmt: skip


def _head(name: str, kind: str, key: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [text_constant(name).label("list"), text_constant(kind).label("kind"), key.label("id")]


def _days(view: View, day: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(view.local_date() - day, Integer)
