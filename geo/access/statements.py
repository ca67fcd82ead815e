"""The statements on tokens, sessions and links. Their values are parameters; all of them name the district."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Delete,
    Float,
    Insert,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    extract,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import Update

from geo.access.rules import Grant
from geo.access.tokens import Kind, Secret
from geo.model import AccessToken

USED = "link:"  # what ``revoked_by`` of a used link begins with; the id of the token follows
IS_LISTED = AccessToken.kind != "session"
NOW = func.clock_timestamp()
SHOWN = (
    AccessToken.id,
    AccessToken.kind,
    AccessToken.role,
    AccessToken.label,
    AccessToken.unit_id,
    AccessToken.person_id,
    AccessToken.checkpoint_id,
    AccessToken.report_kinds,
    AccessToken.trusted_kinds,
    AccessToken.created_at,
    AccessToken.created_by,
    AccessToken.expires_at,
    AccessToken.revoked_at,
    AccessToken.revoked_by,
)


def found() -> Select[Any]:
    """Select the token, session or link ``:id`` of ``:district`` with all that decides whether it counts.

    A session counts as long as the token that opened it, whose id is its ``token_id``. ``remaining_s`` is by the
    database's clock, which also wrote when it was made.
    """
    opener = aliased(AccessToken)
    opened_by = and_(
        AccessToken.kind == "session",
        opener.district == AccessToken.district,
        AccessToken.created_by == func.concat("token:", opener.id),
    )
    until = func.least(AccessToken.expires_at, opener.expires_at)
    return (
        select(
            AccessToken.kind,
            AccessToken.secret_sha256,
            AccessToken.role,
            AccessToken.label,
            AccessToken.unit_id,
            AccessToken.person_id,
            AccessToken.checkpoint_id,
            AccessToken.report_kinds,
            AccessToken.trusted_kinds,
            AccessToken.created_by,
            AccessToken.revoked_by,
            func.coalesce(opener.id, AccessToken.id).label("token_id"),
            func.coalesce(opener.expires_at, AccessToken.expires_at).label("expires_at"),
            or_(AccessToken.revoked_at.is_not(None), opener.revoked_at.is_not(None)).label("revoked"),
            cast(extract("epoch", until - NOW), Float).label("remaining_s"),
            cast(extract("epoch", NOW - AccessToken.created_at), Float).label("age_s"),
        )
        .outerjoin(opener, opened_by)
        .where(AccessToken.district == bindparam("district"), AccessToken.id == bindparam("id"))
    )


def made(district: str, kind: Kind, secret: Secret, grant: Grant, *, by: str, expires_at: datetime) -> Insert:
    """Insert a token, session or link, of which only the hash of the secret is kept; return what may be shown."""
    kinds = None if grant.report_kinds is None else sorted(grant.report_kinds)
    return (
        insert(AccessToken)
        .values(
            district=district,
            id=secret.id,
            kind=kind,
            secret_sha256=secret.sha256,
            role=grant.role.name,
            label=grant.label,
            unit_id=grant.unit_id,
            person_id=grant.person_id,
            checkpoint_id=grant.checkpoint_id,
            report_kinds=kinds,
            trusted_kinds=sorted(grant.trusted_kinds),
            created_by=by,
            expires_at=expires_at,
        )
        .returning(*SHOWN)
    )


def shown(district: str, token_id: str) -> Select[Any]:
    """Select what may be shown of a token or link."""
    return select(*SHOWN).where(AccessToken.district == district, AccessToken.id == token_id, IS_LISTED)


def listed(
    district: str, limit: int | None, after: tuple[datetime, str] | None = None, *, unit_id: str | None = None
) -> Select[Any]:
    """Select tokens and links, newest first, of one unit or (None) of all; ``after`` is the last that was read."""
    statement = select(*SHOWN).where(AccessToken.district == district, IS_LISTED)
    if unit_id is not None:
        statement = statement.where(AccessToken.unit_id == unit_id)
    if after is not None:
        moment, token_id = after
        mark = tuple_(bindparam(None, moment, AccessToken.created_at.type), bindparam(None, token_id))
        statement = statement.where(tuple_(AccessToken.created_at, AccessToken.id) < mark)
    return statement.order_by(AccessToken.created_at.desc(), AccessToken.id.desc()).limit(limit)


def revoked(district: str, token_id: str, *, by: str) -> Update:
    """Revoke a token, session or link, unless it is already; return its id. Of two at a time one gets the row."""
    return (
        update(AccessToken)
        .where(AccessToken.district == district, AccessToken.id == token_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=NOW, revoked_by=by)
        .returning(AccessToken.id)
    )


def expired_sessions(district: str) -> Delete:
    """Delete the sessions that are over; tokens stay, for the history names them."""
    return delete(AccessToken).where(
        AccessToken.district == district, AccessToken.kind == "session", AccessToken.expires_at < NOW
    )
