"""The status vocabularies: tables with labels in both languages, order and colour token."""

from __future__ import annotations

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import Base, Term


class PositionStatus(Term, Base):
    """How a position is known."""

    __tablename__ = "position_statuses"


class UnitKind(Term, Base):
    """Subdistrict, department or headquarters."""

    __tablename__ = "unit_kinds"


class PersonRole(Term, Base):
    """What a person does in a unit."""

    __tablename__ = "person_roles"


class SiteKind(Term, Base):
    """What is built on a project site."""

    __tablename__ = "site_kinds"


class CheckpointKind(Term, Base):
    """Aqueduct, inverted siphon, sluice."""

    __tablename__ = "checkpoint_kinds"


class LandmarkKind(Term, Base):
    """Crossing, school, metro station and so on."""

    __tablename__ = "landmark_kinds"


class ProgrammeKind(Term, Base):
    """Roads, key projects, flood season, talent, party organisation."""

    __tablename__ = "programme_kinds"


class Stage(Term, Base):
    """The kind of work of a task, in the order in which it is usually listed."""

    __tablename__ = "stages"


class DependencyKind(Term, Base):
    """Finish-start, start-start, finish-finish, start-finish."""

    __tablename__ = "dependency_kinds"


class ProgressState(Term, Base):
    """What the progress map says of a place."""

    __tablename__ = "progress_states"


class CaseCategory(Term, Base):
    """The class of an entry in the problem ledger."""

    __tablename__ = "case_categories"


class CaseStatus(Term, Base):
    """Where an entry of the problem ledger stands."""

    __tablename__ = "case_statuses"


class CaseTransition(Base):
    """A step that the workflow of a case allows; ``needs_report`` asks for a report as evidence."""

    __tablename__ = "case_transitions"

    from_status: Mapped[str] = mapped_column(ForeignKey("case_statuses.code"), primary_key=True)
    to_status: Mapped[str] = mapped_column(ForeignKey("case_statuses.code"), primary_key=True)
    needs_report: Mapped[bool] = mapped_column(server_default=text("false"))
    label_zh: Mapped[str]
    label_en: Mapped[str]


class HazardKind(Term, Base):
    """The eight kinds of flood hazard."""

    __tablename__ = "hazard_kinds"


class CheckpointState(Term, Base):
    """What the hazard map says of a checkpoint."""

    __tablename__ = "checkpoint_states"


class InspectionState(Term, Base):
    """The outcome of one of the three things looked at: supplies, hazard survey, drill."""

    __tablename__ = "inspection_states"


class WarningKind(Term, Base):
    """What a weather warning signal warns of."""

    __tablename__ = "warning_kinds"


class SignalColour(Term, Base):
    """The four colours of warning signals, the gravest last; a colour is no response level."""

    __tablename__ = "signal_colours"


class ResponseLevel(Term, Base):
    """The four levels of flood response, the highest (I) last."""

    __tablename__ = "response_levels"


class ThresholdKind(Term, Base):
    """What a water level means once it is reached, the gravest last."""

    __tablename__ = "threshold_kinds"


class ReportKind(Term, Base):
    """What a report is about."""

    __tablename__ = "report_kinds"


class ReportStatus(Term, Base):
    """Where a report stands in its review."""

    __tablename__ = "report_statuses"


# The scheme names of ``data/erqi/vocabularies.csv`` and the tables that hold them.
SCHEMES: dict[str, type[Base]] = {
    "position_status": PositionStatus,
    "unit_kind": UnitKind,
    "person_role": PersonRole,
    "site_kind": SiteKind,
    "checkpoint_kind": CheckpointKind,
    "landmark_kind": LandmarkKind,
    "programme_kind": ProgrammeKind,
    "stage": Stage,
    "dependency_kind": DependencyKind,
    "progress_state": ProgressState,
    "case_category": CaseCategory,
    "case_status": CaseStatus,
    "hazard_kind": HazardKind,
    "checkpoint_state": CheckpointState,
    "inspection_state": InspectionState,
    "warning_kind": WarningKind,
    "signal_colour": SignalColour,
    "response_level": ResponseLevel,
    "threshold_kind": ThresholdKind,
    "report_kind": ReportKind,
    "report_status": ReportStatus,
}
