"""Find a place by its words: a crossing, a K-post on a road, a landmark."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.ogc.links import answer
from api.params import settings_of
from api.store import Database
from geo.chainage import format_chainage
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
    return answer({"query": q, "results": [result(row) for row in rows]})


def result(row: Any) -> dict[str, Any]:
    """Return a row as JSON wants it, with the chainage as a K-post beside the measure."""
    found = {str(name): value for name, value in row.items()}
    measure = found["measure_m"]
    return found | {"chainage": None if measure is None else format_chainage(measure)}
