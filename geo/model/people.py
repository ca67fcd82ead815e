"""Who is responsible: units and their people. People are never published."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import (
    Base,
    Keyed,
    Named,
    Positioned,
    Versioned,
    belongs_to,
    geometry_column,
    position_checks,
    spatial_index,
)


class Unit(Keyed, Versioned, Named, Positioned, Base):
    """A subdistrict, a department or a headquarters; its point only represents it on a map."""

    __tablename__ = "units"
    __table_args__ = (*position_checks(), spatial_index("units"))

    kind: Mapped[str] = mapped_column(ForeignKey("unit_kinds.code"))
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)


class Person(Keyed, Versioned, Base):
    """Somebody of a unit: personal data, for duty and assignment only."""

    __tablename__ = "people"
    __table_args__ = (belongs_to("units", "unit_id"),)

    unit_id: Mapped[str]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(ForeignKey("person_roles.code"))
    phone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
