"""The declarative base and what every table shares: the district's key, versions, places, vocabulary terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from geo.crs import WGS84_SRID

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every mapped table of the service."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)
    type_annotation_map = {str: Text(), datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own hook


class Term:
    """One entry of a vocabulary: a code, its label in both languages, its place in lists and its colour token.

    Vocabularies are the same for every district (reference tables on Citus), so their keys carry no district.
    """

    code: Mapped[str] = mapped_column(primary_key=True)
    label_zh: Mapped[str]
    label_en: Mapped[str]
    sort_order: Mapped[int]
    colour: Mapped[str | None]
    note: Mapped[str | None]


class Keyed:
    """A row of one district; ``district`` leads the key so that a province can be spread over many servers."""

    @declared_attr
    def district(cls) -> Mapped[str]:  # noqa: N805 - declared_attr passes the class
        """Return the column of the six-digit GB/T 2260 code."""
        return mapped_column(ForeignKey("districts.district"), primary_key=True, sort_order=-20)

    id: Mapped[str] = mapped_column(primary_key=True, sort_order=-19)


class Versioned:
    """A row whose every change is counted here and kept in ``changes`` (triggers of the first migration)."""

    version: Mapped[int] = mapped_column(server_default=text("1"), sort_order=60)
    changed_at: Mapped[datetime] = mapped_column(server_default=text("erqi_clock()"), sort_order=61)
    changed_by: Mapped[str] = mapped_column(server_default=text("erqi_actor()"), sort_order=62)
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"), sort_order=63)


class Named:
    """A thing that people call by name."""

    name_zh: Mapped[str] = mapped_column(sort_order=-10)
    name_en: Mapped[str] = mapped_column(sort_order=-9)


class Positioned:
    """A place whose position is known to some accuracy, or not at all.

    ``position_accuracy_m`` is the estimated error in metres; an unlocated place has neither geometry nor accuracy.
    """

    @declared_attr
    def position_status(cls) -> Mapped[str]:  # noqa: N805 - declared_attr passes the class
        """Return the column of how the position is known: surveyed, estimated or unlocated."""
        return mapped_column(ForeignKey("position_statuses.code"), sort_order=50)

    position_accuracy_m: Mapped[float | None] = mapped_column(sort_order=51)
    source: Mapped[str | None] = mapped_column(sort_order=52)
    note: Mapped[str | None] = mapped_column(sort_order=53)


class Finished:
    """A row whose finished GeoJSON text lies beside it, written by a trigger whenever the row is."""

    feature: Mapped[str | None] = mapped_column(sort_order=80)


def geometry_column(kind: str, *, nullable: bool = False) -> Mapped[Any]:
    """Map a WGS 84 geometry column of one type, e.g. ``POINT`` or ``LINESTRINGM`` (M in metres)."""
    dimension = 3 if kind.endswith("M") else 2
    return mapped_column(
        Geometry(kind, srid=WGS84_SRID, dimension=dimension, spatial_index=False),
        nullable=nullable,
        sort_order=70,
    )


def spatial_index(table: str) -> Index:
    """Name the GiST index of a table's geometry."""
    return Index(f"ix_{table}_geom", "geom", postgresql_using="gist")


def unlocated_index(table: str) -> Index:
    """Name the index of the rows without geometry, which a spatial index finds only by being read as a whole."""
    return Index(f"ix_{table}_unlocated", "district", "id", postgresql_where=text("geom IS NULL"))


def geometry_checks() -> tuple[CheckConstraint, CheckConstraint]:
    """Refuse empty, invalid and NaN geometries, and coordinates outside the globe."""
    whole_globe = f"ST_MakeEnvelope(-180, -90, 180, 90, {WGS84_SRID})"
    return (
        CheckConstraint("NOT ST_IsEmpty(geom) AND ST_IsValid(geom)", name="geometry_valid"),
        CheckConstraint(f"geom @ {whole_globe}", name="geometry_on_globe"),
    )


def accuracy_check() -> CheckConstraint:
    """Refuse an accuracy that is no length (PostgreSQL sorts NaN above infinity)."""
    return CheckConstraint("position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'", name="accuracy_positive")


def position_checks() -> tuple[CheckConstraint, ...]:
    """Hold geometry, accuracy and status of a place together."""
    return (
        *geometry_checks(),
        CheckConstraint("(position_status = 'unlocated') = (geom IS NULL)", name="unlocated_without_point"),
        CheckConstraint("(position_accuracy_m IS NULL) = (geom IS NULL)", name="accuracy_with_point"),
        accuracy_check(),
    )


def belongs_to(table: str, column: str, *, mutual: bool = False) -> ForeignKeyConstraint:
    """Refer to ``table`` of the same district by ``column``; ``mutual`` where that table refers back to ours."""
    return ForeignKeyConstraint(["district", column], [f"{table}.district", f"{table}.id"], use_alter=mutual)
