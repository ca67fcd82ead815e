"""What waits for a decision: which reports, in which order, how many of what sort, and what is odd about each.

Beside the flags that a report got when it came in, these are raised as things stand now:

==================  ===============================================================================================
flag                holds while
==================  ===============================================================================================
ambiguous           several places are near enough and none was chosen
unmatched           it has a position and no place is near
photos_outstanding  a photo that it names is not here yet
photo_far           a photo says that it was taken farther off than the report's own accuracy explains
photo_time          a photo says that it was taken a day or more before or after what it should show
conflict            a field that it sets has been changed since its sender looked, to another value than his
==================  ===============================================================================================
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import aliased

from geo.intake.decision import WAITING
from geo.intake.merging import TARGETS, Target
from geo.intake.names import joined, names, position
from geo.model import Change, Photo, Report, ReportPhoto, Review, Submission, Unit

QUEUED = (*WAITING, "needs_information")  # all that is not decided for good
PHOTO_FAR_M = 100.0  # beyond the report's accuracy: two fixes in a street of high houses differ by less
PHOTO_APART = timedelta(days=1)
AT_ARRIVAL = (
    *("datum_suspect", "position_impossible", "outside_district", "far_from_declared"),
    *("decided_by_heading", "located_by_text", "clock_skew"),
)
AS_IT_STANDS = ("ambiguous", "unmatched", "photos_outstanding", "photo_far", "photo_time", "conflict")
FLAGS = (*AT_ARRIVAL, *AS_IT_STANDS)
NO_UNIT = "none"

Expression = ColumnElement[Any]


@dataclass(frozen=True)
class Wanted:
    """Which of the waiting reports: of any of these statuses, kinds, units and flags, with words in what they say.

    Empty ones do not narrow; of units, ``none`` is the reports of no unit. ``shape`` tells statements apart whose
    texts differ; what may be anything at all is a parameter of them, by its name here.
    """

    statuses: tuple[str, ...] = WAITING
    kinds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    words: str = ""

    @property
    def shape(self) -> Hashable:
        """Return all that the text of a statement depends on."""
        return self.statuses, self.flags, bool(self.kinds), bool(self.units), bool(self.words)

    def values(self) -> dict[str, Any]:
        """Return the parameters of a statement of this shape."""
        return {"kinds": list(self.kinds), "units": list(self.units), "words": self.words}


def waiting(district: str, wanted: Wanted, *, of_unit: bool, onwards: bool) -> Select[Any]:
    """Select the reports that wait for a decision, the oldest first, at most ``limit``.

    ``of_unit``: only those of the unit ``unit_id``; ``onwards``: from after the moment ``after_at`` and the id
    ``after_id`` on. ``lon``, ``lat`` is the position as declared, ``suspected_lon``,
    ``suspected_lat`` as it is if its datum is the suspected one; NULL without. ``place_zh``, ``place_en`` name the
    nearest thing that the report is of, ``photos`` counts those that it names, ``reviews`` the decisions on it.
    """
    conditions = _conditions(district, wanted, of_unit=of_unit)
    if onwards:
        mark = (bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))
        conditions.append(func.row(Report.received_at, Report.id) > func.row(*mark))
    columns = (
        *("id", "kind", "status", "observed_at", "received_at", "unit_id", "task_id", "segment_id", "site_id"),
        *("checkpoint_id", "road_id", "measure_m", "note"),
    )
    return (
        select(
            *(getattr(Report, name) for name in columns),
            Submission.placement,
            flags_now().label("flags"),
            Submission.candidates,
            Submission.suspected_datum,
            *position(Report.geom),
            *position(Submission.suspected_geom, "suspected_"),
            func.coalesce(func.cardinality(Submission.photo_sha256), 0).label("photos"),
            _decided().label("reviews"),
            *names(),
        )
        .select_from(joined(sources()))
        .where(*conditions)
        .order_by(Report.received_at, Report.id)
        .limit(bindparam("limit", type_=BigInteger))
    )


def matching(district: str, wanted: Wanted, *, of_unit: bool) -> Select[Any]:
    """Count the reports that wait, as ``matched``; parameters as of :func:`waiting`."""
    counted = select(func.count().label("matched")).select_from(joined(sources()))
    return counted.where(*_conditions(district, wanted, of_unit=of_unit))


def figures(district: str, *, statuses: Sequence[str], of_unit: bool) -> CompoundSelect[Any]:
    """Count what waits by ``facet``: status (of all), kind, unit and flag (of those of the ``statuses``).

    ``of_unit``: only what is of the unit of the parameter ``unit_id``.

    Columns: facet, ``code`` (``none`` for reports of no unit), name_zh and name_en (of units), ``reports``, and
    ``oldest``, when the first of them was received.
    """
    here = _of_unit(district, of_unit=of_unit)
    every = (
        select(Report.status, Report.kind, Report.unit_id, Report.received_at, flags_now().label("flags"))
        .select_from(sources())
        .where(*here, _one_of(Report.status, QUEUED))
        .cte("every")
        .prefix_with("MATERIALIZED")
    )
    chosen = _one_of(every.c.status, statuses)
    flag = func.unnest(every.c.flags).table_valued("code", name="flag").render_derived().lateral()
    unit = func.coalesce(every.c.unit_id, NO_UNIT)
    counted = (func.count().label("reports"), func.min(every.c.received_at).label("oldest"))

    def by(facet: str, code: Any) -> Select[Any]:
        nameless = (cast(null(), Text).label("name_zh"), cast(null(), Text).label("name_en"))
        return select(literal(facet).label("facet"), code.label("code"), *nameless, *counted).group_by(code)

    named = (
        select(literal("unit"), unit.label("code"), func.min(Unit.name_zh), func.min(Unit.name_en), *counted)
        .select_from(every)
        .outerjoin(Unit, and_(Unit.district == district, Unit.id == every.c.unit_id))
        .where(chosen)
        .group_by(unit)
    )
    return union_all(
        by("status", every.c.status),
        by("kind", every.c.kind).where(chosen),
        named,
        by("flag", flag.c.code).join_from(every, flag, true()).where(chosen),
    ).order_by("facet", "code")


def flags_now() -> ColumnElement[list[str]]:
    """Build the flags of a report: those of its arrival, and those that hold as things stand (see above)."""
    raised = [case((holds, name)) for name, holds in _raised().items()]
    now = func.array_remove(array(raised), null(), type_=ARRAY(Text))
    arrived = func.coalesce(Submission.flags, cast(array([], type_=Text), ARRAY(Text)))
    return func.array_cat(arrived, now, type_=ARRAY(Text))


def _raised() -> dict[str, ColumnElement[bool]]:
    return {
        "ambiguous": Submission.placement == "ambiguous",
        "unmatched": Submission.placement == "unmatched",
        "photos_outstanding": _a_photo(Photo.sha256.is_(None)),
        "photo_far": _a_photo(_is_far()),
        "photo_time": _a_photo(func.abs(_apart()) >= literal(PHOTO_APART.total_seconds())),
        "conflict": or_(*(_changed(kind, target) for kind, target in TARGETS.items())),
    }


def sources() -> Any:
    """Join reports with what was sent of them, which a report that no submission brought has not."""
    report, submission = Report.__table__, Submission.__table__
    same = and_(Submission.district == Report.district, Submission.report_id == Report.id)
    return report.outerjoin(submission, same)


def _conditions(district: str, wanted: Wanted, *, of_unit: bool) -> list[ColumnElement[bool]]:
    conditions = [*_of_unit(district, of_unit=of_unit), _one_of(Report.status, wanted.statuses)]
    if wanted.kinds:
        conditions.append(_among(Report.kind, "kinds"))
    if wanted.units:
        conditions.append(_among(func.coalesce(Report.unit_id, NO_UNIT), "units"))
    if wanted.flags:
        conditions.append(_flagged(wanted.flags))
    if wanted.words:
        found = func.strpos(func.lower(_says()), func.lower(bindparam("words", type_=Text)), type_=Integer)
        conditions.append(found > 0)
    return conditions


def _decided() -> Any:
    here = and_(Review.district == Report.district, Review.report_id == Report.id)
    return select(func.count()).select_from(Review).where(here).scalar_subquery()


def _flagged(flags: Sequence[str]) -> ColumnElement[bool]:
    """Tell whether any of the flags holds; what is not asked for is not worked out."""
    raised = _raised()
    arrived = [literal(flag) == func.any(Submission.flags) for flag in flags if flag in AT_ARRIVAL]
    return or_(*arrived, *(raised[flag] for flag in flags if flag in raised))


def _of_unit(district: str, *, of_unit: bool) -> list[ColumnElement[bool]]:
    here = [Report.district == district]
    return [*here, Report.unit_id == bindparam("unit_id", type_=Text)] if of_unit else here


def _one_of(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """Write each value out: with a list, the planner does not see that the index of what waits will do."""
    return or_(*(column == value for value in values))


def _among(column: Any, parameter: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == func.any(bindparam(parameter, type_=ARRAY(Text)))
    return found


def _says() -> Expression:
    """Build all words by which somebody looks for a report."""
    texts = (cast(Report.id, Text), Report.note, Report.blocked_reason, Submission.body["place"].as_string())
    return func.concat_ws(" ", *texts, *(name.element for name in names()))


def _a_photo(condition: Any) -> ColumnElement[bool]:
    """Tell whether the condition holds for a photo that the report names; Photo is NULL while it is not here."""
    named = aliased(ReportPhoto)
    same = and_(Photo.district == named.district, Photo.sha256 == named.sha256)
    of_report = and_(named.district == Report.district, named.report_id == Report.id)
    return select(literal(1)).select_from(named).outerjoin(Photo, same).where(of_report, condition).exists()


def _is_far() -> ColumnElement[bool]:
    metres = func.ST_Distance(func.geography(Photo.exif_geom), func.geography(Report.geom))
    return metres > literal(PHOTO_FAR_M) + func.coalesce(Report.position_accuracy_m, 0.0)


def _apart() -> Expression:
    return func.extract("epoch", Photo.exif_at - Report.observed_at)


def _changed(kind: str, target: Target) -> ColumnElement[bool]:
    """Tell whether a field that the report sets is another than its sender saw, and than he says."""
    thing: Any = aliased(target.model)
    last = aliased(Report)
    key = getattr(Report, target.id_column)
    seen_last = (
        select(last.observed_at)
        .where(last.district == thing.district, last.id == thing.last_report_id)
        .correlate(thing)
        .scalar_subquery()
    )
    fields = [
        and_(
            # progress without a reason says that nothing blocks; what else is left out says nothing
            true() if sent_as == "blocked_reason" else getattr(Report, sent_as).is_not(None),
            Change.state[name].as_string().is_distinct_from(cast(getattr(thing, name), Text)),
            getattr(Report, sent_as).is_distinct_from(getattr(thing, name)),
        )
        for sent_as, name in target.fields.items()
    ]
    return and_(
        Report.kind == kind,
        select(literal(1))
        .select_from(thing)
        .join(Change, and_(Change.district == thing.district, Change.feature_id == thing.id))
        .where(
            thing.district == Report.district,
            thing.id == key,
            Change.collection == target.model.__tablename__,
            Change.version == Submission.body["base_version"].as_integer(),
            func.coalesce(seen_last <= Report.observed_at, True),
            or_(*fields),
        )
        .exists(),
    )
