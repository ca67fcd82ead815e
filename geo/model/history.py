"""The append-only history: every change of every versioned row, with who, when, why and which report."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import Base


class Change(Base):
    """One state of one row, written by triggers and never altered; ``state`` is the row after the change."""

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("operation IN ('insert', 'update', 'delete')", name="operation_known"),
        Index("ix_changes_moment", "district", "collection", "changed_at"),
    )

    district: Mapped[str] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(primary_key=True)
    feature_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    operation: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    reason: Mapped[str | None]
    report_id: Mapped[UUID | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    demonstration: Mapped[bool]


class Revision(Base):
    """A mark that a write has left; the sum of a table's tokens is its revision (see the migration)."""

    __tablename__ = "revisions"

    district: Mapped[str] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    token: Mapped[Decimal]
