"""The mapped tables, one file per family; importing this package maps them all."""

from __future__ import annotations

from geo.model.access import AccessToken, AuditEntry
from geo.model.base import Base, Versioned
from geo.model.cases import Case
from geo.model.flood import Response, ResponseRule, SupplyPoint, SupplyRoute, Threshold, WeatherSignal
from geo.model.history import Change, Revision
from geo.model.people import Person, Unit
from geo.model.places import Canal, Checkpoint, District, Landmark, Road, RoadPiece, Segment, Site
from geo.model.reports import Reading, Report
from geo.model.submissions import Photo, ReportPhoto, Review, Submission
from geo.model.vocabularies import SCHEMES, CaseTransition
from geo.model.works import Baseline, PlannedDate, Programme, Task, TaskDependency

__all__ = [
    "SCHEMES",
    "AccessToken",
    "AuditEntry",
    "Base",
    "Baseline",
    "Canal",
    "Case",
    "CaseTransition",
    "Change",
    "Checkpoint",
    "District",
    "Landmark",
    "Person",
    "Photo",
    "PlannedDate",
    "Programme",
    "Reading",
    "Report",
    "ReportPhoto",
    "Response",
    "ResponseRule",
    "Review",
    "Revision",
    "Road",
    "RoadPiece",
    "Segment",
    "Site",
    "Submission",
    "SupplyPoint",
    "SupplyRoute",
    "Task",
    "TaskDependency",
    "Threshold",
    "Unit",
    "Versioned",
    "WeatherSignal",
]
