"""Planned work: programmes, their baselines, tasks with planned dates and predecessors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import Base, Keyed, Named, Versioned, belongs_to


class Programme(Keyed, Versioned, Named, Base):
    """A body of work such as the first phase of the roads, or a flood season."""

    __tablename__ = "programmes"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="dates_in_order"),)

    kind: Mapped[str] = mapped_column(ForeignKey("programme_kinds.code"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    source: Mapped[str | None]


class Baseline(Keyed, Versioned, Named, Base):
    """A named, dated version of a programme's plan; at most one of a programme is current."""

    __tablename__ = "baselines"
    __table_args__ = (
        belongs_to("programmes", "programme_id"),
        Index(
            "uq_baselines_current",
            "district",
            "programme_id",
            unique=True,
            postgresql_where=text("is_current"),
        ),
    )

    programme_id: Mapped[str]
    adopted_on: Mapped[date | None]
    is_current: Mapped[bool]
    source: Mapped[str | None]


class Task(Keyed, Versioned, Named, Base):
    """Planned work at one place (or none): who, which stage, and how far it is by the newest accepted report.

    ``progress_percent`` is None while nobody has reported; ``weight`` is its share in its place's progress.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        belongs_to("programmes", "programme_id"),
        belongs_to("segments", "segment_id"),
        belongs_to("sites", "site_id"),
        belongs_to("checkpoints", "checkpoint_id"),
        belongs_to("units", "unit_id"),
        belongs_to("people", "person_id"),
        belongs_to("reports", "last_report_id", mutual=True),
        CheckConstraint("num_nonnulls(segment_id, site_id, checkpoint_id) <= 1", name="one_place"),
        CheckConstraint("progress_percent BETWEEN 0 AND 100", name="progress_in_range"),
        CheckConstraint("actual_start <= actual_finish", name="dates_in_order"),
        CheckConstraint("actual_finish IS NULL OR coalesce(progress_percent, 0) = 100", name="finished_is_complete"),
        CheckConstraint("weight > 0 AND weight < 'NaN'", name="weight_positive"),
        Index("ix_tasks_segment", "district", "segment_id"),
        Index("ix_tasks_site", "district", "site_id"),
        Index("ix_tasks_checkpoint", "district", "checkpoint_id"),
    )

    programme_id: Mapped[str]
    segment_id: Mapped[str | None]
    site_id: Mapped[str | None]
    checkpoint_id: Mapped[str | None]
    stage: Mapped[str] = mapped_column(ForeignKey("stages.code"))
    unit_id: Mapped[str | None]
    person_id: Mapped[str | None]
    actual_start: Mapped[date | None]
    actual_finish: Mapped[date | None]
    progress_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    weight: Mapped[Decimal] = mapped_column(Numeric(8, 3), server_default=text("1"))
    blocked_reason: Mapped[str | None]
    last_report_id: Mapped[UUID | None]
    source: Mapped[str | None]


class PlannedDate(Keyed, Versioned, Base):
    """The planned dates of a task in one baseline; ``id`` is ``baseline_id:task_id``."""

    __tablename__ = "planned_dates"
    __table_args__ = (
        belongs_to("baselines", "baseline_id"),
        belongs_to("tasks", "task_id"),
        CheckConstraint("planned_start <= planned_finish", name="dates_in_order"),
        CheckConstraint("id = baseline_id || ':' || task_id", name="id_of_its_parts"),
        Index("ix_planned_dates_task", "district", "task_id"),
    )

    baseline_id: Mapped[str]
    task_id: Mapped[str]
    planned_start: Mapped[date | None]
    planned_finish: Mapped[date]


class TaskDependency(Keyed, Versioned, Base):
    """A task that waits for another (a trigger refuses circles); ``id`` is ``task_id:predecessor_id``."""

    __tablename__ = "task_dependencies"
    __table_args__ = (
        belongs_to("tasks", "task_id"),
        belongs_to("tasks", "predecessor_id"),
        CheckConstraint("task_id <> predecessor_id", name="not_itself"),
        CheckConstraint("id = task_id || ':' || predecessor_id", name="id_of_its_parts"),
        Index("ix_task_dependencies_predecessor", "district", "predecessor_id"),
    )

    task_id: Mapped[str]
    predecessor_id: Mapped[str]
    kind: Mapped[str] = mapped_column(ForeignKey("dependency_kinds.code"))
    lag_days: Mapped[int] = mapped_column(server_default=text("0"))
    basis: Mapped[str]
