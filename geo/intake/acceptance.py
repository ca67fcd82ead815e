"""What an accepted report changes: statements that make a task or checkpoint say what its accepted reports say.

A task or checkpoint is worked out anew from *all* of its accepted reports, newest observation first. So the order in
which reports arrive or are accepted never matters, an older observation never overwrites a newer one, accepting
twice changes nothing, and a report that arrives late still fills in what newer ones left out.

=====================  ==========================================================================================
kind                   what follows
=====================  ==========================================================================================
task_progress          ``progress_percent`` and ``blocked_reason`` are the newest report's (no reason: unblocked);
                       ``actual_start`` is the local day of the first progress above 0, ``actual_finish`` that of
                       the first 100 %; a correction to 0, or below 100, voids what was reported before it.
                       Where a report is of a stretch, progress is at each moment the mean over both carriageways
                       by length (``geo.works.stretches``), rounded to 0.01 but neither to 0 nor to 100; the reason
                       is that of the newest report which still decides somewhere and leaves its stretch unfinished
checkpoint_inspection  ``state`` and ``seen_at`` are the newest report's; of supplies, hazard survey and drill each
                       is that of the newest report that gives it
water_level            one reading, the first accepted of its moment; readings are never changed
others                 nothing: they are evidence for what somebody decides
=====================  ==========================================================================================

Of two reports of one moment the one received later is the newer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Executable,
    Select,
    Subquery,
    Text,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import InstrumentedAttribute

from geo.model import Checkpoint, Reading, Report, Segment, Task
from geo.query.view import LOCAL_TIME_ZONE
from geo.works.stretches import newest_first, reached

COMPLETE = 100
LEAST = Decimal("0.01")  # what a percentage is kept to
INSPECTED = ("supplies_state", "hazard_survey_state", "drill_state")

Effect: TypeAlias = tuple[Executable, dict[str, Any]]


def acceptance(report: Mapping[str, Any]) -> list[Effect]:
    """Return the statements with their parameters to run, in order, in the transaction that accepts ``report``.

    ``report`` is its row of ``reports`` by column name, marked as accepted by an earlier statement; a water level may
    bring the ``vertical_datum`` of its gauge. The first statement of a task or checkpoint locks it, so that of two
    acceptances at once the second sees the first (under READ COMMITTED a statement sees what was committed before it).
    """
    build = _KINDS.get(report["kind"])
    return [] if build is None else build(report)


def _task_progress(report: Mapping[str, Any]) -> list[Effect]:
    where = {"of_district": report["district"], "of_place": report["task_id"]}
    return [(_lock(Task), where), (_task_says(), where)]


def _checkpoint_inspection(report: Mapping[str, Any]) -> list[Effect]:
    where = {"of_district": report["district"], "of_place": report["checkpoint_id"]}
    return [(_lock(Checkpoint), where), (_checkpoint_says(), where)]


def _water_level(report: Mapping[str, Any]) -> list[Effect]:
    reading = {
        "district": report["district"],
        "checkpoint_id": report["checkpoint_id"],
        "quantity": "water_level",
        "observed_at": report["observed_at"],
        "value": report["water_level_m"],
        "unit": "m",
        "vertical_datum": report.get("vertical_datum"),
        "report_id": report["id"],
        "demonstration": report.get("demonstration", False),
    }
    new = insert(Reading).values({**reading, "recorded_at": func.erqi_clock()})
    return [(new.on_conflict_do_nothing(), reading)]


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], list[Effect]]] = {
    "task_progress": _task_progress,
    "checkpoint_inspection": _checkpoint_inspection,
    "water_level": _water_level,
}


@cache  # the statement never changes, and building it costs more than running it
def _task_says() -> Update:
    percent = Report.progress_percent
    whole = (Report.task_id, Segment.from_m.label("begins_m"), Segment.to_m.label("ends_m"))
    is_cut = and_(func.count(Report.from_m).over() > 0, Segment.id.is_not(None)).label("is_cut")
    stretch = (Report.from_m, Report.to_m, Report.carriageway)
    given = _accepted("task_progress", Report.task_id, percent, Report.blocked_reason, *stretch, *whole, is_cut)
    seen = _with_means(given.cte("given"))
    told = select(
        *_newest(seen, "id", "progress_percent", "demonstration"),
        *_newest_given(seen, "blocked_reason"),
        _first_day(seen, seen.c.progress_percent > 0, since=seen.c.voided_at).label("begun"),
        _first_day(seen, seen.c.progress_percent == COMPLETE, since=seen.c.undone_at).label("finished"),
    ).subquery("told")
    values: dict[str, ColumnElement[Any]] = {
        "progress_percent": told.c.progress_percent,
        "blocked_reason": told.c.blocked_reason,
        "actual_start": case((told.c.progress_percent > 0, told.c.begun)),
        "actual_finish": case((told.c.progress_percent == COMPLETE, told.c.finished)),
        "last_report_id": told.c.id,
    }
    return _set(Task, values, told)


def _with_means(given: CTE) -> Subquery:
    """Let each report say how far the whole task was after it, the reason if that counts, and when it was voided."""
    cut = select(given).where(given.c.is_cut).cte("cut")
    part = reached(cut).subquery("part")
    percent = _rounded(func.coalesce(part.c.reached, given.c.progress_percent))
    leaves_undone = and_(part.c.decides, given.c.progress_percent < COMPLETE)
    is_newest = func.row_number().over(order_by=newest_first(given)) == 1
    told = (
        select(
            *(given.c[name] for name in ("id", "observed_at", "received_at", "demonstration")),
            percent.label("progress_percent"),
            case((case((given.c.is_cut, leaves_undone), else_=is_newest), given.c.blocked_reason)).label(
                "blocked_reason"
            ),
        )
        .outerjoin_from(given, part, part.c.id == given.c.id)
        .subquery("means")
    )
    last = func.max(told.c.observed_at)
    return select(
        told,
        last.filter(told.c.progress_percent == 0).over().label("voided_at"),
        last.filter(told.c.progress_percent < COMPLETE).over().label("undone_at"),
    ).subquery("seen")


def _rounded(mean: ColumnElement[Any]) -> ColumnElement[Any]:
    """Round to 0.01, but say neither 0 nor 100 of what is only near it."""
    inside = func.least(func.greatest(func.round(mean, 2), LEAST), COMPLETE - LEAST)
    return case((or_(mean == 0, mean == COMPLETE), mean), else_=inside)


@cache
def _checkpoint_says() -> Update:
    looks = [getattr(Report, name) for name in INSPECTED]
    seen = _accepted("checkpoint_inspection", Report.checkpoint_id, Report.checkpoint_state, *looks).subquery("seen")
    told = select(
        *_newest(seen, "id", "checkpoint_state", "observed_at", "demonstration"), *_newest_given(seen, *INSPECTED)
    ).subquery("told")
    columns = Checkpoint.__table__.c
    values: dict[str, ColumnElement[Any]] = {
        "state": told.c.checkpoint_state,
        **{name: func.coalesce(told.c[name], columns[name]) for name in INSPECTED},
        "seen_at": told.c.observed_at,
        "last_report_id": told.c.id,
    }
    return _set(Checkpoint, values, told)


def _accepted(kind: str, place: InstrumentedAttribute[Any], *columns: Any) -> Select[Any]:
    """Select the accepted reports of a kind on the bound task or checkpoint, and the segment of the task."""
    common = (Report.id, Report.observed_at, Report.received_at, Report.demonstration)
    reports: Any = Report.__table__
    if place is Report.task_id:
        task = reports.join(Task, and_(Task.district == Report.district, Task.id == Report.task_id))
        reports = task.outerjoin(Segment, and_(Segment.district == Task.district, Segment.id == Task.segment_id))
    return (
        select(*common, *columns)
        .select_from(reports)
        .where(
            Report.district == bindparam("of_district"),
            place == bindparam("of_place"),
            Report.kind == kind,
            Report.status == "accepted",
        )
    )


def _newest(seen: Subquery, *names: str) -> list[ColumnElement[Any]]:
    """Take columns of the newest report; NULL when there is no report."""
    return [_newest_first(seen, name)[1].label(name) for name in names]


def _newest_given(seen: Subquery, *names: str) -> list[ColumnElement[Any]]:
    """Take each column from the newest report that gives it; NULL when none does."""
    given = [func.array_remove(_newest_first(seen, name), None, type_=ARRAY(Text)) for name in names]
    return [values[1].label(name) for name, values in zip(names, given, strict=True)]


def _newest_first(seen: Subquery, name: str) -> Any:
    return func.array_agg(aggregate_order_by(seen.c[name], *newest_first(seen)), type_=ARRAY(seen.c[name].type))


def _first_day(
    seen: Subquery, condition: ColumnElement[bool], *, since: ColumnElement[datetime]
) -> ColumnElement[date]:
    """Take the local day of the first report that meets the condition, from ``since`` on unless that is NULL."""
    moment = func.min(seen.c.observed_at).filter(condition, or_(since.is_(None), seen.c.observed_at >= since))
    day: ColumnElement[date] = func.date(func.timezone(LOCAL_TIME_ZONE, moment))
    return day


@cache
def _lock(model: Any) -> Select[Any]:
    return select(model.id).where(_is_bound_row(model)).with_for_update()


def _set(model: Any, values: Mapping[str, ColumnElement[Any]], told: Subquery) -> Update:
    """Set the values of the bound row where one differs, so that nothing new makes no new version."""
    columns = model.__table__.c
    values = {**values, "demonstration": columns["demonstration"] | told.c.demonstration}
    differs = or_(*(columns[name].is_distinct_from(value) for name, value in values.items()))
    return update(model).where(_is_bound_row(model), told.c.id.is_not(None), differs).values(values)


def _is_bound_row(model: Any) -> ColumnElement[bool]:
    return and_(model.district == bindparam("of_district"), model.id == bindparam("of_place"))
