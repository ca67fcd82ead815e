"""Segments and sites with their progress: the layers of the progress map."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, DateTime, FromClause, Join, Select, Text, cast, false, func, null, select, true

from geo.model import Road, Segment, Site
from geo.model.vocabularies import ProgressState, SiteKind
from geo.query.layer import labels
from geo.query.newest import newest_report
from geo.query.published import chainage_range
from geo.query.view import View
from geo.works.progress import outcome, place_progress


def segment_progress(view: View) -> Select[Any]:
    """Select every road segment with its progress state, its tasks and why it has that state."""
    segment, road = view.rows(Segment), view.rows(Road)
    about = [
        segment.c.road_id,
        road.c.name_zh.label("road_zh"),
        road.c.name_en.label("road_en"),
        segment.c.from_m,
        segment.c.to_m,
        chainage_range(segment).label("chainage"),
    ]
    return _with_progress(view, segment, "segment_id", about).join(road, road.c.id == segment.c.road_id)


def site_progress(view: View) -> Select[Any]:
    """Select every project site with its progress state, its tasks and why it has that state."""
    site = view.rows(Site)
    about = [site.c.kind, *labels(SiteKind, "kind")]
    return _with_progress(view, site, "site_id", about).join(SiteKind, SiteKind.code == site.c.kind)


def _with_progress(view: View, place: Any, column: str, about: list[Any]) -> Select[Any]:
    near = None if view.within is None else select(place.c.id).where(view.within(place))
    progress = place_progress(view, column, near)
    result = outcome(view, progress)
    report, of_place = _last_report(view, column, place)
    return (
        select(
            place.c.id,
            place.c.geom,
            place.c.name_zh,
            place.c.name_en,
            *about,
            result.state.label("state"),
            *labels(ProgressState, "state"),
            ProgressState.colour,
            result.planned_percent.label("planned_percent"),
            result.actual_percent.label("actual_percent"),
            result.lag_points.label("lag_points"),
            progress.c.baseline_zh,
            progress.c.baseline_en,
            result.rule.label("rule"),
            result.why_zh.label("why_zh"),
            result.why_en.label("why_en"),
            report.c.observed_at.label("last_report_at"),
            report.c.note.label("last_report_note"),
            func.coalesce(progress.c.tasks, func.json_build_array()).label("tasks"),
            view.instant().label("as_of"),
            # of the place, its tasks and their plan; a later day changes the state without it
            func.greatest(place.c.changed_at, progress.c.changed_at, type_=DateTime(timezone=True)).label("changed_at"),
            place.c.position_status,
            place.c.position_accuracy_m,
            place.c.demonstration,
        )
        .select_from(_joined(place, progress, result.state).outerjoin(report, of_place))
    )  # fmt: skip


def _last_report(view: View, column: str, place: Any) -> tuple[FromClause, ColumnElement[bool]]:
    """Select the newest report of each place; none where nobody reads it: it is half the work of a map's colours."""
    if view.reads is None or view.reads & {"last_report_at", "last_report_note"}:
        return newest_report(view, column, place)
    columns = (cast(null(), DateTime(timezone=True)).label("observed_at"), cast(null(), Text).label("note"))
    return select(*columns).where(false()).subquery("last_report"), true()


def _joined(place: Any, progress: Any, state: ColumnElement[str]) -> Join:
    joined: Join = place.outerjoin(progress, progress.c.place_id == place.c.id).join(
        ProgressState, ProgressState.code == state
    )
    return joined
