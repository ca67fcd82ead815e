"""Dates and moments of a filter, in the forms of RFC 3339 that the standard takes (OGC 21-065r2, 6.3.1)."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any

from geo.query.cql2.refusal import refusal

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,30}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
MICROSECOND_DIGITS = 6


def read_date(text: Any) -> date:
    """Read ``2020-07-20``."""
    try:
        if isinstance(text, str) and DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the thirtieth of February: refused like any other text
    raise refusal("日期应写作 2020-07-20。", "A date is written 2020-07-20.")


def read_moment(text: Any) -> datetime:
    """Read ``2020-07-20T09:30:00Z``; what is finer than a microsecond is cut off, as the database's moments are.

    The standard's moments are in UTC; another offset is taken too, since our answers may be copied back.
    """
    found = MOMENT.fullmatch(text) if isinstance(text, str) else None
    try:
        if found is not None:
            digits = (found[3] or "")[:MICROSECOND_DIGITS].ljust(MICROSECOND_DIGITS, "0")
            offset = "+00:00" if found[4] in "Zz" else found[4]
            return datetime.fromisoformat(f"{found[1]}T{found[2]}.{digits}{offset}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass  # an hour 25, or a day before the first: refused like any other text
    raise refusal("时刻应写作 2020-07-20T09:30:00Z（UTC）。", "A moment is written 2020-07-20T09:30:00Z, in UTC.")


def read_instant(text: Any) -> date | datetime:
    """Read a date or a moment, whichever the text is."""
    return read_date(text) if isinstance(text, str) and DAY.fullmatch(text) else read_moment(text)
