"""What acceptance changes field by field, and where it would overwrite what somebody else has changed meanwhile.

The sender says which version of the task or checkpoint was on the phone (``base_version``). A field is in conflict
when it has been changed since that version and accepting the report would change it again: the reviewer then chooses
between the value sent and the present one. A newer accepted observation is never overwritten by an older one (see
``acceptance``), so it is no conflict either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import ConflictError
from geo.model import Base, Checkpoint, Task
from geo.types import Text

State = Mapping[str, Any]
KEPT_BY_THE_SERVICE = {"version", "changed_at", "changed_by", "last_report_id", "demonstration", "feature", "seen_at"}


@dataclass(frozen=True)
class Target:
    """The thing that a kind of report speaks of: its table, the report's column with its id, and which fields it sets.

    ``fields``: the columns of the table by the columns of the report.
    """

    model: type[Base]
    id_column: str
    fields: Mapping[str, str]


TARGETS: Mapping[str, Target] = {
    "task_progress": Target(
        Task, "task_id", {"progress_percent": "progress_percent", "blocked_reason": "blocked_reason"}
    ),
    "checkpoint_inspection": Target(
        Checkpoint,
        "checkpoint_id",
        {
            "checkpoint_state": "state",
            "supplies_state": "supplies_state",
            "hazard_survey_state": "hazard_survey_state",
            "drill_state": "drill_state",
        },
    ),
}


def changes(before: State, after: State) -> dict[str, dict[str, Any]]:
    """Return the fields that differ, with both values."""
    return {
        name: {"before": before[name], "after": after[name]}
        for name in after
        if name not in KEPT_BY_THE_SERVICE and before[name] != after[name]
    }


def conflicts(target: Target, seen: State | None, before: State, after: State) -> list[dict[str, Any]]:
    """Return the fields in conflict with the values seen, present and sent; none when it is unknown what was seen."""
    if seen is None:
        return []
    return [
        {"field": sent_as, "seen": seen[name], "current": before[name], "sent": after[name]}
        for sent_as, name in target.fields.items()
        if seen[name] != before[name] != after[name]
    ]


def refuse_unresolved(found: list[dict[str, Any]], resolved: Mapping[str, str]) -> None:
    """Raise ConflictError with both values of every field in conflict that the reviewer has not decided."""
    open_ones = [conflict for conflict in found if conflict["field"] not in resolved]
    if open_ones:
        names = ", ".join(conflict["field"] for conflict in open_ones)
        raise ConflictError(
            Text(
                f"上报之后，这些字段已被别人改过：{names}。请逐个选择保留上报值（sent）还是现值（current）。",
                f"Somebody has changed these since the sender looked: {names}. Choose for each the value that was sent "
                "or the current one.",
            ),
            field="fields",
            kind="review-conflict",
            extras={"conflicts": open_ones},
        )
