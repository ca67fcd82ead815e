"""JSON values as values of a table's columns, or a sentence that says what the column takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Float, Numeric
from sqlalchemy.types import Text as SqlText
from sqlalchemy.types import TypeEngine

from geo.errors import InvalidInputError
from geo.types import Text

MAX_TEXT = 10_000  # characters of one text
MAX_TEXTS = 100  # of one list
FIRST_YEAR, LAST_YEAR = 1900, 9000

TEXT = Text(f"不超过 {MAX_TEXT} 字的文本", f"a text of at most {MAX_TEXT} characters")
TEXTS = Text(f"不超过 {MAX_TEXTS} 项的文本列表", f"a list of at most {MAX_TEXTS} texts")
NUMBER = Text("数字", "a number")
FLAG = Text("true 或 false", "true or false")
DAY = Text("日期，例如 2020-05-31", "a date such as 2020-05-31")
INSTANT = Text("带时区的时刻，例如 2020-05-31T09:00:00+08:00", "an instant such as 2020-05-31T09:00:00+08:00")


def read_value(column: Column[Any], value: Any) -> Any:
    """Return a JSON value as the column holds it; raise InvalidInputError, naming the column, for any other type."""
    for kind, read, wanted in _READERS:
        if isinstance(column.type, kind):
            found = read(column.type, value)
            if found is None:
                raise _wrong(column.name, wanted)
            return found
    raise _wrong(column.name, Text("不能写入的类型", "of a type that cannot be written"))


def is_same(given: Any, present: Any) -> bool:
    """Tell whether a JSON value says what another says; instants may be written with another offset."""
    if isinstance(given, bool) is not isinstance(present, bool):
        return False  # to Python true is 1
    instants = [read_instant(each) for each in (given, present)]
    return bool(given == present) or (None not in instants and instants[0] == instants[1])


def _wrong(name: str, wanted: Text) -> InvalidInputError:
    return InvalidInputError(Text(f"“{name}”应为{wanted.zh}。", f"“{name}” should be {wanted.en}."), field=name)


def _text(_: TypeEngine[Any], value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= MAX_TEXT and is_storable(value) else None


def is_storable(value: str) -> bool:
    """Tell whether PostgreSQL can hold a text: without NUL and without halves of surrogate pairs."""
    return "\0" not in value and not re.search("[\ud800-\udfff]", value)


def _texts(kind: TypeEngine[Any], value: Any) -> list[str] | None:
    if not isinstance(value, list) or len(value) > MAX_TEXTS:
        return None
    return value if all(_text(kind, each) is not None for each in value) else None


def _flag(_: TypeEngine[Any], value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _float(_: TypeEngine[Any], value: Any) -> float | None:
    return float(value) if _is_number(value) else None


def _decimal(kind: TypeEngine[Any], value: Any) -> Decimal | None:
    """Round to the decimals of the column, as the database would; None for what has no room in it."""
    if not _is_number(value) or not isinstance(kind, Numeric):
        return None
    decimals, digits = kind.scale or 0, kind.precision or 0
    if abs(value) >= 10.0 ** (digits - decimals):
        return None
    rounded = round(Decimal(str(value)), decimals)
    return rounded if abs(rounded) < 10 ** (digits - decimals) else None


def _day(_: TypeEngine[Any], value: Any) -> date | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _instant(_: TypeEngine[Any], value: Any) -> datetime | None:
    return read_instant(value)


def read_instant(value: Any) -> datetime | None:
    """Return the instant of an RFC 3339 text with its zone; None for anything else."""
    if not isinstance(value, str):
        return None
    match = _INSTANT.fullmatch(value)
    if match is None:
        return None
    offset = "+00:00" if match["offset"] in {"Z", "z"} else match["offset"]
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")  # Python 3.10 reads three or six decimals only
    try:
        instant = datetime.fromisoformat(f"{match['day']}T{match['time']}.{fraction}{offset}")
    except ValueError:
        return None
    return instant if FIRST_YEAR <= instant.year <= LAST_YEAR else None


_INSTANT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,20}))?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# The first kind that fits decides; Float is a kind of Numeric.
_READERS: tuple[tuple[type[TypeEngine[Any]], Callable[[TypeEngine[Any], Any], Any], Text], ...] = (
    (SqlText, _text, TEXT),
    (ARRAY, _texts, TEXTS),
    (Boolean, _flag, FLAG),
    (Float, _float, NUMBER),
    (Numeric, _decimal, NUMBER),
    (Date, _day, DAY),
    (DateTime, _instant, INSTANT),
)
