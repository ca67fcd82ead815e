"""Reports that came by one door, stored by one statement; what is there already is compared instead."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.exceptions import HTTPException

from api.retrying import coming_again
from api.settings import Settings
from api.store import Row, Store
from geo.chainage import format_chainage
from geo.intake.datum_readings import Readings
from geo.intake.receipts import ReceiptKey, Taken, key_in
from geo.intake.sent import Sent, impossible, read_all, rows_of
from geo.intake.storing import present_statement, store_statement
from geo.intake.verdicts import (
    CONFLICT,
    PHOTOS_OUTSTANDING,
    STORED,
    UNPROCESSABLE,
    Verdict,
    broken_rule,
    other_body,
    refers_to_nothing,
    taken_id,
)

LOG = logging.getLogger("erqi")

LANES = 4  # statements that store reports at the same time
PLACED = ("placement", "road_id", "side", "segment_id", "checkpoint_id", "site_id")


class Keeper:
    """Stores reports and signs their receipts, in one district."""

    def __init__(self, store: Store, settings: Settings) -> None:
        # Their own, so that storing neither waits for readers nor is planned each time for what does not change it.
        self._store = store.beside(pool_size=LANES)
        self._settings = settings
        self._district = settings.district
        self._key: ReceiptKey | None = None

    @property
    def key(self) -> ReceiptKey:
        """Return the key of receipts: the one of the settings, else that of the home folder."""
        if self._key is None:
            self._key = receipt_key(self._settings)
        return self._key

    async def keep(self, channel: str, reports: Sequence[Sent], stored: Callable[[], None]) -> list[Verdict]:
        """Return what became of each report of a door; of two with one id the first is stored.

        ``stored`` is called when the database has done its part: others may store while receipts are signed.
        """
        self.key  # noqa: B018 - nothing is stored that no receipt can be given for
        first: dict[UUID, Sent] = {}
        for report in reports:
            first.setdefault(report.body.id, report)
        verdicts = await self._kept(channel, list(first.values()), stored)
        again = [each for each in reports if first[each.body.id] is not each or each.body.id not in verdicts]
        present = await self._present({each.body.id for each in again}) if again else {}
        return [
            verdicts[each.body.id]
            if first[each.body.id] is each and each.body.id in verdicts
            else self._compared(each, present.get(each.body.id))
            for each in reports
        ]

    async def _kept(self, channel: str, reports: Sequence[Sent], stored: Callable[[], None]) -> dict[UUID, Verdict]:
        """Store reports of different ids; return the verdicts of all but those whose id was there already."""
        verdicts: dict[UUID, Verdict] = {}
        possible: list[tuple[Sent, Readings]] = []
        for report, readings in zip(reports, read_all(reports), strict=True):
            problem = impossible(report, readings)
            if problem is None:
                possible.append((report, readings))
            else:
                verdicts[report.body.id] = Verdict(report.body.id, UNPROCESSABLE, problem=problem)
        found = await self._stored(channel, possible) if possible else []
        stored()
        judged = {report.body.id: self._judged(report, row) for report, row in found}
        return verdicts | {report_id: verdict for report_id, verdict in judged.items() if verdict is not None}

    async def _stored(self, channel: str, reports: Sequence[tuple[Sent, Readings]]) -> list[tuple[Sent, Row | Verdict]]:
        """Store reports together, or by halves when the database refuses one of them or needs too long for all."""
        try:
            rows = await self._run(channel, reports)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.QueryCanceledError) as error:
            if len(reports) > 1:
                half = len(reports) // 2
                return await self._stored(channel, reports[:half]) + await self._stored(channel, reports[half:])
            if isinstance(error, asyncpg.QueryCanceledError):
                raise
            LOG.warning("report refused by the database: %s", type(error).__name__)
            problem = broken_rule(getattr(error, "constraint_name", None) or "")
            report = reports[0][0]
            return [(report, Verdict(report.body.id, UNPROCESSABLE, problem=problem))]
        return [(reports[row.ordinal][0], row) for row in rows]

    async def _run(self, channel: str, reports: Sequence[tuple[Sent, Readings]]) -> Sequence[Row]:
        """Store reports by one statement, which is its own transaction."""
        sent, readings = zip(*reports, strict=True)
        rows, shape = rows_of(sent, readings)
        values = {"rows": rows, "reason": f"现场上报（{channel}）"}

        async def attempt() -> Sequence[Row]:
            return await self._store.all(shape, lambda: store_statement(self._district, shape), values)

        return await coming_again(attempt, of="reports")

    def _judged(self, report: Sent, row: Row | Verdict) -> Verdict | None:
        """Return the verdict that the statement's row gives; None where the id was there already."""
        if isinstance(row, Verdict):
            return row
        if row.fault is not None:
            return Verdict(report.body.id, UNPROCESSABLE, problem=refers_to_nothing(row.fault))
        if row.sequence is None:
            return None
        return self._answered(report, row)

    async def _present(self, ids: set[UUID]) -> Mapping[UUID, Row]:
        rows = await self._store.all("present reports", lambda: present_statement(self._district), {"keys": list(ids)})
        return {row.id: row for row in rows}

    def _compared(self, report: Sent, row: Row | None) -> Verdict:
        """Answer a report whose id is there: as the first time when it is the same, with 409 when it is another."""
        if row is None:  # it was there a moment ago, and has been taken away
            raise _come_again()
        if row.body_sha256 == report.sha256:
            return self._answered(report, row)
        caller = report.caller
        own = row.token_id == caller.token_id or (caller.person_id is not None and row.reporter_id == caller.person_id)
        if own and row.body is not None:
            problem = other_body(report.body.id, orjson.loads(row.body), report.value)
        else:
            problem = taken_id(report.body.id)
        return Verdict(report.body.id, CONFLICT, problem=problem)

    def _answered(self, report: Sent, row: Row) -> Verdict:
        """Return the answer to a stored report: what was made of it, and its receipt."""
        photos = [bytes.fromhex(each) for each in report.body.photos]
        taken = Taken(self._district, report.body.id, report.sha256, photos, row.sequence, row.received_at)
        answer = {"id": str(report.body.id), "status": "stored", **made_of(row), "receipt": self.key.receipt(taken)}
        return Verdict(report.body.id, PHOTOS_OUTSTANDING if row.outstanding else STORED, answer)


def made_of(row: Row) -> dict[str, Any]:
    """Return what was made of a stored report: where it lies, what is odd about it, the photos that are missing."""
    return {
        **{name: row[name] for name in PLACED},
        "chainage": None if row.measure_m is None else format_chainage(row.measure_m),
        "flags": row.flags,
        "photos_outstanding": row.outstanding,
    }


def receipt_key(settings: Settings) -> ReceiptKey:
    """Return the key of receipts that the settings mean."""
    if settings.receipt_key is None:
        return key_in(settings.home)
    # An environment file has no room for line ends.
    return ReceiptKey(settings.receipt_key.get_secret_value().replace("\\n", "\n").encode())


def _come_again() -> HTTPException:
    return HTTPException(503, headers={"Retry-After": "1"})
