"""The maps on paper: wall maps from A4 to A0 as PDF, with every line a line, or as PNG."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.ogc.fresh import fresh
from api.ogc.get import Get
from api.ogc.schemas import problems, response
from api.pages import read_language
from api.params import read_moment
from api.print_data import Asked, print_document
from api.printing import FORMS, Form
from api.routes.tables import Filters, MapName, one_of
from api.state import State, state_of
from geo.collections import layer_of
from geo.errors import NotFoundError
from geo.types import Text
from maps.print_sheet import sheet_of
from maps.printing import COLLECTIONS

router = APIRouter(prefix="/maps", tags=["maps"])

FILE = {"type": "string", "format": "binary"}
PRINTED: dict[int | str, dict[str, Any]] = {
    200: response("The wall map", {"application/pdf": FILE, "image/png": FILE}),
    **{int(status): each for status, each in problems(400, 404, 503, 504).items()},
}
Size = Annotated[str, Query(description="The sheet: A4, A3, A2, A1 or A0.")]
Orientation = Annotated[str, Query(description="How it hangs: landscape or portrait.")]


@router.get("/{name}.{form}", responses=PRINTED)
async def print_map(
    request: Request,
    name: MapName,
    form: Annotated[str, one_of(FORMS)],
    moment: Annotated[datetime | None, Depends(read_moment)],
    lang: Annotated[str, Depends(read_language)],
    filters: Filters,
    size: Size = "A3",
    orientation: Orientation = "landscape",
) -> Response:
    """Print a map as a wall map: title, legend, true scale, what is late or in danger, under the map's filters."""
    kind = next((each for each in FORMS if each == form), None)
    if name not in COLLECTIONS or kind is None:
        raise NotFoundError(Text(f"没有挂图“{name}.{form}”。", f"There is no wall map “{name}.{form}”."), field="name")
    asked = Asked(name, sheet_of(size, orientation), lang, moment, filters)
    return await _answer(request, asked, kind)


async def _answer(request: Request, asked: Asked, form: Form) -> Response:
    """Answer with the file, or with 304, under a tag that moves with every layer that is drawn."""
    state = state_of(request)
    disposition = f'inline; filename="{asked.map_name}-{asked.sheet.size}.{form}"'
    made = await fresh(
        Get(request.scope),
        state,
        [layer_of(each) for each in sorted(COLLECTIONS[asked.map_name])],
        past=asked.moment is not None,
        produce=lambda: _printed(state, asked, form),
        headers=[
            (b"content-type", FORMS[form].encode()),
            (b"content-disposition", disposition.encode()),
            (b"content-language", asked.lang.encode()),
            (b"vary", b"Accept-Language"),
            (b"x-content-type-options", b"nosniff"),
        ],
        representation=asked.lang,
    )
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})


async def _printed(state: State, asked: Asked, form: Form) -> bytes:
    dated = asked.moment or datetime.now(timezone.utc)
    return await state.printer.print(
        lambda: print_document(state.store, state.settings, asked), asked.sheet, form, dated
    )
