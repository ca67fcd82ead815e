"""The warning signal and the response level in force, as two things, and what the rules propose.

A signal's colour is never the level. A rule (``response_rules``) says which level a signal of a kind and colour leads
to; the level in force is what somebody has ordered. Both are in force from their first moment until, not including,
their last. Of several signals the gravest colour is shown first, and the highest proposed level counts.

============  ==========================================================================
agreement     holds when (the first that does)
============  ==========================================================================
calm          no signal and no response are in force
not_prompted  a response is in force without a signal
no_rule       a signal is in force for which no rule proposes a level
as_proposed   the level in force is the proposed one
not_followed  a level is proposed and none is in force
above, below  the level in force is higher or lower than the proposed one
============  ==========================================================================
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, Subquery, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.expression import FromClause

from geo.model import District, Response, ResponseRule, WeatherSignal
from geo.model.vocabularies import ResponseLevel, SignalColour, WarningKind
from geo.query.layer import json_object, pick
from geo.query.view import DAY_IN_WORDS, LOCAL_TIME_ZONE, View

SIGNAL_PARTS = (
    *("id", "kind", "signal_colour", "colour", "signal_zh", "signal_en", "issuer", "issued_at", "basis"),
    *("level", "level_zh", "level_en", "rule"),
)
AGREEMENTS = {
    "calm": ("平静", "calm"),
    "not_prompted": ("无信号而启动", "in force without a signal"),
    "no_rule": ("没有适用的规则", "no rule applies"),
    "as_proposed": ("与规则建议一致", "as the rule proposes"),
    "not_followed": ("规则有建议，尚未启动", "proposed, not in force"),
    "above": ("高于规则建议", "higher than the rule proposes"),
    "below": ("低于规则建议", "lower than the rule proposes"),
}


class Words(NamedTuple):
    """The three parts of the sentence that joins signal, rule and level, each as it is and as it is missing."""

    signal: str
    no_signal: str
    rule: str
    no_rule: str
    level: str
    no_level: str


WORDS = {
    "zh": Words(
        signal="%s（%s，%s 起）",
        no_signal="没有生效的预警信号",
        rule="；规则建议%s响应（%s：%s）",
        no_rule="；没有规则说明对应几级响应",
        level="；现行%s响应：自 %s，由%s，依据：%s。",
        no_level="；未启动应急响应。",
    ),
    "en": Words(
        signal="%s (%s, since %s)",
        no_signal="No warning signal is in force",
        rule="; the rule proposes %s (%s: %s)",
        no_rule="; no rule says which level that is",
        level="; in force: %s since %s, by %s, basis: %s.",
        no_level="; no response level is in force.",
    ),
}


def flood_status(view: View) -> Select[Any]:
    """Select one row of the district: signal, level, what the rules propose, and the sentence that joins them.

    Columns are null where nothing is in force; ``signals`` has every signal in force, the gravest first.
    """
    district = view.rows(District)
    signals = _signals(view)
    first, proposal, response = _gravest(signals), _proposal(signals), _response(view)
    told = _every(signals)
    agreement = _agreement(first, proposal, response)
    return (
        select(
            district.c.district.label("id"),
            *_renamed(first, "signal signal_zh signal_en signal_colour colour", issuer="signal_issuer",
                      issued_at="signal_at", basis="signal_basis"),
            func.coalesce(told.c.signals, func.json_build_array()).label("signals"),
            *_renamed(response, "level level_zh level_en", issuer="level_issuer", started_at="level_at",
                      basis="level_basis"),
            *_renamed(proposal, "rule", level="proposed_level", level_zh="proposed_level_zh",
                      level_en="proposed_level_en", rule_issuer="proposed_issuer", rule_basis="proposed_basis"),
            agreement.label("agreement"),
            *(
                case({code: words[index] for code, words in AGREEMENTS.items()}, value=agreement).label(name)
                for index, name in enumerate(("agreement_zh", "agreement_en"))
            ),
            _why("zh", first, proposal, response).label("why_zh"),
            _why("en", first, proposal, response).label("why_en"),
            view.instant().label("as_of"),
            func.coalesce(told.c.demonstration | func.coalesce(response.c.demonstration, False),
                          response.c.demonstration, False).label("demonstration"),
        )
        .select_from(
            district.outerjoin(first, literal(True)).outerjoin(proposal, literal(True))
            .outerjoin(response, literal(True)).outerjoin(told, literal(True))
        )
    )  # fmt: skip


def _renamed(rows: FromClause, names: str, **others: str) -> list[ColumnElement[Any]]:
    return [*pick(rows, names), *(rows.c[name].label(label) for name, label in others.items())]


def _signals(view: View) -> Subquery:
    """Select the signals in force with their words, and the rule for each that was valid on the day."""
    signal, rule = view.rows(WeatherSignal), _rules(view)
    return (
        select(
            signal,
            signal.c.kind.label("signal"),
            (WarningKind.label_zh + SignalColour.label_zh + "预警").label("signal_zh"),
            (SignalColour.label_en + " " + func.lower(WarningKind.label_en) + " signal").label("signal_en"),
            SignalColour.colour,
            SignalColour.sort_order.label("gravity"),
            *pick(rule, "rule rule_issuer rule_basis level level_zh level_en level_order"),
        )
        .join_from(signal, WarningKind, WarningKind.code == signal.c.kind)
        .join(SignalColour, SignalColour.code == signal.c.signal_colour)
        .outerjoin(rule, and_(rule.c.kind == signal.c.kind, rule.c.signal_colour == signal.c.signal_colour))
        .where(*in_force(view, signal.c.issued_at, signal.c.lifted_at))
        .subquery("signals")
    )


def in_force(view: View, start: ColumnElement[Any], end: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """Keep what had begun by the moment and had not ended."""
    return start <= view.instant(), or_(end.is_(None), end > view.instant())


def _rules(view: View) -> Subquery:
    """Select for each kind and colour the rule that came into force last."""
    rule = view.rows(ResponseRule)
    return (
        select(
            rule.c.kind,
            rule.c.signal_colour,
            rule.c.id.label("rule"),
            rule.c.issuer.label("rule_issuer"),
            rule.c.basis.label("rule_basis"),
            rule.c.level,
            ResponseLevel.label_zh.label("level_zh"),
            ResponseLevel.label_en.label("level_en"),
            ResponseLevel.sort_order.label("level_order"),
        )
        .join_from(rule, ResponseLevel, ResponseLevel.code == rule.c.level)
        .where(rule.c.valid_from <= view.local_date())
        .distinct(rule.c.kind, rule.c.signal_colour)
        .order_by(rule.c.kind, rule.c.signal_colour, rule.c.valid_from.desc())
        .subquery("rules")
    )


def _gravest(signals: Subquery) -> Subquery:
    order = (signals.c.gravity.desc(), signals.c.issued_at.desc(), signals.c.id)
    return select(signals).order_by(*order).limit(1).subquery("gravest")


def _proposal(signals: Subquery) -> Subquery:
    order = (signals.c.level_order.desc(), signals.c.id)
    return select(signals).where(signals.c.rule.is_not(None)).order_by(*order).limit(1).subquery("proposal")


def _every(signals: Subquery) -> Subquery:
    order = (signals.c.gravity.desc(), signals.c.issued_at.desc(), signals.c.id)
    rows = func.json_agg(aggregate_order_by(json_object(signals, SIGNAL_PARTS), *order))
    marked = func.bool_or(signals.c.demonstration).label("demonstration")
    return select(rows.label("signals"), marked).subquery("every")


def _response(view: View) -> Subquery:
    response = view.rows(Response)
    return (
        select(
            response,
            ResponseLevel.label_zh.label("level_zh"),
            ResponseLevel.label_en.label("level_en"),
            ResponseLevel.sort_order.label("level_order"),
        )
        .join_from(response, ResponseLevel, ResponseLevel.code == response.c.level)
        .where(*in_force(view, response.c.started_at, response.c.ended_at))
        .limit(1)  # a constraint allows no second one
        .subquery("response")
    )


def _agreement(first: FromClause, proposal: FromClause, response: FromClause) -> ColumnElement[str]:
    no_signal, no_response = first.c.id.is_(None), response.c.id.is_(None)
    return case(
        (and_(no_signal, no_response), "calm"),
        (no_signal, "not_prompted"),
        (proposal.c.rule.is_(None), "no_rule"),
        (no_response, "not_followed"),
        (response.c.level_order == proposal.c.level_order, "as_proposed"),
        (response.c.level_order > proposal.c.level_order, "above"),
        else_="below",
    )


def _clock(moment: ColumnElement[Any], lang: str) -> ColumnElement[str]:
    between = " " if lang == "zh" else ", "
    return func.to_char(func.timezone(LOCAL_TIME_ZONE, moment), f"{DAY_IN_WORDS[lang]}{between}FMHH24:MI")


def _why(lang: str, first: FromClause, proposal: FromClause, response: FromClause) -> ColumnElement[str]:
    """Join three parts, each said in one way where its row is missing and in another where it is there."""
    said, signal, rule, ordered = WORDS[lang], first.c, proposal.c, response.c
    no_signal = signal.id.is_(None)
    in_force = func.format(said.signal, signal[f"signal_{lang}"], signal.issuer, _clock(signal.issued_at, lang))
    proposed = func.format(said.rule, rule[f"level_{lang}"], rule.rule_issuer, rule.rule_basis)
    level = func.format(
        said.level, ordered[f"level_{lang}"], _clock(ordered.started_at, lang), ordered.issuer, ordered.basis
    )
    return (
        case((no_signal, said.no_signal), else_=cast(in_force, String))
        + case((no_signal, ""), (rule.rule.is_(None), said.no_rule), else_=cast(proposed, String))
        + case((ordered.id.is_(None), said.no_level), else_=cast(level, String))
    )
