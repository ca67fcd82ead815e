"""Reports as a table: CSV with a header of Chinese or English names, UTF-8 or as Chinese office programs write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress

from geo.errors import InvalidInputError, UnprocessableError
from geo.exchange.rows import MOST_ROWS, cell_value, completed, path_for, put
from geo.intake.body_errors import shown
from geo.types import Text


def read_csv(data: bytes, district: str, *, kind: str | None = None, datum: str | None = None) -> list[object]:
    """Return a report body for each row below the header; one without any value is left out.

    ``kind`` and ``datum`` are those of rows that name none. Raises InvalidInputError for what is no CSV of reports:
    an encoding that is neither UTF-8 nor GB 18030, an unknown column, two columns of one meaning, too many rows.
    """
    reader = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    defaults = {"kind": kind, "position.datum": datum}
    try:
        paths = _paths(next(reader, []))
        rows = [completed(district, body, defaults) for body in _bodies(reader, paths)]
    except csv.Error as error:
        raise InvalidInputError(
            Text(f"第 {reader.line_num} 行不是 CSV。", f"Line {reader.line_num} is no CSV.")
        ) from error
    return rows


def _text(data: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    with suppress(UnicodeDecodeError):
        return data.decode("gb18030")
    raise InvalidInputError(Text("文件既不是 UTF-8 也不是 GB 18030。", "The file is neither UTF-8 nor GB 18030."))


def _paths(header: list[str]) -> list[str]:
    found: list[str] = []
    for column in header:
        path, said = path_for(column), shown(column)
        if path is None:
            raise UnprocessableError(
                Text(f"不认识列“{said}”。", f"No report has what the column “{said}” says."), field=said
            )
        if path in found:
            raise UnprocessableError(Text(f"列“{said}”重复。", f"The column “{said}” is there twice."), field=said)
        found.append(path)
    if not found:
        raise InvalidInputError(Text("文件没有表头。", "The file has no header."))
    return found


def _bodies(reader: Iterator[list[str]], paths: list[str]) -> Iterator[dict[str, object]]:
    count = 0
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnprocessableError(
                Text(f"一个文件最多 {MOST_ROWS} 行。", f"A file has at most {MOST_ROWS} rows."), field="rows"
            )
        body: dict[str, object] = {}
        for path, cell in zip(paths, row, strict=False):  # a short row lacks its last cells
            if cell.strip():
                put(body, path, cell_value(path, cell))
        for n in range(len(paths), len(row)):
            body[f"column {n + 1}"] = row[n]  # which the check of the row refuses by this name
        yield body
