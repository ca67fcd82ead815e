"""Who may do what, and who did: tokens of people and programs, and the log of what they were allowed and denied."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import Base, belongs_to


class AccessToken(Base):
    """A secret that somebody holds, known to us only by its SHA-256, and what it opens until it expires.

    ``kind``: a ``token`` of a program or phone, the ``session`` of somebody who logged in, or a ``link`` that is
    good for making one token. ``unit_id``, ``report_kinds`` and ``checkpoint_id`` narrow what the role may do;
    NULL: no limit. ``trusted_kinds``: kinds of report that are accepted as they come.
    """

    __tablename__ = "access_tokens"
    __table_args__ = (
        belongs_to("units", "unit_id"),
        belongs_to("people", "person_id"),
        belongs_to("checkpoints", "checkpoint_id"),
        CheckConstraint("kind IN ('token', 'session', 'link')", name="kind_known"),
        CheckConstraint("role IN ('viewer', 'field', 'reviewer', 'commander', 'admin')", name="role_known"),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_is_a_hash"),
        CheckConstraint("expires_at > created_at", name="expires_after_it_was_made"),
    )

    district: Mapped[str] = mapped_column(ForeignKey("districts.district"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str]
    label: Mapped[str]
    unit_id: Mapped[str | None]
    person_id: Mapped[str | None]
    checkpoint_id: Mapped[str | None]
    report_kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    trusted_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class AuditEntry(Base):
    """One privileged act or one denial, never changed; ``detail`` holds no secret and no personal data."""

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint("outcome IN ('allowed', 'denied')", name="outcome_known"),
        Index("ix_audit_log_moment", "district", "happened_at"),
    )

    district: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    happened_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    actor: Mapped[str]
    action: Mapped[str]
    outcome: Mapped[str]
    subject: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    address: Mapped[str | None]
