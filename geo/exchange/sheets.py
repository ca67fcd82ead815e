"""Tables as files for spreadsheets: CSV (RFC 4180) and XLSX (ECMA-376).

Nothing in them is ever a formula: a text is a text, whoever wrote it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from geo.query.encodings import BYTE_ORDER_MARK, FORMULA_SIGNS, LINE_END
from geo.query.view import LOCAL_TIME_ZONE

Value: TypeAlias = str | int | float | bool | date | datetime | None


class Kind(Enum):
    """What the values of a column are, and so how a cell shows them."""

    TEXT = "text"
    LONG_TEXT = "long text"
    NUMBER = "number"
    PERCENT = "percent"  # 0 to 100
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading in the reader's language, and what its values are."""

    heading: str
    kind: Kind


@dataclass(frozen=True)
class Sheet:
    """A table with its name. ``notes`` are pairs of a heading and a text: moment, source, filters."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[tuple[str, str]] = ()


def csv_bytes(sheet: Sheet) -> bytes:
    """Write a table as CSV in UTF-8 with a byte order mark, by which Excel knows it.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which numbers never get. Moments are
    in Beijing time with their offset; percentages are numbers from 0 to 100. No rows give the headings alone.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=LINE_END)
    writer.writerow([_harmless(column.heading) for column in sheet.columns])
    writer.writerows([_csv_cell(value) for value in row] for row in sheet.rows)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _csv_cell(value: Value) -> str:
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="seconds")
    if value is None:
        return ""
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    return "'" + text if text.startswith(FORMULA_SIGNS) else text


def local(moment: datetime) -> datetime:
    """Return an aware moment in the time of the district."""
    return moment.astimezone(ZoneInfo(LOCAL_TIME_ZONE))
