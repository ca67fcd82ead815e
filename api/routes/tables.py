"""The tables behind the maps: a page for each map, and files of each table, under the map's own filters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.ogc.fresh import fresh
from api.ogc.get import Get
from api.ogc.parameters import MAX_MARK, READERS
from api.ogc.schemas import TEXT, problems, response
from api.pages import Context, page, read_language
from api.params import read_moment
from api.state import State, state_of
from api.web.conditions import choices_in
from api.web.render import render
from api.web.tables import MAPS, TABLES, Table, tables_of
from api.web.tables_files import as_file
from api.web.tables_page import table_values
from api.web.tables_reading import Choice, read_page
from geo.errors import NotFoundError
from geo.types import Text

router = APIRouter(tags=["tables"])

PAGE_ROWS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
Codes = Annotated[str | None, Query(max_length=2_000)]


def one_of(names: Iterable[str]) -> Any:
    """Name in the definition which values a part of a path has; another is not found, in words."""
    return Path(json_schema_extra={"enum": list(names)})


MapName = Annotated[str, one_of(MAPS)]

SortBy = Annotated[str | None, Query(max_length=500, description="Properties to sort by, each with - for downwards.")]
FILES: dict[int | str, dict[str, Any]] = {
    200: response("The table", {"text/csv": TEXT, XLSX: {"type": "string", "format": "binary"}}),
    **{int(status): each for status, each in problems(400, 404).items()},
}


def read_filters(
    request: Request,
    state: Codes = None,
    road: Codes = None,
    kind: Codes = None,
    status: Codes = None,
    hazard: Codes = None,
    programme: Codes = None,
    unit: Codes = None,
    task: Codes = None,
    freshness: Codes = None,
    due: Codes = None,
    category: Codes = None,
) -> dict[str, tuple[str, ...]]:
    """Read the filters of the maps: codes with commas between."""
    del (
        state,
        road,
        kind,
        status,
        hazard,
        programme,
        unit,
        task,
        freshness,
        due,
        category,
    )  # named for the definition; a map may have got more of them
    names = {each["param"] for spec in MAPS.values() for each in spec.settings["filters"]}
    return choices_in(request.query_params, sorted(names))


Filters = Annotated[Mapping[str, tuple[str, ...]], Depends(read_filters)]


@router.get("/maps/{name}/table", response_class=HTMLResponse)
async def show_table(
    request: Request,
    context: Context,
    name: MapName,
    wanted: Filters,
    of: Annotated[
        str | None,
        Query(description="Which of the map's tables: segments, sites, tasks; checkpoints, conflicts, cases."),
    ] = None,
    sortby: SortBy = None,
    after: Annotated[str | None, Query(max_length=MAX_MARK, description="The mark of the next page.")] = None,
) -> HTMLResponse:
    """Show what the map shows as a table, which needs no script."""
    state, table = state_of(request), _table_of(name, of)
    moment = None if context.moment_is_now else context.moment
    choice = _choice(table, context.lang, moment, wanted, sortby)
    rows = await read_page(state, choice, limit=PAGE_ROWS, after=after)
    asked = request.query_params.get("datetime")
    values = await table_values(state, context, choice, rows, asked)
    return page(render("table.html", context, asked_moment=asked, **values), context)


@router.get("/api/v1/tables/{name}.{form}", responses=FILES)
async def save_table(
    request: Request,
    name: Annotated[str, one_of(TABLES)],
    form: Annotated[str, one_of(TYPES)],
    moment: Annotated[datetime | None, Depends(read_moment)],
    lang: Annotated[str, Depends(read_language)],
    wanted: Filters,
    sortby: SortBy = None,
) -> Response:
    """Return a whole table as CSV or as an Excel workbook, under the filters of its map."""
    if name not in TABLES or form not in TYPES:
        raise NotFoundError(Text(f"没有表“{name}.{form}”。", f"There is no table “{name}.{form}”."), field="name")
    choice = _choice(TABLES[name], lang, moment, wanted, sortby)

    async def produce(state: State) -> bytes:
        return await as_file(state, choice, form, moment or datetime.now(timezone.utc).replace(microsecond=0))

    return await _answer(request, choice, form, produce)


async def _answer(
    request: Request, choice: Choice, kind: str, produce: Callable[[State], Awaitable[bytes]]
) -> Response:
    """Answer with the file, or with 304, under a tag that moves with the tables that it comes from."""
    state = state_of(request)
    made = await fresh(
        Get(request.scope),
        state,
        (choice.table.layer,),
        past=choice.moment is not None,
        produce=lambda: produce(state),
        headers=[
            (b"content-type", TYPES[kind].encode()),
            (b"content-disposition", f'attachment; filename="{choice.table.name}.{kind}"'.encode()),
            (b"content-language", choice.lang.encode()),
            (b"vary", b"Accept-Language"),
        ],
        representation=choice.lang,
    )
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})


def _choice(
    table: Table, lang: str, moment: datetime | None, wanted: Mapping[str, tuple[str, ...]], sortby: str | None
) -> Choice:
    sort = () if not sortby else READERS["sortby"].read(table.layer, sortby)
    return Choice(table, lang, moment, {name: codes for name, codes in wanted.items() if name in table.filters()}, sort)


def _table_of(map_name: str, of: str | None) -> Table:
    """Return the table asked for, or the map's first; raise NotFoundError, naming what there is not."""
    tables = {table.name: table for table in tables_of(map_name)}
    if not tables:
        raise NotFoundError(Text(f"没有地图“{map_name}”。", f"There is no map “{map_name}”."), field="name")
    if of is not None and of not in tables:
        raise NotFoundError(Text(f"这张地图没有表“{of}”。", f"This map has no table “{of}”."), field="of")
    return tables[of] if of else next(iter(tables.values()))
