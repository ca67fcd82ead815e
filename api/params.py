"""Request parameters as typed values, before a route sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request

from api.ogc.definition import parameters_of
from api.ogc.parsing import parse_moment, refuse_nul_in
from api.settings import Settings
from geo.errors import InvalidInputError
from geo.query.view import View
from geo.types import Text


def settings_of(request: Request) -> Settings:
    """Return the settings of the running service."""
    settings: Settings = request.app.state.settings
    return settings


async def refuse_nul(request: Request) -> None:  # async: a thread for each request would cost more than the look
    """Refuse the character NUL, which PostgreSQL's text cannot hold, in the path and in every parameter."""
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        refuse_nul_in(name, f"{name}{value}")


def refuse_unknown(request: Request) -> None:
    """Refuse a query parameter that the API's definition does not name (OGC 17-069r4, requirement 8)."""
    known = parameters_of(request.app, request.scope["route"].path_format, request.method)
    for name in request.query_params:
        if name not in known:
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)


def read_moment(
    moment: Annotated[
        str | None,
        Query(alias="datetime", description="As of this RFC 3339 instant; without it, as it stands now."),
    ] = None,
) -> datetime | None:
    """Read ``datetime`` as an aware instant."""
    return None if moment is None else parse_moment(moment)


def view_at(settings: Settings, moment: datetime | None) -> View:
    """Return the view of the served district under the set thresholds."""
    return View(settings.district, moment, settings.thresholds())
