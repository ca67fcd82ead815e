"""Where reports lie: the road and its chainage, the segment, the checkpoint or site, and whether the datum is right.

``placed`` is one SQL fragment for 1 to 1000 reports, to stand in the statement that stores them. Each report passes
four stages: ``aim`` (what it was declared to be of), ``near`` (what it lies at, if nothing was declared), ``own`` (how
badly its position fits, only if it does) and ``other`` (the likeliest other reading of it, likewise).
The rules and why they are so: docs/decisions/0015-placing-and-datums.md.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from geo.chainage import side_of
from geo.intake.placing_aim import aim, no_aim
from geo.intake.placing_doubt import other_reading, own_fit
from geo.intake.placing_near import UNKNOWN_ACCURACY_M, reach_of
from geo.intake.placing_pick import nearest_thing
from geo.model import Task


def placed(district: str, sent: FromClause, *, of_things: bool = True) -> FromClause:
    """Select where each report of ``sent`` lies, one row for each of its rows, whatever could be found.

    ``of_things`` false: none is declared to be of anything, and ``sent`` need have no column that says of what.

    Columns of ``sent`` (NULL where nothing was declared): ``ordinal`` integer, distinct; ``point`` geometry, WGS 84, of
    the position read as declared (NULL: no position, or none that is possible); ``accuracy_m`` and ``heading_deg``
    double precision; ``road_id`` text and ``measure_m`` double precision of a declared chainage; ``side`` text;
    ``segment_id``, ``checkpoint_id``, ``site_id``, ``task_id`` text; ``lon``, ``lat`` double precision[] and ``name``
    text[], the sender's numbers in other readings (``geo.intake.datum_readings``; NULL or empty: none).

    Columns of the result: ``ordinal``, ``road_id``, ``measure_m``, ``offset_m``, ``side``, ``segment_id``,
    ``checkpoint_id``, ``site_id``, ``placement`` (declared, matched, ambiguous, unmatched, none), ``candidates``
    (jsonb array, nearest first; NULL: none), ``suspected_datum`` text and ``suspected_geom`` geometry (both or
    neither), ``flags`` text[] (``far_from_declared``, ``datum_suspect``, ``outside_district``,
    ``decided_by_heading``), never NULL. Ids that are declared must exist: the fragment does not check them.
    """
    report = _report(district, sent) if of_things else _report_of_nothing(sent)
    aimed, near = aim(district) if of_things else no_aim(), nearest_thing(district)
    own = own_fit(district, _fits_badly(report.c, aimed.c, near.c))
    other = other_reading(district)
    # A row of constants that is joined plainly leaves no trace in the plan.
    stages: FromClause = report.outerjoin(aimed, true()) if of_things else report.join(aimed, true())
    for stage in (near, own, other):
        stages = stages.outerjoin(stage, true())
    columns = _columns(report.c, aimed.c, near.c)
    doubts = _doubts(report.c, aimed.c, near.c, own.c, other.c)
    return select(*columns, *doubts).select_from(stages).subquery("placed")


def _report(district: str, sent: FromClause) -> Subquery:
    """Select the reports with the place of their task, and with how well their position is known."""
    own = ("ordinal", "point", "heading_deg", "road_id", "measure_m", "side", "lon", "lat", "name")
    declared = [sent.c[name] for name in ("segment_id", "checkpoint_id", "site_id")]
    nothing_else = and_(sent.c.road_id.is_(None), *(column.is_(None) for column in declared))
    columns = Task.__table__.c
    # LIMIT makes it a look-up by the key: otherwise the planner, expecting many reports, would read all tasks.
    task = (
        select(*(columns[column.name] for column in declared))
        .where(Task.district == district, Task.id == sent.c.task_id, nothing_else)
        .limit(1)
        .lateral("task")
    )
    known_m = func.coalesce(sent.c.accuracy_m, UNKNOWN_ACCURACY_M)
    return (
        select(
            *(sent.c[name] for name in own),
            *(func.coalesce(column, task.c[column.name]).label(column.name) for column in declared),
            known_m.label("known_m"),
            reach_of(known_m).label("reach_m"),
        )
        .outerjoin_from(sent, task, true())
        .subquery("report")
    )


def _report_of_nothing(sent: FromClause) -> Subquery:
    """Select the same of reports that have a position at most."""
    known_m = func.coalesce(sent.c.accuracy_m, UNKNOWN_ACCURACY_M)
    texts = ("road_id", "side", "segment_id", "checkpoint_id", "site_id")
    return select(
        *(sent.c[name] for name in ("ordinal", "point", "heading_deg", "lon", "lat", "name")),
        *(cast(null(), Text).label(name) for name in texts),
        cast(null(), Float).label("measure_m"),
        known_m.label("known_m"),
        reach_of(known_m).label("reach_m"),
    ).subquery("report")


def _fits_badly(report: Any, aimed: Any, near: Any) -> ColumnElement[bool]:
    """Tell whether the position is not where the report should be: only then other readings are looked at."""
    beyond = func.coalesce(aimed.distance_m > aimed.tolerance_m, True)
    at_nothing = near.near.is_not(True)
    badly = case((aimed.tolerance_m.is_not(None), beyond), else_=at_nothing)
    return and_(badly, or_(report.point.is_not(None), func.cardinality(report.name) > 0))


def _columns(report: Any, aimed: Any, near: Any) -> list[ColumnElement[Any]]:
    def of(collection: str, column: Any) -> ColumnElement[Any]:
        return case((and_(near.decided, near.collection == collection), column))

    placement = case(
        (aimed.tolerance_m.is_not(None), "declared"),
        (report.point.is_(None), "none"),
        (near.decided, "matched"),
        (near.rivals > 1, "ambiguous"),
        else_="unmatched",
    )
    road_id = func.coalesce(aimed.road_id, of("roads", near.id))
    on_road = {
        name: func.coalesce(aimed[name], of("roads", near[name]))
        for name in ("measure_m", "offset_m", "stub", "segment_id")
    }
    on_road["side"] = func.coalesce(report.side, side_of(on_road.pop("stub"), report.point))
    return [
        report.ordinal,
        road_id.label("road_id"),
        *(value.label(name) for name, value in on_road.items()),
        func.coalesce(report.checkpoint_id, of("checkpoints", near.id)).label("checkpoint_id"),
        func.coalesce(report.site_id, of("sites", near.id)).label("site_id"),
        placement.label("placement"),
        near.candidates,
    ]


def _doubts(report: Any, aimed: Any, near: Any, own: Any, other: Any) -> list[ColumnElement[Any]]:
    suspect = other.better.is_(True)
    outside = and_(own.outside_m > own.edge_m, other.any_inside.is_not(True))
    nowhere = and_(report.point.is_(None), other.any_inside.is_(False))
    flags = {
        "far_from_declared": aimed.distance_m > aimed.tolerance_m,
        "datum_suspect": suspect,
        "outside_district": or_(outside, nowhere),
        "decided_by_heading": near.by_heading,
    }
    raised = [case((raised, flag)) for flag, raised in flags.items()]
    return [
        case((suspect, other.name)).label("suspected_datum"),
        case((suspect, other.point)).label("suspected_geom"),
        func.array_remove(array(raised), null(), type_=ARRAY(Text)).label("flags"),
    ]
