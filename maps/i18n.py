"""The catalogue of the words on our pages."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from geo.types import Text

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
CATALOGUE_FILE = Path(__file__).parent / "messages.json"
SCRIPT_PREFIX = "js."


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Text]:
    """Read the catalogue: message key to its Chinese and English text."""
    entries = json.loads(CATALOGUE_FILE.read_text(encoding="utf-8"))
    return {key: Text(entry["zh"], entry["en"]) for key, entry in entries.items()}


def message(key: str, lang: str) -> str:
    """Return one message in ``lang``; raise ``KeyError`` for a key that the catalogue lacks."""
    return catalogue()[key].in_language(lang)


def script_messages(lang: str) -> dict[str, str]:
    """Return the messages that the page's scripts use, without their prefix."""
    return {
        key.removeprefix(SCRIPT_PREFIX): text.in_language(lang)
        for key, text in catalogue().items()
        if key.startswith(SCRIPT_PREFIX)
    }


def day_in_words(day: date | None, lang: str) -> str:
    """Write a day as sentences have it, 2020年7月20日 or 20 July 2020; nothing for None.

    Tables keep ISO 8601, which sorts.
    """
    if day is None:
        return ""
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_in_words(moment: datetime, lang: str) -> str:
    """Write an aware moment as sentences have it, by the clock of Beijing: 2020年7月20日 9:00 or 20 July 2020, 9:00."""
    here = moment.astimezone(SHANGHAI)
    time = f"{here.hour}:{here.minute:02}"
    return f"{day_in_words(here, lang)}{' ' if lang == 'zh' else ', '}{time}"
