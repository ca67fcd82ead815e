"""For operators: is the process alive, can it answer."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.ogc.links import answer
from api.store import Database
from geo.query.overview import schema_revision

router = APIRouter(tags=["operation"])


@router.get("/healthz")
async def healthz() -> Response:
    """Say that the process answers."""
    return answer({"status": "ok"})


@router.get("/readyz")
async def readyz(database: Database) -> Response:
    """Say that the database answers and holds the schema; 503 otherwise."""
    row = await database.run("schema_revision", schema_revision, {})
    return answer({"status": "ready", "schema": row[0] if row else None})
