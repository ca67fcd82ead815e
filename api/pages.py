"""What every page needs to know before it is drawn: language, moment, district, vocabularies, headers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.params import read_moment, settings_of
from api.settings import Settings
from api.store import Database, Store
from geo.errors import NotFoundError
from geo.query.overview import district_card, vocabulary_terms
from geo.query.view import PRESENT
from geo.types import BBox, Text
from maps.assets import content_security_policy
from maps.context import PageContext

LANGUAGES = ("zh", "en")


def read_language(
    request: Request, lang: Annotated[str | None, Query(description="zh or en; otherwise Accept-Language.")] = None
) -> str:
    """Return the page's language: as asked in the address, else the browser's first that we have, else Chinese."""
    return preferred_language(lang, request.headers.get("accept-language", ""))


def preferred_language(lang: str | None, accept_language: str) -> str:
    """Return the language for a parameter ``lang`` (or None) and the header ``Accept-Language``."""
    if lang is not None and lang[:2].lower() in LANGUAGES:
        return lang[:2].lower()
    for part in accept_language.split(","):
        if part.strip()[:2].lower() in LANGUAGES:
            return part.strip()[:2].lower()
    return LANGUAGES[0]


async def page_context(
    store: Store, settings: Settings, *, lang: str, moment: datetime | None, base_path: str
) -> PageContext:
    """Gather what a page is told; without ``moment`` the district's own opening date counts, or now.

    Raises NotFoundError when the database does not hold the district.
    """
    card = await store.run("district_card", lambda: district_card(PRESENT), {"district": settings.district})
    if card is None:
        raise NotFoundError(
            Text(
                f"数据库中没有区划 {settings.district}。请先运行 erqi seed。",
                f"The database does not hold district {settings.district}. Run erqi seed first.",
            ),
            field="ERQI_DISTRICT",
        )
    shown = moment or card.opens_at
    return PageContext(
        lang=lang,
        district_zh=card.name_zh,
        district_en=card.name_en,
        bounds=BBox(card.west, card.south, card.east, card.north),
        moment=shown or datetime.now(timezone.utc).replace(microsecond=0),
        moment_is_now=shown is None,
        demonstration=card.demonstration,
        base_path=base_path,
        nonce=secrets.token_urlsafe(16),
        basemap_url=settings.basemap_url,
        basemap_attribution=settings.basemap_attribution,
        vocabularies=_by_scheme(await store.all("vocabulary_terms", vocabulary_terms, {})),
        opens_at=card.opens_at,
        refresh_s=settings.refresh_seconds,
    )


def _by_scheme(terms: Sequence[Any]) -> dict[str, list[Any]]:
    schemes: dict[str, list[Any]] = {}
    for term in terms:
        schemes.setdefault(term.scheme, []).append(term)
    return schemes


async def _context(
    request: Request,
    database: Database,
    lang: Annotated[str, Depends(read_language)],
    moment: Annotated[datetime | None, Depends(read_moment)],
) -> PageContext:
    base_path = request.scope.get("root_path", "").rstrip("/")
    return await page_context(database, settings_of(request), lang=lang, moment=moment, base_path=base_path)


Context = Annotated[PageContext, Depends(_context)]


def page(html: str, context: PageContext) -> HTMLResponse:
    """Answer with a page under its Content-Security-Policy; it is asked for anew each time."""
    return HTMLResponse(html, headers=page_headers(context))


def page_headers(context: PageContext) -> dict[str, str]:
    """Return the headers that every page is sent with."""
    return {
        "Content-Security-Policy": content_security_policy(context),
        "Cache-Control": "no-cache",
        "Content-Language": context.lang,
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language",
        "X-Content-Type-Options": "nosniff",
    }
