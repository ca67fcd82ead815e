"""Many decisions in one request, each in a transaction of its own and with a verdict of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from uuid import UUID

from starlette.exceptions import HTTPException

from api.errors import SENTENCES, problem_of, status_of
from api.review_schemas import MOST_DECISIONS
from api.reviewing import decide
from api.state import State
from geo.access.rules import Caller
from geo.errors import ErqiError, ForbiddenError, InvalidInputError, StoreUnavailableError, UnprocessableError
from geo.intake.decision import read_decision
from geo.intake.report_body import as_uuid
from geo.types import Text

JsonObject: TypeAlias = dict[str, Any]

DECIDED = 201
WHOSE = "report_id"


def read_decisions(body: Mapping[str, Any]) -> list[object]:
    """Return the decisions of a body, each still unread; raise InvalidInputError or UnprocessableError."""
    for name in body:
        if name != "decisions":
            raise InvalidInputError(Text(f"不认识“{name}”。", f"“{name}” is not known here."), field=name)
    found = body.get("decisions")
    if not isinstance(found, list) or not found:
        raise InvalidInputError(
            Text("“decisions”应为一个非空列表。", "“decisions” should be a list that is not empty."), field="decisions"
        )
    if len(found) > MOST_DECISIONS:
        raise UnprocessableError(
            Text(f"一次最多处理 {MOST_DECISIONS} 条。", f"At most {MOST_DECISIONS} decisions at once."),
            field="decisions",
        )
    return found


async def decide_each(
    state: State, caller: Caller, values: list[object]
) -> tuple[list[JsonObject], ForbiddenError | None]:
    """Decide one after another; return a verdict for each, in order, and the first refusal for want of a right."""
    verdicts: list[JsonObject] = []
    denied: ForbiddenError | None = None
    for index, value in enumerate(values):
        report_id: UUID | None = None
        try:
            report_id, rest = _read_item(value)
            decided = await decide(state, caller, report_id, read_decision(rest))
            verdicts.append({"index": index, WHOSE: report_id, "status": DECIDED, "decision": decided})
        except ErqiError as error:
            denied = denied or (error if isinstance(error, ForbiddenError) else None)
            verdicts.append(_refused(index, report_id, error))
        except HTTPException as error:  # it stood in another's way twice
            away = StoreUnavailableError(SENTENCES[error.status_code])
            verdicts.append(_refused(index, report_id, away))
    return verdicts, denied


def _read_item(value: object) -> tuple[UUID, JsonObject]:
    """Return the report that a decision is on, and the decision's other members."""
    given = value if isinstance(value, dict) else {}
    report_id = as_uuid(given.get(WHOSE))
    if report_id is None:
        raise InvalidInputError(Text("“report_id”应为 UUID。", "“report_id” should be a UUID."), field=WHOSE)
    return report_id, {name: each for name, each in given.items() if name != WHOSE}


def _refused(index: int, report_id: UUID | None, error: ErqiError) -> JsonObject:
    status = int(status_of(error))
    return {"index": index, WHOSE: report_id, "status": status, "problem": problem_of(status, error)}
