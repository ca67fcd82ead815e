"""Put right what PostGIS 3.3 writes wrong in FlatGeobuf: the numbers of the columns behind a NULL.

A feature holds pairs of column number and value. PostGIS up to 3.3 counts only the columns that are not NULL, so that
each value behind a NULL belongs to a wrong column. The values themselves and their lengths are right, and which
columns hold one is told beside the file; so each number can be set in place. Where PostGIS counts rightly, this
changes nothing. (FlatGeobuf 3.0: header.fbs and feature.fbs; FlatBuffers' binary format.)
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import calcsize, pack_into, unpack_from
from typing import Any

from sqlalchemy import BigInteger, Float, Integer
from sqlalchemy.types import Boolean, TypeEngine

MAGIC_BYTES = 8
SIZE = "<I"
COLUMN = "<H"
PROPERTIES = 6  # bytes into the table of a feature's fields: behind two sizes and the geometry


def with_columns_in_place(file: bytes, types: Sequence[TypeEngine[Any]], held: Sequence[str]) -> bytes:
    """Return ``file`` (without index) with each value under its own column.

    ``types`` are those of the columns; ``held`` has for each feature a text with ``1`` for a column that has a value
    and ``0`` for one that has none. An empty file comes back as it is.
    """
    widths = [_width(kind) for kind in types]
    fixed = bytearray(file)
    at = MAGIC_BYTES + calcsize(SIZE) + _number(fixed, SIZE, MAGIC_BYTES)
    for columns in held:
        _number_columns(fixed, _properties(fixed, at + calcsize(SIZE)), widths, columns)
        at += calcsize(SIZE) + _number(fixed, SIZE, at)
    return bytes(fixed)


def _number_columns(file: bytearray, at: int, widths: Sequence[int | None], columns: str) -> None:
    for number, width in enumerate(widths):
        if columns[number] == "1":
            pack_into(COLUMN, file, at, number)
            at += calcsize(COLUMN)
            at += calcsize(SIZE) + _number(file, SIZE, at) if width is None else width


def _properties(file: bytearray, start: int) -> int:
    """Return where the properties of the feature begin whose buffer starts at ``start``."""
    table = start + _number(file, SIZE, start)
    fields = table - _number(file, "<i", table)
    field = table + _number(file, COLUMN, fields + PROPERTIES)
    return field + _number(file, SIZE, field) + calcsize(SIZE)


def _number(file: bytearray, form: str, at: int) -> int:
    value: int = unpack_from(form, file, at)[0]
    return value


def _width(kind: TypeEngine[Any]) -> int | None:
    """Return how many bytes a value takes; None where its length stands before it."""
    if isinstance(kind, Boolean):
        return 1
    if isinstance(kind, BigInteger | Float):
        return 8
    return 4 if isinstance(kind, Integer) else None
