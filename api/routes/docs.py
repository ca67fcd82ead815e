"""The API's definition, and its documentation, drawn by Swagger UI from files that we serve ourselves."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.ogc.definition import define
from api.pages import Context, page
from api.web.render import render

router = APIRouter(include_in_schema=False)

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


@router.get("/openapi.json")
async def definition(request: Request) -> Response:
    """Define every path by OpenAPI 3.0.3."""
    return Response(orjson.dumps(define(request.app)), media_type=OPENAPI)


@router.get("/docs", response_class=HTMLResponse)
async def docs(context: Context) -> HTMLResponse:
    """Show the documentation of every path."""
    return page(render("docs.html", context), context)
