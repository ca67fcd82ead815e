"""The filters of the maps: one description that the page's script, the tables, the files and the prints read.

A filter is a parameter of the address whose codes choose among the features of its ``collections``:

=============  ====================================================================================================
``property``   the property that has to be one of the codes (``properties``: one of them has to); a layer without it
               shows nothing
``flags``      for each code, the property that has to be true
``inside``     the filter looks at the objects of this list, not at the feature; all such filters at the same object
``scheme``     the vocabulary of the codes; or ``choices``, their words; or ``names``, the layer that has their names
``symbol``     how a code is drawn beside its word; ``folded``: the page keeps the filter folded until it is wanted
=============  ====================================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Filter = Mapping[str, Any]

TASKS = "task_status"  # has a table and is not drawn: a task is where its place is
WORKS = ["segment_progress", "site_progress", TASKS]
INSIDE = {"inside": "tasks", "itself": [TASKS]}


def choice(code: str, zh: str, en: str) -> dict[str, str]:
    """Name a code that stands in no vocabulary."""
    return {"code": code, "zh": zh, "en": en}


PROGRAMME: Filter = {
    "param": "programme",
    "property": "programme_id",
    "names": "programmes",
    "collections": WORKS,
    "folded": True,
    **INSIDE,
}
UNIT: Filter = {
    "param": "unit",
    "property": "unit_id",
    "names": "units",
    "collections": WORKS,
    "folded": True,
    **INSIDE,
}
TASK: Filter = {
    "param": "task",
    "flags": {"overdue": "is_overdue", "unseen": "is_unseen", "due": "begin_due"},
    "choices": [
        choice("overdue", "已逾期", "Overdue"),
        choice("unseen", "无人上报", "Not reported"),
        choice("due", "应已开工", "Due to begin"),
    ],
    "collections": WORKS,
    **INSIDE,
}
FRESHNESS: Filter = {
    "param": "freshness",
    "property": "freshness",
    "choices": [
        choice("fresh", "在时效内", "Fresh"),
        choice("stale", "已过时效", "Stale"),
        choice("never", "从未上报", "Never reported"),
    ],
    "collections": ["checkpoint_status"],
    "folded": True,
}
DUE: Filter = {
    "param": "due",
    # one entry may be several of these, so each is a property of its own
    "flags": {"overdue": "overdue", "week": "due_in_week", "before_season": "due_before_season"},
    "choices": [
        choice("overdue", "已逾期", "Overdue"),
        choice("week", "一周内到期", "Due within a week"),
        choice("before_season", "应于汛前完成", "Due before the season"),
    ],
    "collections": ["cases"],
}
CATEGORY: Filter = {
    "param": "category",
    "property": "category",
    "scheme": "case_category",
    "collections": ["cases"],
    "folded": True,
}
CASE_PROGRAMME: Filter = {
    "param": "programme",
    "property": "programme_id",
    "names": "programmes",
    "collections": ["cases"],
    "folded": True,
}
CASE_UNIT: Filter = {
    "param": "unit",
    "properties": ["territorial_unit_id", "sector_unit_id"],
    "names": "units",
    "collections": ["cases"],
    "folded": True,
}


# Those of a place that look at its tasks; the layers of places take them as parameters of the same names.
OF_TASKS: Sequence[Filter] = (TASK, PROGRAMME, UNIT)


def filters_on(filters: Sequence[Filter], collection: str) -> dict[str, Filter]:
    """Return by its parameter each filter that chooses among a collection's features, as it looks at them.

    For a collection whose features are themselves the objects of the lists there is no ``inside``.
    """
    found = {each["param"]: each for each in filters if collection in each["collections"]}
    return {
        param: {name: value for name, value in each.items() if name != "inside" or collection not in each["itself"]}
        for param, each in found.items()
    }


def named_by(filters: Sequence[Filter]) -> frozenset[str]:
    """Return the layers that have the names of codes."""
    return frozenset(each["names"] for each in filters if "names" in each)
