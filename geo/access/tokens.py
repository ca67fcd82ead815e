"""Tokens: what they look like, how they are told from guesses, and why one is turned away."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any, Literal, NamedTuple, TypeAlias

from geo.access.rules import Caller, Grant, Role
from geo.errors import UnauthorizedError
from geo.types import Text

Kind: TypeAlias = Literal["token", "session", "link"]

PREFIX = "erqi_"
ID_BYTES, SECRET_BYTES = 8, 32
SHAPE = re.compile(r"([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
LONGEST = len(PREFIX) + 16 + 1 + 43
NO_HASH = bytes(32)  # what a secret is compared with where there is no such id, so that both take as long

REASONS = {
    "token-missing": Text("需要登录或访问令牌。", "This takes a token, or logging in."),
    "token-unknown": Text("访问令牌不对。", "There is no such token."),
    "token-expired": Text("访问令牌已过期，请索取新的。", "The token has expired; ask for another."),
    "token-revoked": Text("访问令牌已被吊销。", "The token has been revoked."),
}


class Secret(NamedTuple):
    """An id that may be shown and a secret that only its holder has; ``repr`` would show it, so it is never logged."""

    id: str
    secret: str

    @property
    def code(self) -> str:
        """Return both as a session's cookie and a link carry them."""
        return f"{self.id}_{self.secret}"

    @property
    def token(self) -> str:
        """Return both as the holder of a token keeps them."""
        return PREFIX + self.code

    @property
    def sha256(self) -> bytes:
        """Return what is stored of the secret; 256 random bits need no salt and no slow hash."""
        return hashlib.sha256(self.secret.encode()).digest()


def new_secret() -> Secret:
    """Make a new id and 256 random bits."""
    return Secret(secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES))


def read_code(text: str) -> Secret | None:
    """Read a cookie's or a link's text; None when it has not the shape of ours."""
    found = SHAPE.fullmatch(text) if len(text) <= LONGEST else None
    return None if found is None else Secret(*found.groups())


def read_token(text: str) -> Secret | None:
    """Read a token; None when it has not the shape of ours."""
    return read_code(text[len(PREFIX) :]) if text.startswith(PREFIX) else None


def unauthorized(kind: str) -> UnauthorizedError:
    """Say why somebody is not let in, by the name of one of ``REASONS``."""
    return UnauthorizedError(REASONS[kind], kind=kind)


def holds(row: Any, presented: Secret | None, kind: Kind) -> bool:
    """Tell whether a secret is that of a row of :func:`~geo.access.statements.found`; no row takes as long as one."""
    stored = NO_HASH if row is None else bytes(row.secret_sha256)
    given = Secret("", "") if presented is None else presented
    is_same = hmac.compare_digest(stored, given.sha256)
    return is_same and row is not None and row.kind == kind


def caller_from(row: Any, presented: Secret | None, kind: Kind, district: str) -> Caller:
    """Return who holds a token or session; raise UnauthorizedError, which tells the reason to its holder alone."""
    if not holds(row, presented, kind):
        raise unauthorized("token-unknown")
    if row.revoked:
        raise unauthorized("token-revoked")
    if row.remaining_s <= 0:
        raise unauthorized("token-expired")
    grant = grant_from(row)
    return Caller(**vars(grant), district=district, token_id=row.token_id, expires_at=row.expires_at)


def grant_from(row: Any) -> Grant:
    """Return what a row of tokens opens."""
    return Grant(
        role=Role[row.role],
        label=row.label,
        unit_id=row.unit_id,
        person_id=row.person_id,
        checkpoint_id=row.checkpoint_id,
        report_kinds=None if row.report_kinds is None else frozenset(row.report_kinds),
        trusted_kinds=frozenset(row.trusted_kinds),
    )
