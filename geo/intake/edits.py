"""The statements of a write: lock the feature, look at its past, sign, change.

All of them carry their values as parameters and are run once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.types import Text

from geo.intake.editing import Content, table_of
from geo.model import Base, Change
from geo.query.layer import Layer


def lock(layer: Layer, district: str, feature_id: str, *, to_delete: bool = False) -> Select[Any]:
    """Select ``(version, changed_at)`` of a feature and hold it until the transaction ends; no row: it is not there.

    Only a delete keeps out those who are about to refer to the feature.
    """
    table = table_of(layer)
    return (
        select(table.c.version, table.c.changed_at)
        .where(table.c.district == district, table.c.id == feature_id)
        .with_for_update(key_share=not to_delete)
    )


def newest_before(layer: Layer, district: str, feature_id: str, version: int) -> Select[Any]:
    """Select the latest ``changed_at`` among a feature's versions before ``version``, NULL without any."""
    return select(func.max(Change.changed_at).label("changed_at")).where(
        Change.district == district,
        Change.collection == table_of(layer).name,
        Change.feature_id == feature_id,
        Change.version < version,
    )


def sign(actor: str) -> Select[Any]:
    """Say who changes rows from here to the end of the transaction, and that it happens now.

    A transaction's own moment is that of its beginning: who waited for a lock would seem to have come before the one
    he waited for.
    """
    now = cast(func.clock_timestamp(), Text)
    return select(
        func.set_config("erqi.actor", bindparam(None, actor, type_=Text()), True),
        func.set_config("erqi.clock", now, True),
    )


def add(layer: Layer, district: str, feature_id: str, content: Content) -> Insert:
    """Insert a feature, returning its ``version`` and ``changed_at``."""
    table = table_of(layer)
    return (
        insert(table)
        .values({"district": district, "id": feature_id, **content.columns})
        .returning(table.c.version, table.c.changed_at)
    )


def change(layer: Layer, district: str, feature_id: str, content: Content) -> Update:
    """Set the columns of ``content``, returning the new ``version`` and ``changed_at``."""
    table = table_of(layer)
    return (
        update(table)
        .where(table.c.district == district, table.c.id == feature_id)
        .values(dict(content.columns))
        .returning(table.c.version, table.c.changed_at)
    )


def remove(layer: Layer, district: str, feature_id: str) -> Delete:
    """Delete a feature; its last state stays in the history."""
    table = table_of(layer)
    return delete(table).where(table.c.district == district, table.c.id == feature_id)


def referrers(layer: Layer, district: str, feature_id: str) -> Select[Any] | None:
    """Select ``(name, rows)``: how many rows of which table refer to a feature, where any do; None if none can."""
    counts = [
        select(literal(table.name).label("name"), func.count().label("rows")).where(
            table.c.district == district, or_(*(table.c[name] == feature_id for name in names))
        )
        for table, names in _referring_columns(table_of(layer)).items()
    ]
    if not counts:
        return None
    found = union_all(*counts).subquery()
    return select(found.c.name, found.c.rows).where(found.c.rows > 0).order_by(found.c.name)


def _referring_columns(target: Table) -> dict[Table, list[str]]:
    found: dict[Table, list[str]] = {}
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table is target and key.ondelete != "CASCADE":  # what goes with it does not hold it
                names = [name for name in key.column_keys if name != "district"]
                found.setdefault(table, []).extend(names)
    return found
