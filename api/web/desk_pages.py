"""Pages for who holds more than a field team's token: their shells with words and addresses; the rest is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from api.web.modules import embedded, import_map
from api.web.render import render
from geo.access.rules import TITLES, Caller, Role
from geo.access.wishes import REPORT_KINDS, USUAL_DAYS
from geo.errors import ForbiddenError
from geo.intake.queue import FLAGS, QUEUED
from geo.types import Text
from maps.assets import REVIEW_SCRIPTS, REVIEW_STYLES, TOKEN_SCRIPTS, TOKEN_STYLES, WEB
from maps.context import PageContext


@dataclass(frozen=True)
class DeskPage:
    """A page at ``/name`` for a role and those above: its modules, styles, vocabularies, and what else it is told."""

    name: str
    least: Role
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    schemes: tuple[str, ...]
    told: Mapping[str, Any]


REVIEWS = DeskPage(
    "reviews",
    Role.reviewer,
    REVIEW_SCRIPTS,
    REVIEW_STYLES,
    (
        *("report_kind", "report_status", "checkpoint_state", "inspection_state", "hazard_kind", "case_category"),
        "case_status",
    ),
    {"statuses": list(QUEUED), "flags": list(FLAGS)},
)
TOKENS = DeskPage(
    "tokens",
    Role.commander,
    TOKEN_SCRIPTS,
    TOKEN_STYLES,
    ("report_kind",),
    {"kinds": list(REPORT_KINDS), "usualDays": USUAL_DAYS},
)


def desk_html(page: DeskPage, context: PageContext, caller: Caller, query: Mapping[str, str]) -> str:
    """Return the page for somebody who may use it."""
    return render(
        f"{page.name}.html",
        context,
        **_common(page, context, query),
        who=_who(caller, context.lang),
        hands_out=caller.role >= TOKENS.least,
        denied=None,
        import_map=embedded(import_map(context.base_path, page.scripts)),
        config=embedded(config(page, context)),
    )


def denied_html(page: DeskPage, context: PageContext, error: ForbiddenError, query: Mapping[str, str]) -> str:
    """Return the page that tells somebody in words why it is not for him."""
    why = error.text.in_language(context.lang)
    return render(f"{page.name}.html", context, **_common(page, context, query), who=None, hands_out=False, denied=why)


def config(page: DeskPage, context: PageContext) -> dict[str, Any]:
    """Return what the scripts are told: words and vocabularies in the page's language."""
    box, lang = context.bounds, context.lang
    return {
        **page.told,
        "lang": lang,
        "base": context.base_path,
        "bounds": [[box.south, box.west], [box.north, box.east]],
        "basemap": None if context.basemap_url is None else [context.basemap_url, context.basemap_attribution],
        "words": {key: text.in_language(lang) for key, text in catalogue(page.name).items()},
        "terms": {scheme: _terms(context, scheme) for scheme in page.schemes},
        "roles": {role.name: TITLES[role].in_language(lang) for role in Role},
    }


def _common(page: DeskPage, context: PageContext, query: Mapping[str, str]) -> dict[str, Any]:
    words = catalogue(page.name)
    other = "en" if context.lang == "zh" else "zh"
    return {
        "name": page.name,
        "said": lambda key: words[key].in_language(context.lang),
        "styles": page.styles,
        "asked_moment": query.get("datetime"),  # not for the page: so that the way back leads to the same moment
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


@lru_cache(maxsize=4)
def catalogue(name: str) -> dict[str, Text]:
    """Read the words of a page: key to Chinese and English."""
    entries = json.loads((WEB / name / "messages.json").read_text(encoding="utf-8"))
    return {key: Text(entry["zh"], entry["en"]) for key, entry in entries.items()}
