"""What a reviewer may decide of a report, and which step may follow which.

=================  =========================================================================================
status             may become
=================  =========================================================================================
received           triaged, accepted, needs_information, rejected, duplicate
triaged            accepted, needs_information, rejected, duplicate
needs_information  triaged, accepted, rejected, duplicate
rejected           triaged: somebody has thought again
duplicate          triaged
accepted           nothing: what it changed is in the history, and a newer report corrects it
=================  =========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from geo.errors import ConflictError, InvalidInputError, UnprocessableError
from geo.types import Text

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Status = Literal["triaged", "accepted", "needs_information", "rejected", "duplicate"]

OPEN = frozenset({"accepted", "needs_information", "rejected", "duplicate"})
STEPS: Mapping[str, frozenset[str]] = {
    "received": OPEN | {"triaged"},
    "triaged": OPEN,
    "needs_information": OPEN - {"needs_information"} | {"triaged"},
    "rejected": frozenset({"triaged"}),
    "duplicate": frozenset({"triaged"}),
    "accepted": frozenset(),
}
MAX_REVIEWS = 2**31 - 1
WAITING = ("received", "triaged")  # for a reviewer; who needs information waits for the sender
WITH_CASE = ("problem", "hazard")


class NewCase(BaseModel):
    """The entry of the problem ledger that an accepted report opens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    programme_id: Code
    category: Code
    title: Words | None = None
    title_en: Words | None = None
    due_on: date | None = None
    territorial_unit_id: Code | None = None
    sector_unit_id: Code | None = None
    person_id: Code | None = None


class Decision(BaseModel):
    """What a reviewer decides; ``reason`` is read by the sender.

    ``fields`` says of each field in conflict which value stays, the one sent or the present one; ``position`` says of
    a report with a suspected datum which of its two positions is right. ``reviews_seen`` is the number of the last
    decision on the report that the reviewer knows of, 0 for none: one who knows less than there is decides nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Status
    reason: Words
    duplicate_of: UUID | None = None
    fields: dict[Code, Literal["sent", "current"]] = Field(default_factory=dict, max_length=20)
    position: Literal["declared", "suspected"] | None = None
    case: NewCase | None = None
    reviews_seen: int | None = Field(default=None, ge=0, le=MAX_REVIEWS, strict=True)


def read_decision(body: Mapping[str, Any]) -> Decision:
    """Return the decision of a JSON body; raise InvalidInputError naming the first member at fault."""
    try:
        return Decision.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "to"
        if first["type"] == "missing":
            text = Text(f"缺少“{field}”。", f"“{field}” is missing.")
        elif first["type"] == "extra_forbidden":
            text = Text(f"不认识“{field}”。", f"“{field}” is not known here.")
        else:
            text = Text(f"“{field}”的值不对。", f"“{field}” has a value that is not taken here.")
        raise InvalidInputError(text, field=field) from error


def refuse_stale(decision: Decision, *, decided: int, status: str) -> None:
    """Refuse a decision of somebody who does not know that others have decided meanwhile."""
    if decision.reviews_seen is not None and decision.reviews_seen != decided:
        raise ConflictError(
            Text(
                f"别人刚刚处理过这条上报，现为“{status}”。请看过再定。",
                f"Somebody else has just decided on this report: it is {status} now. Look at it again first.",
            ),
            field="reviews_seen",
            kind="review-stale",
            extras={"report_status": status, "reviews": decided},
        )


def refuse_step(report: Mapping[str, Any], decision: Decision) -> None:
    """Refuse a decision that does not follow from where a report stands, or that leaves out what it needs."""
    if decision.to not in STEPS[report["status"]]:
        raise ConflictError(
            Text(
                f"上报现为“{report['status']}”，不能改为“{decision.to}”。",
                f"The report is {report['status']} and cannot become {decision.to}.",
            ),
            field="to",
            kind="review-step",
        )
    if (decision.to == "duplicate") != (decision.duplicate_of is not None):
        raise UnprocessableError(
            Text(
                "判为重复时须指明与哪一条重复，其他情形不填。",
                "A duplicate names the report that it repeats; no other does.",
            ),
            field="duplicate_of",
        )
    if decision.duplicate_of == report["id"]:
        raise UnprocessableError(Text("上报不能与自己重复。", "A report does not repeat itself."), field="duplicate_of")
    if decision.to == "accepted":
        _refuse_acceptance(report, decision)
    elif decision.case is not None or decision.fields or decision.position is not None:
        raise UnprocessableError(
            Text(
                "只有采信才有条目、字段和位置的取舍。",
                "Only accepting a report opens a case or chooses between values.",
            ),
            field="to",
        )


def _refuse_acceptance(report: Mapping[str, Any], decision: Decision) -> None:
    if ("datum_suspect" in report["flags"]) != (decision.position is not None):
        raise UnprocessableError(
            Text(
                "坐标系存疑的上报，采信时须选定位置（declared 或 suspected），其他上报不填。",
                "Accepting a report whose datum is suspect takes one of its two positions, declared or suspected; "
                "no other report has a choice.",
            ),
            field="position",
        )
    if report.get("from_m") is not None and "current" in decision.fields.values():
        raise UnprocessableError(
            Text(
                "分段上报只说明一段，没有现值可保留；不采信时请退回（rejected）。",
                "A report of a stretch says nothing but that stretch: there is no current value to keep. Reject it.",
            ),
            field="fields",
        )
    opens = report["kind"] in WITH_CASE and report["case_id"] is None
    if decision.case is not None and not opens:
        raise UnprocessableError(Text("这条上报不开新台账条目。", "This report opens no new case."), field="case")
    if decision.case is None and report["kind"] == "problem" and opens:
        raise UnprocessableError(
            Text("采信问题上报须登记台账条目。", "Accepting a problem takes the case that it opens."), field="case"
        )
