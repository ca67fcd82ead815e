"""Tokens, sessions and links made, used and revoked; each in one transaction with its line in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import asyncpg

from api.auth import audit
from api.state import State
from api.store import Row, Transaction
from geo.access import statements
from geo.access.rules import Caller, Grant, refuse_giving_more, refuse_managing
from geo.access.tokens import Kind, Secret, grant_from, holds, new_secret, read_code
from geo.access.wishes import Wish, end_of, refers_to_nothing
from geo.errors import NotFoundError, SpentError
from geo.types import Text

SPENT = {
    "link-used": Text("链接已被使用，请索取新的。", "The link has been used; ask for another."),
    "link-revoked": Text("链接已被吊销。", "The link has been revoked."),
    "link-expired": Text("链接已过期，请索取新的。", "The link has expired; ask for another."),
}
SECONDS_OF_HOUR = 3_600


async def give(state: State, caller: Caller, kind: Kind, wish: Wish, address: str) -> tuple[Secret, Row]:
    """Make a token or a link for what the caller may hand on; return its secret, and what may be shown of it.

    Raises ForbiddenError for more than he has, UnprocessableError for a unit, person or checkpoint that is not there.
    """
    expires_at = end_of(wish, caller.expires_at)
    refuse_giving_more(caller, wish.grant, expires_at)
    secret = new_secret()
    async with _checked(state) as transaction:
        row = await _make(state, transaction, kind, secret, wish.grant, by=caller.actor, expires_at=expires_at)
        await audit(
            state,
            caller,
            f"{kind}.made",
            "allowed",
            f"{kind}:{secret.id}",
            {"role": wish.grant.role.name, "unit": wish.grant.unit_id, "expires_at": expires_at.isoformat()},
            address=address,
            within=transaction,
        )
    return secret, row


async def revoke(state: State, caller: Caller, token_id: str, address: str) -> None:
    """Revoke a token or link that the caller could have made, or his own; once more does nothing.

    Raises NotFoundError, ForbiddenError.
    """
    district = state.settings.district
    async with state.store.transaction() as transaction:
        row = await transaction.first(statements.shown(district, token_id))
        if row is None:
            raise NotFoundError(Text("没有这个令牌。", "There is no such token."), field="id")
        if token_id != caller.token_id:
            refuse_managing(caller, grant_from(row))
        changed = await transaction.first(statements.revoked(district, token_id, by=caller.actor))
        if changed is not None:
            subject = f"{row.kind}:{token_id}"
            await audit(state, caller, f"{row.kind}.revoked", "allowed", subject, address=address, within=transaction)
    state.access.verifier.forget()


async def redeem(state: State, code: str, address: str) -> tuple[Secret, Row]:
    """Make the one token that a link is good for; of two who try at once one gets it.

    Raises NotFoundError (link-unknown) or SpentError (link-used, link-revoked, link-expired).
    """
    district, link = state.settings.district, read_code(code)
    token = new_secret()
    async with state.store.transaction() as transaction:
        row = None
        if link is not None:
            row = await transaction.run("token", statements.found, {"district": district, "id": link.id})
        if link is None or row is None or not holds(row, link, "link"):
            raise NotFoundError(Text("没有这个链接。", "There is no such link."), field="code", kind="link-unknown")
        _refuse_spent(row, state.settings.link_hours)
        if await transaction.first(statements.revoked(district, link.id, by=statements.USED + token.id)) is None:
            raise _spent("link-used")
        by, until = f"link:{link.id}", row.expires_at
        made = await _make(state, transaction, "token", token, grant_from(row), by=by, expires_at=until)
        await audit(
            state, None, "link.redeemed", "allowed", by, {"token": token.id}, address=address, within=transaction
        )
    return token, made


async def open_session(state: State, caller: Caller, address: str) -> tuple[Secret, datetime]:
    """Make the session of somebody who has shown his token; return its secret and its end."""
    session = new_secret()
    end = datetime.now(timezone.utc) + timedelta(hours=state.settings.session_hours)
    end = end if caller.expires_at is None else min(end, caller.expires_at)
    async with state.store.transaction() as transaction:
        await transaction.rows(statements.expired_sessions(state.settings.district))
        by = f"token:{caller.token_id}"
        await _make(state, transaction, "session", session, caller, by=by, expires_at=end)
        await audit(state, caller, "login", "allowed", f"session:{session.id}", address=address, within=transaction)
    return session, end


async def close_session(state: State, caller: Caller, session: Secret, address: str) -> None:
    """End a session."""
    async with state.store.transaction() as transaction:
        await transaction.first(statements.revoked(state.settings.district, session.id, by=caller.actor))
        await audit(state, caller, "logout", "allowed", f"session:{session.id}", address=address, within=transaction)
    state.access.verifier.forget()


@asynccontextmanager
async def _checked(state: State) -> AsyncIterator[Transaction]:
    """Open a transaction, and say in words which reference is to nothing."""
    try:
        async with state.store.transaction() as transaction:
            yield transaction
    except asyncpg.ForeignKeyViolationError as error:
        raise refers_to_nothing(error.constraint_name or "") from error


async def _make(
    state: State, transaction: Transaction, kind: Kind, secret: Secret, grant: Grant, *, by: str, expires_at: datetime
) -> Row:
    row = await transaction.first(
        statements.made(state.settings.district, kind, secret, grant, by=by, expires_at=expires_at)
    )
    assert row is not None  # noqa: S101 - an insert returns what it has written
    return row


def _refuse_spent(row: Any, hours: float) -> None:
    if row.revoked:
        raise _spent("link-used" if (row.revoked_by or "").startswith(statements.USED) else "link-revoked")
    if row.remaining_s <= 0 or row.age_s > hours * SECONDS_OF_HOUR:
        raise _spent("link-expired")


def _spent(kind: str) -> SpentError:
    return SpentError(SPENT[kind], field="code", kind=kind)
