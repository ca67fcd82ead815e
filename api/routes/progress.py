"""How the works stand by programme, road, unit, stage or place: figures, S-curves, forecasts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.choices import LAYER as CHOSEN_OF
from api.choices import choices_as_json
from api.ogc.fresh import fresh
from api.ogc.get import Get
from api.ogc.schemas import TEXT, problems, response
from api.params import read_moment
from api.standings import SOURCES, Asked, as_csv, as_json, standings, with_curve
from api.state import State, state_of
from geo.collections import LAYERS

router = APIRouter(prefix="/api/v1/progress", tags=["progress"])

By = Literal["district", "programme", "road", "unit", "stage", "segment", "site", "checkpoint"]
Moment = Annotated[datetime | None, Depends(read_moment)]
Baseline = Annotated[
    str | None, Query(description="The id of the baseline to compare with; else each programme's current one.")
]
AS_CSV: dict[int | str, dict[str, Any]] = {200: response("The figures", {"text/csv": TEXT})}
NOT_FOUND: dict[int | str, dict[str, Any]] = {int(status): each for status, each in problems(404).items()}
JSON, CSV = "application/json", "text/csv; charset=utf-8"


@router.get("", responses=AS_CSV)
async def list_standings(
    request: Request,
    moment: Moment,
    by: Annotated[By, Query(description="What the tasks are summed up by.")] = "programme",
    baseline: Baseline = None,
    f: Annotated[Literal["json", "csv"], Query(description="The form of the answer.")] = "json",
) -> Response:
    """Return the earned value of each group: planned and done, how late, and when it will end at the pace so far.

    ``budget``, ``planned_value`` and ``earned_value`` are metres of road (measure ``length_m``) or a number of places.
    """
    asked = Asked(by, moment, baseline)

    async def produce(state: State) -> bytes:
        groups = [each.said() for each in await standings(state, asked)]
        return as_csv(groups) if f == "csv" else as_json(asked, groups)

    return await _answer(request, asked, CSV if f == "csv" else JSON, produce)


@router.get("/curve", responses=NOT_FOUND)
async def describe_standing(
    request: Request,
    moment: Moment,
    id: Annotated[str, Query(description="The id of the group, such as road_phase_one.")],  # noqa: A002 - its name
    by: Annotated[By, Query(description="What the tasks are summed up by.")] = "programme",
    baseline: Baseline = None,
) -> Response:
    """Return one group's figures with its S-curve: planned and earned value of each day."""
    asked = Asked(by, moment, baseline, id)

    async def produce(state: State) -> bytes:
        return as_json(asked, [with_curve(each) for each in await standings(state, asked)])

    return await _answer(request, asked, JSON, produce)


@router.get("/choices", responses={200: response("The choices", {})})
async def count_choices(request: Request, moment: Moment) -> Response:
    """Return how many segments each choice of the progress map's filters has; of roads there are too many to count.

    A segment counts once for each unit, programme and state of a task that it has.
    """
    made = await fresh(
        Get(request.scope),
        state_of(request),
        (LAYERS[CHOSEN_OF],),
        past=moment is not None,
        produce=lambda: choices_as_json(state_of(request), moment),
        headers=[(b"content-type", JSON.encode())],
    )
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})


async def _answer(
    request: Request, asked: Asked, media_type: str, produce: Callable[[State], Awaitable[bytes]]
) -> Response:
    """Answer with what is produced, or with 304, under a tag that moves with every table that it comes from."""
    state = state_of(request)
    made = await fresh(
        Get(request.scope),
        state,
        SOURCES,
        past=asked.moment is not None,
        produce=lambda: produce(state),
        headers=[(b"content-type", media_type.encode())],
    )
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})
