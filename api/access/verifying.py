"""Tokens and sessions looked up in the database, and kept for two seconds: so long a revoked one may still open."""

from __future__ import annotations

import time
from typing import NamedTuple

from api.access.credentials import Credentials
from api.store import Store
from geo.access.rules import Caller
from geo.access.statements import found
from geo.access.tokens import Kind, caller_from

KEPT_S = 2.0
KEPT = 10_000  # callers

Key = tuple[Kind, str, bytes]


class _Known(NamedTuple):
    caller: Caller
    until: float


class Verifier:
    """The callers of one process; only those are kept who were let in, by the hash of their secret."""

    def __init__(self, store: Store, district: str) -> None:
        self._store = store
        self._district = district
        self._known: dict[Key, _Known] = {}

    async def caller(self, given: Credentials) -> Caller:
        """Return who is calling; raise UnauthorizedError."""
        kind, secret, _ = given
        if secret is None:
            return caller_from(None, None, kind, self._district)
        key = (kind, secret.id, secret.sha256)
        asked_at = time.monotonic()
        known = self._known.get(key)
        if known is not None and known.until > asked_at:
            return known.caller
        row = await self._store.run("token", found, {"district": self._district, "id": secret.id})
        caller = caller_from(row, secret, kind, self._district)
        assert row is not None  # noqa: S101 - there is nobody without
        # From the moment of asking, for the answer may have been under way when the token was revoked.
        self._keep(key, _Known(caller, asked_at + min(KEPT_S, row.remaining_s)))
        return caller

    def forget(self) -> None:
        """Forget everybody, so that what was revoked through this process no longer counts here."""
        self._known.clear()

    def _keep(self, key: Key, known: _Known) -> None:
        """Keep a caller as the last, which the order of a dictionary needs to be told; drop those who are over."""
        self._known.pop(key, None)
        while self._known:
            first = next(iter(self._known))
            if len(self._known) < KEPT and self._known[first].until > time.monotonic():
                break
            del self._known[first]
        self._known[key] = known
