"""The reviewer's page: its shell with words and addresses; what waits, its scripts ask for."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from api.web.modules import embedded, import_map
from api.web.render import render
from geo.access.rules import TITLES, Caller
from geo.errors import ForbiddenError
from geo.intake.queue import FLAGS, QUEUED
from geo.types import Text
from maps.assets import REVIEW_SCRIPTS, REVIEW_STYLES, WEB
from maps.context import PageContext

FOLDER = WEB / "reviews"
SCHEMES = (
    *("report_kind", "report_status", "checkpoint_state", "inspection_state", "hazard_kind", "case_category"),
    "case_status",
)


def reviews_html(context: PageContext, caller: Caller, query: dict[str, str]) -> str:
    """Return the page for somebody who may review."""
    return render(
        "reviews.html",
        context,
        **_common(context, query),
        who=_who(caller, context.lang),
        denied=None,
        import_map=embedded(import_map(context.base_path, REVIEW_SCRIPTS)),
        config=embedded(config(context)),
    )


def denied_html(context: PageContext, error: ForbiddenError, query: dict[str, str]) -> str:
    """Return the page that tells somebody in words why he may not review."""
    return render(
        "reviews.html", context, **_common(context, query), who=None, denied=error.text.in_language(context.lang)
    )


def config(context: PageContext) -> dict[str, Any]:
    """Return what the scripts are told: words and vocabularies in the page's language."""
    box = context.bounds
    return {
        "lang": context.lang,
        "base": context.base_path,
        "bounds": [[box.south, box.west], [box.north, box.east]],
        "basemap": None if context.basemap_url is None else [context.basemap_url, context.basemap_attribution],
        "statuses": list(QUEUED),
        "flags": list(FLAGS),
        "words": {key: text.in_language(context.lang) for key, text in catalogue().items()},
        "terms": {scheme: _terms(context, scheme) for scheme in SCHEMES},
    }


def _common(context: PageContext, query: dict[str, str]) -> dict[str, Any]:
    words = catalogue()
    other = "en" if context.lang == "zh" else "zh"
    return {
        "said": lambda key: words[key].in_language(context.lang),
        "styles": REVIEW_STYLES,
        "asked_moment": query.get("datetime"),  # not for the desk: so that the way back leads to the same moment
        "turned": "?" + urlencode({**query, "lang": other}),
    }


def _who(caller: Caller, lang: str) -> str:
    role = TITLES[caller.role].in_language(lang)
    return f"{role} · {caller.label}" if caller.label else role


def _terms(context: PageContext, scheme: str) -> list[dict[str, str | None]]:
    return [
        {"code": term.code, "label": getattr(term, f"label_{context.lang}"), "colour": term.colour}
        for term in context.vocabularies.get(scheme, ())
    ]


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Text]:
    """Read the words of this page: key to Chinese and English."""
    entries = json.loads((FOLDER / "messages.json").read_text(encoding="utf-8"))
    return {key: Text(entry["zh"], entry["en"]) for key, entry in entries.items()}
