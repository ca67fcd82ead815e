"""Places: the district, measured roads and their segments, sites, canals, checkpoints, landmarks."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import Text

from geo.crs import WEB_MERCATOR_SRID
from geo.model.base import (
    Base,
    Finished,
    Keyed,
    Named,
    Positioned,
    Versioned,
    belongs_to,
    geometry_column,
    position_checks,
    spatial_index,
)

NO_NAMES = text("'{}'::text[]")


class Aliased(Named):
    """A thing with further Chinese names that people also use."""

    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NO_NAMES, sort_order=-8)


class MeasuredLine:
    """A line whose M ordinate is the chainage in metres; ``length_m`` is the measure of its end."""

    geom: Mapped[Any] = geometry_column("LINESTRINGM")

    @declared_attr
    def length_m(cls) -> Mapped[float]:  # noqa: N805 - declared_attr passes the class
        """Return the generated column of the last measure in metres."""
        return mapped_column(Computed("ST_M(ST_EndPoint(geom))", persisted=True), sort_order=71)


def measured_check() -> CheckConstraint:
    """Refuse a line whose measures do not rise from 0 at its first vertex, each above the one before."""
    return CheckConstraint("ST_M(ST_StartPoint(geom)) = 0 AND ST_IsValidTrajectory(geom)", name="measured")


class District(Versioned, Named, Positioned, Base):
    """A district by its six-digit code; ``opens_at`` is the moment at which its maps open (none: now)."""

    __tablename__ = "districts"
    __table_args__ = (*position_checks(), spatial_index("districts"))

    district: Mapped[str] = mapped_column(primary_key=True)
    opens_at: Mapped[datetime | None]
    geom: Mapped[Any] = geometry_column("MULTIPOLYGON", nullable=True)


class Road(Keyed, Versioned, Aliased, Positioned, MeasuredLine, Base):
    """A road as a measured line, K0+000 at its first vertex."""

    __tablename__ = "roads"
    __table_args__ = (
        *position_checks(),
        measured_check(),
        spatial_index("roads"),
    )


class RoadPiece(Base):
    """A few vertices of a road, cut by a trigger whenever its line changes, so that roads are found by small boxes.

    ``about`` is the box of the piece, wider by twice what the line may be wrong by (200 m at most): whoever may mean
    the road from beyond his own reach is in it.
    """

    __tablename__ = "road_pieces"
    __table_args__ = (
        ForeignKeyConstraint(["district", "road_id"], ["roads.district", "roads.id"], ondelete="CASCADE"),
        Index("ix_road_pieces_about", "about", postgresql_using="gist"),
    )

    district: Mapped[str] = mapped_column(primary_key=True)
    road_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    geom: Mapped[Any] = geometry_column("LINESTRING")
    about: Mapped[Any] = geometry_column("POLYGON")


class Segment(Keyed, Versioned, Named, Positioned, Finished, Base):
    """A range of a road's measure, ``[from_m, to_m)`` in metres; its line is cut from the road by a trigger.

    ``geom_3857`` is the line in Web Mercator, for tiles.
    """

    __tablename__ = "segments"
    __table_args__ = (
        belongs_to("roads", "road_id"),
        CheckConstraint("0 <= from_m AND from_m < to_m", name="range_in_order"),
        ExcludeConstraint(
            ("district", "="),
            ("road_id", "="),
            (text("numrange(from_m, to_m)"), "&&"),
            using="gist",
            name="ex_segments_no_overlap",
            deferrable=True,
        ),
        *position_checks(),
        spatial_index("segments"),
        Index("ix_segments_measure", "district", "road_id", "from_m"),
    )

    road_id: Mapped[str]
    from_m: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    to_m: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    from_zh: Mapped[str]
    from_en: Mapped[str]
    to_zh: Mapped[str]
    to_en: Mapped[str]
    geom: Mapped[Any] = geometry_column("LINESTRING")
    geom_3857: Mapped[Any] = mapped_column(
        Geometry("LINESTRING", srid=WEB_MERCATOR_SRID, spatial_index=False),
        Computed(f"ST_Transform(geom, {WEB_MERCATOR_SRID})", persisted=True),
        nullable=True,
        sort_order=81,
    )


class Site(Keyed, Versioned, Aliased, Positioned, Base):
    """A project site."""

    __tablename__ = "sites"
    __table_args__ = (belongs_to("units", "territorial_unit_id"), *position_checks(), spatial_index("sites"))

    kind: Mapped[str] = mapped_column(ForeignKey("site_kinds.code"))
    territorial_unit_id: Mapped[str | None]
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)


class Canal(Keyed, Versioned, Aliased, Positioned, MeasuredLine, Base):
    """A canal as a measured line in the direction of flow."""

    __tablename__ = "canals"
    __table_args__ = (*position_checks(), measured_check(), spatial_index("canals"))


class Checkpoint(Keyed, Versioned, Aliased, Positioned, Base):
    """A place on a canal or river that is inspected, with its state as last confirmed by a report.

    ``seen_at`` is when the newest accepted inspection was made (none: nobody has reported it).
    """

    __tablename__ = "checkpoints"
    __table_args__ = (
        belongs_to("canals", "canal_id"),
        belongs_to("reports", "last_report_id", mutual=True),
        CheckConstraint("state = 'unconfirmed' OR seen_at IS NOT NULL", name="state_was_seen"),
        *position_checks(),
        spatial_index("checkpoints"),
    )

    kind: Mapped[str] = mapped_column(ForeignKey("checkpoint_kinds.code"))
    canal_id: Mapped[str | None]
    inspected_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(ForeignKey("checkpoint_states.code"), server_default="unconfirmed")
    supplies_state: Mapped[str] = mapped_column(ForeignKey("inspection_states.code"), server_default="unconfirmed")
    hazard_survey_state: Mapped[str] = mapped_column(ForeignKey("inspection_states.code"), server_default="unconfirmed")
    drill_state: Mapped[str] = mapped_column(ForeignKey("inspection_states.code"), server_default="unconfirmed")
    seen_at: Mapped[datetime | None]
    last_report_id: Mapped[UUID | None]
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)


class Landmark(Keyed, Versioned, Aliased, Positioned, Base):
    """A place people refer to: a crossing (with the roads that cross), a school gate, a metro station."""

    __tablename__ = "landmarks"
    __table_args__ = (belongs_to("roads", "road_id"), *position_checks(), spatial_index("landmarks"))

    kind: Mapped[str] = mapped_column(ForeignKey("landmark_kinds.code"))
    crosses: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NO_NAMES)
    road_id: Mapped[str | None]
    inspected_on: Mapped[date | None]
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)
