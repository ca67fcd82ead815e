"""What people saw: reports, and the readings taken with them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import (
    Base,
    Finished,
    Keyed,
    Versioned,
    accuracy_check,
    belongs_to,
    geometry_checks,
    geometry_column,
    spatial_index,
    unlocated_index,
)

# What a report of each kind must say, and about which sort of place.
KIND_RULES = """CASE kind
 WHEN 'task_progress' THEN task_id IS NOT NULL AND progress_percent IS NOT NULL
 WHEN 'checkpoint_inspection' THEN checkpoint_id IS NOT NULL AND checkpoint_state IS NOT NULL
 WHEN 'water_level' THEN checkpoint_id IS NOT NULL AND water_level_m IS NOT NULL
 WHEN 'hazard' THEN hazard_kind IS NOT NULL
 WHEN 'position_fix' THEN geom IS NOT NULL AND position_accuracy_m IS NOT NULL
 ELSE note IS NOT NULL END"""


# A stretch has both ends and its carriageway, and only progress is of one. NaN is above every number in PostgreSQL.
EXTENT_RULES = """CASE num_nonnulls(from_m, to_m, carriageway)
 WHEN 0 THEN true
 WHEN 3 THEN kind = 'task_progress' AND 0 <= from_m AND from_m < to_m AND to_m < 'NaN'
  AND carriageway IN ('left', 'right', 'both')
 ELSE false END"""


class Report(Keyed, Versioned, Finished, Base):
    """What somebody saw, where and when: the evidence behind every change of status.

    ``id`` is the UUID that the sender's phone made. ``geom`` is WGS 84 whatever ``datum`` the sender declared.
    ``measure_m`` is the chainage on ``road_id``, ``offset_m`` the distance from its line and ``side`` the
    side of it, looking up the chainage. ``from_m``, ``to_m`` and ``carriageway`` (``left``, ``right``, ``both``) are
    the stretch of the task's segment that progress is of; NULL: the whole place.
    """

    __tablename__ = "reports"
    __table_args__ = (
        belongs_to("units", "unit_id"),
        belongs_to("people", "reporter_id"),
        belongs_to("tasks", "task_id"),
        belongs_to("segments", "segment_id"),
        belongs_to("sites", "site_id"),
        belongs_to("checkpoints", "checkpoint_id"),
        belongs_to("cases", "case_id"),
        belongs_to("roads", "road_id"),
        CheckConstraint(KIND_RULES, name="says_what_its_kind_needs"),
        CheckConstraint("progress_percent BETWEEN 0 AND 100", name="progress_in_range"),
        CheckConstraint(EXTENT_RULES, name="extent_whole"),
        CheckConstraint("datum IN ('wgs84', 'gcj02', 'bd09', 'cgcs2000')", name="datum_known"),
        accuracy_check(),
        CheckConstraint("(road_id IS NULL) = (measure_m IS NULL)", name="measure_on_road"),
        # NaN is above every number in PostgreSQL, so it has to be refused by name.
        CheckConstraint(
            "measure_m >= 0 AND measure_m < 'NaN' AND offset_m >= 0 AND offset_m < 'NaN'", name="measure_in_range"
        ),
        CheckConstraint("side IN ('left', 'right', 'on')", name="side_known"),
        CheckConstraint("water_level_m NOT IN ('NaN', 'Infinity', '-Infinity')", name="water_level_finite"),
        *geometry_checks(),
        spatial_index("reports"),
        unlocated_index("reports"),
        Index("ix_reports_observed_at", "district", "observed_at"),
        Index("ix_reports_received_at", "district", "received_at"),
        Index("ix_reports_segment", "district", "segment_id", "observed_at"),
        Index("ix_reports_checkpoint", "district", "checkpoint_id", "observed_at"),
        Index("ix_reports_task", "district", "task_id", "observed_at"),
        # The newest on a site, and whether any is of the demonstration: few or none, so that the others pay nothing.
        Index("ix_reports_site", "district", "site_id", "observed_at", postgresql_where=text("site_id IS NOT NULL")),
        Index("ix_reports_demonstration", "district", postgresql_where=text("demonstration")),
        # The few that speak of a stretch: only segments that have one are cut.
        Index("ix_reports_extent", "district", "task_id", postgresql_where=text("from_m IS NOT NULL")),
        # What waits for a reviewer, the oldest first.
        Index(
            "ix_reports_waiting",
            "district",
            "received_at",
            "id",
            postgresql_where=text("status = 'received' OR status = 'triaged'"),
        ),
        # What waits for its sender to say more.
        Index(
            "ix_reports_asked", "district", "received_at", "id", postgresql_where=text("status = 'needs_information'")
        ),
        # All that a tile of counted reports reads: it never goes to the table.
        Index(
            "ix_reports_cell",
            "district",
            text("erqi_cell(ST_X(geom), ST_Y(geom))"),
            postgresql_include=["kind", "geom"],
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-19)  # type: ignore[assignment] # Keyed has text
    kind: Mapped[str] = mapped_column(ForeignKey("report_kinds.code"))
    status: Mapped[str] = mapped_column(ForeignKey("report_statuses.code"), server_default="received")
    observed_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=text("erqi_clock()"))
    unit_id: Mapped[str | None]
    reporter_id: Mapped[str | None]
    task_id: Mapped[str | None]
    segment_id: Mapped[str | None]
    site_id: Mapped[str | None]
    checkpoint_id: Mapped[str | None]
    case_id: Mapped[str | None]
    progress_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    blocked_reason: Mapped[str | None]
    checkpoint_state: Mapped[str | None] = mapped_column(ForeignKey("checkpoint_states.code"))
    supplies_state: Mapped[str | None] = mapped_column(ForeignKey("inspection_states.code"))
    hazard_survey_state: Mapped[str | None] = mapped_column(ForeignKey("inspection_states.code"))
    drill_state: Mapped[str | None] = mapped_column(ForeignKey("inspection_states.code"))
    water_level_m: Mapped[float | None]
    hazard_kind: Mapped[str | None] = mapped_column(ForeignKey("hazard_kinds.code"))
    note: Mapped[str | None]
    datum: Mapped[str] = mapped_column(server_default="wgs84")
    position_accuracy_m: Mapped[float | None]
    road_id: Mapped[str | None]
    measure_m: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    offset_m: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    side: Mapped[str | None] = mapped_column(sort_order=71)
    vertical_datum: Mapped[str | None] = mapped_column(sort_order=72)
    from_m: Mapped[Decimal | None] = mapped_column(Numeric(10, 2), sort_order=73)
    to_m: Mapped[Decimal | None] = mapped_column(Numeric(10, 2), sort_order=74)
    carriageway: Mapped[str | None] = mapped_column(sort_order=75)
    geom: Mapped[Any] = geometry_column("POINT", nullable=True)


class Reading(Base):
    """One measured value at a checkpoint, never changed; ``quantity`` is ``water_level``, ``unit`` is ``m``.

    ``recorded_at`` is when it was taken in, which may be long after it was ``observed_at``.
    """

    __tablename__ = "readings"
    __table_args__ = (
        belongs_to("checkpoints", "checkpoint_id"),
        belongs_to("reports", "report_id"),
        CheckConstraint("value NOT IN ('NaN', 'Infinity', '-Infinity')", name="value_finite"),
    )

    district: Mapped[str] = mapped_column(ForeignKey("districts.district"), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    unit: Mapped[str]
    vertical_datum: Mapped[str | None]
    report_id: Mapped[UUID | None]
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("erqi_clock()"))
