"""The revision of each table: a number that every committed write moves, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Select, Text, bindparam, cast, func, select

from geo.model import Revision
from geo.query.layer import Layer

VOCABULARIES = "vocabularies"


def revisions() -> Select[tuple[str, str]]:
    """Select ``(collection, revision)`` of every table of the district that is the parameter ``district``."""
    return (
        select(Revision.collection, cast(func.sum(Revision.token), Text).label("revision"))
        .where(Revision.district.in_([bindparam("district", type_=Text), "*"]))
        .group_by(Revision.collection)
    )


def revision_of(layer: Layer, current: Mapping[str, str]) -> str:
    """Put together the revisions of the tables that a layer is made of; a table never written to counts as 0."""
    return _joined((*layer.tables, VOCABULARIES), current)


def _joined(tables: Iterable[str], current: Mapping[str, str]) -> str:
    return ".".join(current.get(name, "0") for name in tables)
