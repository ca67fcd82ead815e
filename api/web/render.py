"""Draw a template in the page's language; every value is escaped."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.types import Text
from maps.assets import asset_url, load_asset
from maps.context import PageContext
from maps.i18n import day_in_words, moment_in_words

HERE = Path(__file__).parent


def render(template: str, context: PageContext, **values: Any) -> str:
    """Return the page's HTML."""
    words = catalogue()
    return _templates().get_template(template).render(
        page=context,
        asset=lambda name: asset_url(context.base_path, name),
        integrity=lambda name: load_asset(name).integrity,
        say=lambda key: words[key].in_language(context.lang),
        named=lambda row, name: getattr(row, f"{name}_{context.lang}"),
        day=lambda day: day_in_words(day, context.lang),
        moment=lambda at: moment_in_words(at, context.lang),
        local_time=moment_in_words(context.moment, context.lang),
        address=_address(context),
        **values,
    )  # fmt: skip


def _address(context: PageContext) -> Any:
    """Make links of ours that keep the language."""

    def address(path: str, **query: str | None) -> str:
        asked = {"lang": context.lang} | {name: value for name, value in query.items() if value is not None}
        return f"{context.base_path}{path}?{urlencode(asked)}"

    return address


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Text]:
    """Read the words of these pages: key to Chinese and English."""
    entries = json.loads((HERE / "messages.json").read_text(encoding="utf-8"))
    return {key: Text(entry["zh"], entry["en"]) for key, entry in entries.items()}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
