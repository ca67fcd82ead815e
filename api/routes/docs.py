"""The API's documentation, drawn by Swagger UI from files that we serve ourselves."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.pages import Context, page
from api.web.render import render

router = APIRouter(include_in_schema=False)


@router.get("/docs", response_class=HTMLResponse)
async def docs(context: Context) -> HTMLResponse:
    """Show the documentation of every path."""
    return page(render("docs.html", context), context)
