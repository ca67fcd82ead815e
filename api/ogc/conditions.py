"""What a writer asks of the present state before he changes it (RFC 9110, 13.1): evaluated on the locked row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.ogc.tags import is_match, is_none_match, read_http_date
from api.store import Transaction
from geo.intake.edits import newest_before
from geo.query.layer import Layer


@dataclass(frozen=True)
class Conditions:
    """The conditions of one request; None where it sets none, or a date that cannot be read."""

    if_match: str | None
    if_none_match: str | None
    unmodified_since: datetime | None

    async def check(self, transaction: Transaction, layer: Layer, key: tuple[str, str], row: Any) -> None:
        """Raise HTTPException 412 unless the row of ``key`` (district, id), which is locked, is as asked."""
        if self.if_match is not None:
            held = is_match(self.if_match, row.version)
        elif self.unmodified_since is not None:
            held = await _is_unmodified(transaction, layer, key, row, self.unmodified_since)
        else:
            held = True
        if not held or (self.if_none_match is not None and is_none_match(self.if_none_match, row.version)):
            raise HTTPException(412)

    @property
    def names_a_state(self) -> bool:
        """Tell whether the writer says which state he changes."""
        return self.if_match is not None or self.unmodified_since is not None


def read_conditions(request: Request) -> Conditions:
    """Read the headers If-Match, If-None-Match and If-Unmodified-Since."""
    since = request.headers.get("if-unmodified-since")
    return Conditions(
        _joined(request, "if-match"),
        _joined(request, "if-none-match"),
        None if since is None else read_http_date(since),
    )


def _joined(request: Request, name: str) -> str | None:
    return ", ".join(request.headers.getlist(name)) or None


async def _is_unmodified(
    transaction: Transaction, layer: Layer, key: tuple[str, str], row: Any, since: datetime
) -> bool:
    """Tell whether the present version is the one that a reader at ``since`` has seen.

    HTTP's dates are whole seconds. Where an earlier version bears the same second, or a later one (a clock set back),
    the date does not say which of the two was read: better refused than lost.
    """
    modified = row.changed_at.replace(microsecond=0)
    earlier = await transaction.first(newest_before(layer, *key, row.version))
    is_ambiguous = earlier is not None and earlier.changed_at is not None and earlier.changed_at >= modified
    return modified <= since and not is_ambiguous
