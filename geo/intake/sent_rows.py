"""What the storing statement reads: reports as JSON, the roads that they name, and what they refer to in vain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import LateralFromClause

from geo.chainage import point_at
from geo.crs import WGS84_SRID
from geo.intake.extents import END_SLACK_M, outside, snapped, whole_extent
from geo.model import Case, Checkpoint, Road, Segment, Site, Task, Unit
from geo.model.vocabularies import CheckpointState, HazardKind, InspectionState

TEXTS = ARRAY(Text)

# One report in the statement's JSON, see geo/intake/sent.py, which writes it.
MEMBERS: dict[str, Any] = {
    "ordinal": Integer,
    "id": Uuid,
    "kind": Text,
    "observed_at": DateTime(timezone=True),
    "unit_id": Text,
    "reporter_id": Text,
    "task_id": Text,
    "segment_id": Text,
    "site_id": Text,
    "checkpoint_id": Text,
    "case_id": Text,
    "progress_percent": Numeric,
    "from_m": Numeric,
    "to_m": Numeric,
    "carriageway": Text,
    "blocked_reason": Text,
    "checkpoint_state": Text,
    "supplies_state": Text,
    "hazard_survey_state": Text,
    "drill_state": Text,
    "water_level_m": Float,
    "vertical_datum": Text,
    "hazard_kind": Text,
    "note": Text,
    "datum": Text,
    "position_accuracy_m": Float,
    "heading_deg": Float,
    "declared_lon": Float,
    "declared_lat": Float,
    "road": Text,
    "measure_m": Float,
    "side": Text,
    "lon": ARRAY(Float),
    "lat": ARRAY(Float),
    "name": TEXTS,
    "flags": TEXTS,
    "channel": Text,
    "token_id": Text,
    "changed_by": Text,
    "body": JSONB,
    "body_sha256": LargeBinary,
    "photo_sha256": ARRAY(LargeBinary),
}
REFERENCES: dict[str, Any] = {
    "task_id": Task,
    "segment_id": Segment,
    "site_id": Site,
    "checkpoint_id": Checkpoint,
    "case_id": Case,
    "unit_id": Unit,
}
# What a report may be declared to be of, or say of a thing of ours: without any of it a shorter statement does.
THINGS = (
    *("task_id", "segment_id", "site_id", "checkpoint_id", "case_id", "progress_percent", "blocked_reason"),
    *("checkpoint_state", "supplies_state", "hazard_survey_state", "drill_state", "water_level_m", "vertical_datum"),
    *("road", "measure_m", "side"),
)
EXTENT = ("from_m", "to_m", "carriageway")  # left out of the statement as well, where no report is of a stretch
CODES: dict[str, Any] = {
    "checkpoint_state": CheckpointState,
    "supplies_state": InspectionState,
    "hazard_survey_state": InspectionState,
    "drill_state": InspectionState,
    "hazard_kind": HazardKind,
}


def signed_by() -> CTE:
    """Say when and why rows are made in this transaction, and that each of them says by whom.

    Whoever reads this row does so after it was said.
    """
    now = select(func.clock_timestamp(type_=DateTime(timezone=True)).label("at"))
    moment = now.cte("moment").prefix_with("MATERIALIZED")
    said = {"clock": cast(moment.c.at, Text), "actors": literal("rows"), "reason": parameter("reason")}
    settings = [func.set_config(f"erqi.{name}", value, true()).label(name) for name, value in said.items()]
    return select(moment.c.at, *settings).cte("signed").prefix_with("MATERIALIZED")


def sent_rows(district: str, *, of_things: bool = True, extents: bool = True) -> CTE:
    """Read the reports, find the roads that they name, and look up what they refer to.

    ``of_things`` false: none of them has any of ``THINGS``; ``extents`` false: none is of a stretch of its segment.
    """
    absent = {*(() if of_things else THINGS), *(() if of_things and extents else EXTENT)}
    members = {name: kind for name, kind in MEMBERS.items() if name not in absent}
    columns = [column(name, kind) for name, kind in members.items()]
    row = (
        func.json_to_recordset(cast(parameter("rows"), JSON))
        .table_valued(*columns)
        .render_derived("given", with_types=True)
    )
    point = func.ST_SetSRID(func.ST_MakePoint(row.c.declared_lon, row.c.declared_lat), WGS84_SRID)
    known = (*row.c, row.c.position_accuracy_m.label("accuracy_m"), point.label("point"))
    if not of_things:
        return select(*known, _fault(district, row.c).label("fault")).cte("sent").prefix_with("MATERIALIZED")
    road = _named_road(district, row.c.road)
    post = point_at(road.c.geom, func.least(row.c.measure_m, road.c.length_m)).label("post")
    faults, joined = _fault(district, row.c, road.c), row.outerjoin(road, true())
    if extents:
        whole = whole_extent(district, row.c)
        joined = joined.outerjoin(whole, true())
        known = (*(column for column in known if column.name not in EXTENT[:2]), *snapped(row.c, whole.c))
        faults = func.coalesce(faults, outside(row.c, whole.c))
    return (
        select(*known, post, road.c.road_id, faults.label("fault"))
        .select_from(joined)
        .cte("sent")
        .prefix_with("MATERIALIZED")
    )


def _named_road(district: str, name: Any) -> LateralFromClause:
    """Select the road that an id, a name or an alias means; the id counts most."""
    called = or_(Road.id == name, Road.name_zh == name, Road.name_en == name, name == func.any(Road.aliases))
    return (
        select(Road.id.label("road_id"), Road.geom, Road.length_m)
        .where(Road.district == district, name.is_not(None), called)
        .order_by((Road.id == name).desc(), (Road.name_zh == name).desc(), Road.id)
        .limit(1)
        .lateral("road")
    )


def _fault(district: str, row: Any, road: Any = None) -> ColumnElement[Any]:
    """Name the first member that refers to nothing; NULL when all is there."""
    there = {
        name: exists(select(literal(1)).where(model.district == district, model.id == row[name])).correlate_except(
            model
        )
        for name, model in REFERENCES.items()
        if name in row
    } | {
        name: exists(select(literal(1)).where(model.code == row[name])).correlate_except(model)
        for name, model in CODES.items()
        if name in row
    }
    faults = [(and_(row[name].is_not(None), ~found), name) for name, found in there.items()]
    if road is None:
        return case(*faults)
    return case(
        *faults,
        (and_(row.road.is_not(None), road.road_id.is_(None)), "chainage.road"),
        (row.measure_m > road.length_m + END_SLACK_M, "chainage.at"),
    )


def parameter(name: str) -> ColumnElement[str]:
    """Return a text parameter of the statement."""
    return bindparam(name, type_=Text)
