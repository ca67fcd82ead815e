"""What the forms of ODK choose from as it stands now: checkpoints, project sites and tasks, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from geo.access.rules import Caller
from geo.chainage import format_chainage
from geo.model import Checkpoint, Segment, Site, Task
from geo.query.view import View

COLUMNS = ("name", "label", "version")  # an item's value, its words, and its version that the sender saw
STRETCH = "stretch"  # of a task on a road segment: the K-posts that progress of a part lies between
TASKS = "tasks.csv"


def list_statement(name: str, caller: Caller) -> Select[Any] | None:
    """Select the items of a list by its file name, those that the caller may report on; None: there is no such list."""
    build = _LISTS.get(name)
    return None if build is None else build(View(caller.district), caller)


def list_csv(name: str, rows: Sequence[Any]) -> bytes:
    """Write the items of a list."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    own: dict[str, Callable[[Any], str]] = {STRETCH: _stretch} if name == TASKS else {}
    writer.writerow((*COLUMNS, *own))
    writer.writerows([*(row[column] for column in COLUMNS), *(told(row) for told in own.values())] for row in rows)
    return text.getvalue().encode()


def _stretch(row: Any) -> str:
    """Write the range of a task's segment, empty for a task on none."""
    return "" if row["from_m"] is None else f"{format_chainage(row['from_m'])}–{format_chainage(row['to_m'])}"


def _checkpoints(view: View, caller: Caller) -> Select[Any]:
    place = view.rows(Checkpoint)
    found = _items(place.c.id, place.c.name_zh, place.c.version).order_by(place.c.name_zh, place.c.id)
    return found if caller.checkpoint_id is None else found.where(place.c.id == caller.checkpoint_id)


def _sites(view: View, _: Caller) -> Select[Any]:
    place = view.rows(Site)
    return _items(place.c.id, place.c.name_zh, place.c.version).order_by(place.c.name_zh, place.c.id)


def _tasks(view: View, _: Caller) -> Select[Any]:
    task = view.rows(Task)  # whose name begins with that of its place
    segment = view.rows(Segment)
    return (
        _items(task.c.id, task.c.name_zh, task.c.version)
        .add_columns(segment.c.from_m, segment.c.to_m)
        .outerjoin_from(task, segment, segment.c.id == task.c.segment_id)
        .order_by(task.c.name_zh, task.c.id)
    )


def _items(key: ColumnElement[Any], label: ColumnElement[Any], version: ColumnElement[Any]) -> Select[Any]:
    return select(key.label("name"), label.label("label"), version.label("version"))


_LISTS: dict[str, Callable[[View, Caller], Select[Any]]] = {
    "checkpoints.csv": _checkpoints,
    "sites.csv": _sites,
    TASKS: _tasks,
}
