"""The catalogue of the words on our pages."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from geo.types import Text

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
