"""The gate that every report comes in by, whichever door it took: checked, stored, answered with a receipt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from api.reviewing import accept_at_once
from api.state import State
from geo.access.rules import Caller
from geo.errors import ErqiError, ForbiddenError, InvalidInputError
from geo.intake.report_body import ReportBody, as_uuid, read_report
from geo.intake.sent import Place, needs_place, place_of, sent_by
from geo.intake.verdicts import FORBIDDEN, UNPROCESSABLE, Verdict
from geo.query.locate import locate_statement, parse_place

LOG = logging.getLogger("erqi")

BREATH = 50  # reports read in one go, before other requests have their turn


async def take(state: State, caller: Caller, values: Sequence[object], *, channel: str) -> list[Verdict]:
    """Take reports in, JSON values as their senders wrote them, and return what became of each, in order.

    A value that could not even be read may be given as the ErqiError that says why. A verdict of 201 or 202 means
    that the report is committed. Raises what the database raises when it is away: then nothing is known of any.
    """
    verdicts: list[Verdict | None] = [None] * len(values)
    good: dict[int, ReportBody] = {}
    for n, value in enumerate(values):
        if n and n % BREATH == 0:
            await asyncio.sleep(0)
        try:
            good[n] = checked(caller, value)
        except ErqiError as error:
            verdicts[n] = refused(value, error)
    places = await _places(state, list(good.values()))
    sent = [sent_by(caller, body, values[n], channel, _found(body, places)) for n, body in good.items()]
    for (n, body), verdict in zip(good.items(), await state.intake.store(sent), strict=True):
        verdicts[n] = await _as_trusted(state, caller, body, verdict)
    return [each for each in verdicts if each is not None]


def checked(caller: Caller, value: object) -> ReportBody:
    """Return a report that this caller may send; raise UnprocessableError or ForbiddenError for any other."""
    if isinstance(value, ErqiError):
        raise value
    body = read_report(value)
    caller.refuse_report_outside(body.kind, body.unit_id or caller.unit_id, body.checkpoint_id)
    return body


def refused(value: object, error: ErqiError) -> Verdict:
    """Return the verdict of a report that is not even tried, under its id where it has one that can be read."""
    given = value.get("id") if isinstance(value, dict) else None
    status = FORBIDDEN if isinstance(error, ForbiddenError) else UNPROCESSABLE
    return Verdict(as_uuid(given), status, problem=error)


async def _as_trusted(state: State, caller: Caller, body: ReportBody, verdict: Verdict) -> Verdict:
    """Accept a stored report if its sender is trusted for its kind; whatever fails there, it is stored and waits."""
    if not verdict.is_stored or body.kind not in caller.trusted_kinds:
        return verdict
    try:
        accepted = await accept_at_once(state, caller, body.id)
    except Exception:
        LOG.exception("report %s is stored and could not be accepted at once", body.id)
        return verdict
    return verdict.accepted() if accepted else verdict


def _found(body: ReportBody, places: Mapping[str, Place | None]) -> Place | None:
    return places.get(body.place or "") if needs_place(body) else None


async def _places(state: State, bodies: Sequence[ReportBody]) -> dict[str, Place | None]:
    """Look up the words of those reports that say where they are by nothing else."""
    texts = {body.place for body in bodies if body.place is not None and needs_place(body)}
    return {text: await _place(state, text) for text in texts}


async def _place(state: State, text: str) -> Place | None:
    try:
        statement = locate_statement(state.settings.district, parse_place(text))
    except InvalidInputError:  # words that are no place stay words
        return None
    rows: Sequence[Any] = await state.store.rows(statement)
    return place_of(rows)
