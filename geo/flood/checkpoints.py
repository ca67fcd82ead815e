"""The state of each checkpoint as last seen, how fresh that is, and the sentence that says why.

A state is what the newest accepted inspection says. It never decays into "normal": an inspection older than the
freshness threshold is *stale*, and a checkpoint that nobody has inspected is *unconfirmed*.

============  ===========================================================
rule          holds when
============  ===========================================================
checkpoint-1  nobody has reported an inspection: unconfirmed
checkpoint-2  the newest inspection is older than the threshold: stale
checkpoint-3  otherwise: as inspected
============  ===========================================================
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Numeric, Select, Subquery, case, cast, func, literal, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import FromClause

from geo.flood.levels import level_columns, level_of
from geo.model import Canal, Case, Checkpoint
from geo.model.vocabularies import CheckpointKind, CheckpointState, InspectionState
from geo.query.layer import labels
from geo.query.newest import newest_report
from geo.query.view import View

INSPECTED = ("supplies_state", "hazard_survey_state", "drill_state")


def checkpoint_status(view: View) -> Select[Any]:
    """Select every checkpoint, located or not, with its state, freshness, newest reading and open cases."""
    checkpoint, canal = view.rows(Checkpoint), view.rows(Canal)
    level, cases = level_of(view, checkpoint), _open_cases(view)
    report, of_checkpoint = newest_report(view, "checkpoint_id", checkpoint)
    age_hours = func.extract("epoch", view.instant() - checkpoint.c.seen_at) / 3600
    freshness = _freshness(view, checkpoint, age_hours)
    inspections = {name: aliased(InspectionState) for name in INSPECTED}
    statement = (
        select(
            checkpoint.c.id,
            checkpoint.c.geom,
            checkpoint.c.name_zh,
            checkpoint.c.name_en,
            checkpoint.c.kind,
            *labels(CheckpointKind, "kind"),
            canal.c.name_zh.label("canal_zh"),
            canal.c.name_en.label("canal_en"),
            checkpoint.c.state,
            *labels(CheckpointState, "state"),
            CheckpointState.colour,
            checkpoint.c.seen_at,
            *freshness,
            literal(view.thresholds.freshness_hours, Float).label("freshness_hours"),
            func.round(cast(age_hours, Numeric), 1, type_=Numeric).label("age_hours"),
            *(column for name, term in inspections.items() for column in (checkpoint.c[name], *labels(term, name))),
            *level_columns(view, level),
            report.c.observed_at.label("last_report_at"),
            report.c.note.label("last_report_note"),
            func.coalesce(cases.c.open_cases, 0).label("open_cases"),
            checkpoint.c.inspected_on,
            checkpoint.c.position_status,
            checkpoint.c.position_accuracy_m,
            *_why(view, checkpoint, age_hours),
            view.instant().label("as_of"),
            checkpoint.c.demonstration,
        )
        .join_from(checkpoint, CheckpointKind, CheckpointKind.code == checkpoint.c.kind)
        .join(CheckpointState, CheckpointState.code == checkpoint.c.state)
        .outerjoin(canal, canal.c.id == checkpoint.c.canal_id)
        .outerjoin(level.newest, literal(True))
        .outerjoin(level.thresholds, literal(True))
        .outerjoin(level.days, literal(True))
        .outerjoin(report, of_checkpoint)
        .outerjoin(cases, cases.c.checkpoint_id == checkpoint.c.id)
    )
    for name, term in inspections.items():
        statement = statement.join(term, term.code == checkpoint.c[name])
    return statement


def _open_cases(view: View) -> Subquery:
    case_row = view.rows(Case)
    return (
        select(case_row.c.checkpoint_id, func.count().label("open_cases"))
        .where(case_row.c.status != "struck_off", case_row.c.checkpoint_id.is_not(None))
        .group_by(case_row.c.checkpoint_id)
        .subquery("open_cases")
    )


def _stale(view: View, age_hours: ColumnElement[Any]) -> ColumnElement[bool]:
    return age_hours > view.thresholds.freshness_hours


def _freshness(view: View, checkpoint: FromClause, age_hours: ColumnElement[Any]) -> list[ColumnElement[str]]:
    never, stale = checkpoint.c.seen_at.is_(None), _stale(view, age_hours)
    words = {
        "freshness": ("never", "stale", "fresh"),
        "freshness_zh": ("从未上报", "已过时效", "在时效内"),
        "freshness_en": ("never reported", "stale", "fresh"),
    }
    return [case((never, a), (stale, b), else_=c).label(name) for name, (a, b, c) in words.items()]


def _why(view: View, checkpoint: FromClause, age_hours: ColumnElement[Any]) -> list[ColumnElement[str]]:
    never, stale = checkpoint.c.seen_at.is_(None), _stale(view, age_hours)
    inputs = [
        func.round(cast(age_hours, Numeric), 1, type_=Numeric),
        literal(f"{view.thresholds.freshness_hours:g}"),
    ]
    zh = [CheckpointState.label_zh, *inputs]
    en = [func.lower(CheckpointState.label_en), *inputs]
    return [
        case((never, "checkpoint-1"), (stale, "checkpoint-2"), else_="checkpoint-3").label("rule"),
        case(
            (never, "没有任何检查上报，情况未确认"),
            (stale, func.format("上次检查为“%s”，已过 %s 小时，超过 %s 小时的时效", *zh)),
            else_=func.format("检查为“%s”，%s 小时前，在 %s 小时的时效内", *zh),
        ).label("why_zh"),
        case(
            (never, "Nobody has reported an inspection: not confirmed"),
            (stale, func.format("Last inspected as %s, %s hours ago: older than the %s hours it is good for", *en)),
            else_=func.format("Inspected as %s, %s hours ago, within the %s hours it is good for", *en),
        ).label("why_en"),
    ]
