"""Flood control: weather signals, response levels, the rules between them, thresholds, supplies and their routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
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


class WeatherSignal(Keyed, Versioned, Base):
    """A weather warning signal (预警信号): what it warns of, in which colour, by whom, from when to when.

    Its colour is not the response level; ``ResponseRule`` says what it leads to. An issuer has one signal of a kind
    at a time: another colour replaces the one before.
    """

    __tablename__ = "warnings"
    __table_args__ = (
        CheckConstraint("issued_at < lifted_at", name="ends_after_start"),
        ExcludeConstraint(
            ("district", "="),
            ("kind", "="),
            ("issuer", "="),
            (text("tstzrange(issued_at, lifted_at)"), "&&"),
            using="gist",
            name="ex_warnings_one_at_a_time",
        ),
    )

    kind: Mapped[str] = mapped_column(ForeignKey("warning_kinds.code"))
    signal_colour: Mapped[str] = mapped_column(ForeignKey("signal_colours.code"))
    issuer: Mapped[str]
    issued_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    basis: Mapped[str | None]
    source: Mapped[str | None]


class Response(Keyed, Versioned, Base):
    """A flood response level (防汛应急响应) in force from when to when; a district has one at a time.

    ``warning_id`` is the signal that it was prompted by, where there was one.
    """

    __tablename__ = "responses"
    __table_args__ = (
        belongs_to("warnings", "warning_id"),
        CheckConstraint("started_at < ended_at", name="ends_after_start"),
        ExcludeConstraint(
            ("district", "="),
            (text("tstzrange(started_at, ended_at)"), "&&"),
            using="gist",
            name="ex_responses_one_at_a_time",
        ),
    )

    level: Mapped[str] = mapped_column(ForeignKey("response_levels.code"))
    issuer: Mapped[str]
    basis: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    warning_id: Mapped[str | None]
    source: Mapped[str | None]


class ResponseRule(Keyed, Versioned, Base):
    """Which response level a signal of a kind and colour leads to, from a day on, by whose rule."""

    __tablename__ = "response_rules"
    __table_args__ = (UniqueConstraint("district", "kind", "signal_colour", "valid_from"),)

    kind: Mapped[str] = mapped_column(ForeignKey("warning_kinds.code"))
    signal_colour: Mapped[str] = mapped_column(ForeignKey("signal_colours.code"))
    level: Mapped[str] = mapped_column(ForeignKey("response_levels.code"))
    issuer: Mapped[str]
    basis: Mapped[str]
    valid_from: Mapped[date]
    source: Mapped[str | None]


class Threshold(Keyed, Versioned, Base):
    """A water level that means something at a checkpoint, in metres above the zero of ``vertical_datum``."""

    __tablename__ = "thresholds"
    __table_args__ = (
        belongs_to("checkpoints", "checkpoint_id"),
        UniqueConstraint("district", "checkpoint_id", "kind", "vertical_datum"),
        CheckConstraint("value_m NOT IN ('NaN', 'Infinity', '-Infinity')", name="value_finite"),
    )

    checkpoint_id: Mapped[str]
    kind: Mapped[str] = mapped_column(ForeignKey("threshold_kinds.code"))
    value_m: Mapped[float]
    vertical_datum: Mapped[str]
    source: Mapped[str | None]


class SupplyPoint(Keyed, Versioned, Named, Positioned, Base):
    """A store of emergency supplies; ``contents`` says what lies there."""

    __tablename__ = "supply_points"
    __table_args__ = (belongs_to("units", "unit_id"), *position_checks(), spatial_index("supply_points"))

    unit_id: Mapped[str | None]
    contents: Mapped[str | None]
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)


class SupplyRoute(Keyed, Versioned, Named, Positioned, Base):
    """The way on which supplies go from a store to a checkpoint; ``length_m`` is measured on the ellipsoid."""

    __tablename__ = "supply_routes"
    __table_args__ = (
        belongs_to("supply_points", "supply_point_id"),
        belongs_to("checkpoints", "checkpoint_id"),
        *position_checks(),
        spatial_index("supply_routes"),
    )

    supply_point_id: Mapped[str]
    checkpoint_id: Mapped[str]
    geom: Mapped[Any] = geometry_column("LINESTRING")
    length_m: Mapped[float] = mapped_column(Computed("ST_Length(geom::geography)", persisted=True), sort_order=71)
