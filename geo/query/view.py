"""What a reader looks at: which district, as of which moment, under which thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.sql.expression import FromClause

from geo.model import Base, Change

LOCAL_TIME_ZONE = "Asia/Shanghai"
# how sentences write a day, as PostgreSQL's to_char is told: 2020年7月20日, 20 July 2020
DAY_IN_WORDS = {"zh": 'FMYYYY"年"FMMM"月"FMDD"日"', "en": "FMDD FMMonth FMYYYY"}


@dataclass(frozen=True)
class Thresholds:
    """The numbers that the rules depend on: percentage points behind plan, hours, and metres from the canal."""

    behind_points: float = 10
    seriously_behind_points: float = 30
    freshness_hours: float = 24
    canal_margin_m: float = 100


def parametric_view(thresholds: Thresholds, with_moment: bool, *, with_since: bool = False) -> View:  # noqa: FBT001 - a part of the shape
    """Return a view whose district, moment and beginning are the parameters ``district``, ``moment`` and ``since``."""
    moment: BindParameter[datetime] | None = bindparam("moment", type_=DateTime(timezone=True)) if with_moment else None
    since: BindParameter[datetime] | None = bindparam("since", type_=DateTime(timezone=True)) if with_since else None
    return View(bindparam("district", type_=Text), moment, thresholds, since)


@dataclass(frozen=True)
class View:
    """A district as of ``moment`` (aware; None: as it stands now).

    With ``since`` it is looked at through a time that ends with the moment, or now if that is earlier: what was
    deleted in that time is there as well, as it was last.

    ``within`` is a condition on the rows of a layer's places, by ``id`` or ``geom``, that the reader keeps to anyhow: a
    rule that adds up something for each place may leave the others out. ``reads`` are the properties that are read at
    all (None: any): what makes only others may be left out.
    """

    district: str | BindParameter[str]
    moment: datetime | BindParameter[datetime] | None = None
    thresholds: Thresholds = Thresholds()
    since: datetime | BindParameter[datetime] | None = None
    within: Callable[[FromClause], ColumnElement[bool]] | None = None
    reads: frozenset[str] | None = None

    def instant(self) -> ColumnElement[datetime]:
        """Return the moment looked at, as SQL ``timestamptz``."""
        if self.moment is None:
            return func.now()
        moment = _instant(self.moment)
        return moment if self.since is None else func.least(moment, func.now())

    def local_date(self) -> ColumnElement[object]:
        """Return the calendar day of the moment where the district lies, as SQL ``date``."""
        return func.date(func.timezone(LOCAL_TIME_ZONE, self.instant()))

    def rows(self, model: type[Base]) -> FromClause:
        """Return the rows of a table as of the moment, with the table's own columns.

        A past state comes out of the history: the newest change of each row up to the moment, without the rows
        that were deleted by then.
        """
        table = cast_type(Table, model.__table__)
        if self.moment is None:
            return select(table).where(table.c.district == self.district).subquery()
        latest = self._latest_changes(table.name)
        # The history keeps a row as JSON under its column names; PostgreSQL turns it back into a row of the table.
        state = func.jsonb_populate_record(literal_column(f"NULL::{table.name}"), latest.c.state)
        past = state.table_valued(*(column(each.name, each.type) for each in table.c), joins_implicitly=True)
        there = latest.c.operation != "delete"
        if self.since is not None:
            there = or_(there, latest.c.changed_at > _instant(self.since))
        rows = select(past).select_from(latest).where(there)
        return _materialized(rows)

    def _latest_changes(self, collection: str) -> FromClause:
        return (
            select(Change.state, Change.operation, Change.changed_at)
            .where(
                Change.district == self.district,
                Change.collection == collection,
                Change.changed_at <= self.instant(),
            )
            .distinct(Change.feature_id)
            .order_by(Change.feature_id, Change.version.desc())
            .subquery()
        )


def _materialized(rows: Select[Any]) -> FromClause:
    """Have rows worked out once: PostgreSQL guesses one row and would walk the history for each row it joins to.

    SQLAlchemy names a nameless CTE by its address, and ``prefix_with`` returns a copy of that name. The original has to
    live as long as its copy does: the next nameless CTE would get its address, and with it the same name.
    """
    original = rows.cte()
    copy = original.prefix_with("MATERIALIZED")
    vars(copy)["named_by"] = original
    return copy


def _instant(moment: datetime | BindParameter[datetime]) -> ColumnElement[datetime]:
    given = moment if isinstance(moment, BindParameter) else literal(moment)
    return cast(given, DateTime(timezone=True))


# The district of the parameter ``district`` as it stands now, for statements that no threshold touches.
PRESENT = parametric_view(Thresholds(), with_moment=False)
