"""A table as an Excel workbook (ECMA-376): dates are dates, percentages percentages, the heading stays in sight.

The second sheet says as of when and from where. The same table is the same bytes, whenever it is written.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from geo.exchange.sheets import Kind, Sheet, Value, local

Format: TypeAlias = Any  # of xlsxwriter, which has no types
Worksheet: TypeAlias = Any

LONGEST = 32_767  # characters of a cell; Excel refuses a file with longer ones
LONGEST_NAME = 31  # characters of a sheet's name
SAFE = {
    "in_memory": True,  # no file of ours is left in a temporary folder
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.LONG_TEXT: "@",
    Kind.NUMBER: "General",
    Kind.PERCENT: "0.0%",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}
WIDTHS = {Kind.TEXT: 18, Kind.LONG_TEXT: 56, Kind.NUMBER: 11, Kind.PERCENT: 11, Kind.DATE: 12, Kind.MOMENT: 17}


def xlsx_bytes(sheet: Sheet, *, notes_name: str, made_at: datetime) -> bytes:
    """Write a table and, on a sheet called ``notes_name``, its notes.

    ``made_at`` (aware) is the date in the file's properties. Moments become Beijing time, for a cell has no offset.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, SAFE)
    book.set_properties({"title": sheet.name, "created": made_at.astimezone(timezone.utc).replace(tzinfo=None)})
    head = book.add_format(
        {"bold": True, "bg_color": "#E3EDF1", "bottom": 1, "text_wrap": True, "valign": "vcenter", "font_name": "Arial"}
    )
    cells = {
        kind: book.add_format({"num_format": form, "valign": "top", "text_wrap": kind is Kind.LONG_TEXT})
        for kind, form in NUMBER_FORMATS.items()
    }
    _write_table(book.add_worksheet(sheet.name[:LONGEST_NAME]), sheet, head, cells)
    _write_notes(book.add_worksheet(notes_name[:LONGEST_NAME]), sheet, head, cells[Kind.LONG_TEXT])
    book.close()
    return file.getvalue()


def _write_table(page: Worksheet, sheet: Sheet, head: Format, cells: Mapping[Kind, Format]) -> None:
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, WIDTHS[column.kind])
        page.write_string(0, number, column.heading, head)
    for line, row in enumerate(sheet.rows, start=1):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _write_cell(page, (line, number), value, column.kind, cells[column.kind])
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _write_notes(page: Worksheet, sheet: Sheet, head: Format, cell: Format) -> None:
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 90)
    for line, (heading, text) in enumerate(sheet.notes):
        page.write_string(line, 0, heading, head)
        page.write_string(line, 1, text[:LONGEST], cell)


def _write_cell(page: Worksheet, at: tuple[int, int], value: Value, kind: Kind, form: Format) -> None:
    if value is None:
        page.write_blank(*at, None, form)
    elif isinstance(value, datetime):
        page.write_datetime(*at, local(value).replace(tzinfo=None), form)
    elif isinstance(value, date):
        page.write_datetime(*at, datetime(value.year, value.month, value.day), form)  # noqa: DTZ001 - a day
    elif isinstance(value, bool | str):
        page.write_string(*at, str(value)[:LONGEST], form)
    else:
        page.write_number(*at, _shown(value, kind), form)


def _shown(value: Any, kind: Kind) -> float:
    """Return a number as its cell holds it: Excel's per cent is a hundredth."""
    return round(float(value) / 100, 6) if kind is Kind.PERCENT else float(value)
