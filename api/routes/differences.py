"""What differs between two moments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.differences import as_csv, as_json, days_as_json, read_asked
from api.ogc.fresh import fresh
from api.ogc.get import Get
from api.ogc.schemas import TEXT, problems, response
from api.pages import read_language
from api.routes.tables import Filters
from api.state import State, state_of
from geo.collections import LAYERS
from geo.query.layer import Layer

router = APIRouter(prefix="/api/v1/differences", tags=["differences"])

JSON, CSV = "application/json", "text/csv; charset=utf-8"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: response("What differs", {"text/csv": TEXT}),
    **{int(status): each for status, each in problems(400).items()},
}


@router.get("", responses=ANSWERS)
async def list_differences(
    request: Request,
    lang: Annotated[str, Depends(read_language)],
    wanted: Filters,
    earlier: Annotated[str, Query(alias="from", description="The earlier RFC 3339 instant.")],
    later: Annotated[str | None, Query(alias="to", description="The later instant; without it, now.")] = None,
    of: Annotated[
        str | None, Query(max_length=200, description="Any of segments, sites, checkpoints, cases; without it, all.")
    ] = None,
    f: Annotated[Literal["json", "csv"], Query(description="The form of the answer.")] = "json",
) -> Response:
    """Return what appeared, went or changed between two moments, layer by layer, as the layers say it at both.

    Filters of the maps keep, of the layers that have them, what passes at one of the moments. An entry says ``before``
    and ``after``: state, percentages and the sentence that gives the reason. Between two moments of the past the answer
    stays the same for ever.
    """
    asked = read_asked(of, earlier, later, wanted)

    async def produce(state: State) -> bytes:
        return await (as_csv(state, asked, lang) if f == "csv" else as_json(state, asked))

    spoken = lang if f == "csv" else ""
    return await _answer(request, asked.layers, CSV if f == "csv" else JSON, produce, asked.later is not None, spoken)


@router.get("/days", responses={200: response("The days", {})})
async def list_days(request: Request) -> Response:
    """Return the first and the last day worth looking at, and how many changes were recorded on each day."""
    return await _answer(request, tuple(LAYERS.values()), JSON, days_as_json, True, "")


async def _answer(
    request: Request,
    layers: Sequence[Layer],
    media_type: str,
    produce: Callable[[State], Awaitable[bytes]],
    past: bool,  # noqa: FBT001 - as ``fresh`` has it
    lang: str,
) -> Response:
    """Answer with what is produced, or with 304, under a tag that moves with the tables that it comes from."""
    state = state_of(request)
    headers = [(b"content-type", media_type.encode())]
    if lang:
        headers += [(b"content-disposition", b'attachment; filename="differences.csv"')]
        headers += [(b"content-language", lang.encode()), (b"vary", b"Accept-Language")]
    made = await fresh(
        Get(request.scope), state, layers, past=past, produce=lambda: produce(state), headers=headers,
        representation=lang,
    )  # fmt: skip
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})
