"""The problem ledger: found problems, followed until they are struck off."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import (
    Base,
    Keyed,
    Versioned,
    accuracy_check,
    belongs_to,
    geometry_checks,
    geometry_column,
    spatial_index,
    unlocated_index,
)


class Case(Keyed, Versioned, Base):
    """One numbered entry. Its status moves only along ``case_transitions`` (a trigger holds it to them)."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("district", "number"),
        belongs_to("programmes", "programme_id"),
        belongs_to("segments", "segment_id"),
        belongs_to("sites", "site_id"),
        belongs_to("checkpoints", "checkpoint_id"),
        belongs_to("units", "territorial_unit_id"),
        belongs_to("units", "sector_unit_id"),
        belongs_to("people", "person_id"),
        CheckConstraint("num_nonnulls(segment_id, site_id, checkpoint_id) <= 1", name="one_place"),
        CheckConstraint("(closed_at IS NOT NULL) = (status = 'struck_off')", name="closed_when_struck_off"),
        CheckConstraint("opened_at <= closed_at", name="dates_in_order"),
        CheckConstraint("(category = 'hazard') = (hazard_kind IS NOT NULL)", name="hazard_has_kind"),
        CheckConstraint("(geom IS NULL) = (position_accuracy_m IS NULL)", name="accuracy_with_point"),
        accuracy_check(),
        *geometry_checks(),
        spatial_index("cases"),
        unlocated_index("cases"),
        Index("ix_cases_due", "district", "status", "due_on"),
    )

    number: Mapped[str]
    programme_id: Mapped[str]
    category: Mapped[str] = mapped_column(ForeignKey("case_categories.code"))
    hazard_kind: Mapped[str | None] = mapped_column(ForeignKey("hazard_kinds.code"))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    description_zh: Mapped[str | None]
    status: Mapped[str] = mapped_column(ForeignKey("case_statuses.code"), server_default="registered")
    segment_id: Mapped[str | None]
    site_id: Mapped[str | None]
    checkpoint_id: Mapped[str | None]
    asked_by: Mapped[str | None]
    territorial_unit_id: Mapped[str | None]
    sector_unit_id: Mapped[str | None]
    person_id: Mapped[str | None]
    opened_at: Mapped[datetime]
    due_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    source: Mapped[str | None]
    position_accuracy_m: Mapped[float | None]
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)
