"""What became of one report that came in: stored, there already, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from geo.errors import ConflictError, ErqiError, UnprocessableError
from geo.intake.refusals import GENERAL
from geo.types import Text

STORED, PHOTOS_OUTSTANDING = 201, 202
FORBIDDEN, CONFLICT, UNPROCESSABLE = 403, 409, 422
ACCEPTED_AT_ONCE = "accepted_at_once"  # a flag of the answer alone: for its sender's kind nobody else had to look
_ABSENT = object()
_BEYOND = {
    "chainage.at": Text("“chainage.at”超出道路终点。", "“chainage.at” lies beyond the end of the road."),
    "extent": Text(
        "“extent”只用于路段上的节点，此节点不在路段上。",
        "“extent” is of a task on a road segment; this one is on none.",
    ),
    "extent.from": Text(
        "“extent.from”不在节点所属路段的桩号范围内。", "“extent.from” is not inside the segment of the task."
    ),
    "extent.to": Text(
        "“extent.to”不在节点所属路段的桩号范围内。", "“extent.to” is not inside the segment of the task."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """The answer to one report: ``answer`` with status 201 or 202, or else ``problem`` with its own status.

    ``report_id`` is None where none could be read.
    """

    report_id: UUID | None
    status: int
    answer: Mapping[str, Any] = field(default_factory=dict)
    problem: ErqiError | None = None

    @property
    def is_stored(self) -> bool:
        """Tell whether the report is durably stored."""
        return self.problem is None

    def accepted(self) -> Verdict:
        """Return the verdict of a stored report that has been accepted as it came."""
        flags = [*self.answer["flags"], ACCEPTED_AT_ONCE]
        return replace(self, answer={**self.answer, "status": "accepted", "flags": flags})


def other_body(report_id: UUID, stored: Any, sent: Any) -> ConflictError:
    """Return the refusal of a report whose id its own sender has used for another one, with what differs."""
    found = differences(stored, sent)
    names = ", ".join(each["field"] for each in found)
    return ConflictError(
        Text(
            f"编号 {report_id} 已有另一份上报，不同之处：{names}。请换新编号再报。",
            f"Another report has the id {report_id}; they differ in {names}. Send it again under a new id.",
        ),
        field="id",
        kind="report-differs",
        extras={"differences": found},
    )


def taken_id(report_id: UUID) -> ConflictError:
    """Return the refusal of a report whose id somebody else has used, without a word of what he has sent."""
    return ConflictError(
        Text(
            f"编号 {report_id} 已被别的上报使用，请换新编号再报。",
            f"The id {report_id} belongs to another report. Send it again under a new id.",
        ),
        field="id",
        kind="report-id-taken",
    )


def refers_to_nothing(field: str) -> UnprocessableError:
    """Return the refusal of a report that refers to what is not there, or lies beyond its road or segment."""
    nothing = Text(f"“{field}”指向的内容不存在。", f"What “{field}” refers to is not there.")
    return UnprocessableError(_BEYOND.get(field, nothing), field=field)


def broken_rule(constraint: str) -> UnprocessableError:
    """Return the refusal of a report that broke the named rule of the tables, though nothing of it was foreseen."""
    if constraint.startswith("fk_reports_"):
        return refers_to_nothing(constraint.removeprefix("fk_reports_").removeprefix("district_"))
    return UnprocessableError(GENERAL)


def differences(stored: Any, sent: Any, path: str = "") -> list[dict[str, Any]]:
    """Return ``{field, stored, sent}`` of each member that differs, null where it is not there; equal bodies: none."""
    if isinstance(stored, dict) and isinstance(sent, dict):
        names = [*stored, *(name for name in sent if name not in stored)]
        return [
            each
            for name in names
            for each in differences(stored.get(name, _ABSENT), sent.get(name, _ABSENT), f"{path}.{name}".lstrip("."))
        ]
    if type(stored) is not bool and type(sent) is not bool and stored == sent:
        return []
    if stored is sent:
        return []
    return [{"field": path, "stored": _shown(stored), "sent": _shown(sent)}]


def _shown(value: Any) -> Any:
    return None if value is _ABSENT else value
