"""Stretches of segments with their progress: the layer that shows progress on the part of the line where it happened.

Only segments of which a stretch was reported are cut (``geo.works.stretches``). Each piece of each carriageway has the
state that the progress rule (``geo.works.progress``) gives to its tasks: a task that was reported by stretch is as far
there as the report says that decides there, not reported where none does; any other is as far as it is on the whole
segment. Neighbouring pieces whose tasks say the same are one stretch, and carriageways that say the same are one
entry, ``both``. So on each carriageway the lengths add up to the segment's, and the mean of a task by length is its
percentage.
As of a moment, what had been accepted by then counts; a segment that says the same all over has no entry.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Boolean, ColumnElement, FromClause, Select, Text, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from geo import types
from geo.chainage import range_of
from geo.model import Report, Road, Segment
from geo.model.vocabularies import ProgressState
from geo.query.layer import labels, text_constant
from geo.query.published import chainage_range
from geo.query.view import View
from geo.works.plan import planned_tasks
from geo.works.progress import outcome, sums_of
from geo.works.stretches import BOTH, IN_ORDER, LANES, deciding, lanes, pieces, spans

CARRIAGEWAYS = {
    "left": types.Text("左幅", "Left carriageway"),
    "right": types.Text("右幅", "Right carriageway"),
    BOTH: types.Text("全幅", "Both carriageways"),
}
LEFT = LANES[0]


def progress_parts(view: View) -> Select[Any]:
    """Select every stretch of a carriageway that stands otherwise than its neighbours, in segments that have any."""
    segment, road, task = view.rows(Segment), view.rows(Road), planned_tasks(view)
    part = _stretches(_told(segment, task, view.rows(Report)))
    result = outcome(view, part)
    carriageway = {
        language: case(
            *(
                (part.c.carriageway == code, text_constant(text.in_language(language)))
                for code, text in CARRIAGEWAYS.items()
            )
        )
        for language in ("zh", "en")
    }
    start = cast(func.trim_scale(part.c.from_m), Text)
    return (
        select(
            (part.c.segment_id + ":" + part.c.carriageway + ":" + start).label("id"),
            range_of(road.c.geom, part.c.from_m, part.c.to_m).label("geom"),
            segment.c.name_zh,
            segment.c.name_en,
            part.c.segment_id,
            segment.c.road_id,
            road.c.name_zh.label("road_zh"),
            road.c.name_en.label("road_en"),
            part.c.carriageway,
            *(words.label(f"carriageway_{language}") for language, words in carriageway.items()),
            part.c.from_m,
            part.c.to_m,
            chainage_range(part).label("chainage"),
            result.state.label("state"),
            *labels(ProgressState, "state"),
            ProgressState.colour,
            result.planned_percent.label("planned_percent"),
            result.actual_percent.label("actual_percent"),
            result.lag_points.label("lag_points"),
            part.c.stages_zh,
            part.c.stages_en,
            part.c.baseline_zh,
            part.c.baseline_en,
            result.rule.label("rule"),
            result.why_zh.label("why_zh"),
            result.why_en.label("why_en"),
            part.c.last_report_at,
            view.instant().label("as_of"),
            part.c.demonstration,
        )
        .join_from(part, segment, segment.c.id == part.c.segment_id)
        .join(road, road.c.id == segment.c.road_id)
        .join(ProgressState, ProgressState.code == result.state)
    )


def _seen(segment: FromClause, task: FromClause, report: FromClause) -> CTE:
    """Select the accepted reports of each task on a segment of which any is of a stretch."""
    accepted = (report.c.status == "accepted") & (report.c.kind == "task_progress")
    by_stretch = select(report.c.task_id).where(accepted, report.c.from_m.is_not(None))
    names = ("task_id", "progress_percent", "blocked_reason", "from_m", "to_m", "carriageway", *IN_ORDER)
    return (
        select(
            *(report.c[name] for name in names),
            segment.c.id.label("segment_id"),
            segment.c.from_m.label("begins_m"),
            segment.c.to_m.label("ends_m"),
        )
        .join_from(report, task, task.c.id == report.c.task_id)
        .join(segment, segment.c.id == task.c.segment_id)
        .where(accepted, report.c.task_id.in_(by_stretch))
        .cte()
    )


def _told(segment: FromClause, task: FromClause, report: FromClause) -> CTE:
    """Sum up the tasks on each piece of each lane, with ``said`` (jsonb): where it is equal, so are all the sums."""
    span = spans(_seen(segment, task, report)).cte()
    piece = pieces(span, "segment_id")
    lane, decided = lanes(), deciding(span, piece, "segment_id").cte()
    here = (decided.c.task_id == task.c.id) & (decided.c.at_m == piece.c.from_m) & (decided.c.lane == lane.c.lane)
    is_cut = task.c.id.in_(select(span.c.task_id))
    replaced = {
        name: case((is_cut, decided.c[name]), else_=task.c[name]) for name in ("progress_percent", "blocked_reason")
    }
    local = (
        select(
            *piece.c,
            lane.c.lane,
            *(replaced.get(each.name, each).label(each.name) for each in task.c if each.name not in piece.c),
            is_cut.label("is_cut"),
            decided.c.observed_at,
        )
        .select_from(
            piece.join(lane, literal_column("true"))
            .join(task, task.c.segment_id == piece.c.segment_id)
            .outerjoin(decided, here)
        )
        .subquery("local")
    )
    said = func.jsonb_build_array(local.c.id, local.c.progress_percent, local.c.blocked_reason)
    place = (local.c.segment_id, local.c.lane, local.c.from_m, local.c.to_m)
    return (
        select(
            *place,
            func.jsonb_agg(aggregate_order_by(said, local.c.id)).label("said"),
            *sums_of(local),
            *(_stages(local, language).label(f"stages_{language}") for language in ("zh", "en")),
            func.max(local.c.observed_at).label("last_report_at"),
            func.bool_or(local.c.demonstration, type_=Boolean).label("demonstration"),
        )
        .group_by(*place)
        .cte()
    )


def _stages(local: FromClause, language: str) -> ColumnElement[Any]:
    """Name the stages that were reported by stretch, with how far each is here."""
    unseen = {"zh": "未上报", "en": "not reported"}[language]
    percent = cast(func.trim_scale(local.c.progress_percent), Text) + "%"
    words = local.c[f"stage_{language}"] + " " + func.coalesce(percent, text_constant(unseen))
    in_order = aggregate_order_by(text_constant(" · "), local.c.stage_order, local.c.id)
    return func.string_agg(words, in_order, type_=Text).filter(local.c.is_cut)


def _stretches(told: CTE) -> FromClause:
    """Join lanes, then neighbours, that say the same; leave out a segment that says the same all over."""
    said, across = cast(told.c.said, Text), (told.c.segment_id, told.c.from_m)
    differ = func.min(said).over(partition_by=across) != func.max(said).over(partition_by=across)
    newest = case((differ, told.c.last_report_at), else_=func.max(told.c.last_report_at).over(partition_by=across))
    lane = select(
        *(each for each in told.c if each.name != "last_report_at"),
        newest.label("last_report_at"),
        case((differ, told.c.lane), else_=BOTH).label("carriageway"),
    ).subquery("lane")
    kept = select(lane).where((lane.c.carriageway != BOTH) | (lane.c.lane == LEFT)).subquery("kept")

    def before(name: str) -> ColumnElement[Any]:
        own = (kept.c.segment_id, kept.c.carriageway)
        return func.lag(kept.c[name]).over(partition_by=own, order_by=kept.c.from_m)

    goes_on = (before("said") == kept.c.said) & (before("to_m") == kept.c.from_m)
    marked = select(kept, case((goes_on, 0), else_=1).label("begins")).subquery("marked")
    number = func.sum(marked.c.begins).over(
        partition_by=(marked.c.segment_id, marked.c.carriageway), order_by=marked.c.from_m
    )
    numbered = select(marked, number.label("number")).subquery("numbered")
    one = (numbered.c.segment_id, numbered.c.carriageway, numbered.c.number)
    ends = {name: func.max(numbered.c[name]).over(partition_by=one).label(name) for name in ("to_m", "last_report_at")}
    whole = (
        select(*(ends.get(each.name, each) for each in numbered.c))
        .distinct(*one)
        .order_by(*one, numbered.c.from_m)
        .subquery("whole")
    )
    count = func.count().over(partition_by=whole.c.segment_id).label("parts_count")
    counted = select(whole, count).subquery("counted")
    return select(counted).where(counted.c.parts_count > 1).subquery("part")
