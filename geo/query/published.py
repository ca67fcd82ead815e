"""The published columns of each table: one function a layer, each column named.

A column that is not named here (a person's, say) is never published.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Select, String, cast, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from geo.model import (
    Base,
    Baseline,
    Canal,
    Case,
    Checkpoint,
    District,
    Landmark,
    PlannedDate,
    Programme,
    Report,
    Road,
    Segment,
    Site,
    Task,
    Unit,
)
from geo.model.base import Term
from geo.model.vocabularies import (
    CaseCategory,
    CaseStatus,
    CheckpointKind,
    HazardKind,
    LandmarkKind,
    ProgrammeKind,
    ReportKind,
    ReportStatus,
    SiteKind,
    Stage,
    UnitKind,
)
from geo.query.layer import labels, pick
from geo.query.view import View

POSITION = "position_status position_accuracy_m source note"
TRACE = "version changed_at demonstration"
WEEK_DAYS = 7


def columns_of(
    model: type[Base], names: str, *, kind: type[Term] | None = None, flat: bool = False
) -> Callable[[View], Select[Any]]:
    """Publish ``names`` of a table with its trace; ``kind`` adds the labels of its column ``kind``.

    ``flat`` drops the measures of a line, which GeoJSON has no place for.
    """

    def rows(view: View) -> Select[Any]:
        table = view.rows(model)
        key = table.c.id if "id" in table.c else table.c.district.label("id")
        shape = [(func.ST_Force2D(table.c.geom) if flat else table.c.geom).label("geom")] if "geom" in table.c else []
        place = POSITION if "position_status" in table.c else ""
        said = [] if kind is None else [table.c.kind, *labels(kind, "kind")]
        published = pick(table, names, place, TRACE)
        statement = select(key, *shape, *published[:2], *said, *published[2:]).select_from(table)
        return statement if kind is None else statement.join(kind, kind.code == table.c.kind)

    return rows


districts = columns_of(District, "name_zh name_en opens_at")
roads = columns_of(Road, "name_zh name_en aliases length_m", flat=True)
canals = columns_of(Canal, "name_zh name_en aliases length_m", flat=True)
sites = columns_of(Site, "name_zh name_en aliases territorial_unit_id", kind=SiteKind)
landmarks = columns_of(Landmark, "name_zh name_en aliases crosses road_id inspected_on", kind=LandmarkKind)
units = columns_of(Unit, "name_zh name_en", kind=UnitKind)
programmes = columns_of(Programme, "name_zh name_en starts_on ends_on source", kind=ProgrammeKind)
baselines = columns_of(Baseline, "name_zh name_en programme_id adopted_on is_current source")
planned_dates = columns_of(PlannedDate, "baseline_id task_id planned_start planned_finish")
checkpoints = columns_of(
    Checkpoint,
    "name_zh name_en aliases canal_id inspected_on state supplies_state hazard_survey_state drill_state seen_at",
    kind=CheckpointKind,
)


def segments(view: View) -> Select[Any]:
    """Publish road segments with their road's name and their chainage as K-posts."""
    segment, road = view.rows(Segment), view.rows(Road)
    names = "from_m to_m from_zh from_en to_zh to_en"
    return select(
        segment.c.id,
        segment.c.geom,
        segment.c.name_zh,
        segment.c.name_en,
        segment.c.road_id,
        road.c.name_zh.label("road_zh"),
        road.c.name_en.label("road_en"),
        chainage_range(segment).label("chainage"),
        *pick(segment, names, POSITION, TRACE),
    ).join_from(segment, road, road.c.id == segment.c.road_id)


def tasks(view: View) -> Select[Any]:
    """Publish tasks, without the person."""
    task = view.rows(Task)
    names = (
        "segment_id site_id checkpoint_id unit_id actual_start actual_finish progress_percent weight "
        "blocked_reason source"
    )
    return select(
        task.c.id,
        task.c.name_zh,
        task.c.name_en,
        task.c.programme_id,
        task.c.stage,
        *labels(Stage, "stage"),
        *pick(task, names, TRACE),
    ).join_from(task, Stage, Stage.code == task.c.stage)


def cases(view: View) -> Select[Any]:
    """Publish the problem ledger with the names of place and units and what is due, without the person."""
    case, segment, site, checkpoint = view.rows(Case), view.rows(Segment), view.rows(Site), view.rows(Checkpoint)
    territory, sector, programme = view.rows(Unit), view.rows(Unit), view.rows(Programme)
    places = (segment, site, checkpoint)
    names = "segment_id site_id checkpoint_id territorial_unit_id sector_unit_id asked_by source"
    return (
        select(
            case.c.id,
            func.coalesce(case.c.geom, *(func.ST_PointOnSurface(place.c.geom) for place in places)).label("geom"),
            case.c.number,
            case.c.programme_id,
            case.c.category,
            *labels(CaseCategory, "category"),
            case.c.hazard_kind,
            *labels(HazardKind, "hazard"),
            case.c.title_zh,
            case.c.title_en,
            case.c.description_zh,
            case.c.status,
            *labels(CaseStatus, "status"),
            CaseStatus.colour,
            case.c.opened_at,
            case.c.due_on,
            case.c.closed_at,
            *_deadline(view, case, programme),
            func.coalesce(*(place.c.name_zh for place in places)).label("place_zh"),
            func.coalesce(*(place.c.name_en for place in places)).label("place_en"),
            territory.c.name_zh.label("territorial_zh"),
            territory.c.name_en.label("territorial_en"),
            sector.c.name_zh.label("sector_zh"),
            sector.c.name_en.label("sector_en"),
            _own_or_place(case, places, "position_accuracy_m"),
            *pick(case, names, TRACE),
        )
        .join_from(case, CaseCategory, CaseCategory.code == case.c.category)
        .join(CaseStatus, CaseStatus.code == case.c.status)
        .join(programme, programme.c.id == case.c.programme_id)
        .outerjoin(HazardKind, HazardKind.code == case.c.hazard_kind)
        .outerjoin(segment, segment.c.id == case.c.segment_id)
        .outerjoin(site, site.c.id == case.c.site_id)
        .outerjoin(checkpoint, checkpoint.c.id == case.c.checkpoint_id)
        .outerjoin(territory, territory.c.id == case.c.territorial_unit_id)
        .outerjoin(sector, sector.c.id == case.c.sector_unit_id)
    )


def _deadline(view: View, case: Any, programme: Any) -> list[ColumnElement[Any]]:
    """Say how long an open case has still got; one may be overdue and have been due before the season as well.

    ``due_before_season`` is for cases of a flood season: their deadline lies before the season begins.
    """
    today, due = view.local_date(), case.c.due_on
    is_open = case.c.status != "struck_off"
    days = cast(due - today, Integer)
    in_season = programme.c.kind == "flood_season"
    return [
        sql_case((is_open, days)).label("days_left"),
        _is(is_open & (days < 0)).label("overdue"),
        _is(is_open & days.between(0, WEEK_DAYS)).label("due_in_week"),
        _is(is_open & in_season & (due < programme.c.starts_on)).label("due_before_season"),
    ]


def _is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say no where a condition knows nothing."""
    return func.coalesce(condition, False, type_=Boolean)


def reports(view: View) -> Select[Any]:
    """Publish what was seen, where and when, without who saw it."""
    report = view.rows(Report)
    kind, status = aliased(ReportKind), aliased(ReportStatus)
    names = (
        "segment_id site_id checkpoint_id task_id case_id progress_percent from_m to_m carriageway blocked_reason "
        "checkpoint_state supplies_state hazard_survey_state drill_state water_level_m hazard_kind road_id measure_m "
        "offset_m position_accuracy_m"
    )
    return (
        select(
            report.c.id,
            report.c.geom,
            report.c.kind,
            *labels(kind, "kind"),
            report.c.status,
            *labels(status, "status"),
            report.c.observed_at,
            report.c.received_at,
            report.c.note,
            k_post(report.c.measure_m).label("chainage"),
            *pick(report, names, TRACE),
        )
        .join_from(report, kind, kind.code == report.c.kind)
        .join(status, status.code == report.c.status)
    )


def k_post(measure: Any) -> ColumnElement[str]:
    """Write a measure in metres as a K-post, rounded to the metre, in SQL: 3250.4 gives ``K3+250``."""
    metres = func.round(measure)
    thousands = func.div(metres, 1000)
    rest = func.lpad(cast(func.mod(metres, 1000), String), 3, "0")
    return "K" + cast(thousands, String) + "+" + rest


def chainage_range(segment: Any) -> ColumnElement[str]:
    """Write the range from ``from_m`` to ``to_m`` as two K-posts."""
    return k_post(segment.c.from_m) + "–" + k_post(segment.c.to_m)


def _own_or_place(case: Any, places: Any, name: str) -> ColumnElement[Any]:
    """Take a case's own value, or that of the place on which it is drawn for want of a point of its own."""
    return func.coalesce(case.c[name], *(place.c[name] for place in places)).label(name)
