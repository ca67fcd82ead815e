"""Find a place by its words: a crossing, a K-post on a road, a landmark."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.params import settings_of
from api.routes.ogc import answer
from api.store import Database
from geo.query.locate import locate_statement, parse_place

router = APIRouter(prefix="/api/v1", tags=["locate"])


@router.get("/locate")
async def locate(
    request: Request,
    database: Database,
    q: Annotated[str, Query(description="嵩山路汝河路口, 航海路K2+300, 郑州106中学门前")],
) -> Response:
    """Return up to five places that the words may mean, the likeliest first."""
    place = parse_place(q)
    rows = await database.rows(locate_statement(settings_of(request).district, place))
    return answer({"query": q, "results": [dict(row._mapping) for row in rows]})  # noqa: SLF001 - SQLAlchemy's public name
