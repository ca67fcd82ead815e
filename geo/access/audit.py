"""The audit log: who did or was denied what. It holds no secret and no personal data, and only grows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Insert, Select, Text, bindparam, cast, insert, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from geo.model import AuditEntry

Outcome: TypeAlias = Literal["allowed", "denied"]
NOBODY = "anonymous"
LONGEST = 300  # characters of a text that a sender has chosen


def entry(
    district: str,
    actor: str,
    action: str,
    outcome: Outcome,
    *,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> Insert:
    """Insert one entry; texts are cut, and rid of what PostgreSQL's text cannot hold."""
    facts = {name: _kept(value) if isinstance(value, str) else value for name, value in (detail or {}).items()}
    written = json.dumps(facts, ensure_ascii=False)
    return insert(AuditEntry).values(
        district=district,
        actor=_kept(actor),
        action=action,
        outcome=outcome,
        subject=None if subject is None else _kept(subject),
        detail=cast(bindparam(None, written, type_=Text()), JSONB),
        address=address,
    )


def entries(district: str, limit: int, after: tuple[datetime, UUID] | None = None) -> Select[Any]:
    """Select entries, newest first; ``after`` is the last that was read. ``detail`` is text."""
    statement = select(
        AuditEntry.id,
        AuditEntry.happened_at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.outcome,
        AuditEntry.subject,
        cast(AuditEntry.detail, Text).label("detail"),
        AuditEntry.address,
    ).where(AuditEntry.district == district)
    if after is not None:
        moment, entry_id = after
        mark = tuple_(
            bindparam(None, moment, AuditEntry.happened_at.type), bindparam(None, entry_id, AuditEntry.id.type)
        )
        statement = statement.where(tuple_(AuditEntry.happened_at, AuditEntry.id) < mark)
    return statement.order_by(AuditEntry.happened_at.desc(), AuditEntry.id.desc()).limit(limit)


def _kept(text: str) -> str:
    return text[:LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
