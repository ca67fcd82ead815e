"""The maps: pages by Folium that fetch their data from the OGC API."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.pages import Context, page
from maps.hazard import hazard_page
from maps.progress import progress_page

router = APIRouter(prefix="/maps", tags=["maps"])


@router.get("/progress", response_class=HTMLResponse)
async def progress(context: Context) -> HTMLResponse:
    """Draw the progress of road segments and project sites."""
    return page(progress_page(context), context)


@router.get("/hazard", response_class=HTMLResponse)
async def hazard(context: Context) -> HTMLResponse:
    """Draw the canal, its checkpoints and the hazards."""
    return page(hazard_page(context), context)
