"""What a demonstration season is made of: steps, each at its own moment and in the name of its own actor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Executable

from geo.model import Base
from geo.store.seed import Row, typed_row

ACTOR = "demonstration"

Files = Mapping[str, list[Row]]


class Step(NamedTuple):
    """Something that happens at a moment: by whom, why, on which report ('': none), and the statements with rows."""

    at: datetime
    actor: str
    reason: str
    report: str
    statements: list[tuple[Executable, list[Row]]]


def season_row(table: str, row: Row, district: str) -> Row:
    """Return a row of text as values, in the district, marked as demonstration."""
    return typed_row(Base.metadata.tables[table], row) | {"district": district, "demonstration": True}
