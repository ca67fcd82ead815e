"""Whether a report of a trusted team may be accepted as it came, or a person has to look after all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from geo.access.rules import Caller
from geo.errors import ConflictError
from geo.types import Text

AT_ONCE = "免审：可信班组 Accepted as it came: trusted team"  # the reason that the sender reads
DOUBTS = ("datum_suspect", "position_impossible", "outside_district", "far_from_declared")
AHEAD = timedelta(minutes=10)  # by which a phone's clock may be fast; more, and no later report would count as newer


def refuse_at_once(caller: Caller, report: Mapping[str, Any]) -> None:
    """Raise ConflictError for a report that a person has to look at: not trusted, doubtful, or seen by one already.

    ``report`` is its row with ``flags`` and ``token_id`` of its submission.
    """
    trusted = report["kind"] in caller.trusted_kinds and report["token_id"] == caller.token_id
    doubtful = any(flag in report["flags"] for flag in DOUBTS)
    early = report["observed_at"] > report["received_at"] + AHEAD
    if not trusted or doubtful or early or report["status"] != "received":
        raise ConflictError(Text("须由人审核。", "A person has to review it."), kind="review-needed")
